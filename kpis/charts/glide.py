"""A KPI as a glide path: for its page, and small for a row or a card."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.plot.glide import Glide
from core.plot.glide import Reading as DrawnReading
from core.plot.glide import Version as DrawnVersion
from domain.kpi import Definition, Shape
from domain.kpi_thinning import thinned
from domain.purgatory_primary import Primary, worst
from kpis.charts.drawing import lines_of, periods_of
from kpis.models import Kpi, KpiVersion
from kpis.queries.drift import Drift
from kpis.queries.series import DRAWN, Point, Series, point_of, recent_readings
from kpis.translate import definition_of


@dataclass(frozen=True, slots=True)
class Drawn:
    """The primary KPI that speaks for an initiative, and its path (None: it cannot be drawn)."""

    kpi: Kpi
    path: Glide | None


def paths_of(initiative_ids: Collection[int], as_of: date) -> dict[int, Drawn]:
    """The worst primary KPI of each initiative with its path. Two statements, however many."""
    rows = Kpi.objects.filter(initiative__in=initiative_ids, primary=True).exclude(state=Kpi.State.RETIRED)
    own: dict[int, list[Kpi]] = {}
    for kpi in rows.select_related("current").order_by("pk"):
        own.setdefault(kpi.initiative_id, []).append(kpi)
    speaking = {pk: _speaker(kpis) for pk, kpis in own.items()}
    drawn = small_paths(list(speaking.values()), as_of)
    return {pk: Drawn(kpi, drawn[kpi.pk]) for pk, kpi in speaking.items()}


def small_paths(kpis: Sequence[Kpi], as_of: date) -> dict[int, Glide | None]:
    """The path of each KPI as stored, for rows and cards. One statement; needs `current` beside them."""
    readings = recent_readings(kpis, as_of=as_of) if kpis else {}
    out: dict[int, Glide | None] = {}
    for kpi in kpis:
        out[kpi.pk] = None
        if kpi.current is not None:
            definition = definition_of(kpi.current, state=kpi.state)
            points = [point_of(definition, reading) for reading in readings.get(kpi.pk, [])]
            out[kpi.pk] = glide_of(kpi, definition, points, as_of=as_of)
    return out


def _speaker(kpis: list[Kpi]) -> Kpi:
    said = [Primary(k.status, k.reason, k.progress, k.status_since, k.valid_until) for k in kpis]
    found = worst(said)
    return next(kpi for kpi, one in zip(kpis, said, strict=True) if one is found)


def drawn_version(definition: Definition, version: KpiVersion, *, first: bool = True) -> DrawnVersion | None:
    """A version as it is drawn, or None for one that cannot be: without a start there is no time to draw."""
    plan = definition.plan
    if plan is None or definition.baseline_on is None:
        return None
    band = definition.shape is Shape.BAND
    if not band and (definition.target_on is None or definition.baseline is None):
        return None
    return DrawnVersion(
        baseline_on=definition.baseline_on,
        target_on=definition.target_on,
        baseline=definition.baseline,
        target=definition.target,
        starts_on=None if first else version.effective_on,
        curve=definition.curve,
        amber=definition.amber,
        red=definition.red,
        lower=definition.lower if band else None,
        upper=definition.upper if band else None,
        warn=_warn(definition),
        number=version.number,
    )


def _warn(definition: Definition) -> Decimal:
    """The width of the warn zone at each edge."""
    plan = definition.plan
    if plan is None or definition.shape is not Shape.BAND:
        return Decimal(0)
    if plan.warn_below is not None and definition.lower is not None:
        return plan.warn_below - definition.lower
    if plan.warn_above is not None and definition.upper is not None:
        return definition.upper - plan.warn_above
    return Decimal(0)


def path_of(kpi: Kpi, found: Drift, series: Series, *, as_of: date) -> Glide | None:
    """The path of all versions over their time, for print and where no script runs: a line ends where the series breaks.

    None when the version in force cannot be drawn.
    """
    versions = []
    for place, period in enumerate(periods_of(found)):
        drawn = drawn_version(period.definition, period.version, first=place == 0)
        if drawn is not None:
            versions.append(drawn)
        elif period.last:
            return None
    points = {point.reading.id: point for point in series.drawn}
    lines = lines_of(found)
    marks = {hit.reading_id: hit.sentence for hit in found.value.hits} if found.alarming else {}
    latest = [
        DrawnReading(on=p.reading.observed_on, value=p.reading.value, progress=p.progress, counts=p.counts, version=len(lines), mark=marks.get(p.reading.id, ""))
        for p in series.drawn
        if p.reading.value is not None
    ]  # fmt: skip
    readings = []
    for number, line in enumerate(lines):
        earlier = [one for one in line.readings if one.id not in points] if not line.now else []
        for place in thinned([one.value for one in earlier], DRAWN):
            value = earlier[place].value
            if value is not None:
                readings.append(DrawnReading(on=earlier[place].observed_on, value=value, version=number))
    return Glide(
        name=f"{kpi.ref} {kpi.name}",
        status=kpi.status,
        as_of=as_of,
        versions=tuple(versions),
        readings=tuple(sorted([*readings, *latest], key=lambda one: one.on)),
        unit=kpi.unit_of_measure,
        reason=kpi.reason,
        settle_days=kpi.current.settle_days if kpi.current else 14,
    )


def glide_of(
    kpi: Kpi,
    definition: Definition,
    points: Iterable[Point],
    *,
    as_of: date,
    status: str | None = None,
    reason: str | None = None,
) -> Glide | None:
    """The KPI's path to `as_of`. `status` and `reason` where they are not those stored. None when it cannot be drawn."""
    version = kpi.current
    drawn = None if version is None else drawn_version(definition, version)
    if drawn is None:
        return None
    return Glide(
        name=f"{kpi.ref} {kpi.name}",
        status=kpi.status if status is None else status,
        as_of=as_of,
        versions=(drawn,),
        readings=tuple(
            DrawnReading(
                on=p.reading.observed_on, value=p.reading.value, progress=p.progress, counts=p.counts
            )
            for p in points
            if p.reading.value is not None
        ),
        unit=kpi.unit_of_measure,
        reason=kpi.reason if status is None else reason,
        settle_days=definition.settle_days,
    )
