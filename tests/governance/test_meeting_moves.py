"""A meeting is moved or cancelled on its page, with a reason, and calendars and reminders follow."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from core.models import AuditEvent
from governance.models import AgendaItem, Meeting
from governance.queries.council_ics import ics_of
from governance.queries.owed import meetings
from governance.services.meeting_moves import move_meeting
from tests.cast import AT, TODAY, Cast
from tests.governance.sitting import LATER, act, asked, council, meeting, opened, planned, refused

pytestmark = pytest.mark.django_db
BEGINS = AT + timedelta(days=10)
MOVED = AT + timedelta(days=12)


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[object], None]) -> None:
    frozen(LATER)


def coming(cast: Cast) -> Meeting:
    council(cast)
    return meeting(cast, begins_at=BEGINS)


def test_it_is_moved_with_a_reason_and_the_calendar_entry_with_it(cast: Cast) -> None:
    row = coming(cast)
    act(cast, move_meeting, "cora", meeting_id=row.pk, begins_at=MOVED, because="The chair travels")
    row.refresh_from_db()
    assert (row.begins_at, row.ends_at) == (MOVED, MOVED + timedelta(hours=2))
    assert "SEQUENCE:1" in ics_of(row, LATER, "https://example.org/")
    event = AuditEvent.objects.get(action="meeting.moved")
    assert event.reason == "The chair travels"


def test_reminders_are_of_the_new_day(cast: Cast) -> None:
    row = coming(cast)
    act(cast, move_meeting, "cora", meeting_id=row.pk, begins_at=MOVED, because="The chair travels")
    days = {one.due_on for one in meetings(TODAY, TODAY + timedelta(days=30))}
    assert days == {TODAY + timedelta(days=12)}


@pytest.mark.parametrize(
    ("more", "answer"),
    [
        ({"begins_at": AT - timedelta(days=1)}, (400, "not_ahead")),
        ({"begins_at": AT + timedelta(days=900)}, (400, "out_of_range")),
        ({"ends_at": MOVED}, (400, "out_of_range")),
        ({"because": " "}, (400, "required")),
        ({"begins_at": BEGINS}, (409, "same_time")),
        ({"expected_version": 9}, (412, "stale_version")),
    ],
)
def test_what_makes_no_sense_is_refused(cast: Cast, more: dict[str, object], answer: tuple[int, str]) -> None:
    row = coming(cast)
    said = {"meeting_id": row.pk, "begins_at": MOVED, "because": "The chair travels", **more}
    assert refused(lambda: act(cast, move_meeting, "cora", **said)) == answer


def test_what_has_begun_is_not_moved_and_only_who_arranges_moves(cast: Cast) -> None:
    row = coming(cast)
    said = {"meeting_id": row.pk, "begins_at": MOVED, "because": "The chair travels"}
    assert refused(lambda: act(cast, move_meeting, "finn", **said))[0] == 403
    Meeting.objects.filter(pk=row.pk).update(state="in_session")
    assert refused(lambda: act(cast, move_meeting, "cora", **said)) == (409, "begun")


def test_the_page_moves_and_cancels(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    row = coming(cast)
    item = planned(cast, asked(cast)[0], row)
    page, client = f"/governance/council/meetings/{row.ref}/", signed_in("max")
    text = client.get(page).content.decode()
    assert f'href="{page}move/"' in text
    assert f'href="{page}cancel/"' in text
    assert "/move/" not in signed_in("edith").get(page).content.decode()
    typed = {"begins_at": "2026-12-15T10:00", "ends_at": "2026-12-15T12:00", "place": "Room 4", "version": 1}
    assert client.post(f"{page}move/", typed).status_code == 400
    assert client.post(f"{page}move/", {**typed, "because": "Room"}).status_code == 302
    row.refresh_from_db()
    assert (row.begins_at.day, row.place) == (15, "Room 4")
    assert client.post(f"{page}move/", {**typed, "because": "Again"}).status_code == 412
    assert client.post(f"{page}cancel/", {}).status_code == 400
    assert client.post(f"{page}cancel/", {"because": "Nobody is there"}).status_code == 302
    item.refresh_from_db()
    row.refresh_from_db()
    assert (row.state, item.state) == ("cancelled", AgendaItem.State.WITHDRAWN)


def test_the_api_moves_it(cast: Cast, api: Callable[[str], APIClient]) -> None:
    row = coming(cast)
    said = {"begins_at": MOVED.isoformat(), "because": "The chair travels"}
    answer = api("max").post(f"/api/v1/meetings/{row.ref}/move/", said, format="json")
    assert answer.status_code == 200, answer.content
    assert api("edith").post(f"/api/v1/meetings/{row.ref}/move/", said, format="json").status_code == 403


def test_an_opened_meeting_shows_neither(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    council(cast)
    where = meeting(cast)
    opened(cast, asked(cast)[0], where=where)
    text = signed_in("max").get(f"/governance/council/meetings/{where.ref}/").content.decode()
    assert "/move/" not in text
