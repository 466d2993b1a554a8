"""A KPI as a glide path: for its page, and small for a row or a card."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from core.plot.glide import Glide
from core.plot.glide import Reading as Drawn
from core.plot.glide import Version as DrawnVersion
from domain.kpi import Definition, Shape
from kpis.models import Kpi, KpiVersion
from kpis.queries.series import Point


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
            Drawn(on=p.reading.observed_on, value=p.reading.value, progress=p.progress, counts=p.counts)
            for p in points
            if p.reading.value is not None
        ),
        unit=kpi.unit_of_measure,
        reason=kpi.reason if status is None else reason,
        settle_days=definition.settle_days,
    )
