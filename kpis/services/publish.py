"""Publishing: the stretch of the outlook that a day lies in becomes the stored answer.

What differs is found and written by the database. The ledger, the flags, the roll-up and the news to other rooms
follow from the rows that changed, in a number of statements that does not grow with them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection

from core import audit, outbox
from core.access import Actor
from core.bulk import insert_rows
from domain.kpi_codes import Status
from domain.rollup import Item, rollup
from kpis.models import Kpi, Outlook, StatusChange
from kpis.services.changes import Change
from kpis.services.findings import flag_changes
from portfolio.models import Initiative
from portfolio.services.status import KpiStatus, set_kpi_statuses

FACTS_CHANGED = outbox.announces("initiative.facts_changed")
_ONE_DAY: Final = timedelta(days=1)
# The column of a KPI, and the column of its outlook that it repeats.
_COPIED: Final = (
    ("status", "status"),
    ("reason", "reason"),
    ("progress", "progress"),
    ("expected", "expected"),
    ("shortfall", "shortfall"),
    ("forecast", "forecast"),
    ("last_known", "last_known"),
    ("pending", "pending"),
    ("flags", "flags"),
    ("last_value", "value"),
    ("last_observed_on", "observed_on"),
    ("last_measurement_id", "measurement_id"),
    ("valid_until", "valid_until"),
)
_STANDS: Final = "o.kpi_id = k.id AND o.valid_from <= %s AND (o.valid_until IS NULL OR o.valid_until >= %s)"


def publish(
    kpi_ids: Collection[int],
    *,
    initiatives: Mapping[int, Initiative],
    as_of: date,
    by: Actor,
    at: datetime,
    rolled: Collection[int] = (),
) -> int:
    """Make the stored answers of these KPIs those of `as_of`; returns how many were written.

    The caller holds `initiatives`, those of the KPIs, by id. `rolled`: roll these up whether or not a status changed.
    """
    changes = _differing(kpi_ids, as_of) if kpi_ids else []
    if changes:
        ledger = _ledger(changes, as_of, at)
        _write(changes, as_of)
        insert_rows(
            StatusChange,
            ("kpi", "was", "now", "reason", "on", "at", "measurement", "kpi_version"),
            ledger,
        )
        flag_changes(changes, initiatives=initiatives, by=by, at=at)
    turned = {c.initiative_id for c in changes if (c.was, c.was_reason) != (c.status, c.reason)}
    _roll_up(turned.union(rolled), initiatives=initiatives, as_of=as_of, by=by, at=at)
    _tell(changes, initiatives, at)
    return len(changes)


def differing(as_of: date) -> list[tuple[int, int, bool]]:
    """(initiative, KPI, whether its outlook knows the day) of every KPI whose stored answer is not that of the day.

    One statement over all KPIs.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.initiative_id, k.id, o.kpi_id IS NOT NULL "  # noqa: S608
            f"FROM kpis_kpi k LEFT JOIN kpis_outlook o ON {_STANDS} "
            f"WHERE k.current_id IS NOT NULL AND (o.kpi_id IS NULL OR {_differs()}) ORDER BY 1, 2",
            [as_of, as_of],
        )
        return [(row[0], row[1], bool(row[2])) for row in cursor.fetchall()]


def _differing(kpi_ids: Collection[int], as_of: date) -> list[Change]:
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT k.id, k.initiative_id, k.current_id, k."primary", k.status, k.reason, k.valid_until, '  # noqa: S608
            "o.status, o.reason, o.since, o.valid_from, o.measurement_id "
            f"FROM kpis_kpi k JOIN kpis_outlook o ON {_STANDS} WHERE {_among('k.id')} AND {_differs()} ORDER BY k.id",
            [as_of, as_of, _listed(kpi_ids)],
        )
        return [Change(*row) for row in cursor.fetchall()]


