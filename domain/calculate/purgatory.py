"""The purgatory calculator: a list of pilots' facts as JSON in, one verdict each out."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from domain.errors import RuleError
from domain.purgatory import Verdict, judge
from domain.purgatory_facts import FACT_NAMES, KPI_STATUSES, UNKNOWN, Facts
from domain.purgatory_policy import MOST_DAYS

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2200, 12, 31)
MOST_DIGITS: Final = 30
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

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

_MAY_BE_NEGATIVE: Final = frozenset({"decision_due_in_days"})
_RESERVED: Final = frozenset({"as_of", "unknown"})


def calculate(document: object) -> list[dict[str, Any]]:
    """Judge a list of inputs as in the reference cases, each with an optional `as_of` and `unknown`.

    A key that is absent, or named in `unknown`, is a fact nobody recorded. Raises RuleError with a JSON pointer for
    an unknown key, a wrong type or a number out of range; then nothing is answered.
    """
    if not isinstance(document, list):
        raise RuleError("wrong_type", "The purgatory calculator reads a list of inputs.", "")
    return [_one(item, f"/{index}") for index, item in enumerate(document)]


def _one(item: object, at: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise RuleError("wrong_type", "Each input is an object of facts.", at)
    return to_json(judge(read_facts(item, at), as_of=_as_of(item.get("as_of"), f"{at}/as_of")))


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


def read_facts(item: Mapping[Any, object], at: str = "") -> Facts:
    """The facts one input object says. A fact named in `unknown` is unknown whatever value stands beside it."""
    for key in item:
        if key not in FACT_NAMES and key not in _RESERVED:
            raise RuleError("unknown_key", f"{key} is not a fact of a pilot.", f"{at}/{_escaped(key)}")
    unknown = _unknown(item.get("unknown"), f"{at}/unknown")
    values = {name: _read(name, item[name], f"{at}/{name}") for name in FACT_NAMES if name in item}
    return Facts(**{**values, **dict.fromkeys(unknown, UNKNOWN)})


def _unknown(names: object, at: str) -> list[str]:
    if names is None:
        return []
    if not isinstance(names, list):
        raise RuleError("wrong_type", "unknown is a list of names of facts.", at)
    for index, name in enumerate(names):
        if name not in FACT_NAMES:
            raise RuleError("unknown_fact", f"{name} is not a fact of a pilot.", f"{at}/{index}")
    return names


def _read(name: str, value: object, at: str) -> Any:
    if value is None:
        return None if name in NULL_IS_A_FACT else UNKNOWN
    return READERS[name](name, value, at)


def _yes_no(name: str, value: object, at: str) -> bool:
    if not isinstance(value, bool):
        raise RuleError("wrong_type", f"{name} is true or false.", at)
    return value


def _count(name: str, value: object, at: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise RuleError("wrong_type", f"{name} is a whole number.", at)
    least = -MOST_DAYS if name in _MAY_BE_NEGATIVE else 0
    if not least <= value <= MOST_DAYS:
        raise RuleError("out_of_range", f"{name} lies between {least} and {MOST_DAYS}.", at)
    return value


def _share(name: str, value: object, at: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise RuleError("wrong_type", f'{name} is a decimal number, like "0.25".', at)
    try:
        # A float is read as it is written: 0.1 means one tenth.
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise RuleError("wrong_type", f'{name} is a decimal number, like "0.25".', at) from None
    if not number.is_finite() or abs(number) > MOST_DAYS or len(number.as_tuple().digits) > MOST_DIGITS:
        raise RuleError("out_of_range", f"{name} lies between -{MOST_DAYS} and {MOST_DAYS}.", at)
    return number


def _status(name: str, value: object, at: str) -> str:
    if not isinstance(value, str) or value not in KPI_STATUSES:
        raise RuleError("unknown_word", f"{name} is one of: {', '.join(KPI_STATUSES)}.", at)
    return value


def _word(name: str, value: object, at: str) -> str:
    if not isinstance(value, str):
        raise RuleError("wrong_type", f"{name} is a code.", at)
    return value


READERS: Final[Mapping[str, Callable[[str, object, str], object]]] = {
    "days_in_stage": _count,
    "planned_days": _count,
    "decision_due_in_days": _count,
    "extensions": _count,
    "same_extension_reason": _yes_no,
    "deferrals": _count,
    "success_criteria_agreed": _yes_no,
    "primary_kpi_status": _status,
    "primary_kpi_reason": _word,
    "primary_progress_change_60d": _share,
    "primary_progress": _share,
    "sponsor_silent_days": _count,
    "production_owner": _yes_no,
    "transition_plan": _yes_no,
    "scope_change": _share,
    "scope_approved": _yes_no,
    "success_measure_changes": _count,
    "spend_ratio": _share,
    "worst_condition_overdue_days": _count,
    "overdue_condition_blocks": _yes_no,
    "days_since_criteria_met": _count,
    "users_outside_charter": _yes_no,
    "adoption": _share,
}


def _as_of(value: object, at: str) -> date | None:
    if value is None:
        return None
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None:
        raise RuleError("wrong_type", "as_of is a date like 2026-11-24.", at)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise RuleError("out_of_range", "as_of lies between 1900-01-01 and 2200-12-31.", at)
    return day


def _escaped(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")
