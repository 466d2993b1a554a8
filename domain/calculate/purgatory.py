"""`calculate purgatory`: the facts of pilots from JSON, one verdict each back."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

from domain.calculate.document import Place, day, items, members, number, truth, whole
from domain.purgatory import Verdict, judge
from domain.purgatory_facts import FACT_NAMES, KPI_STATUSES, UNKNOWN, Facts
from domain.purgatory_policy import MOST_DAYS

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2200, 12, 31)

Value = TypeVar("Value", int, Decimal)

NULL_IS_A_FACT: Final = frozenset(
    {
        "planned_days",
        "decision_due_in_days",
        "primary_kpi_reason",
        "primary_progress_change_60d",
        "primary_progress",
        "sponsor_silent_days",
        "scope_change",
        "spend_ratio",
        "adoption",
    }
)
"""Where null says something: no date, no sponsor, no such figure. Elsewhere null is a fact nobody recorded."""


def calculate(document: object) -> list[dict[str, Any]]:
    """Judge a list of inputs as in the reference cases, each with an optional `as_of` and `unknown`.

    A key that is absent, or named in `unknown`, is a fact nobody recorded. Raises RuleError with a JSON pointer for
    an unknown key, a wrong type or a number out of range; then nothing is answered.
    """
    return [_one(place) for place in items(Place(document, ""))]


def _one(place: Place) -> dict[str, Any]:
    found = members(place, required=frozenset(), optional=frozenset(FACT_NAMES) | {"as_of", "unknown"})
    return to_json(judge(_facts(found), as_of=_as_of(found.get("as_of"))))


def to_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict as plain JSON."""
    return {
        "level": verdict.level.value,
        "rules": dict(verdict.rules),
        "hits": [
            {
                "rule": hit.rule,
                "severity": hit.severity,
                "cause": hit.cause,
                "sentence": hit.sentence,
                "clears_when": hit.clears_when,
            }
            for hit in verdict.hits
        ],
        "unknown": list(verdict.unknown),
        "remedy": verdict.remedy.to_json(),
        "valid_until": None if verdict.valid_until is None else verdict.valid_until.isoformat(),
    }


def _facts(found: Mapping[str, Place]) -> Facts:
    """The facts of one input. A fact named in `unknown` is unknown whatever value stands beside it."""
    values = {name: _value(name, found[name]) for name in FACT_NAMES if name in found}
    unknown = dict.fromkeys(_unknown(found["unknown"]), UNKNOWN) if "unknown" in found else {}
    return Facts(**{**values, **unknown})


def _unknown(place: Place) -> list[str]:
    return [] if place.value is None else [_fact_name(name) for name in items(place)]


def _fact_name(place: Place) -> str:
    for name in FACT_NAMES:
        if place.value == name:
            return name
    raise place.refuse("not_a_fact", f"Give the name of a fact: {', '.join(FACT_NAMES)}.")


def _value(name: str, place: Place) -> Any:
    if place.value is None:
        return None if name in NULL_IS_A_FACT else UNKNOWN
    return READERS[name](place)


def _count(place: Place) -> int:
    return _at_most(place, whole(place, at_least=0))


def _days_either_way(place: Place) -> int:
    return _at_most(place, whole(place))


def _share(place: Place) -> Decimal:
    return _at_most(place, number(place))


def _at_most(place: Place, value: Value) -> Value:
    if abs(value) > MOST_DAYS:
        raise place.refuse("out_of_range", f"Give a number between -{MOST_DAYS} and {MOST_DAYS}.")
    return value


def _status(place: Place) -> str:
    for word in KPI_STATUSES:
        if place.value == word:
            return word
    raise place.refuse("not_a_known_word", f"Give one of: {', '.join(KPI_STATUSES)}.")


def _reason(place: Place) -> str:
    if not isinstance(place.value, str):
        raise place.refuse("not_a_known_word", "Give the reason's code, like “awaiting_first_measurement”.")
    return place.value


READERS: Final[Mapping[str, Callable[[Place], object]]] = {
    "days_in_stage": _count,
    "planned_days": _count,
    "decision_due_in_days": _days_either_way,
    "extensions": _count,
    "same_extension_reason": truth,
    "deferrals": _count,
    "success_criteria_agreed": truth,
    "primary_kpi_status": _status,
    "primary_kpi_reason": _reason,
    "primary_progress_change_60d": _share,
    "primary_progress": _share,
    "sponsor_silent_days": _count,
    "production_owner": truth,
    "transition_plan": truth,
    "scope_change": _share,
    "scope_approved": truth,
    "success_measure_changes": _count,
    "spend_ratio": _share,
    "worst_condition_overdue_days": _count,
    "overdue_condition_blocks": truth,
    "days_since_criteria_met": _count,
    "users_outside_charter": truth,
    "adoption": _share,
}


def _as_of(place: Place | None) -> date | None:
    if place is None or place.value is None:
        return None
    found = day(place)
    if not FIRST_DAY <= found <= LAST_DAY:
        raise place.refuse("out_of_range", "Give a date from 1900-01-01 to 2200-12-31.")
    return found
