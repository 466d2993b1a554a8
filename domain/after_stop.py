"""What is spent on or read from an initiative after it was stopped: somebody goes on with it, or a row is wrong."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from domain.money_words import money_exact
from domain.phrases import listed

RULE: Final = "after_stop"
CAUSE: Final = "Goes on after its stop"
SEVERITY: Final = 3
CLEARS: Final = "The rows are corrected, or the initiative is reopened."
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent after the stop, corrections taken off: the sum, and the first and the last day."""

    amount: Decimal
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class Read:
    """A KPI with a reading of a day after the stop: how it is called, and the last such day."""

    label: str
    last_on: date


@dataclass(frozen=True, slots=True)
class GoesOn:
    """The finding: its sentence with the numbers, and the first day known."""

    sentence: str
    since: date
    numbers: dict[str, Any]


def stopped_by(entered_on: date | None, precision: str) -> date | None:
    """The last day on which the stop may have been; None where nobody recorded it, so that nothing is known to be after it."""
    if entered_on is None or precision == "unknown":
        return None
    months = _MONTHS.get(precision)
    if months is None:
        return entered_on
    last = (entered_on.month - 1) // months * months + months
    return entered_on.replace(month=last, day=monthrange(entered_on.year, last)[1])


def goes_on(stopped: date, spent: Spent | None, read: tuple[Read, ...], currency: str) -> GoesOn | None:
    """None where nothing after the stop is on record, or its corrections bring it to nothing."""
    parts, days = [], []
    if spent is not None and spent.amount > 0:
        parts.append(f"{money_exact(spent.amount, currency)} is spent, last on {_day(spent.last_on)}")
        days.append(spent.first_on)
    if read:
        named = listed([f"{one.label} on {_day(one.last_on)}" for one in read])
        parts.append(f"read were {named}" if parts else f"Read were {named}")
        days += [one.last_on for one in read]
    if not parts:
        return None
    amount = spent.amount if spent is not None and spent.amount > 0 else Decimal(0)
    return GoesOn(
        f"{', and '.join(parts)}, after it was stopped on {_day(stopped)}.", min(days),
        {"spent": f"{amount:.2f}", "kpis": len(read)},
    )  # fmt: skip


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
