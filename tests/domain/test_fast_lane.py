"""The time box of a fast lane, and the days to the first user."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.fast_lane import (
    Against,
    Basis,
    FirstUser,
    Kept,
    Policy,
    against,
    first_user,
    holds_until,
    kept,
    late,
    release_by,
    together,
    work_began,
)

START = date(2026, 9, 1)
DUE = START + timedelta(days=60)


@pytest.mark.parametrize(("after", "days"), [(-1, None), (0, None), (1, 1), (2, 2)])
def test_the_box_has_passed_the_day_after_its_last(after: int, days: int | None) -> None:
    found = late(release_by(START, 60), False, DUE + timedelta(days=after))
    assert (found.days if found else None) == days
    assert found is None or found.since == DUE + timedelta(days=1)


def test_a_release_clears_it_and_an_unknown_start_tells_nothing() -> None:
    assert late(DUE, True, DUE + timedelta(days=99)) is None
    assert release_by(None, 60) is None
    assert late(None, False, DUE) is None


@pytest.mark.parametrize(
    ("first_on", "due_on", "said"),
    [
        (None, DUE, None),
        (START - timedelta(days=1), DUE, Kept.BEFORE_PROMISE),
        (START - timedelta(days=1), None, Kept.BEFORE_PROMISE),
        (START, DUE, Kept.WITHIN),
        (DUE, DUE, Kept.WITHIN),
        (DUE + timedelta(days=1), DUE, Kept.AFTER),
        (DUE, None, None),
    ],
)
def test_a_promise_is_kept_by_what_came_after_it(
    first_on: date | None, due_on: date | None, said: Kept | None
) -> None:
    assert kept(first_on, START, due_on) is said


@given(st.integers(-200, 200), st.booleans())
def test_an_answer_holds_until_the_day_it_says(after: int, released: bool) -> None:
    today = DUE + timedelta(days=after)
    until, now = holds_until(DUE, released, today), late(DUE, released, today)
    if until is None:
        assert (late(DUE, released, today + timedelta(days=500)) is None) == (now is None)
    else:
        assert late(DUE, released, until) == now
        assert late(DUE, released, until + timedelta(days=1)) is not None


@pytest.mark.parametrize(
    ("measured", "benchmark", "higher", "found"),
    [("70", "61", True, Against.BETTER), ("70", "61", False, Against.WORSE), ("61.0", "61", True, Against.SAME),
     (None, "61", True, Against.UNKNOWN), ("70", None, True, Against.UNKNOWN), ("0", "-1", True, Against.BETTER)],
)  # fmt: skip
def test_a_result_stands_beside_the_benchmark(
    measured: str | None, benchmark: str | None, higher: bool, found: Against
) -> None:
    said = [None if one is None else Decimal(one) for one in (measured, benchmark)]
    assert against(said[0], said[1], higher_is_better=higher) is found


def test_recorded_use_comes_before_a_recorded_release() -> None:
    used, released = START + timedelta(days=50), START + timedelta(days=30)
    assert first_user(START, used, released) == FirstUser(START, used, Basis.USE, 50, "")
    assert first_user(START, None, released) == FirstUser(START, released, Basis.RELEASE, 30, "")


def test_what_nobody_recorded_is_unknown_and_never_zero() -> None:
    assert (first_user(START, None, None).days, first_user(START, None, None).basis) == (None, None)
    undated = first_user(None, START, None)
    assert (undated.days, undated.why) == (None, "nobody recorded when work began")


def test_a_week_that_began_before_the_work_counts_as_no_days() -> None:
    monday = START - timedelta(days=START.weekday())
    for day in (START, START - timedelta(days=1), monday):
        assert first_user(START, day, None).days == 0


def test_use_and_a_release_older_than_the_work_are_unknown_and_say_why() -> None:
    monday = START - timedelta(days=START.weekday())
    used = first_user(START, monday - timedelta(days=7), None)
    assert (used.days, used.basis, used.why) == (
        None, Basis.USE, "used before work began, as the record has it",
    )  # fmt: skip
    # A release has its day, so nothing is rounded to a Monday.
    released = first_user(START, None, START - timedelta(days=1))
    assert (released.days, released.why) == (None, "released before work began, as the record has it")
    assert together([used, released]).unknown == 2


@pytest.mark.parametrize(
    ("stays", "began"),
    [
        ([("development", START), ("pilot", DUE)], START),
        ([("pilot", START), ("development", DUE)], START),
        ([("pilot", DUE), ("development", START)], START),
        ([("pilot", START), ("development", None)], START),
        ([("development", None), ("pilot", START)], None),
        ([("pilot", None), ("development", START)], None),
        ([("pilot", None), ("pilot", START)], None),
        ([], None),
    ],
)  # fmt: skip
def test_work_began_with_the_earlier_of_the_first_stays(
    stays: list[tuple[str, date | None]], began: date | None
) -> None:
    assert work_began(stays) == began


def test_the_median_is_of_the_known_by_nearest_rank() -> None:
    rows = [first_user(START, START + timedelta(days=n), None) for n in (10, 40, 90, 200)]
    unknown = first_user(START, None, None)
    assert (together([*rows, unknown]).median, together([*rows, unknown]).known) == (40, 4)
    assert together([*rows, unknown]).unknown == 1
    assert (together([unknown]).median, together([]).median) == (None, None)


@pytest.mark.parametrize(
    "stored", [{}, {"most_days": 0}, {"most_days": 366}, {"most_days": "90"}, {"most_days": 90, "x": 1}]
)
def test_a_policy_that_makes_no_sense_is_refused(stored: dict[str, object]) -> None:
    with pytest.raises(RuleError):
        Policy.from_json(stored)


def test_a_policy_is_read() -> None:
    assert Policy.from_json({"most_days": 45}).most_days == 45
