"""What the record says of any day, as known at any moment: computed from the facts, not from stored answers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from domain.kpi import Answer, Definition, Reading, State, Status, assess
from domain.kpi_since import began_on
from domain.kpi_words import Seen
from kpis.models import Kpi, KpiSpell, KpiVersion, Measurement, StatusChange
from kpis.translate import READING_FIELDS, definition_of, flags_of, readings_of


@dataclass(frozen=True, slots=True)
class Judgement:
    """An answer with what it was given from. `since`: when its status began, as far as the ledger tells.

    `flags`: those of the answer, and of the record around it.
    """

    answer: Answer
    definition: Definition
    version: KpiVersion
    state: str
    paused_until: date | None
    seen: Seen
    since: date
    flags: tuple[str, ...]


def end_of(day: date) -> datetime:
    """The last moment of the organisation's day: what had been recorded by then was known that day."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(settings.ORG_TIME_ZONE))
    return midnight.astimezone(UTC) - timedelta(microseconds=1)


def answer_as_of(kpi: Kpi, *, as_of: date, known_at: datetime | None = None) -> Judgement | None:
    """What the record says of `kpi` on `as_of`, from what had been recorded by `known_at` (everything when None).

    None when the KPI itself had not been recorded by then. Four statements.
    """
    return answers_as_of([kpi], as_of=as_of, known_at=known_at)[kpi.pk]


def answers_as_of(
    kpis: Sequence[Kpi], *, as_of: date, known_at: datetime | None = None
) -> dict[int, Judgement | None]:
    """The same for many, by id. Four statements, whatever their number."""
    known: dict[str, Any] = {"kpi__in": [kpi.pk for kpi in kpis]}
    recorded = known if known_at is None else {**known, "recorded_at__lte": known_at}
    in_force = {"in_force_at__isnull": False} if known_at is None else {"in_force_at__lte": known_at}
    versions = _by_kpi(KpiVersion.objects.filter(**known, **in_force).order_by("number"))
    spells = _by_kpi(KpiSpell.objects.filter(**recorded, begins_on__lte=as_of).order_by("pk"))
    in_force_on = {
        kpi_id: next((v for v in reversed(own) if v.effective_on <= as_of), own[0])
        for kpi_id, own in versions.items()
    }
    silent = {v.pk for kpi_id, own in versions.items() for v in own if v.series != in_force_on[kpi_id].series}
    readings: dict[int, list[Reading]] = defaultdict(list)
    rows = Measurement.objects.filter(**recorded)
    if silent:  # of a measure that is not the one in force that day
        rows = rows.exclude(kpi_version__in=silent)
    for kpi_id, *row in rows.order_by().values_list("kpi_id", *READING_FIELDS).iterator(5_000):
        readings[kpi_id] += readings_of([tuple(row)])
    moments = known if known_at is None else {**known, "at__lte": known_at}
    changes = _by_kpi(StatusChange.objects.filter(**moments, on__lte=as_of).order_by("pk"))
    return {
        kpi.pk: _judged(
            kpi, in_force_on.get(kpi.pk), spells[kpi.pk], readings[kpi.pk], changes[kpi.pk], as_of, known_at
        )
        for kpi in kpis
    }


def _by_kpi(rows: Iterable[Any]) -> Mapping[int, list[Any]]:
    out: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        out[row.kpi_id].append(row)
    return out


def _judged(
    kpi: Kpi,
    version: KpiVersion | None,
    spells: Sequence[KpiSpell],
    readings: Sequence[Reading],
    changes: Sequence[StatusChange],
    as_of: date,
    known_at: datetime | None,
) -> Judgement | None:
    if version is None or (known_at is not None and kpi.created_at > known_at):
        return None
    state, until = _state(spells, as_of)
    definition = definition_of(version, state=state)
    answer = assess(definition, readings, as_of=as_of, known_at=known_at)
    if state == State.PAUSED:
        answer = Answer(Status.PAUSED, valid_until=until)
    stands_on = next((r for r in readings if r.id == answer.reading_id), None)
    seen = Seen(
        stands_on.observed_on if stands_on else None,
        stands_on.value if stands_on else None,
        version.unit_of_measure,
    )
    since = began_on(definition, answer, observed_on=seen.observed_on, as_of=as_of)
    if changes and changes[-1].now == answer.status:
        since = min(since, changes[-1].on)
    flags = tuple(flags_of(answer, moved=version.moved))
    return Judgement(answer, definition, version, state, until, seen, since, flags)


def _state(spells: Sequence[KpiSpell], as_of: date) -> tuple[str, date | None]:
    """Active unless the latest spell says otherwise; a pause that came to its end is over."""
    if not spells:
        return State.ACTIVE, None
    last = spells[-1]
    if last.state == Kpi.State.PAUSED and last.until is not None and last.until < as_of:
        return State.ACTIVE, None
    return last.state, last.until
