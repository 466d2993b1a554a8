"""The words of every status, once: code -> word, shape and colour role, for badges, charts and the API's `..._display`.

A shape is a symbol of `templates/components/sprite.html`, filled for what is known, hollow, dashed or hatched for unknown.
"""

from dataclasses import dataclass
from typing import Literal

Role = Literal["good", "warn", "bad", "unknown", "none", "ink"]


@dataclass(frozen=True, slots=True)
class Status:
    """One word of the vocabulary. `shape`: symbol id without its `s-`, `role`: colour of the tokens; `none` is left out."""

    word: str
    shape: str
    role: Role


_KPI_KNOWN: dict[str, Status] = {
    "achieved": Status("Achieved", "dot-check", "good"),
    "on_track": Status("On track", "dot", "good"),
    "at_risk": Status("At risk", "tri", "warn"),
    "off_track": Status("Off track", "sq", "bad"),
}

_FEW: dict[str, dict[str, Status]] = {
    "seat": {"present": Status("Present", "dot", "good"), "absent": Status("Absent", "ring-dash", "unknown"),
             "recused": Status("Recused", "dash", "none"), "vacant": Status("Vacant", "dots", "none")},
    "job": {"queued": Status("Queued", "dots", "none"), "running": Status("Running", "loop", "ink"), "done": Status("Done", "check", "good"), "failed": Status("Failed", "cross", "bad")},
    "intervention": {"open": Status("Open", "ring", "ink"), "overdue": Status("Overdue", "tri", "warn"),
                     "escalated": Status("Before the council", "oct", "bad"), "closed": Status("Closed", "check", "good")},
    "asked": {"open": Status("Submitted, sealed", "lock", "ink"), "decided": Status("Decided", "check", "good"), "withdrawn": Status("Withdrawn", "dash", "none"), "superseded": Status("Superseded", "loop", "none")},
    "reopening": {"reopen": Status("Reopened", "plus", "ink"), "confirm_stop": Status("Stop confirmed", "oct-bar", "ink"), "waive": Status("Set aside", "flag", "warn"), "redate": Status("New due date", "ext", "ink")},
    "triage": {"scale": Status("Scale", "go", "good"), "stop": Status("Stop", "oct-bar", "ink"), "fix": Status("Fix first", "loop", "warn"), "wait": Status("Wait", "bars", "none")},
}  # fmt: skip

