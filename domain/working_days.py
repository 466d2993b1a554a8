"""Deadlines in working days, by the organisation's calendar: weekends and holidays are data, because they differ and change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from domain.errors import RuleError
from domain.policy_rows import full_row, items, whole

KIND: Final = "calendar"
MOST_DAYS: Final = 400
MOST_HOLIDAYS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Calendar:
    """When nobody works. `weekend`: days of the week, Monday is 0; `holidays`: single days."""

    weekend: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekend <= frozenset(range(7)) or len(self.weekend) == 7:
            raise RuleError(
                "out_of_range", "Name days of the week from 0 to 6, and leave one to work on.", "/weekend"
            )

    def works(self, day: date) -> bool:
        return day.weekday() not in self.weekend and day not in self.holidays


USUAL: Final = Calendar()


def working_days_after(day: date, count: int, calendar: Calendar = USUAL) -> date:
    """The working day `count` working days after `day`, which is not counted itself. `count` 0 is `day`.

    Raises RuleError `out_of_range` below 0 or above 400.
    """
    if not 0 <= count <= MOST_DAYS:
        raise RuleError("out_of_range", f"Count 0 to {MOST_DAYS} working days.")
    for _ in range(count):
        day = _next(day, 1, calendar)
    return day


def working_days_before(day: date, count: int, calendar: Calendar = USUAL) -> date:
    """The working day from which `count` clear working days lie between it and `day`, neither counted itself.

    Papers that are out on this day are `count` clear working days ahead. Raises RuleError `out_of_range`.
    """
    if not 0 <= count <= MOST_DAYS:
        raise RuleError("out_of_range", f"Count 0 to {MOST_DAYS} working days.")
    for _ in range(count + 1):
        day = _next(day, -1, calendar)
    return day


def working_days_between(first: date, last: date, calendar: Calendar = USUAL) -> int:
    """How many working days after `first` up to and with `last`; 0 where `last` is not later."""
    days = (last - first).days
    return sum(calendar.works(first + timedelta(days=one)) for one in range(1, days + 1))


def calendar_to_json(calendar: Calendar) -> dict[str, Any]:
    """As `calendar_from_json` reads it."""
    return {
        "weekend": sorted(calendar.weekend),
        "holidays": [day.isoformat() for day in sorted(calendar.holidays)],
    }


def calendar_from_json(stored: Mapping[str, Any]) -> Calendar:
    """A stored calendar, whole or refused with a pointer."""
    values = full_row(stored, ("weekend", "holidays"))
    weekend = frozenset(
        whole(one, f"/weekend/{place}") for place, one in enumerate(items(values["weekend"], "/weekend"))
    )
    days = items(values["holidays"], "/holidays")
    if len(days) > MOST_HOLIDAYS:
        raise RuleError("out_of_range", f"Name at most {MOST_HOLIDAYS} holidays.", "/holidays")
    return Calendar(weekend, frozenset(_day(one, f"/holidays/{place}") for place, one in enumerate(days)))


def _next(day: date, step: int, calendar: Calendar) -> date:
    """The nearest working day in that direction. A calendar without one for two years is refused."""
    for _ in range(2 * 366):
        day += timedelta(days=step)
        if calendar.works(day):
            return day
    raise RuleError("no_working_day", "The calendar has no working day for two years. Mend its holidays.")


def _day(value: object, at: str) -> date:
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise RuleError("not_a_day", "Give a day as YYYY-MM-DD.", at)
