"""When feedback waits too long, and until when that answer holds."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.feedback import LONG, WITHIN, holds_until, waits

DAY = date(2026, 11, 2)


def test_five_days_are_within_and_the_sixth_is_late() -> None:
    assert waits(None, DAY) is None
    assert waits(DAY, DAY + timedelta(days=WITHIN)) is None
    late = waits(DAY, DAY + timedelta(days=WITHIN + 1))
    assert late is not None
    assert (late.severity, late.since) == (1, DAY + timedelta(days=6))


def test_more_than_fifteen_days_are_worse() -> None:
    found = [waits(DAY, DAY + timedelta(days=days)) for days in (LONG, LONG + 1)]
    assert [one.severity if one else 0 for one in found] == [1, 2]


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_answer_holds_until_the_day_it_names(first: int, later: int) -> None:
    asked = DAY + timedelta(days=first)
    until = holds_until(DAY, asked)
    day = asked + timedelta(days=later)
    if until is None or day <= until:
        assert waits(DAY, day) == waits(DAY, asked)
    else:
        assert waits(DAY, until + timedelta(days=1)) != waits(DAY, asked)


def test_nothing_that_waits_holds_for_ever() -> None:
    assert holds_until(None, DAY) is None
