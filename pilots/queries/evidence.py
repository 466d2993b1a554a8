"""What the KPIs of pilots say to the purgatory rules: which are primary, how they stand, how far they moved."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F, OuterRef, QuerySet, Subquery

from domain.kpi import Shape
from domain.kpi_figures import EXACT, ratio
from domain.kpi_rows import Reading, one_a_day
from domain.purgatory_primary import MOVEMENT_DAYS, Movement, Primary, movement
from kpis.models import Kpi, KpiVersion, Measurement
from kpis.queries.past import Judgement

_SUCCESS = (
    "shape", "direction", "target", "target_on", "curve", "lower", "upper",
    "formula", "population", "window", "unit_of_measure", "data_source",
)  # fmt: skip
"""What success is and how it is measured, in a KPI's version: a change of one of these moves the goalposts."""


def judged_after(kpi: Kpi, as_of: date) -> bool:
    return kpi.judged_on is not None and kpi.judged_on > as_of


def primary_of(kpi: Kpi, past: Judgement | None) -> Primary:
    if past is None:
        return Primary(kpi.status, kpi.reason, kpi.progress, kpi.status_since, kpi.valid_until)
    told = past.answer
    return Primary(told.status.value, str(told.reason or ""), told.progress, past.since, told.valid_until)


def kpis_of(initiatives: Iterable[int]) -> list[Kpi]:
    rows = Kpi.objects.filter(initiative__in=initiatives).select_related("current").order_by("pk")
    judged = (
        "initiative",
        "name",
        "primary",
        "state",
        "status",
        "reason",
        "progress",
        "status_since",
        "valid_until",
        "judged_on",
        "created_at",
        "unit_of_measure",
        "promised",
        "remediation",
    )
    version = ("number", "series", "shape", "baseline", "baseline_on", "target")
    return list(rows.only(*judged, *(f"current__{name}" for name in version)))


def counts(kpi: Kpi) -> bool:
    return kpi.primary and kpi.state != Kpi.State.RETIRED


def moves(kpi: Kpi) -> bool:
    version = kpi.current
    sound = version is not None and None not in (version.baseline, version.target)
    return (
        sound
        and version is not None
        and version.shape == Shape.TRAJECTORY
        and version.baseline != version.target
    )


def movements(kpis: Sequence[Kpi], as_of: date) -> dict[int, Movement]:
    """How far each has moved in sixty days: its readings since, and the one that stood on that day.

    Two statements, and two more where a KPI measures something else than it did.
    """
    changed, same = list[Kpi](), list[Kpi]()
    for kpi in kpis:
        (changed if kpi.current is not None and kpi.current.series > 1 else same).append(kpi)
    spoken = Measurement.objects.filter(void=False, superseded_by=None, value__isnull=False)
    found = _movements(same, spoken, as_of) if same else {}
    if changed:
        speaking = spoken.filter(kpi_version__series=F("kpi__current__series"))
        found |= _movements(changed, speaking, as_of)
    return found


def _movements(kpis: Sequence[Kpi], spoken: QuerySet[Measurement], as_of: date) -> dict[int, Movement]:
    cut = as_of - timedelta(days=MOVEMENT_DAYS)
    before = spoken.filter(kpi=OuterRef("pk"), observed_on__lte=cut).order_by(
        "-observed_on", "-recorded_at", "-pk"
    )
    asked = Kpi.objects.filter(pk__in=[kpi.pk for kpi in kpis]).order_by()
    rows: dict[int, list[Reading]] = defaultdict(list)
    stood = asked.annotate(
        on=Subquery(before.values("observed_on")[:1]), was=Subquery(before.values("value")[:1])
    )
    for pk, on, was in stood.values_list("pk", "on", "was"):
        if on is not None:
            rows[pk].append(Reading(0, on, was))
    since = spoken.filter(kpi__in=[kpi.pk for kpi in kpis], observed_on__gt=cut, observed_on__lte=as_of)
    columns = ("kpi_id", "pk", "observed_on", "value", "recorded_at")
    for kpi_id, pk, on, value, recorded_at in since.order_by(
        "kpi_id", "observed_on", "recorded_at", "pk"
    ).values_list(*columns):
        rows[kpi_id].append(Reading(pk, on, value, recorded_at))
    return {kpi.pk: movement(_progress(kpi.current, rows[kpi.pk]), as_of) for kpi in kpis}


def _progress(version: KpiVersion | None, readings: list[Reading]) -> list[tuple[date, Decimal]]:
    """Progress by day, one a day, from the baseline date on, by the definition in force."""
    if version is None or version.baseline is None or version.target is None:
        return []
    start, span = version.baseline_on, EXACT.subtract(version.target, version.baseline)
    spoken, _ = one_a_day([r for r in readings if start is None or r.observed_on >= start])
    return [
        (r.observed_on, ratio(EXACT.subtract(r.value, version.baseline), span))
        for r in spoken
        if r.value is not None
    ]


def goalposts(kpis: Sequence[Kpi]) -> dict[int, list[date]]:
    """The days on which a later version of a KPI, once in force, changed what success is."""
    out: dict[int, list[date]] = defaultdict(list)
    before: KpiVersion | None = None
    for version in KpiVersion.objects.filter(kpi__in=kpis, in_force_at__isnull=False).order_by(
        "kpi_id", "number"
    ):
        same_kpi = before is not None and before.kpi_id == version.kpi_id
        if same_kpi and any(getattr(before, name) != getattr(version, name) for name in _SUCCESS):
            out[version.kpi_id].append(version.effective_on)
        before = version
    return out