def _write(changes: Sequence[Change], as_of: date) -> None:
    copied = ", ".join(f"{mine} = o.{theirs}" for mine, theirs in _COPIED)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE kpis_kpi AS k SET {copied}, judged_on = %s, status_since = "  # noqa: S608
            # The same status since before, unless another stood in between.
            "CASE WHEN k.status = o.status AND k.status_since IS NOT NULL "
            "AND (k.valid_until IS NULL OR o.since <= k.valid_until) THEN k.status_since ELSE o.since END "
            f"FROM kpis_outlook o WHERE {_STANDS} AND {_among('k.id')}",
            [as_of, as_of, as_of, _listed(c.kpi_id for c in changes)],
        )


def _ledger(changes: Sequence[Change], as_of: date, at: datetime) -> list[tuple[Any, ...]]:
    """A row for each change of status, also for those that came and went while nobody asked."""
    late = [c.kpi_id for c in changes if c.was_until is not None and c.valid_from > c.was_until + _ONE_DAY]
    passed: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    rows = Outlook.objects.filter(kpi__in=late, valid_from__lt=as_of).order_by("kpi_id", "valid_from")
    for kpi_id, *stretch in rows.values_list(
        "kpi_id", "valid_from", "status", "reason", "since", "measurement_id"
    ):
        passed[kpi_id].append(tuple(stretch))
    out = []
    for c in changes:
        stretches = [
            s for s in passed[c.kpi_id] if c.was_until is not None and c.was_until < s[0] < c.valid_from
        ]
        was = c.was
        for _, now, reason, since, measurement in [
            *stretches,
            (c.valid_from, c.status, c.reason, c.since, c.measurement_id),
        ]:
            if now != was:
                out.append((c.kpi_id, was, now, reason, since, at, measurement, c.version_id))
                was = now
    return out


def _roll_up(
    ids: Collection[int], *, initiatives: Mapping[int, Initiative], as_of: date, by: Actor, at: datetime
) -> None:
    if not ids:
        return
    items: dict[int, list[Item]] = {pk: [] for pk in ids}
    rows = Kpi.objects.filter(initiative__in=ids).order_by()
    for pk, status, reason, weight, primary in rows.values_list(
        "initiative_id", "status", "reason", "weight", "primary"
    ):
        items[pk].append(Item(Status(status), reason or None, weight, primary))
    answers = []
    for pk, own in items.items():
        found = rollup(own)
        answers.append(
            KpiStatus(initiatives[pk], found.status.value, found.reason.value if found.reason else "")
        )
    changed = set_kpi_statuses(answers, on=as_of)
    audit.record_many(
        audit.event(
            by=by, at=at, action="initiative.kpi_status_changed", obj=row, initiative_id=row.pk,
            before={"kpi_status": was}, after={"kpi_status": row.kpi_status, "kpi_reason": row.kpi_reason},
        )
        for row, was in changed
    )  # fmt: skip


def _tell(changes: Iterable[Change], initiatives: Mapping[int, Initiative], at: datetime) -> None:
    """Rooms above judge from primary KPIs; only an initiative with an open pilot has somebody listening."""
    ids = sorted({c.initiative_id for c in changes if c.primary and initiatives[c.initiative_id].pilot_level})
    if len(ids) == 1:
        key = f"initiative-{ids[0]}"
        outbox.owe(kind=FACTS_CHANGED, payload={"initiative_id": ids[0]}, at=at, key=key)
    elif ids:
        outbox.owe(kind=FACTS_CHANGED, payload={"initiative_ids": ids}, at=at)


def _differs() -> str:
    """The stored answer and the outlook's are not the same."""
    if connection.vendor == "postgresql":
        mine = ", ".join(f"k.{mine}" for mine, _ in _COPIED)
        theirs = ", ".join(f"o.{theirs}" for _, theirs in _COPIED)
        return f"({mine}) IS DISTINCT FROM ({theirs})"
    return "(" + " OR ".join(f"k.{mine} IS NOT o.{theirs}" for mine, theirs in _COPIED) + ")"


def _among(column: str) -> str:
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s)"
    return f"{column} IN (SELECT value FROM json_each(%s))"  # noqa: S608  a column of ours


def _listed(ids: Iterable[int]) -> Any:
    """Ids as one parameter, however many."""
    return list(ids) if connection.vendor == "postgresql" else str(list(ids))
