"""What minutes say: the outcome as it was recorded with its conditions, and who was there for each item."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance.models import AgendaItem, Decision, Delegation
from governance.queries.council_minutes import minutes_of
from governance.services.council_close import close_item, confirm_conditions
from governance.services.council_meetings import end_meeting
from governance.services.council_minutes import draft_minutes
from tests.cast import AT, Cast
from tests.governance.asking import condition
from tests.governance.sitting import LATER, act, asked, council, meeting, opened, person, vote, votes, voting

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    frozen(LATER)


def minuted(cast: Cast, item: AgendaItem) -> dict[str, Any]:
    act(cast, end_meeting, "cora", meeting_id=item.meeting_id)
    row = act(cast, draft_minutes, "cora", meeting_id=item.meeting_id)
    (one,) = json.loads(row.document)["items"]
    return dict(one)


def test_a_go_that_became_conditional_is_minuted_as_such_with_its_conditions(
    cast: Cast, signed_in: SignIn
) -> None:
    item = voting(cast)
    votes(cast, item, "cyyy.")
    act(cast, close_item, "cora", item_id=item.pk)
    act(cast, confirm_conditions, "cora", item_id=item.pk, conditions=[condition(cast)])
    said = minuted(cast, item)
    assert said["recorded"] == {
        "outcome": "conditional_go", "carried": True, "because": "The evidence says so.",
    }  # fmt: skip
    (one,) = said["conditions"]
    assert (one["text"], one["owner"], one["verifier"], one["due_on"]) == (
        "Failover is tested", "Bob", "Mona", "2026-12-24",
    )  # fmt: skip
    text = (
        signed_in("edith").get(f"/governance/council/meetings/{item.meeting.ref}/minutes/").content.decode()
    )
    for words in ("conditional go", "Failover is tested", "owner Bob, verified by Mona", "due 24 Dec"):
        assert words in text
    assert "2026-12-24" not in text
    paper = signed_in("edith").get(f"/governance/council/meetings/{item.meeting.ref}/minutes/paper/").content.decode()  # fmt: skip
    for words in ("conditional go", "Failover is tested", "24 Dec", "Present", "Absent"):
        assert words in paper, words


def test_a_motion_that_failed_is_minuted_as_not_carried_and_sets_nothing(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "nnny.")
    act(cast, close_item, "cora", item_id=item.pk)
    said = minuted(cast, item)
    assert said["recorded"]["carried"] is False
    assert said["conditions"] == []


def test_minutes_name_who_was_there_who_was_not_and_who_voted_for_whom(cast: Cast) -> None:
    seats = council(cast)
    dele = person(cast, "dele", "council_member")
    Delegation.objects.create(
        seat=seats["finn"], holder=cast.finn, delegate=dele, begins_at=AT.replace(hour=8), until=AT.replace(hour=23),
        notified_at=AT.replace(hour=6),
    )  # fmt: skip
    initiative, _ = asked(cast, sponsor=cast.rosa)
    item = opened(cast, initiative)
    votes(cast, item, "yyy")
    vote(cast, item, "dele", "y")
    act(cast, close_item, "cora", item_id=item.pk)
    assert Decision.objects.exists()
    said = minuted(cast, item)
    assert said["present"] == ["Cora", "Dirk", "Sami", "Dele for Finn"]
    assert said["absent"] == []
    other, _ = asked(cast, name="Another", sponsor=cast.rosa)
    item = opened(cast, other, where=meeting(cast, begins_at=LATER))
    votes(cast, item, "yy")
    vote(cast, item, "dele", "y")
    act(cast, close_item, "cora", item_id=item.pk)
    assert minuted(cast, item)["absent"] == ["Sami"]


def test_minutes_cost_the_same_for_one_item_and_for_three(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yyyy.")
    act(cast, close_item, "cora", item_id=item.pk)
    with CaptureQueriesContext(
        connection,
    ) as one:
        minutes_of(item.meeting)
    for name in ("Second", "Third"):
        more = opened(cast, asked(cast, name=name)[0], where=item.meeting)
        votes(cast, more, "yyyy.")
        act(cast, close_item, "cora", item_id=more.pk)
    with CaptureQueriesContext(connection) as three:
        minutes_of(item.meeting)
    assert len(three) == len(one)
