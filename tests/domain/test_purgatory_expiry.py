"""Until when a verdict is good: exactly to the day, for any record."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from domain.purgatory import DEFAULT, UNKNOWN, Facts, Policy, Verdict, judge
from domain.purgatory_facts import KPI_STATUSES
from tests.domain.pilot_facts import HEALTHY

AS_OF = date(2026, 11, 24)
HORIZON = 900


def later(facts: Facts, days: int) -> Facts:
    """The same record `days` later, counted here a second time so that the product cannot agree with itself."""
    moved = {
        "days_in_stage": 1,
        "decision_due_in_days": -1,
        "sponsor_silent_days": 1,
        "worst_condition_overdue_days": 1,
        "days_since_criteria_met": 1,
    }
    changes: dict[str, Any] = {}
    for name, step in moved.items():
        value = getattr(facts, name)
        stands = name in ("worst_condition_overdue_days", "days_since_criteria_met") and value == 0
        if isinstance(value, int) and not stands:
            changes[name] = value + step * days
    return replace(facts, **changes)


def answer(verdict: Verdict) -> tuple[object, ...]:
    return verdict.level, verdict.rules, verdict.remedy


def or_unknown(values: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.one_of(values, values, values, st.just(UNKNOWN))


def shares(least: int, most: int) -> SearchStrategy[Decimal | None]:
    return st.one_of(st.none(), st.integers(least, most).map(lambda n: Decimal(n) / 100))


@st.composite
def records(draw: st.DrawFn) -> Facts:
    yes_no = or_unknown(st.booleans())
    count = or_unknown(st.integers(0, 4))
    return Facts(
        days_in_stage=draw(or_unknown(st.integers(0, 420))),
        planned_days=draw(or_unknown(st.one_of(st.none(), st.integers(0, 240)))),
        decision_due_in_days=draw(or_unknown(st.one_of(st.none(), st.integers(-60, 90)))),
        extensions=draw(count),
        same_extension_reason=draw(yes_no),
        deferrals=draw(count),
        success_criteria_agreed=draw(yes_no),
        primary_kpi_status=draw(or_unknown(st.sampled_from(KPI_STATUSES))),
        primary_kpi_reason=draw(st.sampled_from([None, "awaiting_first_measurement"])),
        primary_progress_change_60d=draw(or_unknown(shares(-20, 20))),
        primary_progress=draw(or_unknown(shares(-50, 150))),
        sponsor_silent_days=draw(or_unknown(st.one_of(st.none(), st.integers(0, 100)))),
        production_owner=draw(yes_no),
        transition_plan=draw(yes_no),
        scope_change=draw(or_unknown(shares(-20, 80))),
        scope_approved=draw(yes_no),
        success_measure_changes=draw(count),
        spend_ratio=draw(or_unknown(shares(50, 140))),
        worst_condition_overdue_days=draw(or_unknown(st.integers(0, 45))),
        overdue_condition_blocks=draw(yes_no),
        days_since_criteria_met=draw(or_unknown(st.integers(0, 45))),
        users_outside_charter=draw(yes_no),
        adoption=draw(or_unknown(shares(0, 60))),
    )


def days_after(until: date | None) -> Iterator[int]:
    """The days on which nothing may have changed: each one up to the expiry, or far out for an answer for ever."""
    last = HORIZON if until is None else (until - AS_OF).days
    yield from range(last + 1)


@settings(max_examples=150, deadline=None)
@given(records())
def test_the_answer_holds_through_its_last_day_and_changes_on_the_next(facts: Facts) -> None:
    verdict = judge(facts, DEFAULT, AS_OF)
    now = answer(verdict)
    assert all(answer(judge(later(facts, days))) == now for days in days_after(verdict.valid_until))
    if verdict.valid_until is not None:
        assert verdict.valid_until >= AS_OF
        assert answer(judge(later(facts, (verdict.valid_until - AS_OF).days + 1))) != now


@settings(max_examples=150, deadline=None)
@given(records())
def test_the_product_counts_days_on_as_the_specification_does(facts: Facts) -> None:
    assert facts.after(17) == later(facts, 17)
    assert facts.after(0) == facts


@settings(max_examples=300, deadline=None)
@given(records())
def test_every_record_gets_a_level_that_its_rules_bear_out(facts: Facts) -> None:
    verdict = judge(facts)
    assert [hit.rule for hit in verdict.hits] == list(verdict.rules)
    assert all(hit.severity in (1, 2, 3) and hit.sentence and hit.clears_when for hit in verdict.hits)
    assert (verdict.level == "undated") is (facts.days_in_stage is UNKNOWN)
    if verdict.level == "healthy":
        assert verdict.rules == {}


@settings(max_examples=300, deadline=None)
@given(records(), st.data())
def test_forgetting_a_fact_never_makes_a_rule_graver_except_r00(facts: Facts, data: st.DataObject) -> None:
    name = data.draw(
        st.sampled_from([one for one in Facts.__dataclass_fields__ if one != "primary_kpi_reason"])
    )
    before = judge(facts).rules
    after = judge(replace(facts, **{name: UNKNOWN})).rules
    # R09 silences R10, so R10 may speak where the status or the agreement of criteria is forgotten.
    graver = {code for code, severity in after.items() if severity > before.get(code, 0)} - {"R00"}
    assert graver <= ({"R10"} if name in ("primary_kpi_status", "success_criteria_agreed") else set())


TURNS: list[tuple[dict[str, Any], str | None]] = [
    ({"decision_due_in_days": 10}, "2026-12-04"),
    ({"decision_due_in_days": 10, "days_in_stage": 89}, "2026-11-25"),
    ({"decision_due_in_days": None, "days_in_stage": 10}, "2026-11-28"),
    ({"sponsor_silent_days": 60}, "2026-11-24"),
    ({"sponsor_silent_days": 59, "transition_plan": False, "days_in_stage": 44}, "2026-11-24"),
    ({"days_since_criteria_met": 1}, "2026-12-22"),
    ({"worst_condition_overdue_days": 30}, "2026-11-24"),
    ({"production_owner": False, "days_in_stage": 40}, "2026-11-28"),
    ({"primary_progress_change_60d": Decimal("0"), "days_in_stage": 50}, "2026-12-03"),
    ({"primary_kpi_status": "off_track", "decision_due_in_days": 20}, "2026-11-29"),
]


@pytest.mark.parametrize(("changes", "until"), TURNS)
def test_the_first_threshold_ahead_ends_the_answer(changes: dict[str, Any], until: str) -> None:
    assert judge(replace(HEALTHY, **changes), DEFAULT, AS_OF).valid_until == date.fromisoformat(until)


def test_where_no_count_runs_the_answer_is_for_ever() -> None:
    still = replace(HEALTHY, days_in_stage=UNKNOWN, decision_due_in_days=UNKNOWN, sponsor_silent_days=None)
    assert judge(still, DEFAULT, AS_OF).valid_until is None
    past_all = replace(
        HEALTHY, days_in_stage=1000, decision_due_in_days=-500, sponsor_silent_days=500, adoption=None
    )
    assert judge(past_all, DEFAULT, AS_OF).valid_until is None


def test_without_a_day_there_is_no_expiry() -> None:
    assert judge(HEALTHY).valid_until is None


def test_an_answer_that_outlives_the_calendar_is_for_ever() -> None:
    far = replace(
        HEALTHY, days_in_stage=0, planned_days=200_000, decision_due_in_days=200_000, sponsor_silent_days=None
    )
    slow = Policy(no_date_days=200_000, age_days=(199_998, 199_999, 200_000), movement_from_day=200_000)
    assert judge(far, slow, date(9990, 1, 1)).valid_until is None


def test_a_hit_says_since_when_where_the_facts_tell_it() -> None:
    sick = replace(HEALTHY, decision_due_in_days=-10, days_in_stage=185, sponsor_silent_days=70)
    since = {hit.rule: hit.since for hit in judge(sick, DEFAULT, AS_OF).hits}
    assert since["R02"] == AS_OF - timedelta(days=9)
    assert since["R03"] == AS_OF - timedelta(days=185 - 91)
    assert since["R04"] == AS_OF - timedelta(days=4)
    assert since["R11"] == AS_OF - timedelta(days=9)
    named = judge(replace(HEALTHY, sponsor_silent_days=None), DEFAULT, AS_OF).hits
    assert named[0].since is None
