"""The folded history of a KPI: what the next reading needs to know, at the same cost after ten readings or ten thousand.

The published state is a fold over readings in date order, never over the ticks of a worker (decision D4), so it can be
stored and carried on.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from domain.errors import RuleError
from domain.kpi_codes import RANK, Status
from domain.kpi_definition import Definition, Plan
from domain.kpi_judge import Verdict, inside, verdict
from domain.kpi_rows import History, Reading, hear, history, in_order, one_a_day

FORMAT: Final = 2
_MARKS: Final = ("rejected", "before_baseline", "conflict")


class Standing(NamedTuple):
    """What the readings up to a day say together, and all that the next day's reading needs to know of them.

    status: the published state (None before the first reading, and without a baseline). run, pending: how many readings
    in a row were worse, and the last one's state. period, met, period_met (bands): the latest period reported, how many
    before it were met, whether it is.
    """

    status: Status | None = None
    run: int = 0
    pending: Status | None = None
    period: int = 0
    met: int = 0
    period_met: bool = False


NOWHERE: Final = Standing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """All usable readings of one definition up to a day, folded, and those dated later, waiting.

    It belongs to one definition: fold again after any change but that of `state`. Days are ordinals, 0 = none.

    count: usable readings folded. day, reading_id, value, recorded_at: the last of them. now: how the KPI stands with it,
    before: without it, so that another reading of the same day takes its place at the same cost.
    rejected, before_baseline, conflict: rows left out, each the reason for a flag. late_day: the last reading after
    the settling window. waiting: rows dated after the day of the fold, each on its day a reading like any other.
    """

    count: int = 0
    day: int = 0
    reading_id: int | None = None
    value: Decimal | None = None
    recorded_at: datetime | None = None
    now: Standing = NOWHERE
    before: Standing = NOWHERE
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
            if self.recorded_at is not None:
                data["at"] = self.recorded_at.isoformat()
        for name, standing in (("now", self.now), ("before", self.before)):
            if standing != NOWHERE:
                data[name] = _standing_to_json(standing)
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
        value, recorded_at = data.get("value"), data.get("at")
        return cls(
            count=data.get("n", 0),
            day=date.fromisoformat(data["on"]).toordinal() if "on" in data else 0,
            reading_id=data.get("id"),
            value=None if value is None else Decimal(value),
            recorded_at=None if recorded_at is None else datetime.fromisoformat(recorded_at),
            now=_standing_from_json(data.get("now", ())),
            before=_standing_from_json(data.get("before", ())),
            rejected="rejected" in data,
            before_baseline="before_baseline" in data,
            conflict="conflict" in data,
            late_day=date.fromisoformat(data["late_on"]).toordinal() if "late_on" in data else 0,
            waiting=tuple(_reading_from_json(row) for row in data.get("waiting", ())),
        )


NOTHING_YET: Final = Fold()


def fold(
    definition: Definition,
    rows: Iterable[Reading] | History,
    *,
    as_of: date,
    known_at: datetime | None = None,
) -> Fold:
    """Fold all rows of a KPI, in any order, as far as `as_of`; the outcome answers for `as_of` and every later day.

    known_at (aware, UTC) leaves out what was recorded later. A broken definition folds to nothing.
    """
    plan = definition.plan
    if plan is None:
        return NOTHING_YET
    if not isinstance(rows, History):
        rows = history(rows)
    heard = hear(rows, start=plan.start, today=as_of.toordinal(), known_at=known_at)
    held = Fold(
        rejected=heard.rejected,
        before_baseline=heard.before_baseline,
        conflict=heard.conflict,
        waiting=_in_waiting(rows, heard.later),
    )
    return absorb(definition, plan, held, rows, heard.now)


def advance(definition: Definition, held: Fold, reading: Reading, *, as_of: date) -> Fold | None:
    """One more reading on a stored fold: the same as folding all rows again, or None when only that will do.

    None for what reaches back: a correction, a void row, a day before the last one folded. Right as long as no row seen
    before supersedes the reading; the last one folded may be given again.
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
        waiting = history([*held.waiting, reading])
        return replace(held, waiting=_in_waiting(waiting, range(len(waiting.ids))))
    if day == held.day:
        return _once_more(definition, plan, held, reading)
    # A day inside the window is settled by later ones inside it; after the window the days only raise a flag.
    if day <= (held.late_day if plan.close is not None and day > plan.close else held.day):
        return None
    return absorb(definition, plan, held, history([reading]), (0,))


