"""From the rules that fired to a level and to one proposed remedy. The system proposes; people decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from domain.kpi_codes import Status
from domain.purgatory_facts import Facts, Unknown
from domain.purgatory_policy import Policy
from domain.purgatory_rules import TIME_RULES, known_plan
from domain.stages import Outcome


class Level(StrEnum):
    """How a pilot stands. `undated` is no level but what stands in its place without an entry date."""

    PURGATORY = "purgatory"
    DRIFTING = "drifting"
    WATCH = "watch"
    HEALTHY = "healthy"
    UNDATED = "undated"


class RemedyCode(StrEnum):
    REGULARISE = "regularise"
    RECORD_THE_FACTS = "record_the_facts"
    SCALE = "scale"
    SCALE_WITH_CONDITIONS = "scale_with_conditions"
    HOLD_FOR_SPONSOR = "hold_for_sponsor"
    PIVOT = "pivot"
    STOP = "stop"
    PIVOT_OR_STOP = "pivot_or_stop"
    EXTEND_ONCE = "extend_once"
    STOP_UNLESS_RECORDED = "stop_unless_recorded"
    DECIDE_AT_NEXT_COUNCIL = "decide_at_next_council"
    CONTINUE = "continue"
    CONTINUE_AND_CLEAR_FLAGS = "continue_and_clear_flags"


MOTIONS: Final[Mapping[RemedyCode, Outcome]] = {
    RemedyCode.SCALE: Outcome.GO,
    RemedyCode.SCALE_WITH_CONDITIONS: Outcome.CONDITIONAL_GO,
    RemedyCode.HOLD_FOR_SPONSOR: Outcome.HOLD,
    RemedyCode.EXTEND_ONCE: Outcome.EXTEND,
    RemedyCode.PIVOT: Outcome.PIVOT,
    RemedyCode.STOP: Outcome.STOP,
    RemedyCode.REGULARISE: Outcome.HOLD,
}
"""The motion a remedy puts on the agenda; the others name none. To regularise is to hold until the next gate is decided."""

REGULARISE_WITHIN_DAYS: Final = 14
"""How long such a hold lasts: the next gate is decided within these days."""

_MISSING: Final = (("R11", "sponsor"), ("R12", "production_owner"), ("R13", "transition_plan"))


@dataclass(frozen=True, slots=True)
class Remedy:
    """One proposal. `days` only where it names a length, `missing` only with `scale_with_conditions`."""

    code: RemedyCode
    days: int | None = None
    missing: tuple[str, ...] = ()

    @property
    def motion(self) -> Outcome | None:
        """The outcome a motion for this remedy names, or None where people choose it themselves."""
        return MOTIONS.get(self.code)

    def to_json(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"code": self.code.value}
        if self.days is not None:
            answer["days"] = self.days
        if self.missing:
            answer["missing"] = list(self.missing)
        return answer


def level_of(facts: Facts, rules: Mapping[str, int]) -> Level:
    """Purgatory is a conjunction: a time rule at 2 or more, and a cause at 2 or more or two time rules at 3."""
    if isinstance(facts.days_in_stage, Unknown):
        return Level.UNDATED
    grave = [code for code, severity in rules.items() if severity >= 2]
    time = [code for code in grave if code in TIME_RULES]
    late = sum(rules[code] == 3 for code in time)
    if time and (len(grave) > len(time) or late >= 2):
        return Level.PURGATORY
    if len(grave) >= 2 or any(rules[code] == 3 for code in grave):
        return Level.DRIFTING
    return Level.WATCH if rules else Level.HEALTHY


def remedy_for(facts: Facts, rules: Mapping[str, int], level: Level, policy: Policy) -> Remedy:
    """The first remedy that fits. An extension nobody recorded is not held against the pilot."""
    extended = isinstance(facts.extensions, int) and facts.extensions >= 1
    if "R19" in rules:
        return Remedy(RemedyCode.REGULARISE)
    if level is Level.UNDATED or (level is Level.WATCH and "R00" in rules):
        return Remedy(RemedyCode.RECORD_THE_FACTS)
    if facts.primary_kpi_status == Status.ACHIEVED or "R18" in rules:
        return _scale(rules)
    if rules.get("R11") == 3:
        return Remedy(RemedyCode.HOLD_FOR_SPONSOR, days=policy.hold_days)
    if "R20" in rules and facts.primary_kpi_status in (Status.ON_TRACK, Status.AT_RISK):
        return Remedy(RemedyCode.PIVOT)
    if "R08" in rules and (extended or _decision_due(facts, policy)):
        given_up = extended or rules["R08"] == 3
        return Remedy(RemedyCode.STOP if given_up else RemedyCode.PIVOT_OR_STOP)
    if rules.keys() & {"R07", "R09", "R10"}:
        return Remedy(RemedyCode.STOP_UNLESS_RECORDED) if extended else _extend(facts, policy)
    if level in (Level.PURGATORY, Level.DRIFTING):
        return Remedy(RemedyCode.DECIDE_AT_NEXT_COUNCIL)
    return Remedy(RemedyCode.CONTINUE_AND_CLEAR_FLAGS if rules else RemedyCode.CONTINUE)


def _scale(rules: Mapping[str, int]) -> Remedy:
    missing = tuple(name for code, name in _MISSING if code in rules)
    return Remedy(RemedyCode.SCALE_WITH_CONDITIONS if missing else RemedyCode.SCALE, missing=missing)


def _extend(facts: Facts, policy: Policy) -> Remedy:
    planned = known_plan(facts)
    if planned is None:
        return Remedy(RemedyCode.EXTEND_ONCE, days=policy.extend_unplanned_days)
    return Remedy(RemedyCode.EXTEND_ONCE, days=min(policy.extend_max_days, planned // policy.extend_divisor))


def _decision_due(facts: Facts, policy: Policy) -> bool:
    """No date at all, or one within the next days or past; a date nobody recorded is neither."""
    due = facts.decision_due_in_days
    return due is None or (isinstance(due, int) and due <= policy.decision_soon_days)
