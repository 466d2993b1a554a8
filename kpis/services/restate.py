"""Restatements: a reading that reaches back turned a status that had been published, and both words are kept.

Called with the judgement, under the locks of the initiatives. Nothing published is rewritten: a row says what the
record said of a day, what it says now, and through which reading.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
class _Row:
    """A reading, the measure it was taken under, and who recorded it."""

    reading: Reading
    series: int
    recorded_by: int | None


def restate(fresh: Mapping[int, set[int]], *, as_of: date, by: Actor, at: datetime) -> set[int]:
    """Keep what the readings `fresh` (ids by KPI, not judged before) turned of what had been published by `as_of`.

    Returns the KPIs that were restated. Four statements, and two more where something was.
    """
    if not fresh:
        return set()
    every = {"kpi__in": list(fresh)}
    versions = _by_kpi(KpiVersion.objects.filter(**every, in_force_at__isnull=False).order_by("number"))
    spells = _by_kpi(KpiSpell.objects.filter(**every).order_by("pk"))
    found: list[tuple[Any, ...]] = []
    for kpi_id, rows in _readings(fresh):
        for turn, cause in _turns(versions[kpi_id], spells[kpi_id], rows, fresh[kpi_id], as_of):
            recorded_at = cause.reading.recorded_at
            found.append(
                (kpi_id, turn.on, turn.was.value, turn.now.value, turn.was_value, turn.now_value, cause.reading.id, recorded_at, cause.recorded_by)
            )  # fmt: skip
    insert_rows(Restatement, _FIELDS, found)
    _record(found, by, at)
    return {row[0] for row in found}


def _turns(
    versions: Sequence[KpiVersion], spells: Sequence[KpiSpell], rows: Sequence[_Row], fresh: set[int], as_of: date
) -> Iterator[tuple[Turn, _Row]]:  # fmt: skip
    """What turned, version by version, each on the days it is in force and by the readings of its series."""
    replaced = {row.reading.id: row.reading.observed_on for row in rows}
    for version, first, last in _in_force(versions, as_of):
        own = [row for row in rows if row.series == version.series]
        arrived = [row for row in own if row.reading.id in fresh]
        before = [row.reading for row in own if row.reading.id not in fresh]
        turns = turned(
            definition_of(version), before, [row.reading for row in arrived], first=first, last=last,
            spoke=_judged(spells),
        )  # fmt: skip
        for turn in turns:
            yield turn, _cause(turn, arrived, replaced)


def _cause(turn: Turn, arrived: Iterable[_Row], replaced: Mapping[int, date]) -> _Row:
    """The reading that turned it; of several that came together the nearest before the day."""
    known = [
        (reaches_back_to(row.reading, replaced.get(row.reading.supersedes or 0)), row.reading.id, row)
        for row in arrived
    ]
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


def _readings(kpi_ids: Iterable[int]) -> Iterator[tuple[int, list[_Row]]]:
    """All readings of these KPIs, a KPI at a time."""
    rows: dict[int, list[_Row]] = defaultdict(list)
    names = ("kpi_id", "kpi_version__series", "recorded_by_id", *READING_FIELDS)
    read = Measurement.objects.filter(kpi__in=list(kpi_ids)).order_by().values_list(*names)
    for kpi_id, series, recorded_by, *row in read.iterator(5_000):
        rows[kpi_id].append(_Row(Reading(*row), series, recorded_by))
    return iter(rows.items())


def _by_kpi(rows: Iterable[Any]) -> Mapping[int, list[Any]]:
    out: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        out[row.kpi_id].append(row)
    return out


def _record(found: Sequence[tuple[Any, ...]], by: Actor, at: datetime) -> None:
    """On the audit log too, where the initiative's story is told from."""
    if not found:
        return
    kpis = Kpi.objects.select_related("initiative__unit").in_bulk({row[0] for row in found})
    audit.record_many(
        audit.event(
            by=by, at=at, action="kpi.restated", obj=kpis[kpi_id], initiative_id=kpis[kpi_id].initiative_id,
            unit_path=kpis[kpi_id].initiative.unit.path, before={"status": was, "value": was_value},
            after={"status": now, "value": now_value, "on": on, "reading": cause, "name": kpis[kpi_id].name},
        )
        for kpi_id, on, was, now, was_value, now_value, cause, _, _ in found
    )  # fmt: skip
