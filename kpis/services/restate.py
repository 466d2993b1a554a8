"""Restatements: a reading that reaches back turned a status that had been published, and both words are kept.

Called with the judgement, under the locks of the initiatives. Nothing published is rewritten: a row says what the
record said of a day, what it says now, and through which reading.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from core import audit
from core.access import Actor
from core.bulk import insert_rows
from domain.kpi import Reading
from domain.kpi_restate import Turn, reaches_back_to, turned
from kpis.models import Kpi, KpiSpell, KpiVersion, Measurement, Restatement
from kpis.queries.in_force import state_on, version_on
from kpis.translate import READING_FIELDS, definition_of

_FIELDS: Final = ("kpi", "on", "was", "now", "was_value", "now_value", "cause", "recorded_at", "recorded_by")


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came for a KPI: the ids not judged before, and all its readings where the caller has read them."""

    fresh: set[int]
    read: Sequence[Reading] | None = None


def restate(arrived: Mapping[int, Arrived], *, as_of: date, by: Actor, at: datetime) -> set[int]:
    """Keep what newly arrived readings, by KPI, turned of what had been published by `as_of`.

    Returns the KPIs that were restated. Three statements at most, and three more where something was.
    """
    if not arrived:
        return set()
    every = {"kpi__in": list(arrived)}
    versions = _by_kpi(KpiVersion.objects.filter(**every, in_force_at__isnull=False).order_by("number"))
    spells = _by_kpi(KpiSpell.objects.filter(**every).order_by("pk"))
    found: list[tuple[int, Turn, int]] = []
    for kpi_id, by_series in _readings(arrived, versions):
        fresh = arrived[kpi_id].fresh
        for turn, cause in _turns(versions[kpi_id], spells[kpi_id], by_series, fresh, as_of):
            found.append((kpi_id, turn, cause.id))
    if found:
        who = _recorded({cause for _, _, cause in found})
        insert_rows(
            Restatement, _FIELDS,
            [
                (kpi_id, t.on, t.was.value, t.now.value, t.was_value, t.now_value, cause, *who[cause])
                for kpi_id, t, cause in found
            ],
        )  # fmt: skip
        _record(found, by, at)
    return {kpi_id for kpi_id, _, _ in found}


def _turns(
    versions: Sequence[KpiVersion], spells: Sequence[KpiSpell], by_series: Mapping[int, Sequence[Reading]],
    fresh: set[int], as_of: date,
) -> Iterator[tuple[Turn, Reading]]:  # fmt: skip
    """What turned, version by version, each on the days it is in force and by the readings of its series."""
    for version, first, last in _in_force(versions, as_of):
        own = by_series.get(version.series, ())
        came = [reading for reading in own if reading.id in fresh]
        before = [reading for reading in own if reading.id not in fresh]
        replaced = {reading.id: reading.observed_on for reading in own}
        for turn in turned(
            definition_of(version), before, came, first=first, last=last, spoke=_judged(spells)
        ):
            yield turn, _cause(turn, came, replaced)


def _cause(turn: Turn, came: Iterable[Reading], replaced: Mapping[int, date]) -> Reading:
    """The reading that turned it; of several that came together the nearest before the day."""
    known = [(reaches_back_to(one, replaced.get(one.supersedes or 0)), one.id, one) for one in came]
    return max((one for one in known if one[0] <= turn.on), key=lambda one: one[:2])[2]


def _in_force(versions: Sequence[KpiVersion], as_of: date) -> Iterator[tuple[KpiVersion, date, date]]:
    """Each version with the first and last day that it is the one in force, by the rule of answers for a past day."""
    starts = sorted({date.min, *(v.effective_on for v in versions if v.effective_on <= as_of)})
    for place, first in enumerate(starts):
        last = starts[place + 1] - timedelta(days=1) if place + 1 < len(starts) else as_of
        version = version_on(versions, first)
        if version is not None:
            yield version, first, last


def _judged(spells: Sequence[KpiSpell]) -> Callable[[date], bool]:
    """Whether the KPI was judged on a day. The last spell that had begun speaks for it."""
    return lambda day: state_on([s for s in spells if s.begins_on <= day], day)[0] == Kpi.State.ACTIVE


def _readings(
    arrived: Mapping[int, Arrived], versions: Mapping[int, Sequence[KpiVersion]]
) -> Iterator[tuple[int, Mapping[int, Sequence[Reading]]]]:
    """The readings of each KPI by the series they were taken under: those at hand where there is one, else read."""
    rest = []
    for kpi_id, came in arrived.items():
        series = {version.series for version in versions[kpi_id]}
        if came.read is not None and len(series) == 1:
            yield kpi_id, {series.pop(): came.read}
        else:
            rest.append(kpi_id)
    if rest:
        rows: dict[int, dict[int, list[Reading]]] = defaultdict(lambda: defaultdict(list))
        names = ("kpi_id", "kpi_version__series", *READING_FIELDS)
        read = Measurement.objects.filter(kpi__in=rest).order_by().values_list(*names)
        for kpi_id, one, *row in read.iterator(5_000):
            rows[kpi_id][one].append(Reading(*row))
        yield from rows.items()


def _recorded(ids: Collection[int]) -> dict[int, tuple[datetime, int | None]]:
    """When, and by whom, these readings were recorded."""
    rows = Measurement.objects.filter(pk__in=ids).order_by()
    return {pk: (at, by) for pk, at, by in rows.values_list("pk", "recorded_at", "recorded_by_id")}


def _by_kpi(rows: Iterable[Any]) -> Mapping[int, list[Any]]:
    out: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        out[row.kpi_id].append(row)
    return out


def _record(found: Sequence[tuple[int, Turn, int]], by: Actor, at: datetime) -> None:
    """On the audit log too, where the initiative's story is told from."""
    kpis = Kpi.objects.select_related("initiative__unit").in_bulk({kpi_id for kpi_id, _, _ in found})
    audit.record_many(
        audit.event(
            by=by, at=at, action="kpi.restated", obj=kpis[kpi_id], initiative_id=kpis[kpi_id].initiative_id,
            unit_path=kpis[kpi_id].initiative.unit.path, before={"status": turn.was, "value": turn.was_value},
            after={
                "status": turn.now, "value": turn.now_value, "on": turn.on, "reading": cause, "name": kpis[kpi_id].name,
            },
        )
        for kpi_id, turn, cause in found
    )  # fmt: skip
