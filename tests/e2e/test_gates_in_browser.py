"""The pages of gates, decisions and conditions in a real browser: wide and light, narrow and dark, full and empty."""

from typing import Any

import pytest

from governance.models import Condition
from governance.services.conditions import give_evidence
from pilots.services.opening import ensure_pilot
from tests.cast import AT, Cast, make_cast
from tests.e2e.browser import LOOKS, Theme, chromium, session_of, visit
from tests.governance.asking import WRITTEN, condition, decided, idea, manager, motion, submitted, written

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(db: Any) -> dict[str, Any]:
    """One that is asked for, one that goes on under conditions, one that is stopped, one with nothing."""
    cast: Cast = make_cast()
    asked, going, ended, bare = (idea(cast, name) for name in ("Asked", "Going", "Ended", "Bare"))
    pack = submitted(asked, cast)
    said = motion(
        going,
        "conditional_go",
        conditions=[condition(cast), condition(cast, text="Hear the council", kind="monitored")],
    )
    made = decided(going, said, manager(cast), submission=submitted(going, cast))
    give_evidence(pk=Condition.objects.order_by("pk")[0].pk, because="Report.", by=cast.actor("bob"), at=AT)
    decided(
        ended, motion(ended, "stop", reason_code="no_value", lessons="Ask the clerks first."), manager(cast)
    )
    piloted = idea(cast, "Piloted", stage="pilot", tier=1)
    ensure_pilot(initiative=piloted, by=cast.actor("max"), at=AT)
    written(piloted, cast, ceiling_users=40, conditions=[condition(cast)], says_on_time="yes")
    going.refresh_from_db()
    first = Condition.objects.order_by("pk")[0]
    return {
        "manager": session_of(cast.max), "lead": session_of(cast.alice), "verifier": session_of(cast.mona),
        "going": going.ref, "bare": bare.ref,
        "pages": {
            "manager": [
                "/governance/submissions/", f"/governance/submissions/{pack.ref}/", "/governance/decisions/",
                f"/governance/decisions/{made.ref}/", "/governance/conditions/", f"/governance/conditions/{first.ref}/",
                f"/portfolio/initiatives/{asked.ref}/decide/", f"/portfolio/initiatives/{piloted.ref}/decide/",
                f"/portfolio/initiatives/{ended.ref}/reopen/", f"/portfolio/initiatives/{ended.ref}/",
                f"/portfolio/initiatives/{going.ref}/gate/waive/?for=data_readiness",
                "/governance/decisions/?outcome=stop&columns=ref,initiative,lessons",
            ],
            "lead": [
                f"/portfolio/initiatives/{asked.ref}/gate/", f"/portfolio/initiatives/{going.ref}/gate/",
                f"/portfolio/initiatives/{piloted.ref}/gate/", f"/portfolio/initiatives/{bare.ref}/gate/",
                f"/portfolio/initiatives/{going.ref}/gate/evidence/?for=data_readiness",
                f"/governance/submissions/{pack.ref}/withdraw/", f"/portfolio/initiatives/{going.ref}/",
            ],
            "verifier": [f"/governance/conditions/{first.ref}/"],
        },
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_every_page_is_accessible_quiet_and_fits(
    size: tuple[int, int], theme: Theme, live_server: Any, world: dict[str, Any]
) -> None:
    wrong: list[str] = []
    with chromium() as browser:
        for who, urls in world["pages"].items():
            seen = visit(browser, live_server.url, size, theme, world[who])
            for place, url in enumerate(urls):
                wrong += seen.look(f"{live_server.url}{url}", f"gate-{who}-{place:02}")
    assert wrong == []


def test_a_lead_fills_the_form_it_keeps_itself_and_is_submitted(
    live_server: Any, world: dict[str, Any]
) -> None:
    with chromium() as browser:
        page = visit(browser, live_server.url, session=world["lead"]).page
        page.goto(f"{live_server.url}/portfolio/initiatives/{world['bare']}/gate/")
        page.fill("#id_ask", WRITTEN["ask"])
        page.fill("#id_alternatives", WRITTEN["alternatives"])
        page.wait_for_selector("#saved :text('Draft kept')", timeout=15_000)
        page.get_by_role("button", name="Submit and seal").click()
        assert "Not submitted: 2 things missing" in page.content()
        page.fill("#id_stop_if", WRITTEN["stop_if"])
        page.check("input[name=confidence][value=amber_green]")
        page.get_by_role("button", name="Submit and seal").click()
        page.wait_for_selector("text=is submitted and sealed")
        assert "/governance/submissions/" in page.url
