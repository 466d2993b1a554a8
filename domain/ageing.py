"""Stage ageing: how long things have been where they are, in calendar months and in days.

A spell without an entry date is undated, its own bucket everywhere, never zero months.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar

from domain.errors import RuleError
from domain.stages import PRE_PRODUCTION, Stage

MONTHS: Final = (6, 12, 18, 24, 36)
NO_UNIT: Final = "no_unit"
"""The key of initiatives without a business unit, where keys are text."""

Value = TypeVar("Value", int, Decimal)
Spell = tuple[Stage, str | None, date | None]
"""Stage, unit and entry date of a current spell; None for a date or a unit nobody recorded."""


def months_after(day: date, months: int) -> date:
    """The same day of the month `months` later (earlier when negative), clamped to the month's end.

    Raises RuleError `out_of_range` where the calendar ends.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise RuleError("out_of_range", f"{months} months from {day} is outside the calendar.")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def days_after(day: date, days: int) -> date | None:
    """The day so many days later; None where the calendar ends, which is for ever."""
    return None if (date.max - day).days < days else day + timedelta(days=days)


def months_before(day: date, months: int) -> date:
    """The same day of the month `months` earlier, clamped to the month's end: 31 August less 6 is 28 February."""
    return months_after(day, -months)


def older_than(entered_on: date | None, as_of: date, months: int) -> bool | None:
    """Whether a spell was entered strictly before `as_of` less so many calendar months; None = undated."""
    return None if entered_on is None else entered_on < months_before(as_of, months)


def days_in_stage(entered_on: date | None, as_of: date) -> int | None:
    """Whole days since the spell was entered; None = undated; 0 for a spell dated after `as_of`."""
    return None if entered_on is None else max((as_of - entered_on).days, 0)


@dataclass(frozen=True, slots=True)
class Older:
    """The dated spells entered strictly before `cutoff`."""

    cutoff: date
    total: int
    by_stage: dict[str, int]
    by_unit: dict[str | None, int]


@dataclass(frozen=True, slots=True)
class StageAgeing:
    """The pre-production spells of a portfolio by age. `future_dated` ones are dated, and older than nothing."""

    as_of: date
    pre_production: int
    undated: int
    future_dated: int
    older_than_months: dict[int, Older]

    def to_json(self) -> dict[str, Any]:
        """`pre_production`, `undated` and `older_than_months` keyed by the number of months as text."""
        return {
            "pre_production": self.pre_production,
            "undated": self.undated,
            "older_than_months": {
                str(months): {
                    "total": older.total,
                    "by_stage": older.by_stage,
                    "by_unit": {unit or NO_UNIT: count for unit, count in older.by_unit.items()},
                }
                for months, older in self.older_than_months.items()
            },
        }


def stage_ageing(rows: Iterable[Spell], as_of: date, months: Sequence[int] = MONTHS) -> StageAgeing:
    """Count the current spells `(stage, unit, entered_on)` by age; stages past scale_up are left out.

    Stages stand in the order of the line, units by falling count and then by name; zeros are not listed.
    """
    spells = [row for row in rows if row[0] in PRE_PRODUCTION]
    return StageAgeing(
        as_of=as_of,
        pre_production=len(spells),
        undated=sum(entered is None for _, _, entered in spells),
        future_dated=sum(entered is not None and entered > as_of for _, _, entered in spells),
        older_than_months={n: _older(spells, as_of, n) for n in months},
    )


def _older(spells: Sequence[Spell], as_of: date, months: int) -> Older:
    old = [row for row in spells if older_than(row[2], as_of, months)]
    stages = Counter(stage for stage, _, _ in old)
    units = Counter(unit for _, unit, _ in old)
    return Older(
        cutoff=months_before(as_of, months),
        total=len(old),
        by_stage={stage.value: stages[stage] for stage in PRE_PRODUCTION if stages[stage]},
        by_unit=dict(sorted(units.items(), key=lambda item: (-item[1], item[0] or ""))),
    )


def percentile(values: Iterable[Value], rank: int) -> Value | None:
    """The value at `rank` percent (1 to 100) by nearest rank, so always one of the values; None of none."""
    if not 1 <= rank <= 100:
        raise RuleError("out_of_range", "A percentile lies between 1 and 100.")
    ordered = sorted(values)
    return ordered[-(-len(ordered) * rank // 100) - 1] if ordered else None


def median(values: Iterable[Value]) -> Value | None:
    """The 50th percentile by nearest rank: of an even number the lower of the middle two."""
    return percentile(values, 50)
