"""Pilot purgatory: the reference cases, every rule on both sides of its boundaries, levels and remedies."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.calculate.purgatory import calculate
from domain.purgatory import DEFAULT, UNKNOWN, Facts, Policy, judge
from domain.purgatory_facts import forgetting
from domain.purgatory_rules import RULES
from tests.domain.pilot_facts import HEALTHY, dec

OWN = Path(__file__).parent / "cases" / "purgatory.json"
SHARED = Path(__file__).parents[3] / "shared" / "oracles" / "purgatory.json"


def cases(path: Path) -> list[Mapping[str, Any]]:
    return list(json.loads(path.read_text(), parse_float=Decimal)) if path.exists() else []


def agrees(case: Mapping[str, Any]) -> None:
    (answer,) = calculate([case["input"]])
    assert {key: answer[key] for key in case["expected"]} == case["expected"]


@pytest.mark.parametrize("case", cases(OWN), ids=lambda case: case["case"])
def test_the_verdict_is_the_one_the_case_expects(case: Mapping[str, Any]) -> None:
    agrees(case)


@pytest.mark.oracle
@pytest.mark.skipif(not SHARED.exists(), reason="the shared reference cases are not beside the repository")
def test_every_shared_reference_case_is_judged_to_the_digit() -> None:
    shared = cases(SHARED)
    assert len(shared) >= 94
    for case in shared:
        agrees(case)


def rules(**changes: Any) -> dict[str, int]:
    return judge(replace(HEALTHY, **changes)).rules


def test_the_healthy_pilot_of_these_tests_fires_nothing() -> None:
    assert judge(HEALTHY).rules == {}
    assert judge(HEALTHY).unknown == ()


BOUNDARIES: list[tuple[str, dict[str, Any], int]] = [
    ("R01", {"decision_due_in_days": None, "days_in_stage": 0}, 1),
    ("R01", {"decision_due_in_days": None, "days_in_stage": 14}, 1),
    ("R01", {"decision_due_in_days": None, "days_in_stage": 15}, 3),
    ("R01", {"decision_due_in_days": None, "days_in_stage": UNKNOWN}, 1),
    ("R02", {"decision_due_in_days": 0}, 0),
    ("R02", {"decision_due_in_days": -1}, 1),
    ("R02", {"decision_due_in_days": -14}, 1),
    ("R02", {"decision_due_in_days": -15}, 2),
    ("R02", {"decision_due_in_days": -30}, 2),
    ("R02", {"decision_due_in_days": -31}, 3),
    ("R03", {"days_in_stage": 90}, 0),
    ("R03", {"days_in_stage": 91}, 1),
    ("R03", {"days_in_stage": 135}, 1),
    ("R03", {"days_in_stage": 136}, 2),
    ("R03", {"days_in_stage": 180}, 2),
    ("R03", {"days_in_stage": 181}, 3),
    ("R03", {"days_in_stage": 2, "planned_days": 1}, 2),
    ("R03", {"days_in_stage": 400, "planned_days": 0}, 0),
    ("R03", {"days_in_stage": 400, "planned_days": None}, 0),
    ("R04", {"days_in_stage": 180}, 0),
    ("R04", {"days_in_stage": 181}, 1),
    ("R04", {"days_in_stage": 270}, 1),
    ("R04", {"days_in_stage": 271}, 2),
    ("R04", {"days_in_stage": 365}, 2),
    ("R04", {"days_in_stage": 366}, 3),
    ("R05", {"extensions": 0}, 0),
    ("R05", {"extensions": 1}, 1),
    ("R05", {"extensions": 2}, 2),
    ("R05", {"extensions": 3}, 3),
    ("R05", {"extensions": 9}, 3),
    ("R05", {"extensions": 0, "same_extension_reason": True}, 0),
    ("R05", {"extensions": 1, "same_extension_reason": True}, 3),
    ("R05", {"extensions": UNKNOWN, "same_extension_reason": True}, 0),
    ("R06", {"deferrals": 0}, 0),
    ("R06", {"deferrals": 1}, 1),
    ("R06", {"deferrals": 2}, 2),
    ("R06", {"deferrals": 3}, 3),
    ("R07", {"success_criteria_agreed": True}, 0),
    ("R07", {"success_criteria_agreed": False}, 3),
    ("R08", {"primary_kpi_status": "missed"}, 3),
    ("R08", {"primary_kpi_status": "off_track", "primary_progress": dec("0.000001")}, 2),
    ("R08", {"primary_kpi_status": "off_track", "primary_progress": dec("0")}, 3),
    ("R08", {"primary_kpi_status": "off_track", "primary_progress": dec("-0.1")}, 3),
    ("R08", {"primary_kpi_status": "off_track", "primary_progress": None}, 2),
    ("R08", {"primary_kpi_status": "off_track", "primary_progress": UNKNOWN}, 2),
    ("R08", {"primary_kpi_status": "at_risk", "primary_progress": dec("-1")}, 0),
    *[
        ("R09", {"primary_kpi_status": status}, 2)
        for status in ("stale", "no_data", "unverified", "invalid", "no_baseline", "paused")
    ],
    *[
        ("R09", {"primary_kpi_status": status}, 0)
        for status in (
            "on_track",
            "at_risk",
            "off_track",
            "missed",
            "achieved",
            "not_started",
            "retired",
            "no_kpi",
        )
    ],
    ("R09", {"primary_kpi_status": "stale", "success_criteria_agreed": False}, 0),
    ("R09", {"primary_kpi_status": "stale", "success_criteria_agreed": UNKNOWN}, 0),
    ("R09", {"primary_kpi_status": "no_data", "primary_kpi_reason": "awaiting_first_measurement"}, 0),
    ("R09", {"primary_kpi_status": "no_data", "primary_kpi_reason": "first_measurement_overdue"}, 2),
    ("R09", {"primary_kpi_status": "stale", "primary_kpi_reason": "awaiting_first_measurement"}, 2),
    ("R10", {"primary_progress_change_60d": dec("0.05"), "days_in_stage": 60}, 0),
    ("R10", {"primary_progress_change_60d": dec("0.049999"), "days_in_stage": 60}, 2),
    ("R10", {"primary_progress_change_60d": dec("-0.049999"), "days_in_stage": 60}, 2),
    ("R10", {"primary_progress_change_60d": dec("-0.05"), "days_in_stage": 60}, 0),
    ("R10", {"primary_progress_change_60d": dec("0"), "days_in_stage": 59}, 0),
    ("R10", {"primary_progress_change_60d": None, "days_in_stage": 60}, 0),
    ("R10", {"primary_progress_change_60d": dec("0"), "primary_kpi_status": "achieved"}, 0),
    ("R10", {"primary_progress_change_60d": dec("0"), "primary_kpi_status": "stale"}, 0),
    ("R10", {"primary_progress_change_60d": dec("0"), "success_criteria_agreed": False}, 2),
    (
        "R10",
        {
            "primary_progress_change_60d": dec("0"),
            "success_criteria_agreed": False,
            "primary_kpi_status": "stale",
        },
        2,
    ),
    ("R11", {"sponsor_silent_days": 60}, 0),
    ("R11", {"sponsor_silent_days": 61}, 2),
    ("R11", {"sponsor_silent_days": None}, 3),
    ("R12", {"production_owner": False, "days_in_stage": 44}, 1),
    ("R12", {"production_owner": False, "days_in_stage": 45}, 2),
    ("R12", {"production_owner": False, "planned_days": UNKNOWN}, 1),
    ("R12", {"production_owner": False, "planned_days": 0}, 1),
    ("R12", {"production_owner": False, "days_in_stage": UNKNOWN}, 1),
    ("R13", {"transition_plan": False, "days_in_stage": 44, "decision_due_in_days": -5}, 0),
    ("R13", {"transition_plan": False, "days_in_stage": 45, "decision_due_in_days": 1}, 2),
    ("R13", {"transition_plan": False, "days_in_stage": 45, "decision_due_in_days": 0}, 3),
    ("R13", {"transition_plan": False, "days_in_stage": 45, "decision_due_in_days": None}, 2),
    ("R13", {"transition_plan": False, "days_in_stage": 45, "decision_due_in_days": UNKNOWN}, 2),
    ("R13", {"transition_plan": False, "days_in_stage": 300, "planned_days": UNKNOWN}, 0),
    ("R14", {"scope_change": dec("0.25")}, 0),
    ("R14", {"scope_change": dec("0.250001")}, 1),
    ("R14", {"scope_change": dec("0.50")}, 1),
    ("R14", {"scope_change": dec("0.500001")}, 2),
    ("R14", {"scope_change": dec("-0.9")}, 0),
    ("R14", {"scope_change": dec("0"), "scope_approved": False}, 2),
    ("R14", {"scope_change": UNKNOWN, "scope_approved": False}, 2),
    ("R15", {"success_measure_changes": 0}, 0),
    ("R15", {"success_measure_changes": 1}, 2),
    ("R15", {"success_measure_changes": 2}, 3),
    ("R16", {"spend_ratio": dec("1.10")}, 0),
    ("R16", {"spend_ratio": dec("1.100001")}, 2),
    ("R16", {"spend_ratio": dec("1.25")}, 2),
    ("R16", {"spend_ratio": dec("1.250001")}, 3),
    ("R16", {"spend_ratio": None}, 0),
    ("R17", {"worst_condition_overdue_days": 0}, 0),
    ("R17", {"worst_condition_overdue_days": 0, "overdue_condition_blocks": True}, 0),
    ("R17", {"worst_condition_overdue_days": 1}, 1),
    ("R17", {"worst_condition_overdue_days": 30}, 1),
    ("R17", {"worst_condition_overdue_days": 31}, 2),
    ("R17", {"worst_condition_overdue_days": 1, "overdue_condition_blocks": True}, 3),
    ("R17", {"worst_condition_overdue_days": 31, "overdue_condition_blocks": UNKNOWN}, 2),
    ("R18", {"days_since_criteria_met": 29}, 0),
    ("R18", {"days_since_criteria_met": 30}, 2),
    ("R19", {"users_outside_charter": False}, 0),
    ("R19", {"users_outside_charter": True}, 3),
    ("R20", {"adoption": dec("0.20")}, 0),
    ("R20", {"adoption": dec("0.199999")}, 2),
    ("R20", {"adoption": dec("0"), "days_in_stage": 44}, 0),
    ("R20", {"adoption": dec("0"), "days_in_stage": 45}, 2),
    ("R20", {"adoption": None}, 0),
    ("R20", {"adoption": dec("0"), "planned_days": UNKNOWN}, 0),
]


@pytest.mark.parametrize(("rule", "changes", "severity"), BOUNDARIES)
def test_a_rule_fires_on_its_side_of_the_boundary_and_not_on_the_other(
    rule: str, changes: dict[str, Any], severity: int
) -> None:
    assert rules(**changes).get(rule, 0) == severity


def test_half_time_of_an_odd_length_is_the_day_that_reaches_it() -> None:
    assert "R13" not in rules(transition_plan=False, planned_days=91, days_in_stage=45)
    assert rules(transition_plan=False, planned_days=91, days_in_stage=46)["R13"] == 2


@pytest.mark.parametrize("rule", [rule.code for rule in RULES])
def test_a_record_that_knows_nothing_but_a_recent_date_fires_only_r00(rule: str) -> None:
    assert (rule in judge(Facts(days_in_stage=1)).rules) is (rule == "R00")


def test_a_fact_nobody_recorded_never_adds_a_rule() -> None:
    worst = replace(
        HEALTHY,
        days_in_stage=400,
        decision_due_in_days=-40,
        extensions=3,
        deferrals=3,
        primary_kpi_status="missed",
        sponsor_silent_days=None,
        production_owner=False,
        transition_plan=False,
        scope_change=dec("0.8"),
        success_measure_changes=2,
        spend_ratio=dec("2"),
        worst_condition_overdue_days=40,
        days_since_criteria_met=40,
        users_outside_charter=True,
        adoption=dec("0"),
    )
    full = judge(worst).rules
    for fact in ("extensions", "deferrals", "sponsor_silent_days", "adoption", "spend_ratio", "planned_days"):
        verdict = judge(forgetting(worst, [fact]))
        assert verdict.rules.keys() <= full.keys()
        assert all(severity <= full[code] for code, severity in verdict.rules.items())
        assert verdict.unknown == (fact,)


def test_r00_needs_all_four_to_be_unknown() -> None:
    four = ("decision_due_in_days", "primary_kpi_status", "sponsor_silent_days", "transition_plan")
    assert rules(**dict.fromkeys(four, UNKNOWN)) == {"R00": 2}
    for known in four:
        assert "R00" not in rules(**{name: UNKNOWN for name in four if name != known})


def test_an_undocumented_pilot_is_purgatory_after_270_days_and_watch_before() -> None:
    assert judge(Facts(days_in_stage=270)).level == "watch"
    old = judge(Facts(days_in_stage=271))
    assert old.level == "purgatory"
    assert [hit.sentence for hit in old.hits] == [
        "Nothing on record: decision date, KPI, sponsor and transition plan were never recorded",
        "The pilot is 271 days old (limit 270)",
    ]


def test_an_undated_pilot_has_no_level_shows_r00_and_is_asked_for_facts() -> None:
    verdict = judge(forgetting(HEALTHY, ["days_in_stage"]))
    assert (verdict.level, verdict.rules) == ("undated", {"R00": 2})
    assert verdict.remedy.to_json() == {"code": "record_the_facts"}
    assert verdict.hits[0].sentence == "No entry date on record: the pilot has no age and no level"


def test_removing_a_cause_makes_it_disappear_and_leaves_the_others() -> None:
    sick = replace(HEALTHY, days_in_stage=200, sponsor_silent_days=None, spend_ratio=dec("1.3"))
    cured = replace(sick, sponsor_silent_days=3)
    assert set(judge(sick).rules) - set(judge(cured).rules) == {"R11"}


def test_thresholds_come_from_the_policy_version() -> None:
    stricter = Policy(sponsor_silent_days=5, age_days=(10, 20, 30))
    assert judge(HEALTHY, stricter).rules == {"R04": 3, "R11": 2}
    assert judge(HEALTHY, DEFAULT).rules == {}
