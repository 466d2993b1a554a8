"""How a KPI stands by the promise first sealed and by the definition in force: the same day, the readings of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.both_verdicts import BothVerdicts, both_verdicts
from domain.kpi import Answer, Status, assess
from domain.kpi_rows import Reading
from domain.kpi_words import Seen, explain
from kpis.models import Kpi, KpiVersion, Measurement
from kpis.queries.past import answers_as_of
from kpis.translate import READING_FIELDS, definition_of, readings_of


@dataclass(frozen=True, slots=True)
class Verdicts:
    """`promised`: the version first sealed; `in_force`: the one that judges on the day. `differ`: they are two versions.

    `sealed`, `amended`: the answers by each, with a sentence for either.
    """

    promised: KpiVersion
    in_force: KpiVersion
    sealed: Answer
    amended: Answer
    both: BothVerdicts
    sealed_because: str = ""
    amended_because: str = ""

    @property
    def differ(self) -> bool:
        return self.promised.pk != self.in_force.pk

    @property
    def heads(self) -> tuple[str, str]:
        """ "Met as amended" and "Missed as sealed"."""
        if self.both.differ:
            first, _, second = self.both.words.partition(", ")
        else:
            said = self.both.words.removesuffix(" as amended and as sealed")
            first, second = f"{said} as amended", f"{said} as sealed"
        return first[:1].upper() + first[1:], second[:1].upper() + second[1:]


def verdicts_of(kpi: Kpi, *, as_of: date, known_at: datetime | None = None) -> Verdicts | None:
    """Both verdicts of one KPI on a day. None where nothing had been sealed, or the KPI was not on record, by then."""
    return verdicts_of_many([kpi], as_of=as_of, known_at=known_at).get(kpi.pk)


def verdicts_of_many(
    kpis: Sequence[Kpi], *, as_of: date, known_at: datetime | None = None
) -> dict[int, Verdicts]:
    """The same for many, by id; those without a promise are left out. A fixed number of statements."""
    wanted = [kpi for kpi in kpis if kpi.promised_id is not None]
    if not wanted:
        return {}
    judged = answers_as_of(wanted, as_of=as_of, known_at=known_at)
    promised = _promised(wanted, known_at)
    readings = _readings(promised.values(), known_at)
    out = {}
    for kpi in wanted:
        found, first = judged[kpi.pk], promised.get(kpi.pk)
        if found is None or first is None:
            continue
        told = explain(found.definition, found.answer, found.seen).sentence
        sealed, because = found.answer, told
        if first.pk != found.version.pk:
            by_seal = definition_of(first, state=found.state)
            own = readings.get(kpi.pk, [])
            if found.answer.status is not Status.PAUSED:
                sealed = assess(by_seal, own, as_of=as_of, known_at=known_at)
            because = explain(by_seal, sealed, _seen(first, sealed, own)).sentence
        both = both_verdicts(sealed, found.answer)
        out[kpi.pk] = Verdicts(first, found.version, sealed, found.answer, both, because, told)
    return out


def _seen(version: KpiVersion, answer: Answer, readings: Iterable[Reading]) -> Seen:
    stands_on = next((one for one in readings if one.id == answer.reading_id), None)
    if stands_on is None:
        return Seen(unit=version.unit_of_measure)
    return Seen(stands_on.observed_on, stands_on.value, version.unit_of_measure)


def _promised(kpis: Iterable[Kpi], known_at: datetime | None) -> dict[int, KpiVersion]:
    rows = KpiVersion.objects.filter(pk__in=[kpi.promised_id for kpi in kpis])
    if known_at is not None:
        rows = rows.filter(sealed_at__lte=known_at)
    return {version.kpi_id: version for version in rows}


def _readings(promised: Iterable[KpiVersion], known_at: datetime | None) -> dict[int, list[Reading]]:
    """The readings of the series of each promised version."""
    series = {version.kpi_id: version.series for version in promised}
    versions = KpiVersion.objects.filter(kpi__in=series, in_force_at__isnull=False)
    speaking = [
        pk for pk, kpi_id, own in versions.values_list("pk", "kpi_id", "series") if own == series[kpi_id]
    ]
    rows = Measurement.objects.filter(kpi__in=series, kpi_version__in=speaking)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    out: dict[int, list[Reading]] = {}
    for kpi_id, *row in rows.order_by().values_list("kpi_id", *READING_FIELDS).iterator(5_000):
        out.setdefault(kpi_id, []).extend(readings_of([tuple(row)]))
    return out