def _once_more(definition: Definition, plan: Plan, held: Fold, reading: Reading) -> Fold:
    """Another reading of the last day folded: whichever has the last word speaks for it."""
    if reading.id == held.reading_id:
        return held
    both = history(
        [Reading(held.reading_id or 0, reading.observed_on, held.value, held.recorded_at), reading]
    )
    if in_order(both, (0, 1))[-1] == 0:
        return replace(held, conflict=True)
    without = replace(held, count=held.count - 1, now=held.before, conflict=True)
    return absorb(definition, plan, without, both, (1,))


def due(definition: Definition, plan: Plan, held: Fold, today: int) -> Fold:
    """`held` with the waiting readings whose day has come by `today` folded in."""
    arrived = [reading for reading in held.waiting if reading.observed_on.toordinal() <= today]
    if not arrived:
        return held
    spoken, conflict = one_a_day(arrived)
    held = replace(held, waiting=held.waiting[len(arrived) :], conflict=held.conflict or conflict)
    return absorb(definition, plan, held, history(spoken), range(len(spoken)))


def absorb(definition: Definition, plan: Plan, held: Fold, rows: History, places: Sequence[int]) -> Fold:
    """Fold in the rows at these places, which may speak: one a day, in date order, all later than those folded."""
    days = [rows.days[place] for place in places]
    late_day = held.late_day
    if plan.close is not None and days and days[-1] > plan.close:
        late_day = max(late_day, days[-1])
        del days[bisect_right(days, plan.close) :]
    if not days:
        return held if late_day == held.late_day else replace(held, late_day=late_day)
    before, last = held.now, places[len(days) - 1]
    if len(days) > 1:
        before = _stand(definition, plan, before, days[:-1], rows, places[: len(days) - 1])
    return Fold(
        count=held.count + len(days),
        day=days[-1],
        reading_id=rows.ids[last],
        value=rows.number(last),
        recorded_at=rows.recorded[last],
        now=_stand(definition, plan, before, days[-1:], rows, (last,)),
        before=before,
        rejected=held.rejected,
        before_baseline=held.before_baseline,
        conflict=held.conflict,
        late_day=late_day,
        waiting=held.waiting,
    )


def _in_waiting(rows: History, places: Iterable[int]) -> tuple[Reading, ...]:
    """In the order they will speak, stripped of what no longer matters."""
    return tuple(rows.reading(place) for place in in_order(rows, places))


def _stand(
    definition: Definition,
    plan: Plan,
    was: Standing,
    days: Sequence[int],
    rows: History,
    places: Sequence[int],
) -> Standing:
    """How the KPI stands after these rows, one a day in date order."""
    if plan.band:
        status, run, pending = _walk(definition, plan, was, days, rows, places)
        return Standing(status, run, pending, *_periods(definition, plan, was, days, rows, places))
    if plan.baseline is None:
        return NOWHERE
    return Standing(*_walk(definition, plan, was, days, rows, places))


def _walk(
    definition: Definition,
    plan: Plan,
    was: Standing,
    days: Sequence[int],
    rows: History,
    places: Sequence[int],
) -> tuple[Status | None, int, Status | None]:
    """The published state after these rows, with the run of worse readings and the state pending.

    When worse needs no confirming, a reading outside the hysteresis zones decides alone, whatever came before it:
    so the walk starts at the last such reading, not at the first of ten thousand.
    """
    status, run, pending = was.status, was.run, was.pending
    undecided: list[Verdict] = []
    for day, place in zip(reversed(days), reversed(places), strict=True):
        said = verdict(definition, plan, day, rows.number(place))
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
    definition: Definition,
    plan: Plan,
    was: Standing,
    days: Sequence[int],
    rows: History,
    places: Sequence[int],
) -> tuple[int, int, bool]:
    """Compliance so far: the last reading of a period speaks for it, a period without one is not met."""
    period, met, period_met = was.period, was.met, was.period_met
    start, cadence = plan.start, definition.cadence_days
    reported = [max(1, -((start - day) // cadence)) for day in days]
    for place, this, following in zip(places, reported, [*reported[1:], 0], strict=True):
        if this == following:
            continue
        if this != period:
            met += period_met
            period = this
        period_met = inside(definition, rows.number(place))
    return period, met, period_met


def _standing_to_json(standing: Standing) -> list[Any]:
    """Without the zeros at its end."""
    status, run, pending, *periods = standing
    said = [status and status.value, run, pending and pending.value, *periods]
    while not said[-1]:
        said.pop()
    return said


def _standing_from_json(row: Sequence[Any]) -> Standing:
    said: dict[str, Any] = dict(zip(Standing._fields, row, strict=False))
    for name in ("status", "pending"):
        if said.get(name) is not None:
            said[name] = Status(said[name])
    return Standing(**said)


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
