"""The council in a real browser: its home, agenda, an item open, closed and waiting for conditions, seats, minutes and forms."""

from datetime import timedelta
from typing import Any

import pytest

from core import clock
from governance.models import AgendaItem
from governance.services.council_close import close_item
from governance.services.council_meetings import end_meeting
from governance.services.council_minutes import draft_minutes
from governance.services.council_statements import state
from tests.cast import AT, make_cast
from tests.e2e.browser import LOOKS, Theme, chromium, session_of, visit
from tests.governance.asking import condition, idea, submitted
from tests.governance.sitting import LATER, asked, council, meeting, opened, planned, vote, votes

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
HOME = "/governance/council/"


@pytest.fixture
def world(db: Any) -> dict[str, Any]:
    """A meeting that was held, with a rejected item and a statement; another with items open, waiting and planned."""
    cast = make_cast()
    council(cast)
    chair = cast.actor("cora")
    first, _ = asked(cast, name="Rejected <b>&amp; שלום")
    closed = opened(cast, first)
    votes(cast, closed, "ynnn.")
    state(item_id=closed.pk, kind="dissenting", text="I would go on.", by=cast.actor("cora"), at=LATER)
    close_item(item_id=closed.pk, by=chair, at=LATER)
    end_meeting(meeting_id=closed.meeting_id, by=chair, at=LATER)
    draft_minutes(meeting_id=closed.meeting_id, by=chair, at=LATER)
    where = meeting(cast, begins_at=AT + timedelta(minutes=10))
    near = idea(cast, "Near to Rosa", stage="pilot", tier=1, sponsor=cast.people["rosa"])
    submitted(near, cast)
    running = opened(cast, near, where=where, outcome="conditional_go", conditions=[condition(cast)])
    vote(cast, running, "finn", "n", reason="Too soon.")
    waiting_, _ = asked(cast, name="Waits for conditions")
    waiting = opened(cast, waiting_, where=where)
    votes(cast, waiting, "cyyy.")
    close_item(item_id=waiting.pk, by=chair, at=LATER)
    # The browser's day is today: who presided still has time.
    AgendaItem.objects.filter(pk=waiting.pk).update(confirm_by=clock.today() + timedelta(days=2))
    ahead, _ = asked(cast, name="Planned")
    coming = planned(cast, ahead, where, "stop", reason_code="risk", lessons="Ask first.")
    asked(cast, name="On no agenda")
    items = [f"{HOME}items/{one.ref}/" for one in (closed, running, waiting, coming)]
    held = f"{HOME}meetings/{closed.meeting.ref}/"
    here = f"{HOME}meetings/{where.ref}/"
    return {
        "session": session_of(cast.cora),
        "pages": [
            HOME, held, here, f"{held}minutes/", f"{here}put/", *items, f"{HOME}items/{waiting.ref}/confirm/",
            f"{HOME}seats/", f"{HOME}delegate/", f"{HOME}meetings/new/",
        ],
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_every_page_is_accessible_quiet_and_fits(
    size: tuple[int, int], theme: Theme, live_server: Any, world: dict[str, Any]
) -> None:
    with chromium() as browser:
        seen = visit(browser, live_server.url, size, theme, world["session"])
        wrong = [
            fault
            for place, url in enumerate(world["pages"])
            for fault in seen.look(f"{live_server.url}{url}", f"council-{place:02}")
        ]
    assert wrong == []


def test_a_member_finds_the_item_from_the_menu_and_votes_without_a_script(
    live_server: Any, world: dict[str, Any]
) -> None:
    with chromium() as browser:
        seen = visit(browser, live_server.url, session=world["session"])
        page = seen.page
        page.goto(f"{live_server.url}/portfolio/")
        page.get_by_role("link", name="Council", exact=True).first.click()
        page.get_by_role("link", name="Meeting 2", exact=True).click()
        page.get_by_role("link", name="Near to Rosa").click()
        page.get_by_label("Approve with conditions").check()
        page.get_by_role("button", name="Cast my vote").click()
        page.wait_for_selector("text=Your ballot is kept")
        assert page.get_by_text("2 of 4 ballots cast.").is_visible()
        assert page.get_by_text("Too soon.").count() == 0
