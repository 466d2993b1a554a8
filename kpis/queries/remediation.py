"""Remediations as a list, how far one has come, and which KPIs count as set before the fact."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from core import clock
from core.listing import Filter, Listing
from domain.remediation import Realignment, Remediation, Step, Taken, remediation
from kpis.models import Kpi, KpiVersion, RemediationStep
from kpis.models import Remediation as Row
from kpis.queries.series import series_of
from kpis.translate import definition_of

REMEDIATIONS: Final = Listing(
    filters={
        "id": Filter("pk", "id"),
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "open": Filter("closed_at", "null", ops=("",)),
        "kpi": Filter("steps__kpi", "ref", prefix="K", many=True),
        "opened_on": Filter("opened_at__date", "date", ops=("gte", "lte")),
    },
    orders={"opened_at": "opened_at"},
    search=("because", "initiative__name"),
)


def as_taken(row: RemediationStep) -> Taken:
    """A stored step as the rule reads it."""
    return Taken(
        step=Step(row.step), on=clock.day_of(row.recorded_at), by=str(row.recorded_by_id or "Throughline"),
        note=row.finding, kpi=str(row.kpi_id or ""), series_days=row.readings,
        outcome=Realignment(row.realignment) if row.realignment else None,
    )  # fmt: skip


def reached(row: Row) -> Remediation:
    """How far a remediation has come. Without a query where its `steps` were prefetched."""
    return remediation([as_taken(step) for step in sorted(row.steps.all(), key=lambda one: one.pk)])


def kpi_of(steps: Sequence[RemediationStep]) -> int | None:
    """The id of the KPI that the second step named."""
    return next((step.kpi_id for step in steps if step.kpi_id is not None), None)


def series_days(kpi: Kpi, *, as_of: date) -> int:
    """On how many different days the readings of a KPI that speak were observed. Needs `current` beside it."""
    version = kpi.current
    if version is None:
        return 0
    own = KpiVersion.objects.filter(kpi=kpi.pk, series=version.series).values_list("pk", flat=True)
    # One reading a day speaks, so as many speak as there are days.
    return series_of(kpi.pk, definition_of(version, state=kpi.state), as_of=as_of, versions=list(own)).spoken
