"""The rules R00 to R20: which of them fire on a pilot's facts, and how severely.

Each rule is a function (facts, policy) -> severity, 0 for silent. A fact nobody recorded never fires the rule it
belongs to; where only the severity hangs on it, the milder severity stands.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import ceil, floor
from typing import Final

from domain.kpi_codes import Reason, Status
from domain.purgatory_facts import Facts, Unknown
from domain.purgatory_policy import Policy


class Group(StrEnum):
    """Time rules say that a pilot is stuck, cause rules say what is missing."""

    TIME = "time"
    CAUSE = "cause"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: `severity` answers 0 (silent) to 3."""

    code: str
    group: Group
    cause: str
    severity: Callable[[Facts, Policy], int]


NO_EVIDENCE: Final = frozenset(
    {Status.STALE, Status.NO_DATA, Status.UNVERIFIED, Status.INVALID, Status.NO_BASELINE, Status.PAUSED}
)


def half_time_day(planned: int, policy: Policy) -> int:
    """The first day of the second half of a pilot of `planned` days."""
    return ceil(planned * policy.half_time)


def first_day_over(planned: int, ratio: Decimal) -> int:
    """The first day on which days / planned is above `ratio`."""
    return floor(planned * ratio) + 1


def known_plan(facts: Facts) -> int | None:
    """The approved length in days, or None: a length of 0 is no length."""
    planned = facts.planned_days
    return planned if isinstance(planned, int) and planned > 0 else None


def in_second_half(facts: Facts, policy: Policy) -> bool | None:
    """Whether half time has come; None where the length or the entry date is unknown."""
    planned = known_plan(facts)
    if planned is None or isinstance(facts.days_in_stage, Unknown):
        return None
    return facts.days_in_stage >= half_time_day(planned, policy)


def _above(value: int | Decimal | Unknown | None, limits: tuple[int, ...] | tuple[Decimal, ...]) -> int:
    """How many of the rising limits the value exceeds: the limit itself belongs to the milder side."""
    if value is None or isinstance(value, Unknown):
        return 0
    return sum(value > limit for limit in limits)


def _reached(value: int | Unknown, limits: tuple[int, ...]) -> int:
    return 0 if isinstance(value, Unknown) else sum(value >= limit for limit in limits)


def _nothing_on_record(facts: Facts, _policy: Policy) -> int:
    undated = isinstance(facts.days_in_stage, Unknown)
    return 2 if undated or facts.nothing_on_record() else 0


def _no_decision_date(facts: Facts, policy: Policy) -> int:
    if facts.decision_due_in_days is not None:
        return 0
    return 3 if _above(facts.days_in_stage, (policy.no_date_days,)) else 1


def _decision_overdue(facts: Facts, policy: Policy) -> int:
    due = facts.decision_due_in_days
    return 0 if due is None or isinstance(due, Unknown) else _above(-due, policy.overdue_days)


def _over_timebox(facts: Facts, policy: Policy) -> int:
    planned = known_plan(facts)
    if planned is None:
        return 0
    return _above(facts.days_in_stage, tuple(planned * ratio for ratio in policy.timebox_ratios))


def _old_pilot(facts: Facts, policy: Policy) -> int:
    return _above(facts.days_in_stage, policy.age_days)


def _serial_extension(facts: Facts, policy: Policy) -> int:
    by_count = _reached(facts.extensions, policy.extensions)
    extended = _reached(facts.extensions, (1,)) > 0
    return 3 if extended and facts.same_extension_reason is True else by_count


def _deferred(facts: Facts, policy: Policy) -> int:
    return _reached(facts.deferrals, policy.deferrals)


def _no_success_criteria(facts: Facts, _policy: Policy) -> int:
    return 3 if facts.success_criteria_agreed is False else 0


def _not_working(facts: Facts, _policy: Policy) -> int:
    if facts.primary_kpi_status == Status.MISSED:
        return 3
    if facts.primary_kpi_status != Status.OFF_TRACK:
        return 0
    progress = facts.primary_progress
    return 3 if isinstance(progress, Decimal) and progress <= 0 else 2


def _no_evidence(facts: Facts, _policy: Policy) -> int:
    if facts.success_criteria_agreed is not True or facts.primary_kpi_status not in NO_EVIDENCE:
        return 0
    no_data = facts.primary_kpi_status == Status.NO_DATA
    return 0 if no_data and facts.primary_kpi_reason == Reason.AWAITING_FIRST_MEASUREMENT else 2


def _no_movement(facts: Facts, policy: Policy) -> int:
    change, age = facts.primary_progress_change_60d, facts.days_in_stage
    if not isinstance(change, Decimal) or isinstance(age, Unknown) or age < policy.movement_from_day:
        return 0
    if facts.primary_kpi_status == Status.ACHIEVED or _no_evidence(facts, policy):
        return 0
    return 2 if abs(change) < policy.movement else 0


def _no_sponsor(facts: Facts, policy: Policy) -> int:
    if facts.sponsor_silent_days is None:
        return 3
    return 2 * _above(facts.sponsor_silent_days, (policy.sponsor_silent_days,))


def _no_production_owner(facts: Facts, policy: Policy) -> int:
    if facts.production_owner is not False:
        return 0
    return 2 if in_second_half(facts, policy) else 1


