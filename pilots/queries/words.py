"""What pages and the API say of a pilot's answer, beyond the words of the rules themselves."""

from collections.abc import Mapping
from typing import Any

from domain.purgatory import Level, RemedyCode
from domain.purgatory_rules import BY_CODE

REMEDIES = {
    RemedyCode.REGULARISE.value: "Regularise",
    RemedyCode.RECORD_THE_FACTS.value: "Record the facts",
    RemedyCode.SCALE.value: "Scale",
    RemedyCode.SCALE_WITH_CONDITIONS.value: "Scale with conditions",
    RemedyCode.HOLD_FOR_SPONSOR.value: "Hold for a sponsor",
    RemedyCode.PIVOT.value: "Pivot",
    RemedyCode.STOP.value: "Stop",
    RemedyCode.PIVOT_OR_STOP.value: "Pivot or stop",
    RemedyCode.EXTEND_ONCE.value: "Extend once",
    RemedyCode.STOP_UNLESS_RECORDED.value: "Stop unless the evidence is recorded",
    RemedyCode.DECIDE_AT_NEXT_COUNCIL.value: "Decide at the next council",
    RemedyCode.CONTINUE.value: "Continue",
    RemedyCode.CONTINUE_AND_CLEAR_FLAGS.value: "Continue and clear the flags",
}
MISSING = {"sponsor": "sponsor", "production_owner": "production owner", "transition_plan": "transition plan"}
MEANS = {
    Level.PURGATORY.value: "Stuck, and a cause is missing",
    Level.DRIFTING.value: "One severe finding, or two",
    Level.WATCH.value: "Something fired",
    Level.HEALTHY.value: "Nothing fired",
    Level.UNDATED.value: "No entry date: its own answer, never zero months",
}
RULE_OF = {
    Level.PURGATORY.value: "Purgatory: a time rule at severity 2 or more, and a cause rule at severity 2 or more or two "
    "time rules at severity 3.",
    Level.DRIFTING.value: "Drifting: any rule at severity 3, or two rules at severity 2 or more.",
    Level.WATCH.value: "Watch: some rule fired.",
    Level.HEALTHY.value: "Healthy: no rule fired.",
    Level.UNDATED.value: "Undated: without an entry date a pilot has no age and no level.",
}
FACTS = {
    "days_in_stage": "entry date",
    "planned_days": "approved length",
    "decision_due_in_days": "decision date",
    "extensions": "extensions",
    "same_extension_reason": "reasons of extensions",
    "deferrals": "deferrals at this gate",
    "success_criteria_agreed": "success criteria agreed before the start",
    "primary_kpi_status": "primary KPI",
    "primary_kpi_reason": "reason of the KPI's status",
    "primary_progress_change_60d": "movement of the primary KPI",
    "primary_progress": "progress of the primary KPI",
    "sponsor_silent_days": "sponsor",
    "production_owner": "production owner",
    "transition_plan": "transition plan",
    "scope_change": "scope against the charter",
    "scope_approved": "approval of the scope",
    "success_measure_changes": "changes of the success measure",
    "spend_ratio": "spend against released money",
    "worst_condition_overdue_days": "approval conditions",
    "overdue_condition_blocks": "whether an open condition blocks",
    "days_since_criteria_met": "day the criteria were met",
    "users_outside_charter": "live users outside the charter",
    "adoption": "weekly use by the invited",
}
"""The words of each fact the rules ask for."""


def remedy_words(code: str, detail: Mapping[str, Any]) -> str:
    """The proposed remedy with its days, or with what is missing."""
    words = REMEDIES.get(code, "")
    if days := detail.get("days"):
        return f"{words}, {days} days"
    if missing := detail.get("missing"):
        return f"{words}: {', '.join(MISSING[name] for name in missing)}"
    return words


def causes_words(rules: Mapping[str, int]) -> str:
    """The named causes with their codes, worst first, for a cell or a file."""
    return "; ".join(f"{cause} {code}" for cause, code, _ in causes(rules)) or "nothing fired"


def causes(rules: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """(named cause, rule, severity), worst first."""
    ordered = sorted(rules.items(), key=lambda item: (-item[1], item[0]))
    return [(BY_CODE[code].cause, code, severity) for code, severity in ordered]
