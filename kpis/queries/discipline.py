"""What was changed in a KPI's promise, when, and what was known by then: the facts domain.amendments judges."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Min

from core import clock
from domain.amendments import Code, Discipline, GateDay, OtherKpi, ReasonCode, Record, Version, review
from domain.kpi_codes import Status
from domain.stages import GATES, Stage
from kpis.models import Kpi, KpiSpell, KpiVersion, Measurement, StatusChange
from kpis.queries.known import put_back
from kpis.translate import contract_of
from portfolio.models import Flag, Initiative, StageSpell

DEVELOPED: Final = frozenset({Stage.DEVELOPMENT, Stage.PILOT, Stage.SCALE_UP, Stage.PRODUCTION})
LIVE: Final = frozenset({Stage.SCALE_UP, Stage.PRODUCTION})
"""In use beyond a trial: from the first such stay on, a baseline measures the effect against itself."""
_GATE_INTO: Final = {(gate.from_stage.value, gate.to_stage.value): gate.code for gate in GATES}
_DECIDES_A_PILOT: Final = next(gate.code for gate in GATES if gate.from_stage is Stage.PILOT)


@dataclass(frozen=True, slots=True)
class Milestones:
    """The days of an initiative that a change is held against. None: unknown, or not yet."""

    development_on: date | None = None
    live_on: date | None = None
    gates: tuple[GateDay, ...] = ()


def discipline_of(kpi: Kpi, *, as_of: date, known_at: datetime | None = None) -> Discipline:
    """What was changed in the promise of one KPI by `as_of`, from what had been recorded by `known_at` (all when None)."""
    return review(records_of([kpi], known_at=known_at)[kpi.pk], as_of=as_of)


def told_before(kpi: Kpi, discipline: Discipline) -> list[Flag]:
    """Flags raised of findings that the record no longer shows: a gate was planned anew. What was found stays."""
    told = {rule_of(one.code) for one in discipline.findings}
    flags = Flag.objects.filter(
        subject_type="kpi", subject_id=kpi.pk, rule__in=[*map(rule_of, Code)], cleared_at=None
    )
    return [flag for flag in flags.order_by("since", "pk") if flag.rule not in told]


def rule_of(code: Code) -> str:
    """The code of the flag that is raised for a finding."""
    return f"kpi_{code.value}"


def records_of(kpis: Sequence[Kpi], *, known_at: datetime | None = None) -> dict[int, Record]:
    """The facts of each KPI, by id. A number of statements that does not grow with them."""
    initiatives = {kpi.initiative_id for kpi in kpis}
    rows = KpiVersion.objects.filter(kpi__initiative__in=initiatives, in_force_at__isnull=False)
    if known_at is not None:
        rows = rows.filter(in_force_at__lte=known_at)
    versions: dict[int, list[KpiVersion]] = defaultdict(list)
    for version in rows.select_related("kpi").order_by("kpi_id", "number"):
        versions[version.kpi_id].append(version)
    put_back(versions, known_at=known_at)
    changed = [kpi.pk for kpi in kpis if len(versions[kpi.pk]) > 1]
    # Of a sealed one too: the seal may have come after what it was to be judged by.
    sealed = [pk for pk, own in versions.items() if any(one.sealed_at for one in own)]
    first = _first_readings({*changed, *sealed} & {kpi.pk for kpi in kpis}, known_at)
    retired = _retired({kpi.pk for kpi in kpis}, known_at)
    passed = _passed(versions, known_at) if changed or retired else {}
    stones = milestones_of(initiatives, known_at=known_at)
    return {
        kpi.pk: Record(
            versions=tuple(_version(one) for one in versions[kpi.pk]),
            first_observed_on=first.get(kpi.pk, (None, None))[0],
            first_recorded_at=first.get(kpi.pk, (None, None))[1],
            development_on=stones[kpi.initiative_id].development_on,
            live_on=stones[kpi.initiative_id].live_on,
            retired_on=retired.get(kpi.pk),
            gates=stones[kpi.initiative_id].gates,
            others=tuple(_others(kpi, versions, passed)),
        )
        for kpi in kpis
    }


def milestones_of(initiatives: Collection[int], *, known_at: datetime | None = None) -> dict[int, Milestones]:
    """When development began, when it went live, and the days of its gates. Two statements."""
    stays: dict[int, list[StageSpell]] = defaultdict(list)
    rows = StageSpell.objects.filter(initiative__in=initiatives, restated_by=None)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    for spell in rows.order_by("pk"):
        stays[spell.initiative_id].append(spell)
    planned = Initiative.objects.filter(pk__in=initiatives).values_list("pk", "stage", "decision_on")
    return {
        pk: Milestones(
            development_on=_first_in(stays[pk], DEVELOPED),
            live_on=_first_in(stays[pk], LIVE),
            gates=tuple(_gates(stays[pk], decision_on if stage == Stage.PILOT else None)),
        )
        for pk, stage, decision_on in planned
    }


def _first_in(stays: Iterable[StageSpell], stages: Collection[Stage]) -> date | None:
    """The first day in one of these stages, as far as it is dated."""
    return min((s.entered_on for s in stays if s.stage in stages and s.entered_on is not None), default=None)


def _gates(stays: Iterable[StageSpell], planned_on: date | None) -> Iterable[GateDay]:
    for stay in stays:
        code = _GATE_INTO.get((stay.from_stage, stay.stage))
        if code is not None and stay.entered_on is not None:
            yield GateDay(code, decided_on=stay.entered_on)
    if planned_on is not None:
        yield GateDay(_DECIDES_A_PILOT, planned_on=planned_on)


def _first_readings(
    kpi_ids: Collection[int], known_at: datetime | None
) -> Mapping[int, tuple[date | None, datetime | None]]:
    """The first day measured and the first moment a reading was known; also of readings taken back since."""
    if not kpi_ids:
        return {}
    rows = Measurement.objects.filter(kpi__in=kpi_ids)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    found = rows.order_by().values("kpi_id").annotate(on=Min("observed_on"), at=Min("recorded_at"))
    return {row["kpi_id"]: (row["on"], row["at"]) for row in found}


def _retired(kpi_ids: Collection[int], known_at: datetime | None) -> dict[int, date]:
    rows = KpiSpell.objects.filter(kpi__in=kpi_ids, state=Kpi.State.RETIRED)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    return {spell.kpi_id: spell.begins_on for spell in rows.order_by("pk")}


def _passed(kpi_ids: Collection[int], known_at: datetime | None) -> dict[int, date]:
    """The first day each KPI stood at its target."""
    rows = StatusChange.objects.filter(kpi__in=list(kpi_ids), now=Status.ACHIEVED.value)
    if known_at is not None:
        rows = rows.filter(at__lte=known_at)
    return dict(rows.order_by().values("kpi_id").annotate(first=Min("on")).values_list("kpi_id", "first"))


def _others(
    kpi: Kpi, versions: Mapping[int, Sequence[KpiVersion]], passed: Mapping[int, date]
) -> Iterable[OtherKpi]:
    """The other KPIs of the initiative, by their name in force."""
    for pk, own in versions.items():
        if pk != kpi.pk and own and own[-1].kpi.initiative_id == kpi.initiative_id:
            yield OtherKpi(own[-1].name, passed.get(pk), _primary_since(own))


def _primary_since(versions: Sequence[KpiVersion]) -> date | None:
    """The first day of the unbroken time in which it has been primary; None when it is not."""
    since = None
    for version in reversed(versions):
        if not version.primary:
            break
        since = _begins(version)
    return since


def _begins(version: KpiVersion) -> date:
    return max(clock.day_of(version.recorded_at), version.effective_on)


def _version(row: KpiVersion) -> Version:
    said: dict[str, Any] = {}
    if row.approved_at is not None:
        said["approved_on"] = clock.day_of(row.approved_at)
    if row.sealed_at is not None:
        said["sealed_on"] = clock.day_of(row.sealed_at)
    return Version(
        number=row.number, contract=contract_of(row), recorded_at=row.recorded_at,
        recorded_on=clock.day_of(row.recorded_at), effective_on=row.effective_on, recorded_by=row.recorded_by_id,
        sealed_at=row.sealed_at, approved_by=row.approved_by_id,
        reason=ReasonCode(row.reason_code) if row.reason_code else None, population_size=row.population_size, **said,
    )  # fmt: skip
