"""Definition drift: a KPI that is measured otherwise is another KPI, and no line may be drawn across the change.

A version of the definition breaks the series when its formula, source, population, unit or window is no longer the one
before. Whoever draws the series draws each segment by itself, and whoever compares compares within one.

A field that a version does not state is unknown, not empty: the last stated one is taken to hold on, and the first
version that states one at all is told as undetermined, because nobody can say whether anything changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from domain.errors import RuleError
from domain.figure_words import counted
from domain.kpi_rows import Reading, by_last_word
from domain.kpi_words import day

FIELDS: Final = ("formula", "source", "population", "unit", "window")
"""What a series stands on. A change of target, owner or name breaks nothing."""


class DefinitionStatus(StrEnum):
    STEADY = "steady"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredAs:
    """How one version says the KPI is measured, from `effective_on` on; None or blank = the version does not say.

    window: the time a value covers, like "trailing 28 days".
    """

    number: int
    effective_on: date
    formula: str | None = None
    source: str | None = None
    population: str | None = None
    unit: str | None = None
    window: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A field that is said otherwise than before; was None = first said here."""

    field: str
    was: str | None
    now: str


@dataclass(frozen=True, slots=True)
class Break:
    """From `on`, under version `number`, the series is another one than under version `before`."""

    number: int
    before: int
    on: date
    changes: tuple[Change, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Undetermined:
    """Version `number` is the first to state these fields, so whether it broke the series is not known."""

    number: int
    on: date
    fields: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Readings that may be compared and joined by a line, in date order.

    begins_on: the day of the break before it, None for the first segment. ends_on: its last day, None while it goes
    on. versions: the numbers of the versions in force, in order.
    """

    begins_on: date | None
    ends_on: date | None
    versions: tuple[int, ...]
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class DefinitionDrift:
    """The answer: breaks and segments in date order, one segment more than breaks.

    unknown: fields that no version states. valid_until: the day before a version already recorded takes effect.
    """

    status: DefinitionStatus
    sentence: str
    breaks: tuple[Break, ...]
    undetermined: tuple[Undetermined, ...]
    segments: tuple[Segment, ...]
    unknown: tuple[str, ...]
    valid_until: date | None

    @property
    def break_days(self) -> tuple[date, ...]:
        return tuple(one.on for one in self.breaks)


def definition_drift(
    versions: Iterable[MeasuredAs], readings: Iterable[Reading], *, as_of: date
) -> DefinitionDrift:
    """Where a KPI's series is broken, as of a day, and the segments its readings fall into.

    versions: those known, in any order; of the versions effective by a day the one with the highest number is in
    force, and before the first takes effect the first is. readings: those to be drawn, in any order, all kept.
    Steady: no break. Broken: one at least. Unknown: no break, and a version or a field that would show one is missing.
    RuleError names two versions of one number, or a reading after `as_of`.
    """
    known = sorted(versions, key=lambda one: one.number)
    _sound(known)
    rows = _sorted(readings, as_of)
    if not known:
        sentence = "No definition is recorded, so nobody can say whether the readings mean one thing."
        segment = Segment(None, None, (), tuple(rows))
        return DefinitionDrift(DefinitionStatus.UNKNOWN, sentence, (), (), (segment,), FIELDS, None)
    force = _in_force(known, as_of)
    breaks, undetermined, unknown = _compare(force)
    status = DefinitionStatus.STEADY
    if breaks:
        status = DefinitionStatus.BROKEN
    elif undetermined or len(unknown) == len(FIELDS):
        status = DefinitionStatus.UNKNOWN
    upcoming = [one.effective_on for one in _in_force(known, date.max)[1:] if one.effective_on > as_of]
    return DefinitionDrift(
        status=status,
        sentence=_sentence(status, breaks, undetermined, force),
        breaks=breaks,
        undetermined=undetermined,
        segments=_segments(force, breaks, rows),
        unknown=unknown,
        valid_until=min(upcoming) - timedelta(days=1) if upcoming else None,
    )


def _sound(known: Sequence[MeasuredAs]) -> None:
    numbers = [one.number for one in known]
    for number in numbers:
        if numbers.count(number) > 1:
            raise RuleError(
                "number_twice", f"Two versions have the number {number}. Give each its own.", "/versions"
            )


def _sorted(readings: Iterable[Reading], as_of: date) -> list[Reading]:
    rows = list(readings)
    for place, one in enumerate(rows):
        if one.observed_on > as_of:
            raise RuleError(
                "reading_is_later",
                f"Leave out readings after {as_of.isoformat()}.",
                f"/readings/{place}/observed_on",
            )
    return by_last_word(rows)


def _in_force(known: Sequence[MeasuredAs], as_of: date) -> list[MeasuredAs]:
    """The versions that are or were in force by `as_of`, in order of time: the first of all is from the start."""
    force = [known[0]]
    for one in known[1:]:
        if one.effective_on > as_of:
            continue
        while len(force) > 1 and force[-1].effective_on >= one.effective_on:
            force.pop()  # a later version that takes effect earlier leaves it no day
        force.append(one)
    return force


def _compare(
    force: Sequence[MeasuredAs],
) -> tuple[tuple[Break, ...], tuple[Undetermined, ...], tuple[str, ...]]:
    stated = {field: _stated(force[0], field) for field in FIELDS}
    breaks: list[Break] = []
    undetermined: list[Undetermined] = []
    before = force[0]
    for one in force[1:]:
        changes: list[Change] = []
        first: list[str] = []
        for field in FIELDS:
            was, now = stated[field], _stated(one, field)
            if now is None or now == was:
                continue
            stated[field] = now
            if was is None:
                first.append(field)
            else:
                changes.append(Change(field, was, now))
        if changes:
            breaks.append(_break(one, before, changes))
        elif first:
            undetermined.append(_undetermined(one, first))
        before = one
    return tuple(breaks), tuple(undetermined), tuple(field for field in FIELDS if stated[field] is None)


def _stated(version: MeasuredAs, field: str) -> str | None:
    """The text without the spaces that change nothing; None where the version does not say."""
    text = getattr(version, field)
    return " ".join(text.split()) or None if text is not None else None


def _break(one: MeasuredAs, before: MeasuredAs, changes: Sequence[Change]) -> Break:
    named = "; ".join(f"{change.field} was “{change.was}” and is “{change.now}”" for change in changes)
    return Break(
        number=one.number,
        before=before.number,
        on=one.effective_on,
        changes=tuple(changes),
        sentence=f"Version {one.number} measures otherwise from {day(one.effective_on)}: {named}. "
        "No line may be drawn across that day.",
    )


def _undetermined(one: MeasuredAs, fields: Sequence[str]) -> Undetermined:
    sentence = (
        f"Version {one.number}, in force from {day(one.effective_on)}, is the first to state its "
        f"{', '.join(fields)}: whether that changed is not known."
    )
    return Undetermined(one.number, one.effective_on, tuple(fields), sentence)


def _sentence(
    status: DefinitionStatus,
    breaks: Sequence[Break],
    undetermined: Sequence[Undetermined],
    force: Sequence[MeasuredAs],
) -> str:
    if status is DefinitionStatus.BROKEN:
        last = breaks[-1]
        named = ", ".join(change.field for change in last.changes)
        return f"The series is broken {_times(len(breaks))}, last on {day(last.on)} by version {last.number} ({named})."
    if undetermined:
        return undetermined[-1].sentence
    if status is DefinitionStatus.UNKNOWN:
        return "No version states how the KPI is measured, so nobody can say whether that changed."
    return f"The KPI is measured the same way in {counted(len(force), 'version')} of its definition."


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _segments(
    force: Sequence[MeasuredAs], breaks: Sequence[Break], rows: Sequence[Reading]
) -> tuple[Segment, ...]:
    edges: list[date | None] = [None, *(one.on for one in breaks)]
    found = []
    for begins, ends in zip(edges, [*edges[1:], None], strict=True):
        found.append(
            Segment(
                begins_on=begins,
                ends_on=None if ends is None else ends - timedelta(days=1),
                versions=tuple(
                    one.number
                    for place, one in enumerate(force)
                    if _within(None if place == 0 else one.effective_on, begins, ends)
                ),
                readings=tuple(row for row in rows if _within(row.observed_on, begins, ends)),
            )
        )
    return tuple(found)


def _within(on: date | None, begins: date | None, ends: date | None) -> bool:
    """Whether a day (None = the beginning of time) lies from `begins` on and before `ends`."""
    if on is None:
        return begins is None
    return (begins is None or on >= begins) and (ends is None or on < ends)
