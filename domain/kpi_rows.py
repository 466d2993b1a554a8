"""Which recorded rows may speak for a KPI, and in what order.

Rows are kept for ever; a row speaks when it is known, not superseded, not void, a finite number, and true of a day
from the baseline date on. Everything else is left standing and flagged.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final, NamedTuple


@dataclass(frozen=True, slots=True)
class Reading:
    """One recorded row. `observed_on` is the day the value is true of, `recorded_at` (UTC) when it was learnt.

    value None (or NaN, or infinite) = the row is kept but holds no finite number.
    recorded_at None = known from the start, and older than any. supersedes: the id of the row this one replaces.
    """

    id: int
    observed_on: date
    value: Decimal | None
    recorded_at: datetime | None = None
    supersedes: int | None = None
    void: bool = False


class Heard(NamedTuple):
    """The outcome of `hear`: who may speak on or before the day (any order), who later, and what was left out."""

    now: list[Reading]
    later: list[Reading]
    rejected: bool
    before_baseline: bool


FROM_THE_START: Final = datetime(1, 1, 1, tzinfo=UTC)


def hear(readings: Iterable[Reading], *, start: date, as_of: date, known_at: datetime | None) -> Heard:
    """Sort the rows into those that speak by `as_of`, those that wait, and those that are only flagged.

    A row supersedes from the moment it is known, even when it is itself void, future-dated or not a number.
    """
    if known_at is not None:
        readings = [r for r in readings if r.recorded_at is None or r.recorded_at <= known_at]
    elif not isinstance(readings, list | tuple):
        readings = list(readings)
    gone = {r.supersedes for r in readings if r.supersedes is not None}
    now: list[Reading] = []
    later: list[Reading] = []
    rejected = before_baseline = False
    for reading in readings:
        if reading.void or reading.id in gone:
            continue
        value = reading.value
        if value is None or not value.is_finite():
            rejected = True
        elif reading.observed_on < start:
            before_baseline = True
        elif reading.observed_on > as_of:
            later.append(reading)
        else:
            now.append(reading)
    return Heard(now, later, rejected, before_baseline)


def one_a_day(readings: list[Reading]) -> tuple[list[Reading], bool]:
    """In date order, one row a day: the latest recorded, then the highest id. Says whether a day had two."""
    if all(a.observed_on < b.observed_on for a, b in pairwise(readings)):
        return readings, False
    ordered = sorted(readings, key=last_word)
    spoken = [a for a, b in pairwise(ordered) if a.observed_on != b.observed_on]
    spoken.append(ordered[-1])
    return spoken, len(spoken) < len(ordered)


def last_word(reading: Reading) -> tuple[date, bool, datetime, int]:
    """Sorts rows by day, then by who has the last word on it: a row known from the start has the first."""
    recorded_at = reading.recorded_at
    if recorded_at is None:
        return (reading.observed_on, False, FROM_THE_START, reading.id)
    return (reading.observed_on, True, recorded_at, reading.id)
