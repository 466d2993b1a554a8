"""The folded history of a KPI: what the next reading needs to know, at the same cost after ten readings or ten thousand.

The published state is a fold over readings in date order, never over the ticks of a worker (decision D4), so it can be
stored and carried on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from domain.errors import RuleError
from domain.kpi_codes import RANK, Status
from domain.kpi_definition import Definition, Plan
from domain.kpi_judge import Verdict, inside, verdict
from domain.kpi_rows import Reading, hear, last_word, one_a_day

FORMAT: Final = 1
_MARKS: Final = ("rejected", "before_baseline", "conflict")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """All usable readings of one definition up to a day, folded, and those dated later, waiting.

    It belongs to one definition: fold again after any change but that of `state`. Days are ordinals, 0 = none.

    count: usable readings folded. day, reading_id, value: the last of them. status: the published state (None before
    the first, and without a baseline). run, pending: how many readings in a row were worse, and the last one's state.
    period, met, period_met (bands): the latest period reported, how many before it were met, whether it is.
    rejected, before_baseline, conflict: rows left out, each the reason for a flag. late_day: the last reading after
    the settling window. waiting: rows dated after the day of the fold, each on its day a reading like any other.
    """

    count: int = 0
    day: int = 0
    reading_id: int | None = None
    value: Decimal | None = None
    status: Status | None = None
    run: int = 0
    pending: Status | None = None
    period: int = 0
    met: int = 0
    period_met: bool = False
    rejected: bool = False
    before_baseline: bool = False
    conflict: bool = False
    late_day: int = 0
    waiting: tuple[Reading, ...] = ()

    @property
    def known_through(self) -> int:
        """The ordinal of the last day folded; the fold answers for this day and later ones only."""
        return max(self.day, self.late_day)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, without what is still as it was at the start. `from_json` gives the same fold back."""
        data: dict[str, Any] = {"v": FORMAT}
        if self.count:
            data |= {
                "n": self.count,
                "on": date.fromordinal(self.day).isoformat(),
                "id": self.reading_id,
                "value": str(self.value),
            }
        if self.status is not None:
            data["status"] = self.status.value
        if self.pending is not None:
            data |= {"run": self.run, "pending": self.pending.value}
        if self.period:
            data["periods"] = [self.period, self.met, self.period_met]
        for mark in _MARKS:
            if getattr(self, mark):
                data[mark] = True
        if self.late_day:
            data["late_on"] = date.fromordinal(self.late_day).isoformat()
        if self.waiting:
            data["waiting"] = [_reading_to_json(reading) for reading in self.waiting]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Fold":
        """The fold that `to_json` wrote. RuleError when another format wrote it: then fold all rows again."""
        if data.get("v") != FORMAT:
            raise RuleError("fold_format_unknown", "Stored in another format. Fold all readings again.", "/v")
        period, met, period_met = data.get("periods", (0, 0, False))
        status, pending, value = data.get("status"), data.get("pending"), data.get("value")
        return cls(
            count=data.get("n", 0),
            day=date.fromisoformat(data["on"]).toordinal() if "on" in data else 0,
            reading_id=data.get("id"),
            value=None if value is None else Decimal(value),
            status=None if status is None else Status(status),
            run=data.get("run", 0),
            pending=None if pending is None else Status(pending),
            period=period,
            met=met,
            period_met=period_met,
            rejected="rejected" in data,
            before_baseline="before_baseline" in data,
            conflict="conflict" in data,
            late_day=date.fromisoformat(data["late_on"]).toordinal() if "late_on" in data else 0,
            waiting=tuple(_reading_from_json(row) for row in data.get("waiting", ())),
        )


NOTHING_YET: Final = Fold()


def fold(
    definition: Definition, readings: Iterable[Reading], *, as_of: date, known_at: datetime | None = None
) -> Fold:
    """Fold all rows of a KPI, in any order, as far as `as_of`; the outcome answers for `as_of` and every later day.

    known_at (aware, UTC) leaves out what was recorded later. A broken definition folds to nothing.
    """
    plan = definition.plan
    if plan is None:
        return NOTHING_YET
    heard = hear(readings, start=date.fromordinal(plan.start), as_of=as_of, known_at=known_at)
    held = Fold(
        rejected=heard.rejected, before_baseline=heard.before_baseline, waiting=_in_waiting(heard.later)
    )
    return absorb(definition, plan, held, heard.now)


def advance(definition: Definition, held: Fold, reading: Reading, *, as_of: date) -> Fold | None:
    """One more reading on a stored fold: the same as folding all rows again, or None when only that will do.

    None for what reaches back: a correction, a void row, a day already folded or before it. Right as long as the
    reading's id is new and no row seen before supersedes it.
    """
    plan = definition.plan
    if plan is None:
        return NOTHING_YET
    if reading.void or reading.supersedes is not None:
        return None
    today = as_of.toordinal()
    if today < held.known_through:
        return None
    if held.waiting:
        held = due(definition, plan, held, today)
    value, day = reading.value, reading.observed_on.toordinal()
    if value is None or not value.is_finite():
        return held if held.rejected else replace(held, rejected=True)
    if day < plan.start:
        return held if held.before_baseline else replace(held, before_baseline=True)
    if day > today:
        return replace(held, waiting=_in_waiting([*held.waiting, reading]))
    # A day inside the window is settled by later ones inside it; after the window the days only raise a flag.
    if day <= (held.late_day if plan.close is not None and day > plan.close else held.day):
        return None
    return absorb(definition, plan, held, [reading])