def _no_way_to_production(facts: Facts, policy: Policy) -> int:
    if facts.transition_plan is not False or not in_second_half(facts, policy):
        return 0
    due = facts.decision_due_in_days
    return 3 if isinstance(due, int) and due <= 0 else 2


def _scope_creep(facts: Facts, policy: Policy) -> int:
    return 2 if facts.scope_approved is False else _above(facts.scope_change, policy.scope_shares)


def _goalposts_moved(facts: Facts, policy: Policy) -> int:
    times = _reached(facts.success_measure_changes, policy.measure_changes)
    return times + 1 if times else 0


def _over_funds(facts: Facts, policy: Policy) -> int:
    times = _above(facts.spend_ratio, policy.spend_ratios)
    return times + 1 if times else 0


def _condition_unmet(facts: Facts, policy: Policy) -> int:
    overdue = _above(facts.worst_condition_overdue_days, policy.condition_overdue_days)
    return 3 if overdue and facts.overdue_condition_blocks is True else overdue


def _won_but_not_scaled(facts: Facts, policy: Policy) -> int:
    return 2 * _reached(facts.days_since_criteria_met, (policy.won_days,))


def _shadow_production(facts: Facts, _policy: Policy) -> int:
    return 3 if facts.users_outside_charter is True else 0


def _not_adopted(facts: Facts, policy: Policy) -> int:
    low = isinstance(facts.adoption, Decimal) and facts.adoption < policy.adoption_share
    return 2 if low and in_second_half(facts, policy) else 0


RULES: Final[tuple[Rule, ...]] = (
    Rule("R00", Group.CAUSE, "Nothing on record", _nothing_on_record),
    Rule("R01", Group.TIME, "No decision date", _no_decision_date),
    Rule("R02", Group.TIME, "Decision overdue", _decision_overdue),
    Rule("R03", Group.TIME, "Over timebox", _over_timebox),
    Rule("R04", Group.TIME, "Old pilot", _old_pilot),
    Rule("R05", Group.TIME, "Serial extension", _serial_extension),
    Rule("R06", Group.TIME, "Deferred decision", _deferred),
    Rule("R07", Group.CAUSE, "No success criteria", _no_success_criteria),
    Rule("R08", Group.CAUSE, "Not working", _not_working),
    Rule("R09", Group.CAUSE, "No evidence", _no_evidence),
    Rule("R10", Group.CAUSE, "No movement", _no_movement),
    Rule("R11", Group.CAUSE, "No sponsor", _no_sponsor),
    Rule("R12", Group.CAUSE, "No one to hand to", _no_production_owner),
    Rule("R13", Group.CAUSE, "No way to production", _no_way_to_production),
    Rule("R14", Group.CAUSE, "Scope creep", _scope_creep),
    Rule("R15", Group.CAUSE, "Goalposts moved", _goalposts_moved),
    Rule("R16", Group.CAUSE, "Over funds", _over_funds),
    Rule("R17", Group.CAUSE, "Condition unmet", _condition_unmet),
    Rule("R18", Group.CAUSE, "Won but not scaled", _won_but_not_scaled),
    Rule("R19", Group.CAUSE, "Shadow production", _shadow_production),
    Rule("R20", Group.CAUSE, "Not adopted", _not_adopted),
)
BY_CODE: Final = {rule.code: rule for rule in RULES}
TIME_RULES: Final = frozenset(rule.code for rule in RULES if rule.group is Group.TIME)


def severities(facts: Facts, policy: Policy) -> dict[str, int]:
    """The rules that fire, in the order of their codes: {code: severity 1 to 3}."""
    fired = ((rule.code, rule.severity(facts, policy)) for rule in RULES)
    return {code: severity for code, severity in fired if severity}


def days_ahead(facts: Facts, policy: Policy) -> tuple[int, ...]:
    """Every number of days from now on which a rule or the remedy could change by the passing of time alone.

    Rising, each at least 1: the days on which a running count crosses a threshold.
    """
    ahead: set[int] = set()
    if isinstance(facts.days_in_stage, int):
        ahead.update(day - facts.days_in_stage for day in _turning_days(facts, policy))
    due = facts.decision_due_in_days
    if isinstance(due, int):
        ahead.update(due + limit + 1 for limit in policy.overdue_days)
        ahead.update((due, due - policy.decision_soon_days))
    if isinstance(facts.sponsor_silent_days, int):
        ahead.add(policy.sponsor_silent_days + 1 - facts.sponsor_silent_days)
    overdue = facts.worst_condition_overdue_days
    if isinstance(overdue, int):
        ahead.update(limit + 1 - overdue for limit in policy.condition_overdue_days)
    if isinstance(facts.days_since_criteria_met, int):
        ahead.add(policy.won_days - facts.days_since_criteria_met)
    return tuple(sorted(day for day in ahead if day > 0))


def _turning_days(facts: Facts, policy: Policy) -> set[int]:
    """The days of the pilot's own age on which something turns."""
    turning = {policy.no_date_days + 1, policy.movement_from_day, *(limit + 1 for limit in policy.age_days)}
    planned = known_plan(facts)
    if planned is not None:
        turning.update(first_day_over(planned, ratio) for ratio in policy.timebox_ratios)
        turning.add(half_time_day(planned, policy))
    return turning
