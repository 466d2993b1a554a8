"""The facts that drift is judged from, of many KPIs at once: their definitions, readings, outcomes, and what people said.

**The outcome a KPI stands for** is the KPI it serves (a model metric) or else the KPI it is a part of, by the version of
the day. One that serves none and is part of none stands for nothing anybody named.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Q

from core.among import among
from domain.kpi_drift import MeasuredAs, World, WorldChange
from domain.kpi_rows import Reading
from kpis.models import DriftReference, Kpi, KpiSpell, KpiVersion, Measurement, RelevanceReview
from kpis.models import WorldChange as WorldRow
from kpis.queries.in_force import state_on, version_on
from kpis.queries.known import put_back
from kpis.translate import READING_FIELDS

_WORLD: Final = {
    KpiVersion.ReasonCode.USER_BEHAVIOUR.value: World.BEHAVIOUR,
    KpiVersion.ReasonCode.MARKET.value: World.MARKET,
    KpiVersion.ReasonCode.PRODUCT.value: World.PRODUCT,
}


@dataclass(slots=True)
class Facts:
    """What is known of one KPI. `versions`: those in force by then, by number. `outcome_id` None: nobody named one."""

    kpi_id: int
    versions: Sequence[KpiVersion]
    version: KpiVersion
    state: str
    paused_until: date | None
    outcome_id: int | None
    readings: list[Reading] = field(default_factory=list)
    taken_under: dict[int, int] = field(default_factory=dict)
    reference: DriftReference | None = None
    reviews: list[RelevanceReview] = field(default_factory=list)
    changes: list[WorldChange] = field(default_factory=list)

    @property
    def review(self) -> RelevanceReview | None:
        """The latest review."""
        return max(self.reviews, key=lambda one: (one.reviewed_on, one.pk), default=None)

    def measured_as(self) -> list[MeasuredAs]:
        return [
            MeasuredAs(
                number=one.number, effective_on=one.effective_on, formula=one.formula, source=one.data_source,
                population=one.population, unit=one.unit_of_measure, window=one.window,
            )
            for one in self.versions
        ]  # fmt: skip

    def spoken(self) -> list[Reading]:
        """The readings taken under the measure of their own day, whatever became of them since.

        One taken under a later measure for an earlier day, or the other way round, belongs to no line.
        """
        series = {one.pk: one.series for one in self.versions}
        if len(set(series.values())) < 2:
            return self.readings
        return [
            one
            for one in self.readings
            if (of_day := version_on(self.versions, one.observed_on)) is not None
            and series.get(self.taken_under[one.id]) == of_day.series
        ]


def facts_of(
    kpi_ids: Collection[int], *, as_of: date, known_at: datetime | None = None
) -> tuple[dict[int, Facts], dict[int, Facts]]:
    """The facts of these KPIs by id, and those of the KPIs they stand for. Eleven statements at most, whatever their number.

    Left out are KPIs without a version in force by then.
    """
    own = _defined(kpi_ids, as_of, known_at)
    wanted = {one.outcome_id for one in own.values() if one.outcome_id is not None}
    others = _defined(wanted.difference(own), as_of, known_at) if wanted.difference(own) else {}
    every = own | others
    for kpi_id, version_id, *row in _readings(every, as_of, known_at):
        reading = Reading(*row)
        every[kpi_id].readings.append(reading)
        every[kpi_id].taken_under[reading.id] = version_id
    known = {} if known_at is None else {"recorded_at__lte": known_at}
    asked: dict[str, Any] = {"kpi__in": among(own), **known}
    for reference in DriftReference.objects.filter(**asked, stated_on__lte=as_of).order_by("pk"):
        own[reference.kpi_id].reference = reference  # the last one stated speaks
    reviews = RelevanceReview.objects.filter(**asked, reviewed_on__lte=as_of)
    for review in reviews.select_related("recorded_by").order_by("pk"):
        own[review.kpi_id].reviews.append(review)
    _add_changes(own, known)
    return own, {pk: every[pk] for pk in wanted if pk in every}


def _defined(kpi_ids: Collection[int], as_of: date, known_at: datetime | None) -> dict[int, Facts]:
    in_force: dict[str, Any] = (
        {"in_force_at__isnull": False} if known_at is None else {"in_force_at__lte": known_at}
    )
    rows = KpiVersion.objects.filter(kpi__in=among(kpi_ids), **in_force)
    versions = _by_kpi(rows.order_by("kpi_id", "number"))
    put_back(versions, as_of=as_of, known_at=known_at)
    known = {} if known_at is None else {"recorded_at__lte": known_at}
    spells = _by_kpi(
        KpiSpell.objects.filter(kpi__in=among(kpi_ids), begins_on__lte=as_of, **known).order_by("pk")
    )
    out = {}
    for kpi_id, said in versions.items():
        version = version_on(said, as_of)
        assert version is not None  # noqa: S101  there is one at least
        state, until = state_on(spells.get(kpi_id, ()), as_of)
        out[kpi_id] = Facts(kpi_id, said, version, state, until, version.serves_id or version.parent_id)
    return out


def _readings(kpi_ids: Iterable[int], as_of: date, known_at: datetime | None) -> Iterable[tuple[Any, ...]]:
    rows = Measurement.objects.filter(kpi__in=among(kpi_ids), observed_on__lte=as_of)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    # A reading of a later day may have taken the place of one of these, so it is read too, and does not speak.
    later = Measurement.objects.filter(
        kpi__in=among(kpi_ids), observed_on__gt=as_of, supersedes__isnull=False
    )
    if known_at is not None:
        later = later.filter(recorded_at__lte=known_at)
    names = ("kpi_id", "kpi_version_id", *READING_FIELDS)
    yield from rows.order_by().values_list(*names).iterator(5_000)
    yield from later.order_by().values_list(*names)


def _add_changes(own: Mapping[int, Facts], known: dict[str, Any]) -> None:
    """What changed in the world: as a version of the KPI's gives for its reason, and as recorded of the initiative.

    Changes still to come are read as well: they say when the answer expires.
    """
    for one in own.values():
        for version in one.versions:
            if version.reason_code:
                kind = _WORLD[version.reason_code]
                one.changes.append(WorldChange(-version.pk, kind, version.effective_on, version.because))
    of = dict(Kpi.objects.filter(pk__in=among(own)).values_list("pk", "initiative_id"))
    rows = WorldRow.objects.filter(Q(initiative__in=set(of.values())), **known).order_by("pk")
    found: dict[int, list[WorldChange]] = defaultdict(list)
    for row in rows:
        found[row.initiative_id].append(WorldChange(row.pk, World(row.kind), row.on, row.what))
    for kpi_id, initiative_id in of.items():
        facts = own[kpi_id]
        begun = facts.versions[0].effective_on
        # What changed before the KPI was first defined was known to those who defined it.
        facts.changes += [one for one in found[initiative_id] if one.on > begun]


def _by_kpi(rows: Iterable[Any]) -> dict[int, list[Any]]:
    out: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        out[row.kpi_id].append(row)
    return dict(out)
