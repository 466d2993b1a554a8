"""Decision debt: motions without a submission count, and what silence and extensions decide is told."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from domain.council_queue import Undecided, longer_than, undecided
from governance.queries.council_queue import queue_of
from governance.services.council_close import close_item
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import idea
from tests.governance.sitting import LATER, act, asked, council, opened, planned, votes

pytestmark = pytest.mark.django_db
STOP: dict[str, Any] = {"outcome": "stop", "reason_code": "no_value", "lessons": "Ask first."}


def test_a_motion_without_a_submission_arrives_waits_and_is_decided(cast: Cast) -> None:
    council(cast)
    row = idea(cast, stage="pilot", tier=2)
    planned(cast, row, **STOP)
    queue = queue_of(cast.actor("cora"), TODAY)
    assert (queue.arrived, queue.decided, queue.beside) == (1, 0, 1)
    assert queue.outlook.trend == "grows"


def test_its_decision_counts_and_has_no_day_to_be_late_against(cast: Cast) -> None:
    council(cast)
    item = opened(cast, idea(cast, stage="pilot", tier=2), **STOP)
    votes(cast, item, "yyyyy")
    act(cast, close_item, "cora", at=LATER, item_id=item.pk)
    queue = queue_of(cast.actor("cora"), TODAY)
    assert (queue.arrived, queue.decided, queue.beside, queue.dated) == (1, 1, 0, 0)
    assert queue.passed == Undecided(0, 0, 0, 1)


def test_a_day_to_decide_by_that_passes_is_decided_by_silence(
    cast: Cast, signed_in: Callable[[str], Client], frozen: Callable[[object], None]
) -> None:
    council(cast)
    _, pack = asked(cast)
    assert queue_of(cast.actor("cora"), pack.due_on).passed.silence is None
    frozen(AT + (pack.due_on - TODAY) + timedelta(days=3))
    queue = queue_of(cast.actor("cora"), pack.due_on + timedelta(days=3))
    assert (queue.passed.silent, queue.passed.due, queue.passed.silence) == (1, 1, Decimal(1))
    page = signed_in("cora").get("/governance/council/").content.decode()
    assert "Decided by silence" in page
    assert "1 of 1 day to decide by passed" in page


def test_silence_and_extensions_are_shares_of_what_there_was() -> None:
    yesterday, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    days = [(yesterday, None), (yesterday, yesterday), (yesterday, TODAY), (tomorrow, None), (TODAY, None)]
    found = undecided(days, ["extend", "go", "stop", "extend"], TODAY)
    assert found == Undecided(2, 3, 2, 4)
    assert found.extension == Decimal("0.5")
    assert undecided([(tomorrow, None)], [], TODAY).silence is None


@pytest.mark.parametrize(
    ("age", "history", "share"),
    [(10, [1, 2, 3, 4], None), (10, [1, 2, 3, 10, 20], Decimal("0.6")), (1, [1, 2, 3, 4, 5], Decimal(0))],
)
def test_a_wait_is_held_against_the_decisions_made_here(
    age: int, history: list[int], share: Decimal | None
) -> None:
    assert longer_than(age, history) == share


def test_nobody_counts_what_they_may_not_see(cast: Cast) -> None:
    council(cast)
    planned(cast, idea(cast, stage="pilot", tier=2), **STOP)
    assert queue_of(cast.actor("charlie"), TODAY).arrived == 0
