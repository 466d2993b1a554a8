"""What the pages say once it is over: who was there and who was not, and what came of a meeting."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from governance.queries.council_room import room_of
from governance.services.council_close import close_item
from governance.services.council_meetings import cancel_meeting, end_meeting
from governance.services.council_seats import vacate
from tests.cast import AT, Cast
from tests.governance.sitting import LATER, act, asked, council, meeting, opened, planned, votes, voting

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    frozen(LATER)


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_roster_says_who_was_there_once_the_item_is_closed_and_not_before(
    cast: Cast, signed_in: SignIn
) -> None:
    council(cast)
    item = opened(cast, asked(cast, sponsor=cast.rosa)[0])
    votes(cast, item, "yyy")
    url = f"/governance/council/items/{item.ref}/"
    before = page(signed_in("edith"), url)
    assert "May vote" in before
    assert "Present" not in before
    act(cast, close_item, "cora", item_id=item.pk)
    after = page(signed_in("edith"), url)
    assert "May vote" not in after
    item.refresh_from_db()
    states = {one.name: one.state for one in room_of(item, cast.actor("edith"), LATER).chairs}
    assert states == {
        "Chair": "present", "Deputy": "present", "Security": "present", "Finance": "absent", "Retail": "recused",
    }  # fmt: skip
    assert "Absent" in after


def test_who_was_there_stays_so_when_the_seat_is_vacated_later(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yyyy.")
    act(cast, close_item, "cora", item_id=item.pk)
    seat = item.roster.get(name="Finance").seat
    vacate(seat_id=seat.pk, because="They left.", by=cast.actor("cora"), at=LATER)
    item.refresh_from_db()
    states = {one.name: one.state for one in room_of(item, cast.actor("edith"), LATER).chairs}
    assert states["Finance"] == "present"


def test_a_meeting_that_is_over_says_what_came_of_it(cast: Cast, signed_in: SignIn) -> None:
    item = voting(cast)
    votes(cast, item, "yyyy.")
    act(cast, close_item, "cora", item_id=item.pk)
    planned(cast, asked(cast, name="Not reached")[0], item.meeting)
    url = f"/governance/council/meetings/{item.meeting.ref}/"
    act(cast, end_meeting, "cora", meeting_id=item.meeting_id)
    text = page(signed_in("cora"), url)
    assert "1 with a result" in text
    assert "1 item was taken off" in text
    assert "can be decided" not in text


def test_a_meeting_without_items_and_one_that_was_cancelled_say_so(cast: Cast, signed_in: SignIn) -> None:
    council(cast)
    ended, cancelled = meeting(cast), meeting(cast, begins_at=AT + timedelta(days=3))
    act(cast, end_meeting, "cora", meeting_id=ended.pk)
    act(cast, cancel_meeting, "cora", meeting_id=cancelled.pk, because="Too few can come.")
    text = page(signed_in("cora"), f"/governance/council/meetings/{ended.ref}/")
    assert "without a result on any item" in text
    assert "Build it from what waits" not in text
    assert "cancelled" in page(signed_in("cora"), f"/governance/council/meetings/{cancelled.ref}/")
