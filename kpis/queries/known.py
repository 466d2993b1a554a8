"""Versions as they stood at a moment: what was written on one later is taken off again. Nothing here is saved.

A draft is edited in place, and each edit is in the audit log with what stood before it: the log is append-only and gives
the earlier draft back. What carries its own moment (approved, sealed, declined, locked) is not told before it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import OuterRef, Subquery

from core import clock
from core.among import among
from core.models import AuditEvent
from kpis.models import KpiVersion

EDITS: Final = ("kpi.edited", "kpi.baseline_locked")
ACCEPTED: Final = "kpi.change_accepted"
_FIELDS: Final = {field.name: field for field in KpiVersion._meta.concrete_fields}
_Edit = tuple[datetime, str, dict[str, Any]]


def end_of(day: date) -> datetime:
    """The last moment of the organisation's day: what had been recorded by then was known that day."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(settings.ORG_TIME_ZONE))
    return midnight.astimezone(UTC) - timedelta(microseconds=1)


def put_back(
    versions: Mapping[int, Sequence[KpiVersion]],
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> None:
    """Make these versions, by KPI, what they were on `as_of` as known at `known_at`. Never save them afterwards.

    A day is told by the draft that stood on it, and one before the version by the draft of its first day: an edit, or
    the number that a locked baseline gave a relative target, counts from its own day on, as a new version does. One
    statement, whatever their number.
    """
    if as_of is None and known_at is None:
        return
    bounds = [] if as_of is None else [end_of(as_of)]
    edits = _edits(versions, min(bounds if known_at is None else [*bounds, known_at]))
    rows = [row for own in versions.values() for row in own]
    for row in rows:
        own = edits.get((row.kpi_id, row.number), ())
        _undraft(row, own, _moment(row, as_of, known_at), known_at)
    if known_at is not None:
        _unenforce(
            [row for row in rows if row.in_force_at is not None and row.in_force_at > known_at], known_at
        )
        for row in rows:
            _untell(row, known_at)


def undo(rows: Sequence[Any], action: str, until: datetime) -> dict[int, dict[str, Any]]:
    """Take off what edits (`action` in the log) made of these records after `until`. Never save them afterwards.

    Gives, by id of the records that were edited since, what the log says of them then and no column does. One statement.
    """
    if not rows:
        return {}
    by_id = {row.pk: row for row in rows}
    name = rows[0]._meta.model_name
    log = AuditEvent.objects.filter(object_type=name, object_id__in=list(by_id), action=action, at__gt=until)
    fields = {field.name: field for field in rows[0]._meta.concrete_fields}
    beside: dict[int, dict[str, Any]] = defaultdict(dict)
    for pk, before in log.order_by("-pk").values_list("object_id", "before"):
        row, kept = by_id[pk], beside[pk or 0]
        row.version -= 1
        for said, value in before.items():
            if said in fields:
                setattr(row, fields[said].attname, fields[said].to_python(value))
            else:
                kept[said] = value
    return beside


def _moment(row: KpiVersion, as_of: date | None, known_at: datetime | None) -> datetime:
    """Up to when edits of the version count."""
    ends = [] if as_of is None else [end_of(max(as_of, clock.day_of(row.recorded_at)))]
    return min(ends if known_at is None else [*ends, known_at])


def _edits(kpi_ids: Collection[int], after: datetime) -> Mapping[tuple[int, int], Sequence[_Edit]]:
    """What stood before each edit made later, the latest first, by KPI and number of the version that was edited."""
    said = KpiVersion.objects.filter(kpi=OuterRef("object_id"), in_force_at__lte=OuterRef("at"))
    rows = AuditEvent.objects.filter(
        object_type="kpi", object_id__in=among(kpi_ids), action__in=[*EDITS, ACCEPTED], at__gt=after
    ).annotate(number=Subquery(said.order_by("-number").values("number")[:1]))
    out: dict[tuple[int, int], list[_Edit]] = defaultdict(list)
    names = ("object_id", "number", "at", "action", "before", "after")
    for kpi_id, number, at, action, before, now in rows.order_by("-pk").values_list(*names):
        # A draft that is edited is the version in force; one accepted afterwards need not be.
        out[kpi_id, now["definition"] if action == ACCEPTED else number].append((at, action, before))
    return out


def _undraft(row: KpiVersion, edits: Sequence[_Edit], moment: datetime, known_at: datetime | None) -> None:
    for at, action, before in edits:
        until = known_at if action == ACCEPTED else moment
        for name, value in before.items() if until is not None and at > until else ():
            if (field := _FIELDS.get(name)) is not None:
                setattr(row, field.attname, field.to_python(value))
    if row.baseline_locked_at is not None and row.baseline_locked_at > moment:
        row.baseline_locked_at = row.baseline_locked_by_id = None
        if row.target_change is not None:
            row.target = None


def _untell(row: KpiVersion, known_at: datetime) -> None:
    """Take off what nobody knew yet: the seal, the approval, the refusal."""
    if row.sealed_at is not None and row.sealed_at > known_at:
        row.seal, row.sealed_at, row.sealed_document = "", None, ""
    if row.declined_at is not None and row.declined_at > known_at:
        row.declined_at, row.declined_because = None, ""
    if row.approved_at is not None and row.approved_at > known_at:
        row.approved_at = row.approved_by_id = None


def _unenforce(rows: Sequence[KpiVersion], known_at: datetime) -> None:
    """Make versions proposals again: of the series then in force, for the day that was proposed. Two statements or none."""
    if not rows:
        return
    kpi_ids = {row.kpi_id for row in rows}
    before = KpiVersion.objects.filter(kpi__in=kpi_ids, in_force_at__lte=known_at).order_by("number")
    stood = {
        kpi_id: (series, moved) for kpi_id, series, moved in before.values_list("kpi_id", "series", "moved")
    }
    log = AuditEvent.objects.filter(
        object_type="kpi", object_id__in=kpi_ids, action="kpi.change_proposed", at__lte=known_at
    )
    proposed = {
        (kpi_id, after["definition"]): after["effective_on"]
        for kpi_id, after in log.order_by("pk").values_list("object_id", "after")
    }
    for row in rows:
        row.in_force_at = None
        if row.kpi_id in stood:
            row.series, row.moved = stood[row.kpi_id]
        if (day := proposed.get((row.kpi_id, row.number))) is not None:
            row.effective_on = date.fromisoformat(day)
