"""Which recorded rows may speak for a KPI, and in what order.

Rows are kept for ever; a row speaks when it is known, not superseded, not void, a finite number, and true of a day
from the baseline date on. Everything else is left standing and flagged.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Column(Protocol[T_co]):
    """One value for each row, by place. A column may work its values out when asked: most are never looked at."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int, /) -> T_co: ...


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


class History(NamedTuple):
    """The rows of one KPI, in any order, column by column: what so many `Reading`s say, without making them.

    days: ordinals. supersedes: the id of the row that each of some rows replaces, by their own. void, unusable: the ids
    of the rows that are void, and of those that hold no finite number.
    """

    ids: Column[int]
    days: Column[int]
    values: Column[Decimal | None]
    recorded: Column[datetime | None]
    supersedes: Mapping[int, int]
    void: AbstractSet[int]
    unusable: AbstractSet[int]

    def number(self, place: int) -> Decimal:
        """The value at a place that may speak."""
        value = self.values[place]
        if value is None:
            raise ValueError("a row without a number does not speak")
        return value

    def reading(self, place: int) -> Reading:
        """The row at a place, stripped of what it replaces."""
        on = date.fromordinal(self.days[place])
        return Reading(self.ids[place], on, self.values[place], self.recorded[place])

    def without(self, ids: AbstractSet[int]) -> "History":
        """The rows but these, as if they had never been recorded."""
        places = [place for place in range(len(self.ids)) if self.ids[place] not in ids]
        return History(
            [self.ids[place] for place in places],
            [self.days[place] for place in places],
            _Chosen(self.values, places),
            _Chosen(self.recorded, places),
            {new: old for new, old in self.supersedes.items() if new not in ids},
            self.void - ids,
            self.unusable - ids,
        )


class _Chosen(Generic[T_co]):
    """Some places of a column."""

    __slots__ = ("column", "places")

    def __init__(self, column: Column[T_co], places: Sequence[int]) -> None:
        self.column, self.places = column, places

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, place: int, /) -> T_co:
        return self.column[self.places[place]]


class Heard(NamedTuple):
    """The outcome of `hear`, as places in the history: who speaks by the day, one row a day in date order; who later.

    conflict: a day had two. rejected, before_baseline: rows were left out for that.
    """

    now: Sequence[int]
    later: Sequence[int]
    conflict: bool
    rejected: bool
    before_baseline: bool


FROM_THE_START: Final = datetime(1, 1, 1, tzinfo=UTC)


def history(readings: Iterable[Reading]) -> History:
    """The readings, column by column and in their order."""
    rows = readings if isinstance(readings, list | tuple) else list(readings)
    return History(
        [r.id for r in rows],
        [r.observed_on.toordinal() for r in rows],
        [r.value for r in rows],
        [r.recorded_at for r in rows],
        {r.id: r.supersedes for r in rows if r.supersedes is not None},
        {r.id for r in rows if r.void},
        {r.id for r in rows if r.value is None or not r.value.is_finite()},
    )


def hear(rows: History, *, start: int, today: int, known_at: datetime | None = None) -> Heard:
    """Who speaks by `today`, who waits for a later day, and what is only flagged. Days are ordinals.

    A row supersedes from the moment it is known, even when it is itself void, future-dated or not a number.
    """
    ids, day_at = rows.ids, rows.days.__getitem__
    places: Sequence[int] = range(len(ids))
    gone = set(rows.supersedes.values())
    if known_at is not None:
        recorded = [rows.recorded[place] for place in places]
        places = [place for place, moment in enumerate(recorded) if moment is None or moment <= known_at]
        known = {ids[place] for place in places}
        gone = {old for new, old in rows.supersedes.items() if new in known}
    if gone or rows.void:
        silent = gone | rows.void
        places = [place for place in places if ids[place] not in silent]
    before = len(places)
    if rows.unusable:
        places = [place for place in places if ids[place] not in rows.unusable]
    rejected = len(places) < before
    places = sorted(places, key=day_at)
    first, last = bisect_left(places, start, key=day_at), bisect_right(places, today, key=day_at)
    now, conflict = _one_a_day(rows, places[first:last])
    return Heard(now, places[max(first, last) :], conflict, rejected, before_baseline=first > 0)


def one_a_day(readings: Sequence[Reading]) -> tuple[list[Reading], bool]:
    """In date order, one row a day: the latest recorded, then the highest id. Says whether a day had two."""
    rows = history(readings)
    places, conflict = _one_a_day(rows, sorted(range(len(readings)), key=rows.days.__getitem__))
    return [readings[place] for place in places], conflict


def by_last_word(readings: Sequence[Reading]) -> list[Reading]:
    """In date order, and within a day the one that speaks for it last."""
    return [readings[place] for place in in_order(history(readings), range(len(readings)))]


def _one_a_day(rows: History, places: Sequence[int]) -> tuple[Sequence[int], bool]:
    """Of the places, which are in date order, those with the last word on their day."""
    if len(set(map(rows.days.__getitem__, places))) == len(places):
        return places, False
    ordered = in_order(rows, places)
    spoken = [a for a, b in pairwise(ordered) if rows.days[a] != rows.days[b]]
    spoken.append(ordered[-1])
    return spoken, True


def in_order(rows: History, places: Iterable[int]) -> list[int]:
    """By day, then by who has the last word on it: a row known from the start has the first."""

    def last_word(place: int) -> tuple[int, bool, datetime, int]:
        recorded_at = rows.recorded[place]
        if recorded_at is None:
            return (rows.days[place], False, FROM_THE_START, rows.ids[place])
        return (rows.days[place], True, recorded_at, rows.ids[place])

    return sorted(places, key=last_word)
