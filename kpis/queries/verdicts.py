"""How a KPI stands by the promise first sealed and by the definition in force: the same day, the readings of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.both_verdicts import BothVerdicts, both_verdicts
from domain.kpi import Answer, Status, assess
from domain.kpi_rows import Reading
from kpis.models import Kpi, KpiVersion, Measurement
from kpis.queries.past import answers_as_of
from kpis.translate import READING_FIELDS, definition_of, readings_of


@dataclass(frozen=True, slots=True)
class Verdicts:
    """`promised`: the version first sealed; `in_force`: the one that judges on the day. `differ`: they are two versions.

    `sealed`, `amended`: the answers by each.
    """

    promised: KpiVersion
    in_force: KpiVersion
    sealed: Answer
    amended: Answer
    both: BothVerdicts

    @property
    def differ(self) -> bool:
        return self.promised.pk != self.in_force.pk


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
        sealed = found.answer
        if first.pk != found.version.pk:
            sealed = assess(
                definition_of(first, state=found.state),
                readings.get(kpi.pk, []),
                as_of=as_of,
                known_at=known_at,
            )
            if found.answer.status is Status.PAUSED:
                sealed = found.answer
        out[kpi.pk] = Verdicts(
            first, found.version, sealed, found.answer, both_verdicts(sealed, found.answer)
        )
    return out


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
