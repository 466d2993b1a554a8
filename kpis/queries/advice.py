"""What the record says about the quality of a KPI: SMART, advice, and what was expected of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from core import clock
from domain.expected_influence import Forecast, Outcome, compare
from domain.kpi_advice import Advised, Benchmark, Facts, Measure, advise, against_benchmark
from domain.kpi_codes import Direction
from domain.kpi_figures import EXACT
from domain.smart import Item, Signature, Smart, smart
from kpis.models import ExpectedInfluence, Kpi, KpiVersion, SmartSignature
from kpis.queries.discipline import milestones_of
from kpis.translate import contract_of, is_judged, scale_of
from portfolio.models import BenefitEntry


def smart_of(version: KpiVersion, *, as_of: date) -> Smart:
    """The SMART check of one version on a day, with who signed what by then."""
    rows = SmartSignature.objects.filter(kpi_version=version).select_related("person").order_by("pk")
    signed = [
        Signature(Item(row.item), agrees=True, person=row.person.name, on=clock.day_of(row.signed_at))
        for row in rows
    ]
    return smart(contract_of(version), signed, as_of=as_of)


def advice_for(kpi: Kpi) -> Advised:
    """Advice about this KPI, and about all KPIs of its initiative together."""
    found = advice_of(kpi.initiative_id)
    mine = tuple(one for one in found.advice if one.subject in {None, kpi.ref})
    return Advised(mine, found.unknown)


def advice_of(initiative_id: int) -> Advised:
    """Advice on the active KPIs of an initiative, as they are in force. Four statements."""
    rows = list(
        Kpi.objects.filter(initiative=initiative_id, current__isnull=False)
        .exclude(state=Kpi.State.RETIRED)
        .select_related("current", "initiative")
        .order_by("pk")
    )
    if not rows:
        return Advised((), ())
    initiative = rows[0].initiative
    benefits = BenefitEntry.objects.filter(initiative=initiative_id)
    money = initiative.planned_value is not None or benefits.exists()
    claims = benefits.filter(~Q(kind="planned")).exists()
    objective = initiative.objectives.exists()
    shares = [kpi.minority_share for kpi in rows if kpi.minority_share is not None]
    measures = tuple(_measure(kpi, objective=objective, money=money, claims=claims) for kpi in rows)
    return advise(Facts(measures=measures, minority_share=min(shares, default=None)))


def _measure(kpi: Kpi, *, objective: bool, money: bool, claims: bool) -> Measure:
    version = kpi.current
    assert version is not None  # noqa: S101  asked for above
    benchmark = None
    if version.benchmark is not None:
        benchmark = Benchmark(version.benchmark, version.benchmark_source, version.benchmark_on)
    band = version.shape == KpiVersion.Shape.BAND
    return Measure(
        ref=kpi.ref, name=kpi.name, kind=kpi.kind, metric=kpi.metric if kpi.metric != Kpi.Metric.OTHER else kpi.name,
        serves=f"K-{kpi.serves_id:04d}" if kpi.serves_id else "", serves_because=kpi.serves_because,
        objective=objective, money=money and kpi.primary, operation=kpi.kind == Kpi.Kind.OPERATIONAL,
        has_baseline=band or version.baseline is not None, claims_improvement=claims and kpi.primary and not band,
        benchmark=benchmark, judged=is_judged(version), judge=version.judge_id, scale=scale_of(version),
    )  # fmt: skip


def benchmark_words(version: KpiVersion) -> str:
    """The target beside the benchmark in a sentence; empty where one of them was never recorded."""
    if version.benchmark is None or version.target is None or not version.benchmark_source:
        return ""
    benchmark = Benchmark(version.benchmark, version.benchmark_source, version.benchmark_on)
    return against_benchmark(version.target, benchmark, Direction(version.direction), version.unit_of_measure)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the initiative was expected to do to a KPI, and how it came out. `row` None: nobody said.

    `frozen`: development has begun, and nothing is added any more. `earlier`: what had been said before, newest first.
    """

    row: ExpectedInfluence | None
    outcome: Outcome
    frozen: bool
    development_on: date | None
    earlier: Sequence[ExpectedInfluence] = ()


def expected_of(kpi: Kpi) -> Expected:
    """What was expected of the KPI's change, held against the change to its last reading. Needs `current` beside it."""
    rows = list(ExpectedInfluence.objects.filter(kpi=kpi.pk).select_related("recorded_by"))
    began = milestones_of([kpi.initiative_id])[kpi.initiative_id].development_on
    version, row = kpi.current, rows[0] if rows else None
    actual = None
    if version is not None and version.baseline is not None and kpi.last_value is not None:
        actual = EXACT.subtract(kpi.last_value, version.baseline)
    forecast = None
    if row is not None:
        forecast = Forecast(
            low=row.low, likely=row.likely, high=row.high, said_on=clock.day_of(row.recorded_at), because=row.because,
            frozen_at="G2" if began else None, frozen_on=began,
        )  # fmt: skip
    return Expected(
        row, compare(forecast, actual, unit=kpi.unit_of_measure), began is not None, began, rows[1:]
    )
