"""What a portfolio shows as a whole: shares, cohorts, dates kept, and units that pilot and never launch."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.errors import RuleError
from domain.portfolio_rules import (
    Extensions,
    OnTime,
    SpendPastDate,
    Spread,
    cohorts,
    days_from_won_to_gate,
    days_in_pilot,
    decisions_by_their_date,
    extensions_per_pilot,
    quarter_of,
    share,
    shares_by_level,
    spend_past_decision_date,
    top_unit,
    units_without_production,
)
from domain.purgatory import Level
from domain.stages import Stage

AS_OF = date(2026, 11, 24)
FEDERAL = Path(__file__).parents[3] / "shared" / "data" / "us-federal-2024-expected.json"
UNITS: dict[str, str | None] = {
    "Claims": None,
    "Motor": "Claims",
    "Glass": "Motor",
    "Lending": None,
    "Cards": "Lending",
}


def found(current: Sequence[tuple[str | None, Stage]], minimum: int = 5) -> list[tuple[str, int]]:
    return [(one.unit, one.pilots) for one in units_without_production(UNITS, current, minimum)]


def test_four_pilots_say_nothing_and_five_speak_for_the_unit_at_the_top() -> None:
    four = [("Motor", Stage.PILOT)] * 3 + [("Glass", Stage.PILOT)]
    assert found(four) == []
    assert found([*four, ("Claims", Stage.PILOT)]) == [("Claims", 5)]
    assert found(four, minimum=4) == [("Claims", 4)]
    assert found(four[:1], minimum=1) == [("Claims", 1)]


def test_production_anywhere_in_the_subtree_clears_the_unit_and_no_other() -> None:
    pilots = [("Motor", Stage.PILOT)] * 5 + [("Cards", Stage.PILOT)] * 6
    assert found(pilots) == [("Lending", 6), ("Claims", 5)]
    assert found([*pilots, ("Glass", Stage.PRODUCTION)]) == [("Lending", 6)]


def test_scale_up_and_retired_are_not_production_and_no_unit_is_no_unit() -> None:
    rows = [("Motor", Stage.PILOT)] * 5
    assert found([*rows, ("Motor", Stage.SCALE_UP), ("Motor", Stage.RETIRED)]) == [("Claims", 5)]
    assert found([(None, Stage.PILOT)] * 9) == []


def test_the_finding_says_its_number_and_its_threshold() -> None:
    (one,) = units_without_production(UNITS, [("Motor", Stage.PILOT)] * 5)
    assert one.sentence == "Claims has 5 active pilots and nothing in production (threshold 5)"


def test_a_unit_nobody_knows_and_a_circle_of_units_are_refused() -> None:
    with pytest.raises(RuleError, match="not among the business units"):
        units_without_production(UNITS, [("Ghosts", Stage.PILOT)])
    with pytest.raises(RuleError, match="lead back"):
        top_unit({"A": "B", "B": "A"}, "A")
    with pytest.raises(RuleError):
        units_without_production(UNITS, [], 0)


@pytest.mark.oracle
@pytest.mark.skipif(not FEDERAL.exists(), reason="the shared federal inventory is not beside the repository")
def test_in_the_federal_inventory_of_2024_it_is_one_agency_alone() -> None:
    by_agency: dict[str, dict[str, int]] = json.loads(FEDERAL.read_text())["stage_by_agency"]
    current = [
        (agency, Stage(stage))
        for agency, stages in by_agency.items()
        for stage, count in stages.items()
        for _ in range(count)
    ]
    units = units_without_production(dict.fromkeys(by_agency), current)
    assert [one.unit for one in units] == ["GSA"]


def test_shares_by_level_list_every_level_and_count_the_unpriced_apart() -> None:
    rows = [
        (Level.PURGATORY, Decimal("300")),
        (Level.PURGATORY, None),
        (Level.HEALTHY, Decimal("100")),
    ]
    answer = {one.level: one for one in shares_by_level(rows)}
    assert list(answer) == list(Level)
    stuck = answer[Level.PURGATORY]
    assert (stuck.pilots, stuck.pilot_share) == (2, Decimal("0.666667"))
    assert (stuck.spend, stuck.spend_share, stuck.unpriced) == (Decimal("300"), Decimal("0.75"), 1)
    assert (answer[Level.WATCH].pilots, answer[Level.WATCH].pilot_share) == (0, Decimal(0))


def test_nothing_has_no_share() -> None:
    assert share(0, 0) is None
    assert all(one.pilot_share is None and one.spend_share is None for one in shares_by_level([]))


def test_undated_pilots_are_counted_and_not_in_the_median() -> None:
    days = [date(2026, 11, 14), date(2026, 10, 25), None, date(2026, 8, 16)]
    assert days_in_pilot(days, AS_OF) == Spread(count=3, median=30, p90=100, undated=1)
    assert days_in_pilot([None], AS_OF) == Spread(0, None, None, 1)
    ten = [date(2026, 11, 24 - n) for n in range(1, 11)]
    assert days_in_pilot(ten, AS_OF).p90 == 9


def test_days_from_criteria_met_to_the_gate_need_both_dates() -> None:
    rows = [
        (date(2026, 1, 1), date(2026, 1, 11)),
        (date(2026, 1, 1), date(2026, 3, 2)),
        (date(2026, 5, 1), None),
        (None, date(2026, 5, 1)),
    ]
    assert days_from_won_to_gate(rows) == Spread(count=2, median=10, p90=60, undated=2)


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        (date(2026, 1, 1), "2026-Q1"),
        (date(2026, 3, 31), "2026-Q1"),
        (date(2026, 4, 1), "2026-Q2"),
        (date(2026, 12, 31), "2026-Q4"),
    ],
)
def test_a_cohort_is_the_quarter_of_entry(day: date, quarter: str) -> None:
    assert quarter_of(day) == quarter


def test_conversion_and_stop_rate_are_of_the_quarter_the_pilot_was_entered_in() -> None:
    spells: list[Any] = [
        (date(2026, 4, 1), Stage.STOPPED),
        (date(2026, 2, 1), Stage.SCALE_UP),
        (date(2026, 1, 1), Stage.PRODUCTION),
        (date(2026, 3, 31), Stage.DEVELOPMENT),
        (date(2026, 3, 1), None),
        (date(2026, 2, 28), None),
        (None, Stage.SCALE_UP),
    ]
    first, second, undated = cohorts(spells)
    assert (first.quarter, first.pilots, first.scaled, first.stopped) == ("2026-Q1", 5, 2, 0)
    assert (first.conversion, first.stop_rate) == (Decimal("0.4"), Decimal("0"))
    assert (second.quarter, second.stop_rate) == ("2026-Q2", Decimal("1"))
    assert (undated.quarter, undated.pilots) == (None, 1)
    assert cohorts([]) == ()


def test_a_decision_on_its_day_is_in_time_and_the_day_after_late() -> None:
    due = date(2026, 11, 20)
    rows = [
        (due, due),
        (due, date(2026, 11, 21)),
        (due, None),
        (date(2026, 11, 24), None),
        (date(2026, 11, 23), date(2026, 11, 25)),
        (date(2026, 11, 23), date(2026, 11, 24)),
        (None, due),
    ]
    assert decisions_by_their_date(rows, AS_OF) == OnTime(
        in_time=1, late=2, overdue=2, not_yet_due=1, without_date=1, share=Decimal("0.2")
    )
    assert decisions_by_their_date([], AS_OF).share is None


def test_extensions_nobody_recorded_are_not_zero_extensions() -> None:
    assert extensions_per_pilot([2, 0, None]) == Extensions(
        pilots=2, extensions=2, mean=Decimal(1), unknown=1
    )
    assert extensions_per_pilot([None]).mean is None


def test_spend_past_the_decision_date_starts_on_the_day_after_it() -> None:
    rows = [
        (date(2026, 11, 23), Decimal("86000.50")),
        (date(2026, 11, 24), Decimal("999")),
        (date(2026, 1, 1), None),
        (None, Decimal("5")),
    ]
    assert spend_past_decision_date(rows, AS_OF) == SpendPastDate(2, Decimal("86000.50"), 1)
    assert spend_past_decision_date([], AS_OF) == SpendPastDate(0, Decimal(0), 0)
