"""The readings of a KPI as its page shows them: which speak, what each says, and which were left out and why."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber

from domain.kpi import Definition, Fold, Shape, Status, advance, fold
from domain.kpi_figures import EXACT
from domain.kpi_judge import expected_on, progress_of
from domain.kpi_rows import Reading, hear, history, one_a_day
from domain.kpi_thinning import thinned
from kpis.models import Kpi, Measurement
from kpis.translate import READING_FIELDS, readings_of

SHOWN: Final = 50
DRAWN: Final = 150
IN_A_ROW: Final = 24


@dataclass(frozen=True, slots=True)
class Point:
    """A reading that speaks. `status` is what was published with it (None where it was not worked out)."""

    reading: Reading
    progress: Decimal | None = None
    expected: Decimal | None = None
    status: Status | None = None
    counts: bool = True

    @property
    def behind(self) -> Decimal | None:
        if self.progress is None or self.expected is None:
            return None
        return EXACT.subtract(self.expected, self.progress)


@dataclass(frozen=True, slots=True)
class Series:
    """`shown`: the latest that speak, newest first. `drawn`: all of them, thinned where there are many, oldest first.

    `spoken`: how many speak; `rows`: how many rows there are. `late`: how many of those that speak came after closing.
    """

    shown: tuple[Point, ...]
    drawn: tuple[Point, ...]
    spoken: int
    rows: int
    late: int


def series_of(
    kpi_id: int,
    definition: Definition,
    *,
    as_of: date,
    known_at: datetime | None = None,
    versions: Collection[int] | None = None,
) -> Series:
    """The readings of one KPI by `as_of`. One statement; long histories are thinned for drawing, never for judging.

    `versions`: only readings taken under these speak (those of one series); None where the measure never changed.
    """
    rows = Measurement.objects.filter(kpi=kpi_id).order_by()
    if versions is not None:
        rows = rows.filter(kpi_version__in=versions)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    readings = readings_of(rows.values_list(*READING_FIELDS).iterator(5_000))
    spoken = _speaking(definition, readings, as_of, known_at)
    plan = definition.plan
    close = plan.close if plan is not None else None
    counts = [close is None or r.observed_on.toordinal() <= close for r in spoken]
    head, tail = spoken[:-SHOWN], spoken[-SHOWN:]
    shown = [_point(definition, r, count) for r, count in zip(tail, counts[-SHOWN:], strict=True)]
    statuses = _published(definition, head, tail)
    shown = [
        Point(p.reading, p.progress, p.expected, status if p.counts else None, p.counts)
        for p, status in zip(shown, statuses, strict=True)
    ]
    drawn = [_point(definition, r, count) for r, count in _thinned(list(zip(spoken, counts, strict=True)))]
    return Series(
        tuple(reversed(shown)),
        tuple(drawn),
        len(spoken),
        len(readings),
        sum(1 for count in counts if not count),
    )


def recent_readings(kpis: Collection[Kpi], *, as_of: date) -> dict[int, list[Reading]]:
    """The last two dozen readings of each KPI, oldest first, for the small pictures of a list.

    One statement, and one more where a KPI measures something else than it did. Needs `current` beside them.
    """
    changed = [kpi.pk for kpi in kpis if kpi.current is not None and kpi.current.series > 1]
    same = {kpi.pk for kpi in kpis}.difference(changed)
    out = _recent(Q(kpi__in=same), as_of) if same else {}
    if changed:
        out |= _recent(Q(kpi__in=changed, kpi_version__series=F("kpi__current__series")), as_of)
    return out


def _recent(among: Q, as_of: date) -> dict[int, list[Reading]]:
    place = Window(
        RowNumber(), partition_by=[F("kpi_id")], order_by=[F("observed_on").desc(), F("pk").desc()]
    )
    rows = (
        Measurement.objects.filter(among, observed_on__lte=as_of, void=False, value__isnull=False)
        .filter(superseded_by=None)
        .annotate(place=place)
        .filter(place__lte=IN_A_ROW)
        .order_by()
    )
    out: dict[int, list[Reading]] = defaultdict(list)
    for kpi_id, *row in rows.values_list("kpi_id", *READING_FIELDS):
        out[kpi_id] += readings_of([tuple(row)])
    return {kpi_id: one_a_day(own)[0] for kpi_id, own in out.items()}


def point_of(definition: Definition, reading: Reading) -> Point:
    """What a reading says by itself, for drawing."""
    plan = definition.plan
    counts = plan is None or plan.close is None or reading.observed_on.toordinal() <= plan.close
    return _point(definition, reading, counts)


def _speaking(
    definition: Definition, readings: Sequence[Reading], as_of: date, known_at: datetime | None
) -> list[Reading]:
    plan = definition.plan
    start = plan.start if plan is not None else date.min.toordinal()
    heard = hear(history(readings), start=start, today=as_of.toordinal(), known_at=known_at)
    return [readings[place] for place in heard.now]


def _point(definition: Definition, reading: Reading, counts: bool) -> Point:
    plan = definition.plan
    if plan is None or definition.shape is Shape.BAND or plan.baseline is None or reading.value is None:
        return Point(reading, counts=counts)
    expected = expected_on(definition, plan, reading.observed_on.toordinal())
    return Point(reading, progress_of(plan, reading.value), expected, counts=counts)


def _published(
    definition: Definition, head: Sequence[Reading], tail: Sequence[Reading]
) -> list[Status | None]:
    """The status published with each of `tail`: the fold, a reading at a time, after all of `head` at once."""
    if not tail:
        return []
    held: Fold | None = fold(definition, head, as_of=tail[0].observed_on)
    out: list[Status | None] = []
    for reading in tail:
        # These rows speak already; that one of them once took another's place is behind them.
        speaking = replace(reading, supersedes=None)
        held = None if held is None else advance(definition, held, speaking, as_of=reading.observed_on)
        out.append(held.now.status if held is not None else None)
    return out


def _thinned(points: list[tuple[Reading, bool]]) -> Iterable[tuple[Reading, bool]]:
    return [points[place] for place in thinned([reading.value for reading, _ in points], DRAWN)]
