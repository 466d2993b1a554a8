"""Stage ageing in calendar months: strictly older, clamped to the month's end, undated kept apart."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ageing import (
    days_in_stage,
    median,
    months_after,
    months_before,
    older_than,
    percentile,
    stage_ageing,
)
from domain.errors import RuleError
from domain.stages import PRE_PRODUCTION, Stage

AS_OF = date(2025, 1, 23)
DAYS = st.dates(date(1950, 1, 1), date(2150, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2025, 1, 23), 6, date(2024, 7, 23)),
        (date(2025, 1, 23), 36, date(2022, 1, 23)),
        (date(2026, 8, 31), 6, date(2026, 2, 28)),
        (date(2024, 8, 31), 6, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2024, 2, 29), 48, date(2020, 2, 29)),
        (date(2026, 12, 31), 1, date(2026, 11, 30)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 1, 15), 0, date(2026, 1, 15)),
    ],
)
def test_months_before_keeps_the_day_or_the_months_end(day: date, months: int, before: date) -> None:
    assert months_before(day, months) == before


@given(DAYS, st.integers(0, 400))
def test_counting_months_never_passes_the_day_it_started_from(day: date, months: int) -> None:
    before = months_before(day, months)
    assert before.day <= day.day
    assert (day.year - before.year) * 12 + day.month - before.month == months
    assert months_after(before, months) <= day


def test_the_calendar_ends_with_a_refusal() -> None:
    with pytest.raises(RuleError):
        months_before(date(1, 3, 1), 12)
    assert months_before(date(2, 3, 1), 12) == date(1, 3, 1)
    assert months_after(date(9998, 12, 1), 12) == date(9999, 12, 1)
    with pytest.raises(RuleError):
        months_after(date(9999, 12, 1), 1)


@pytest.mark.parametrize("months", [6, 12, 18, 24, 36])
def test_older_means_strictly_before_the_cutoff(months: int) -> None:
    cutoff = months_before(AS_OF, months)
    assert older_than(cutoff - timedelta(days=1), AS_OF, months) is True
    assert older_than(cutoff, AS_OF, months) is False
    assert older_than(cutoff + timedelta(days=1), AS_OF, months) is False


def test_an_undated_spell_is_neither_older_nor_younger() -> None:
    assert older_than(None, AS_OF, 6) is None
    assert days_in_stage(None, AS_OF) is None


def test_days_in_stage_count_from_the_day_of_entry() -> None:
    assert days_in_stage(AS_OF, AS_OF) == 0
    assert days_in_stage(AS_OF - timedelta(days=1), AS_OF) == 1
    assert stage_ageing([(Stage.IDEA, "A", AS_OF)], AS_OF).future_dated == 0
    assert days_in_stage(AS_OF + timedelta(days=9), AS_OF) == 0


ROWS: list[Any] = [
    (Stage.PILOT, "GSA", date(2021, 1, 1)),
    (Stage.PILOT, "GSA", date(2024, 7, 22)),
    (Stage.PILOT, "HHS", date(2024, 7, 23)),
    (Stage.IDEA, "DHS", date(2023, 1, 1)),
    (Stage.IDEA, None, date(2023, 1, 1)),
    (Stage.DEVELOPMENT, "DHS", None),
    (Stage.DEVELOPMENT, "DHS", date(2026, 1, 1)),
    (Stage.PRODUCTION, "DHS", date(2001, 1, 1)),
    (Stage.UNKNOWN, "DHS", None),
    (Stage.STOPPED, "DHS", date(2001, 1, 1)),
]


def test_ageing_counts_pre_production_only_and_keeps_the_undated_apart() -> None:
    ageing = stage_ageing(ROWS, AS_OF)
    assert (ageing.pre_production, ageing.undated, ageing.future_dated) == (7, 1, 1)
    six = ageing.older_than_months[6]
    assert (six.cutoff, six.total) == (date(2024, 7, 23), 4)
    assert six.by_stage == {"idea": 2, "pilot": 2}
    assert list(six.by_unit.items()) == [("GSA", 2), (None, 1), ("DHS", 1)]
    assert [ageing.older_than_months[n].total for n in (6, 12, 18, 24, 36)] == [4, 3, 3, 3, 1]


def test_ageing_as_json_has_text_keys_and_names_the_missing_unit() -> None:
    plain = stage_ageing(ROWS, AS_OF).to_json()
    assert json.loads(json.dumps(plain)) == plain
    assert set(plain) == {"pre_production", "undated", "older_than_months"}
    assert plain["older_than_months"]["24"] == {
        "total": 3,
        "by_stage": {"idea": 2, "pilot": 1},
        "by_unit": {"no_unit": 1, "DHS": 1, "GSA": 1},
    }


@given(
    st.lists(
        st.tuples(st.sampled_from(Stage), st.sampled_from(["A", "B", None]), st.none() | DAYS), max_size=40
    )
)
def test_every_row_is_in_exactly_one_bucket_and_older_only_shrinks(rows: list[Any]) -> None:
    ageing = stage_ageing(rows, AS_OF)
    assert ageing.pre_production == sum(stage in PRE_PRODUCTION for stage, _, _ in rows)
    totals = [older.total for older in ageing.older_than_months.values()]
    assert totals == sorted(totals, reverse=True)
    assert max(totals) + ageing.undated + ageing.future_dated <= ageing.pre_production
    for older in ageing.older_than_months.values():
        assert sum(older.by_stage.values()) == sum(older.by_unit.values()) == older.total
    assert stage_ageing(rows[::-1], AS_OF) == ageing


@pytest.mark.parametrize(
    ("values", "rank", "expected"),
    [
        ([15, 20, 35, 40, 50], 5, 15),
        ([15, 20, 35, 40, 50], 30, 20),
        ([15, 20, 35, 40, 50], 40, 20),
        ([15, 20, 35, 40, 50], 50, 35),
        ([15, 20, 35, 40, 50], 100, 50),
        ([3, 6, 7, 8, 8, 10, 13, 15, 16, 20], 25, 7),
        (list(range(1, 11)), 90, 9),
        (list(range(1, 12)), 90, 10),
        ([7], 1, 7),
        ([], 50, None),
    ],
)
def test_percentiles_are_by_nearest_rank(values: list[int], rank: int, expected: int | None) -> None:
    assert percentile(values[::-1], rank) == expected


def test_the_median_of_an_even_number_is_the_lower_of_the_two() -> None:
    assert median([4, 1, 3, 2]) == 2
    assert median([Decimal("2.5"), Decimal("1.5"), Decimal("9")]) == Decimal("2.5")


@pytest.mark.parametrize("rank", [0, 101, -5])
def test_a_rank_outside_1_to_100_is_refused(rank: int) -> None:
    with pytest.raises(RuleError):
        percentile([1, 2], rank)
