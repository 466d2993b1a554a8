"""What each purgatory rule says when it fires: the sentence with its numbers and limit, and what would clear it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from domain.kpi_codes import Status
from domain.purgatory_facts import UNKNOWN, Facts, Unknown
from domain.purgatory_policy import Policy
from domain.purgatory_rules import first_day_over, half_time_day

Number = int | Decimal


@dataclass(frozen=True, slots=True)
class Words:
    """One explanation. `began` counts the days since the rule first fired, where the facts themselves tell it."""

    sentence: str
    clears_when: str
    numbers: Mapping[str, Number]
    began: int | None = None


def explain(code: str, facts: Facts, policy: Policy, severity: int) -> Words:
    """The words of a rule that fired on these facts with this severity (1 to 3)."""
    return _WORDS[code](facts, policy, severity)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"


def _points(share: Decimal) -> str:
    """A share of the way from baseline to target in points of a hundred, to a tenth: -0.116667 is −11.7."""
    return f"{(share * 100).quantize(Decimal('0.1'), rounding=ROUND_HALF_EVEN).normalize():f}".replace(
        "-", "−"
    )


def _number(value: int | Decimal | Unknown | None) -> Decimal:
    """The number a fired rule has read; a rule never fires on a number that is not there."""
    return Decimal(value) if isinstance(value, int | Decimal) else Decimal(0)


def _whole(value: int | Unknown | None) -> int:
    return int(_number(value))


def _ratio_over(value: Decimal, limit: Decimal) -> str:
    """Two places, or as many as it takes to show that the value is above its limit."""
    for places in range(2, 7):
        shown = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
        if shown > limit:
            return f"{shown:f}"
    return f"{value:f}"


def _nothing_on_record(facts: Facts, _policy: Policy, _severity: int) -> Words:
    facts_missing = facts.nothing_on_record()
    undated = facts.days_in_stage is UNKNOWN
    if not facts_missing:
        return Words(
            "No entry date on record: the pilot has no age and no level",
            "Record the day the pilot began",
            {},
        )
    start = "entry date, " if undated else ""
    record = "the day the pilot began, and one of" if undated else "one of"
    return Words(
        f"Nothing on record: {start}decision date, KPI, sponsor and transition plan were never recorded",
        f"Record {record} decision date, primary KPI, sponsor or transition plan",
        {},
    )


def _no_decision_date(facts: Facts, policy: Policy, _severity: int) -> Words:
    limit = policy.no_date_days
    clears = "Set a decision date"
    if isinstance(facts.days_in_stage, Unknown):
        return Words("No decision date, and no entry date to count from", clears, {"limit": limit})
    numbers = {"days_in_stage": facts.days_in_stage, "limit": limit}
    return Words(
        f"No decision date, {_days(facts.days_in_stage)} into the pilot (limit {limit})", clears, numbers
    )


def _decision_overdue(facts: Facts, policy: Policy, severity: int) -> Words:
    overdue, limit = -_whole(facts.decision_due_in_days), policy.overdue_days[severity - 1]
    return Words(
        f"Decision overdue by {_days(overdue)} (limit {limit})",
        "Record the decision",
        {"overdue_days": overdue, "limit": limit},
        overdue - policy.overdue_days[0] - 1,
    )


def _over_timebox(facts: Facts, policy: Policy, severity: int) -> Words:
    age, planned = _whole(facts.days_in_stage), _whole(facts.planned_days)
    limit = policy.timebox_ratios[severity - 1]
    ratio = _ratio_over(Decimal(age) / planned, limit)
    return Words(
        f"{_days(age)} in the pilot against {planned} approved: {ratio} times (limit {limit})",
        "Decide at the gate: an extension does not change the length first approved",
        {"days_in_stage": age, "planned_days": planned, "ratio": Decimal(ratio), "limit": limit},
        age - first_day_over(planned, policy.timebox_ratios[0]),
    )


def _old_pilot(facts: Facts, policy: Policy, severity: int) -> Words:
    age, limit = _whole(facts.days_in_stage), policy.age_days[severity - 1]
    return Words(
        f"The pilot is {_days(age)} old (limit {limit})",
        "Decide at the gate: only leaving the pilot stage ends its age",
        {"days_in_stage": age, "limit": limit},
        age - policy.age_days[0] - 1,
    )


def _serial_extension(facts: Facts, policy: Policy, severity: int) -> Words:
    count, limit = _whole(facts.extensions), policy.extensions[severity - 1]
    clears = "Decide at the gate: a pivot or a recycle starts the count again"
    numbers = {"extensions": count, "limit": limit}
    if facts.same_extension_reason is True:
        sentence = f"Extended {_times(count)}, one reason given more than once (threshold {limit}, or one reason twice)"
        return Words(sentence, clears, numbers)
    return Words(f"Extended {_times(count)} (threshold {limit})", clears, numbers)


def _deferred(facts: Facts, policy: Policy, severity: int) -> Words:
    count, limit = _whole(facts.deferrals), policy.deferrals[severity - 1]
    return Words(
        f"Held or not decided {_times(count)} at this gate (threshold {limit})",
        "Record a decision other than hold at this gate",
        {"deferrals": count, "limit": limit},
    )


def _no_success_criteria(_facts: Facts, _policy: Policy, _severity: int) -> Words:
    return Words(
        "No baseline, target and stop threshold were agreed before the start",
        "Agree and seal baseline, target and stop threshold",
        {},
    )


def _not_working(facts: Facts, _policy: Policy, _severity: int) -> Words:
    if facts.primary_kpi_status == Status.MISSED:
        return Words(
            "Primary KPI missed its target, and its window is closed",
            "Decide: a missed KPI does not reopen, a stop or a pivot clears it",
            {},
        )
    clears = "A reading that lifts the primary KPI above off track, or a stop or a pivot"
    if not isinstance(facts.primary_progress, Decimal):
        return Words("Primary KPI is off track, its progress is not known", clears, {})
    progress = facts.primary_progress
    numbers = {"progress": progress, "limit": Decimal(0)}
    where = "no better than the baseline" if progress <= 0 else "short of plan"
    return Words(
        f"Primary KPI is off track, {_points(progress)} % of the way to its target, {where} (limit above 0 %)",
        clears,
        numbers,
    )


_EVIDENCE: Final[Mapping[str, tuple[str, str]]] = {
    Status.STALE: (
        "The primary KPI is stale: its last reading is too old",
        "Record one reading of the primary KPI",
    ),
    Status.NO_DATA: (
        "The primary KPI has no data: no reading was ever recorded",
        "Record the first reading of the primary KPI",
    ),
    Status.UNVERIFIED: (
        "The primary KPI is unverified: nobody looked near its target date",
        "Record a reading observed near the target date of the primary KPI",
    ),
    Status.INVALID: (
        "The primary KPI is invalid: its definition is broken",
        "Mend the definition of the primary KPI",
    ),
    Status.NO_BASELINE: (
        "The primary KPI has no baseline, so no progress can be claimed",
        "Record the baseline of the primary KPI with its date and source",
    ),
    Status.PAUSED: (
        "The primary KPI is paused: nobody measures",
        "End the pause and record one reading of the primary KPI",
    ),
}


def _no_evidence(facts: Facts, _policy: Policy, _severity: int) -> Words:
    sentence, clears = _EVIDENCE[str(facts.primary_kpi_status)]
    return Words(sentence, clears, {})


def _no_movement(facts: Facts, policy: Policy, _severity: int) -> Words:
    change = _number(facts.primary_progress_change_60d)
    return Words(
        f"Primary progress moved by {_points(change)} points in 60 days (limit {_points(policy.movement)})",
        f"A reading that moves progress by {_points(policy.movement)} points or more",
        {"change": change, "limit": policy.movement},
    )


def _no_sponsor(facts: Facts, policy: Policy, _severity: int) -> Words:
    limit = policy.sponsor_silent_days
    if facts.sponsor_silent_days is None:
        return Words("There is no sponsor", "Name a sponsor who is an active person", {})
    silent = _whole(facts.sponsor_silent_days)
    return Words(
        f"The sponsor has been silent for {_days(silent)} (limit {limit})",
        "One recorded act of the sponsor",
        {"silent_days": silent, "limit": limit},
        silent - limit - 1,
    )


def _half_time(facts: Facts, policy: Policy) -> tuple[str, dict[str, Number]]:
    age, planned = _whole(facts.days_in_stage), _whole(facts.planned_days)
    half = half_time_day(planned, policy)
    return f"day {age} of {planned} (half time is day {half})", {
        "days_in_stage": age,
        "planned_days": planned,
        "limit": half,
    }


def _no_production_owner(facts: Facts, policy: Policy, severity: int) -> Words:
    clears = "Name a production owner"
    if severity == 1:
        return Words("There is no production owner yet", clears, {})
    when, numbers = _half_time(facts, policy)
    return Words(f"There is no production owner on {when}", clears, numbers)


def _no_way_to_production(facts: Facts, policy: Policy, severity: int) -> Words:
    when, numbers = _half_time(facts, policy)
    past = ", and the decision date has come" if severity == 3 else ""
    return Words(
        f"The transition plan is not complete on {when}{past}",
        "Complete the transition plan: owner, run cost, integration, support and date",
        numbers,
    )


def _scope_creep(facts: Facts, policy: Policy, severity: int) -> Words:
    change = facts.scope_change
    limit = policy.scope_shares[severity - 1]
    if facts.scope_approved is False:
        clears = "Have the scope approved, or bring it back to the charter"
        if not isinstance(change, Decimal):
            return Words("The scope is not approved, its size against the charter is not known", clears, {})
        side = "below" if change < 0 else "above"
        sentence = (
            f"The scope is not approved, {_percent(abs(change))} {side} the charter (limit: none unapproved)"
        )
        return Words(sentence, clears, {"scope_change": change})
    grown = _number(change)
    return Words(
        f"The scope is {_percent(grown)} above the charter (limit {_percent(limit)})",
        f"Bring the scope back to at most {_percent(policy.scope_shares[0])} above the charter, or pivot to a new one",
        {"scope_change": grown, "limit": limit},
    )


def _goalposts_moved(facts: Facts, policy: Policy, severity: int) -> Words:
    count, limit = _whole(facts.success_measure_changes), policy.measure_changes[severity - 2]
    return Words(
        f"Success measure or target changed {_times(count)} after the start (threshold {limit})",
        "Decide at the gate: a pivot or a recycle starts the count again",
        {"success_measure_changes": count, "limit": limit},
    )


def _over_funds(facts: Facts, policy: Policy, severity: int) -> Words:
    ratio, limit = _number(facts.spend_ratio), policy.spend_ratios[severity - 2]
    return Words(
        f"Spend is {_ratio_over(ratio, limit)} times the released tranche (limit {limit})",
        f"Release the next tranche at a gate, so that spend is at most {policy.spend_ratios[0]} times the release",
        {"spend_ratio": ratio, "limit": limit},
    )


def _condition_unmet(facts: Facts, policy: Policy, severity: int) -> Words:
    overdue = _whole(facts.worst_condition_overdue_days)
    limit = policy.condition_overdue_days[1 if severity == 2 else 0]
    blocks = " and blocks" if severity == 3 else ""
    return Words(
        f"An approval condition is overdue by {_days(overdue)}{blocks} (limit {limit})",
        "Discharge the condition, or have it waived",
        {"overdue_days": overdue, "limit": limit},
        overdue - policy.condition_overdue_days[0] - 1,
    )


def _won_but_not_scaled(facts: Facts, policy: Policy, _severity: int) -> Words:
    since, limit = _whole(facts.days_since_criteria_met), policy.won_days
    return Words(
        f"Criteria met for {_days(since)}, no gate requested (threshold {limit})",
        "Request the next gate",
        {"days_since_criteria_met": since, "limit": limit},
        since - limit,
    )


def _shadow_production(_facts: Facts, _policy: Policy, _severity: int) -> Words:
    return Words(
        "Live users outside the charter cohort, without a gate",
        "Bring them to the next gate, or withdraw them",
        {},
    )


def _not_adopted(facts: Facts, policy: Policy, _severity: int) -> Words:
    when, numbers = _half_time(facts, policy)
    share, limit = _number(facts.adoption), policy.adoption_share
    return Words(
        f"{_percent(share)} of the invited are active each week (limit {_percent(limit)}), {when}",
        f"Weekly use by at least {_percent(limit)} of the invited",
        {**numbers, "adoption": share, "limit": limit},
    )


_WORDS: Final[Mapping[str, Callable[[Facts, Policy, int], Words]]] = {
    "R00": _nothing_on_record,
    "R01": _no_decision_date,
    "R02": _decision_overdue,
    "R03": _over_timebox,
    "R04": _old_pilot,
    "R05": _serial_extension,
    "R06": _deferred,
    "R07": _no_success_criteria,
    "R08": _not_working,
    "R09": _no_evidence,
    "R10": _no_movement,
    "R11": _no_sponsor,
    "R12": _no_production_owner,
    "R13": _no_way_to_production,
    "R14": _scope_creep,
    "R15": _goalposts_moved,
    "R16": _over_funds,
    "R17": _condition_unmet,
    "R18": _won_but_not_scaled,
    "R19": _shadow_production,
    "R20": _not_adopted,
}