def due(definition: Definition, plan: Plan, held: Fold, today: int) -> Fold:
    """`held` with the waiting readings whose day has come by `today` folded in."""
    arrived = [reading for reading in held.waiting if reading.observed_on.toordinal() <= today]
    if not arrived:
        return held
    return absorb(definition, plan, replace(held, waiting=held.waiting[len(arrived) :]), arrived)


def absorb(definition: Definition, plan: Plan, held: Fold, readings: list[Reading]) -> Fold:
    """Fold in readings that may speak and are all later than those folded."""
    spoken, conflict = one_a_day(readings)
    late_day = held.late_day
    if plan.close is not None:
        while spoken and spoken[-1].observed_on.toordinal() > plan.close:
            late_day = max(late_day, spoken[-1].observed_on.toordinal())
            spoken = spoken[:-1]
    rows = [(r.observed_on.toordinal(), r.value) for r in spoken if r.value is not None]
    if not rows:
        if conflict or late_day != held.late_day:
            return replace(held, conflict=held.conflict or conflict, late_day=late_day)
        return held
    if not plan.band and plan.baseline is None:
        status, run, pending = None, 0, None
    else:
        status, run, pending = _walk(definition, plan, held, rows)
    period, met, period_met = (
        _periods(definition, plan, held, rows) if plan.band else (held.period, held.met, held.period_met)
    )
    day, value = rows[-1]
    return Fold(
        count=held.count + len(rows),
        day=day,
        reading_id=spoken[-1].id,
        value=value,
        status=status,
        run=run,
        pending=pending,
        period=period,
        met=met,
        period_met=period_met,
        rejected=held.rejected,
        before_baseline=held.before_baseline,
        conflict=held.conflict or conflict,
        late_day=late_day,
        waiting=held.waiting,
    )


def _in_waiting(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """In the order they will speak, stripped of what no longer matters."""
    return tuple(
        Reading(r.id, r.observed_on, r.value, r.recorded_at) for r in sorted(readings, key=last_word)
    )


def _walk(
    definition: Definition, plan: Plan, held: Fold, rows: Sequence[tuple[int, Decimal]]
) -> tuple[Status | None, int, Status | None]:
    """The published state after `rows`, with the run of worse readings and the state pending.

    When worse needs no confirming, a reading outside the hysteresis zones decides alone, whatever came before it:
    so the walk starts at the last such reading, not at the first of ten thousand.
    """
    status, run, pending = held.status, held.run, held.pending
    undecided: list[Verdict] = []
    for day, value in reversed(rows):
        said = verdict(definition, plan, day, value)
        if said.raw is said.back and definition.confirm_worse <= 1:
            status, run, pending = said.raw, 0, None
            break
        undecided.append(said)
    for said in reversed(undecided):
        status, run, pending = _step(status, run, said, definition.confirm_worse)
    return status, run, pending


def _step(
    status: Status | None, run: int, said: Verdict, confirm_worse: int
) -> tuple[Status, int, Status | None]:
    """One reading: worse is published after `confirm_worse` in a row, better when it beats the boundary (D5)."""
    if status is None:
        return said.raw, 0, None
    was, now = RANK[status], RANK[said.raw]
    if now > was:
        if run + 1 >= confirm_worse:
            return said.raw, 0, None
        return status, run + 1, said.raw
    if now < was and RANK[said.back] < was:
        return said.back, 0, None
    return status, 0, None


def _periods(
    definition: Definition, plan: Plan, held: Fold, rows: Sequence[tuple[int, Decimal]]
) -> tuple[int, int, bool]:
    """Compliance so far: the last reading of a period speaks for it, a period without one is not met."""
    period, met, period_met = held.period, held.met, held.period_met
    for day, value in rows:
        reported = max(1, -((plan.start - day) // definition.cadence_days))
        if reported != period:
            met += period_met
            period = reported
        period_met = inside(definition, value)
    return period, met, period_met


def _reading_to_json(reading: Reading) -> list[Any]:
    recorded_at = None if reading.recorded_at is None else reading.recorded_at.isoformat()
    return [reading.id, reading.observed_on.isoformat(), str(reading.value), recorded_at]


def _reading_from_json(row: Sequence[Any]) -> Reading:
    number, observed_on, value, recorded_at = row
    return Reading(
        number,
        date.fromisoformat(observed_on),
        Decimal(value),
        None if recorded_at is None else datetime.fromisoformat(recorded_at),
    )
