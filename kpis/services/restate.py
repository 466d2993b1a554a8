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
from core.among import among
from core.bulk import insert_rows
from domain.kpi import Fold, History
from domain.kpi_restate import Turn, reaches_back_to, turned, turned_at_the_end
from kpis.models import Kpi, KpiSpell, KpiVersion, Measurement, Restatement
from kpis.queries.histories import histories
from kpis.queries.in_force import state_on, version_on
from kpis.translate import definition_of

_FIELDS: Final = ("kpi", "on", "was", "now", "was_value", "now_value", "cause", "recorded_at", "recorded_by")


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A reading that was not judged before: from which day on it can change anything, and who recorded it when."""

    id: int
    since: date
    recorded_at: datetime
    recorded_by: int | None


def restate(
    fresh: Mapping[int, set[int]],
    *,
    ends: Mapping[int, tuple[Fold, Fold] | None],
    as_of: date,
    by: Actor,
    at: datetime,
) -> set[int]:
    """Keep what the readings `fresh` (ids by KPI, not judged before) turned of what had been published by `as_of`.

    ends: the folds without and with the reading, of KPIs that only got another one of the last day read: their history
    is not read again. Returns the KPIs that were restated. Four statements (and one more for each measure of a KPI whose
    measure changed), and three where something was.
    """
    if not fresh:
        return set()
    every = {"kpi__in": among(fresh)}
    versions = _by_kpi(KpiVersion.objects.filter(**every, in_force_at__isnull=False).order_by("number"))
    spells = _by_kpi(KpiSpell.objects.filter(**every).order_by("pk"))
    arrived = _arrived(fresh)
    found: list[tuple[int, Turn, _Arrived]] = []
    for kpi_id, (version, was, now) in _at_the_end(versions, ends, as_of).items():
        spoke = _judged(spells[kpi_id])
        turns = turned_at_the_end(definition_of(version), was, now, last=as_of, spoke=spoke)
        found += [(kpi_id, turn, _cause(turn, arrived[kpi_id])) for turn in turns]
        del versions[kpi_id]
    for kpi_id, series, rows in _histories(versions):
        for version, first, last in _in_force(versions[kpi_id], as_of):
            if version.series == series:
                turns = turned(
                    definition_of(version), rows, fresh[kpi_id], first=first, last=last, spoke=_judged(spells[kpi_id])
                )  # fmt: skip
                found += [(kpi_id, turn, _cause(turn, arrived[kpi_id])) for turn in turns]
    if found:
        _keep(found, by, at)
    return {kpi_id for kpi_id, _, _ in found}


def _at_the_end(
    versions: Mapping[int, Sequence[KpiVersion]], ends: Mapping[int, tuple[Fold, Fold] | None], as_of: date
) -> dict[int, tuple[KpiVersion, Fold, Fold]]:
    """The KPIs whose folds tell it all: the last day read lies in the time of the version that is in force."""
    out = {}
    for kpi_id, folds in ends.items():
        if folds is not None:
            version = version_on(versions[kpi_id], date.fromordinal(folds[0].day))
            if version is not None and version is version_on(versions[kpi_id], as_of):
                out[kpi_id] = (version, *folds)
    return out


def _arrived(fresh: Mapping[int, set[int]]) -> Mapping[int, list[_Arrived]]:
    ids = {pk for own in fresh.values() for pk in own}
    names = ("kpi_id", "pk", "observed_on", "supersedes__observed_on", "recorded_at", "recorded_by_id")
    out: dict[int, list[_Arrived]] = defaultdict(list)
    rows = Measurement.objects.filter(pk__in=among(ids)).order_by().values_list(*names)
    for kpi_id, pk, on, replaced_on, recorded_at, recorded_by in rows:
        out[kpi_id].append(_Arrived(pk, reaches_back_to(on, replaced_on), recorded_at, recorded_by))
    return out


def _histories(versions: Mapping[int, Sequence[KpiVersion]]) -> Iterator[tuple[int, int, History]]:
    """All readings of each KPI, by the series of the versions they were taken under."""
    series = {kpi_id: {version.series for version in own} for kpi_id, own in versions.items()}
    same = [kpi_id for kpi_id, own in series.items() if len(own) == 1]
    if same:
        # Read to the end before anything else is asked: the connection takes no other statement meanwhile.
        yield from [(kpi_id, min(series[kpi_id]), rows) for kpi_id, rows in histories(same)]
    for kpi_id in series.keys() - set(same):
        for one in series[kpi_id]:
            silent = [version.pk for version in versions[kpi_id] if version.series != one]
            yield from [(kpi_id, one, rows) for _, rows in histories([kpi_id], silent=silent)]


def _cause(turn: Turn, arrived: Iterable[_Arrived]) -> _Arrived:
    """The reading that turned it; of several that came together the nearest before the day."""
    return max((one for one in arrived if one.since <= turn.on), key=lambda one: (one.since, one.id))


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


def _by_kpi(rows: Iterable[Any]) -> dict[int, list[Any]]:
    out: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        out[row.kpi_id].append(row)
    return out


def _keep(found: Sequence[tuple[int, Turn, _Arrived]], by: Actor, at: datetime) -> None:
    """Write the rows, and tell them on the audit log too, where the initiative's story is told from."""
    insert_rows(
        Restatement, _FIELDS,
        [
            (kpi_id, t.on, t.was.value, t.now.value, t.was_value, t.now_value, cause.id, cause.recorded_at, cause.recorded_by)
            for kpi_id, t, cause in found
        ],
    )  # fmt: skip
    kpis = Kpi.objects.select_related("initiative__unit").in_bulk({kpi_id for kpi_id, _, _ in found})
    audit.record_many(
        audit.event(
            by=by, at=at, action="kpi.restated", obj=kpis[kpi_id], initiative_id=kpis[kpi_id].initiative_id,
            unit_path=kpis[kpi_id].initiative.unit.path, before={"status": turn.was, "value": turn.was_value},
            after={
                "status": turn.now, "value": turn.now_value, "on": turn.on, "reading": cause.id, "name": kpis[kpi_id].name,
            },
        )
        for kpi_id, turn, cause in found
    )  # fmt: skip
