"""How a KPI stands by what was promised and by the definition in force: the same day, the readings of each.

What was promised is the version first sealed; or the one in force when the first reading was recorded, where that was
earlier or nothing is sealed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Min

from domain.both_verdicts import Basis, BothVerdicts, both_verdicts
from domain.kpi import Answer, Status, assess
from domain.kpi_rows import Reading
from domain.kpi_words import Seen, explain
from kpis.models import Kpi, KpiVersion, Measurement
from kpis.queries.past import answers_as_of
from kpis.translate import READING_FIELDS, definition_of, readings_of


@dataclass(frozen=True, slots=True)
class Verdicts:
    """`promised`: the version promised; `in_force`: the one that judges on the day. `differ`: they are two versions.

    `measured_at`: when the first reading was recorded, where that is what makes it the promise. `sealed`, `amended`: the answers by each, with a sentence for either.
    """

    promised: KpiVersion
    in_force: KpiVersion
    sealed: Answer
    amended: Answer
    both: BothVerdicts
    sealed_because: str = ""
    amended_because: str = ""
    measured_at: datetime | None = None

    @property
    def differ(self) -> bool:
        return self.promised.pk != self.in_force.pk

    @property
    def heads(self) -> tuple[str, str]:
        """ "Met as amended" and "Missed as sealed"."""
        return self.both.heads


def verdicts_of(kpi: Kpi, *, as_of: date, known_at: datetime | None = None) -> Verdicts | None:
    """Both verdicts of one KPI on a day. None where nothing was sealed or measured, or it was not on record, by then."""
    return verdicts_of_many([kpi], as_of=as_of, known_at=known_at).get(kpi.pk)


def verdicts_of_many(
    kpis: Sequence[Kpi], *, as_of: date, known_at: datetime | None = None
) -> dict[int, Verdicts]:
    """The same for many, by id; those without a promise are left out. A fixed number of statements."""
    if not kpis:
        return {}
    versions = _versions(kpis, known_at)
    promised = _promised(versions, _first_known(versions, known_at), known_at)
    wanted = [kpi for kpi in kpis if kpi.pk in promised]
    if not wanted:
        return {}
    judged = answers_as_of(wanted, as_of=as_of, known_at=known_at)
    readings = _readings({pk: one for pk, (one, _) in promised.items()}, versions, known_at)
    out = {}
    for kpi in wanted:
        found, (first, measured_at) = judged[kpi.pk], promised[kpi.pk]
        if found is None:
            continue
        told = explain(found.definition, found.answer, found.seen).sentence
        sealed, because = found.answer, told
        if first.pk != found.version.pk:
            by_seal = definition_of(first, state=found.state)
            own = readings.get(kpi.pk, [])
            if found.answer.status is not Status.PAUSED:
                sealed = assess(by_seal, own, as_of=as_of, known_at=known_at)
            because = explain(by_seal, sealed, _seen(first, sealed, own)).sentence
        both = both_verdicts(sealed, found.answer, Basis.FIRST_MEASURED if measured_at else Basis.SEALED)
        out[kpi.pk] = Verdicts(first, found.version, sealed, found.answer, both, because, told, measured_at)
    return out


def _seen(version: KpiVersion, answer: Answer, readings: Iterable[Reading]) -> Seen:
    stands_on = next((one for one in readings if one.id == answer.reading_id), None)
    if stands_on is None:
        return Seen(unit=version.unit_of_measure)
    return Seen(stands_on.observed_on, stands_on.value, version.unit_of_measure)


Versions = Mapping[int, Sequence[KpiVersion]]


def _versions(kpis: Iterable[Kpi], known_at: datetime | None) -> Versions:
    """The versions that came into force by then, by KPI, in the order they did."""
    rows = KpiVersion.objects.filter(kpi__in=[kpi.pk for kpi in kpis], in_force_at__isnull=False)
    if known_at is not None:
        rows = rows.filter(in_force_at__lte=known_at)
    out: dict[int, list[KpiVersion]] = defaultdict(list)
    for version in rows.order_by("kpi_id", "number"):
        out[version.kpi_id].append(version)
    return out


def _first_known(kpi_ids: Collection[int], known_at: datetime | None) -> dict[int, tuple[datetime, int]]:
    """When the first reading of each was recorded, and under which version; one taken back since was known too."""
    rows = Measurement.objects.filter(kpi__in=kpi_ids)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    found = (
        rows.order_by().values("kpi_id", "kpi_version_id").annotate(at=Min("recorded_at"), first=Min("pk"))
    )
    out: dict[int, tuple[datetime, int, int]] = {}
    for row in found:
        own = (row["at"], row["first"], row["kpi_version_id"])
        out[row["kpi_id"]] = min(own, out.get(row["kpi_id"], own))
    return {pk: (at, version) for pk, (at, _, version) in out.items()}


def _promised(
    versions: Versions, known: Mapping[int, tuple[datetime, int]], known_at: datetime | None
) -> dict[int, tuple[KpiVersion, datetime | None]]:
    """The version promised, by KPI, with the moment of the first reading where that made it the promise."""
    out: dict[int, tuple[KpiVersion, datetime | None]] = {}
    for pk, own in versions.items():
        seals = [(one.sealed_at, one.number, one) for one in own if one.sealed_at is not None]
        sealed = min([seal for seal in seals if known_at is None or seal[0] <= known_at], default=None)
        measured_at, under = known.get(pk, (None, None))
        if measured_at is not None and (sealed is None or measured_at < sealed[0]):
            out[pk] = next((one for one in own if one.pk == under), own[0]), measured_at
        elif sealed is not None:
            out[pk] = sealed[2], None
    return out


def _readings(
    promised: Mapping[int, KpiVersion], versions: Versions, known_at: datetime | None
) -> dict[int, list[Reading]]:
    """The readings of the series of each promised version."""
    speaking = [
        one.pk for pk, version in promised.items() for one in versions[pk] if one.series == version.series
    ]
    rows = Measurement.objects.filter(kpi__in=promised, kpi_version__in=speaking)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    out: dict[int, list[Reading]] = {}
    for kpi_id, *row in rows.order_by().values_list("kpi_id", *READING_FIELDS).iterator(5_000):
        out.setdefault(kpi_id, []).extend(readings_of([tuple(row)]))
    return out
