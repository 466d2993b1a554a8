"""From fired rules to a level and to the first remedy that fits."""

from dataclasses import replace
from typing import Any

import pytest

from domain.purgatory import UNKNOWN, judge
from domain.purgatory_remedy import MOTIONS, REGULARISE_WITHIN_DAYS, RemedyCode
from domain.stages import Outcome
from tests.domain.pilot_facts import HEALTHY, dec

LEVELS: list[tuple[str, dict[str, Any], str]] = [
    ("a time rule at 2 and a cause at 2", {"deferrals": 2, "sponsor_silent_days": 61}, "purgatory"),
    ("a time rule at 1 and a cause at 3", {"deferrals": 1, "users_outside_charter": True}, "drifting"),
    ("a time rule at 3 and a cause at 1", {"deferrals": 3, "worst_condition_overdue_days": 1}, "drifting"),
    ("two time rules at 3", {"deferrals": 3, "extensions": 3}, "purgatory"),
    ("a time rule at 3 and one at 2", {"deferrals": 3, "extensions": 2}, "drifting"),
    ("two time rules at 2", {"deferrals": 2, "extensions": 2}, "drifting"),
    ("two causes at 2", {"sponsor_silent_days": 61, "spend_ratio": dec("1.2")}, "drifting"),
    ("one cause at 3", {"success_measure_changes": 2}, "drifting"),
    ("one rule at 2", {"sponsor_silent_days": 61}, "watch"),
    ("two rules at 1", {"extensions": 1, "deferrals": 1}, "watch"),
    ("nothing", {}, "healthy"),
]


@pytest.mark.parametrize(("_why", "changes", "level"), LEVELS, ids=[row[0] for row in LEVELS])
def test_purgatory_is_a_conjunction_and_not_mere_age(_why: str, changes: dict[str, Any], level: str) -> None:
    assert judge(replace(HEALTHY, **changes)).level == level


REMEDIES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "shadow production before a won pilot",
        {"users_outside_charter": True, "primary_kpi_status": "achieved"},
        {"code": "regularise"},
    ),
    ("won", {"primary_kpi_status": "achieved"}, {"code": "scale"}),
    ("won by R18, whatever the KPI says", {"days_since_criteria_met": 30}, {"code": "scale"}),
    (
        "won, with everything missing",
        {
            "primary_kpi_status": "achieved",
            "sponsor_silent_days": None,
            "production_owner": False,
            "transition_plan": False,
            "days_in_stage": 60,
        },
        {
            "code": "scale_with_conditions",
            "missing": ["sponsor", "production_owner", "transition_plan"],
        },
    ),
    (
        "won, owner missing at severity 1 counts",
        {"primary_kpi_status": "achieved", "production_owner": False, "days_in_stage": 10},
        {"code": "scale_with_conditions", "missing": ["production_owner"]},
    ),
    (
        "no sponsor before poor adoption",
        {"sponsor_silent_days": None, "adoption": dec("0.1")},
        {"code": "hold_for_sponsor", "days": 30},
    ),
    (
        "a silent sponsor is not a missing one",
        {"sponsor_silent_days": 61},
        {"code": "continue_and_clear_flags"},
    ),
    ("working but not adopted", {"adoption": dec("0.1"), "primary_kpi_status": "at_risk"}, {"code": "pivot"}),
    (
        "neither working nor adopted",
        {"adoption": dec("0.1"), "primary_kpi_status": "off_track", "decision_due_in_days": 14},
        {"code": "pivot_or_stop"},
    ),
    ("missed, no date", {"primary_kpi_status": "missed", "decision_due_in_days": None}, {"code": "stop"}),
    (
        "off track, extended before, not due",
        {"primary_kpi_status": "off_track", "extensions": 1},
        {"code": "stop"},
    ),
    (
        "off track, not due, never extended",
        {"primary_kpi_status": "off_track", "decision_due_in_days": 15},
        {"code": "continue_and_clear_flags"},
    ),
    (
        "off track, a date nobody recorded is not due",
        {"primary_kpi_status": "off_track", "decision_due_in_days": UNKNOWN},
        {"code": "continue_and_clear_flags"},
    ),
    (
        "missed, not due: severe, so it is decided at the council",
        {"primary_kpi_status": "missed", "decision_due_in_days": 15},
        {"code": "decide_at_next_council"},
    ),
    (
        "no evidence, never extended",
        {"primary_kpi_status": "stale", "planned_days": 61},
        {"code": "extend_once", "days": 30},
    ),
    (
        "an extension is at most 45 days",
        {"primary_kpi_status": "stale", "planned_days": 180},
        {"code": "extend_once", "days": 45},
    ),
    (
        "no evidence, extensions never recorded",
        {"primary_kpi_status": "stale", "extensions": UNKNOWN},
        {"code": "extend_once", "days": 45},
    ),
    (
        "no evidence, already extended",
        {"primary_kpi_status": "stale", "extensions": 1},
        {"code": "stop_unless_recorded"},
    ),
    ("drifting otherwise", {"success_measure_changes": 2}, {"code": "decide_at_next_council"}),
    ("watch otherwise", {"extensions": 1}, {"code": "continue_and_clear_flags"}),
    ("nothing fired", {}, {"code": "continue"}),
]


@pytest.mark.parametrize(("_why", "changes", "remedy"), REMEDIES, ids=[row[0] for row in REMEDIES])
def test_the_first_remedy_that_fits_is_proposed(
    _why: str,
    changes: dict[str, Any],
    remedy: dict[str, Any],
) -> None:
    assert judge(replace(HEALTHY, **changes)).remedy.to_json() == remedy


def test_a_remedy_names_its_motion_or_none() -> None:
    assert judge(replace(HEALTHY, primary_kpi_status="achieved")).remedy.motion is Outcome.GO
    assert MOTIONS[RemedyCode.SCALE_WITH_CONDITIONS] is Outcome.CONDITIONAL_GO
    assert MOTIONS[RemedyCode.HOLD_FOR_SPONSOR] is Outcome.HOLD
    assert MOTIONS[RemedyCode.EXTEND_ONCE] is Outcome.EXTEND
    assert judge(HEALTHY).remedy.motion is None
    # Held until the next gate is decided, within the days.
    assert judge(replace(HEALTHY, users_outside_charter=True)).remedy.motion is Outcome.HOLD
    assert REGULARISE_WITHIN_DAYS == 14