TABLE: dict[str, dict[str, Status]] = {
    "kpi": {
        **_KPI_KNOWN,
        "missed": Status("Missed", "sq-x", "bad"),
        "stale": Status("Stale", "clock", "unknown"),
        "no_data": Status("No data, overdue", "ring-dash", "unknown"),
        "no_baseline": Status("No baseline", "open", "unknown"),
        "invalid": Status("Invalid", "dia", "unknown"),
        "unverified": Status("Unverified", "q", "unknown"),
        # `no_data` with this reason is not late yet: it is left out, not unknown.
        "awaiting_first_measurement": Status("Awaiting first reading", "dots", "none"),
        "not_started": Status("Not started", "ring", "none"),
        "paused": Status("Paused", "bars", "none"),
        "retired": Status("Retired", "dash", "none"),
    },
    "rollup": {
        **_KPI_KNOWN,
        "blind": Status("Blind", "hatch", "unknown"),
        "no_kpi": Status("No KPI yet", "dots", "none"),
    },
    "pilot": {
        "purgatory": Status("Purgatory", "oct", "bad"),
        "drifting": Status("Drifting", "tri", "warn"),
        "watch": Status("Watch", "tri-o", "warn"),
        "healthy": Status("Healthy", "dot", "good"),
        "undated": Status("Undated", "hatch", "unknown"),
    },
    "gate_outcome": {
        "go": Status("Go", "go", "good"),
        "conditional_go": Status("Conditional go", "go-o", "good"),
        "hold": Status("Hold", "bars", "warn"),
        "recycle": Status("Recycle", "loop", "warn"),
        "pivot": Status("Pivot", "turn", "ink"),
        "extend": Status("Extend", "ext", "warn"),
        "stop": Status("Stop", "oct-bar", "ink"),
        "not_decided": Status("Not decided", "q", "unknown"),
    },
    "must_meet": {
        "yes": Status("Yes", "check", "good"),
        "no": Status("No", "cross", "bad"),
        "unknown": Status("Unknown", "hatch", "unknown"),
        "not_required": Status("Not required", "dash", "none"),
        "waived": Status("Waived", "flag", "warn"),
    },
    "condition": {
        "open": Status("Open", "ring", "ink"),
        "due_soon": Status("Due soon", "tri-o", "warn"),
        "overdue": Status("Overdue", "tri", "warn"),
        "overdue_blocking": Status("Overdue, blocking", "oct", "bad"),
        "discharged": Status("Discharged", "check", "good"),
        "waived": Status("Waived", "flag", "none"),
    },
    "decision": {
        "in_force": Status("In force", "lock", "good"),
        "superseded_evidence": Status("Evidence changed", "split", "warn"),
        "suspended": Status("Suspended", "bars", "bad"),
        "lapsed": Status("Lapsed", "dash", "none"),
        "replaced": Status("Replaced", "loop", "none"),
    },
    "submission": {
        "draft": Status("Draft", "edit", "none"),
        "refused": Status("Refused", "sq-x", "bad"),
        "submitted": Status("Submitted, sealed", "lock", "ink"),
        "voting_open": Status("Voting open", "split", "ink"),
        "closed": Status("Closed", "check", "good"),
    },
    "model": {
        "current": Status("Current", "dot", "good"),
        "stale": Status("Stale", "clock", "unknown"),
        "no_business_goal": Status("No business goal", "open", "unknown"),
        "retired": Status("Retired", "dash", "none"),
    },
    "drift": {
        "stable": Status("Stable", "dot", "good"),
        "moderate": Status("Moderate drift", "tri", "warn"),
        "significant": Status("Significant drift", "sq", "bad"),
        "no_data": Status("No data received", "ring-dash", "unknown"),
        "too_few_rows": Status("Too few rows", "dots", "none"),
    },
    "value": {
        "planned": Status("Planned", "ring", "none"),
        "claimed": Status("Claimed", "split", "ink"),
        "validated": Status("Validated", "dot-check", "good"),
        "rejected": Status("Rejected", "sq-x", "bad"),
        "not_shown": Status("Value not shown", "hatch", "unknown"),
    },
    "confidence": {
        "green": Status("Green", "dot", "good"),
        "amber_green": Status("Amber-green", "tri-o", "good"),
        "amber": Status("Amber", "tri", "warn"),
        "amber_red": Status("Amber-red", "oct-o", "bad"),
        "red": Status("Red", "sq", "bad"),
        "not_given": Status("Not given", "q", "unknown"),
    },
    "import_row": {
        "created": Status("Created", "plus", "good"),
        "updated": Status("Updated", "edit", "ink"),
        "unchanged": Status("Unchanged", "eq", "none"),
        "refused": Status("Refused", "sq-x", "bad"),
        "cell_refused": Status("Cell refused, raw kept", "tri", "warn"),
        "not_in_file": Status("Not in the file", "ring-dash", "unknown"),
    },
    **_FEW,
    # A finding shows its severity as a shape; its word is its named cause, given where it is drawn.
    "severity": {
        "1": Status("Severity 1", "tri-o", "warn"),
        "2": Status("Severity 2", "tri", "warn"),
        "3": Status("Severity 3", "oct", "bad"),
    },
    "portfolio_rule": {
        "clear": Status("Clear", "check", "good"),
        "fired": Status("Fired", "tri", "warn"),
        "cannot_tell": Status("Cannot tell", "hatch", "unknown"),
    },
}

PLAIN: dict[str, dict[str, str]] = {
    "stage": {
        "idea": "Idea", "framing": "Framing", "development": "Development", "pilot": "Pilot",
        "scale_up": "Scale-up", "production": "Production", "retired": "Retired", "stopped": "Stopped",
        "unknown": "Stage unknown",
    },
    "remedy": {
        "regularise": "Regularise", "record_the_facts": "Record the facts", "scale": "Scale",
        "scale_with_conditions": "Scale with conditions", "hold_for_sponsor": "Hold for a sponsor, 30 days",
        "pivot": "Pivot", "stop": "Stop", "pivot_or_stop": "Pivot or stop", "extend_once": "Extend once",
        "stop_unless_recorded": "Stop unless recorded", "decide_at_next_council": "Decide at the next council",
        "continue": "Continue", "continue_and_clear_flags": "Continue and clear the flags",
    },
}  # fmt: skip

_NEVER = Status("Never recorded", "ring-dash", "unknown")


def status(kind: str, code: object, reason: object = None) -> Status:
    """The word, shape and role of a code, `reason` telling two meanings of one code apart.

    None is a fact that was never recorded. An unknown kind or code is a programming error: KeyError.
    """
    if code is None or code == "":
        return _NEVER
    words = TABLE[kind]
    if code == "no_data" and reason in words:
        return words[str(reason)]
    return words[str(code)]


def word(kind: str, code: object, reason: object = None) -> str:
    """The word alone, as the API shows it in `..._display`."""
    if kind in PLAIN:
        return PLAIN[kind][str(code)] if code else _NEVER.word
    return status(kind, code, reason).word


def words(kind: str) -> dict[str, str]:
    """The word of each code of one kind, where it depends on nothing else."""
    return dict(PLAIN[kind] if kind in PLAIN else choices(kind))


def choices(kind: str) -> list[tuple[str, str]]:
    """Codes and words of one kind in the table's order, for a filter or a model field."""
    return [(code, entry.word) for code, entry in TABLE[kind].items()]
