"""Deadlines in working days, by a calendar that is data."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.working_days import (
    Calendar,
    calendar_from_json,
    calendar_to_json,
    working_days_after,
    working_days_before,
    working_days_between,
)

DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
CALENDARS = st.builds(Calendar, st.frozensets(st.integers(0, 6), max_size=4), st.frozensets(DAYS, max_size=8))
FRIDAY = date(2026, 11, 27)
YULE = Calendar(holidays=frozenset({date(2026, 12, 25), date(2026, 12, 28)}))


def test_a_weekend_does_not_count() -> None:
    assert working_days_after(FRIDAY, 2) == date(2026, 12, 1)
    assert working_days_after(FRIDAY, 10) == date(2026, 12, 11)


def test_a_holiday_does_not_count() -> None:
    assert working_days_after(date(2026, 12, 24), 2, YULE) == date(2026, 12, 30)


def test_no_days_later_is_the_day_itself() -> None:
    assert working_days_after(date(2026, 11, 28), 0) == date(2026, 11, 28)


def test_papers_five_clear_days_ahead_of_a_tuesday_are_out_on_the_monday_before() -> None:
    assert working_days_before(date(2026, 11, 24), 5) == date(2026, 11, 16)


@given(day=DAYS, count=st.integers(0, 40), calendar=CALENDARS)
def test_so_many_working_days_lie_in_between(day: date, count: int, calendar: Calendar) -> None:
    last = working_days_after(day, count, calendar)
    assert working_days_between(day, last, calendar) == count
    assert count == 0 or calendar.works(last)


@given(day=DAYS, count=st.integers(0, 40), calendar=CALENDARS)
def test_clear_days_are_counted_without_both_ends(day: date, count: int, calendar: Calendar) -> None:
    first = working_days_before(day, count, calendar)
    assert calendar.works(first)
    assert working_days_between(first, day - timedelta(days=1), calendar) == count


@given(calendar=CALENDARS)
def test_a_calendar_is_read_back_as_it_was_written(calendar: Calendar) -> None:
    assert calendar_from_json(calendar_to_json(calendar)) == calendar


@pytest.mark.parametrize(
    ("stored", "code", "pointer"),
    [
        ({"weekend": [0, 1, 2, 3, 4, 5, 6], "holidays": []}, "out_of_range", "/weekend"),
        ({"weekend": [7], "holidays": []}, "out_of_range", "/weekend"),
        ({"weekend": ["6"], "holidays": []}, "not_a_whole_number", "/weekend/0"),
        ({"weekend": [], "holidays": ["2026-02-30"]}, "not_a_day", "/holidays/0"),
        ({"weekend": []}, "member_missing", "/holidays"),
    ],
)
def test_a_wrong_calendar_is_refused_at_its_place(stored: dict[str, object], code: str, pointer: str) -> None:
    with pytest.raises(RuleError) as refused:
        calendar_from_json(stored)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)


def test_a_calendar_without_any_working_day_is_said_and_never_counted_for_ever() -> None:
    never = Calendar(holidays=frozenset(FRIDAY + timedelta(days=one) for one in range(900)))
    with pytest.raises(RuleError) as refused:
        working_days_after(FRIDAY, 1, never)
    assert refused.value.code == "no_working_day"


@pytest.mark.parametrize("count", [-1, 401])
def test_a_count_out_of_range_is_refused(count: int) -> None:
    for counts in (working_days_after, working_days_before):
        with pytest.raises(RuleError):
            counts(FRIDAY, count)
