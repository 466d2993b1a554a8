"""The stored answers, as SQL: which are not those of a day, and writing those that are. Both databases.

An answer is a stretch of days in a KPI's outlook, repeated on the KPI. Nothing is judged here: a day is looked up.
"""

import json
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from django.db import connection

from core.models import Heartbeat
from domain.kpi_codes import Status

SWEPT: Final = "kpis.swept"
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
    ("declared_status", "declared"),
    ("flags", "flags"),
    ("last_value", "value"),
    ("last_observed_on", "observed_on"),
    ("last_measurement_id", "measurement_id"),
    ("valid_until", "valid_until"),
)
_STANDS: Final = "o.kpi_id = k.id AND o.valid_from <= %s AND (o.valid_until IS NULL OR o.valid_until >= %s)"
_SET: Final = (
    ", ".join(f"{mine} = o.{theirs}" for mine, theirs in _COPIED)
    # The same status since before, unless another stood in between.
    + ", judged_on = %s, status_since = CASE WHEN k.status = o.status AND k.status_since IS NOT NULL "
    "AND (k.valid_until IS NULL OR o.since <= k.valid_until) THEN k.status_since ELSE o.since END"
)
# Statuses whose figures nobody is told of: no flag speaks of them.
_QUIET: Final = ", ".join(
    f"'{status.value}'" for status in (Status.ACHIEVED, Status.ON_TRACK, Status.NOT_STARTED, Status.PAUSED)
)


class Change(NamedTuple):
    """A KPI whose stored answer is not the one of the day: what it was (`was_until`: its last day), and what it is.

    `was_declared`, `declared`: the status that counted, and counts, in its place. Empty: none.
    """

    kpi_id: int
    initiative_id: int
    version_id: int
    primary: bool
    was: str
    was_reason: str
    was_declared: str
    was_until: date | None
    status: str
    reason: str
    declared: str
    since: date
    valid_from: date
    measurement_id: int | None


def change(kpi_ids: Collection[int], as_of: date) -> list[Change]:
    """Make the stored answers of these KPIs those of the day; gives those that were not."""
    found = (
        'SELECT k.id, k.initiative_id, k.current_id, k."primary", k.status AS was, k.reason AS was_reason, '  # noqa: S608  text of this file, values are parameters
        "k.declared_status AS was_declared, k.valid_until AS was_until, o.status, o.reason, o.declared, o.since, o.valid_from, o.measurement_id, o.id AS stretch "
        f"FROM kpis_kpi k JOIN kpis_outlook o ON {_STANDS} WHERE {_among('k.id')} AND {_differs()}"
    )
    asked = [as_of, as_of, _listed(kpi_ids)]
    if connection.vendor == "postgresql":
        rows = _rows(
            f"WITH found AS MATERIALIZED ({found}), "  # noqa: S608  text of this file, values are parameters
            f"written AS (UPDATE kpis_kpi k SET {_SET} FROM found f JOIN kpis_outlook o ON o.id = f.stretch WHERE k.id = f.id) "
            "SELECT * FROM found ORDER BY id",
            [*asked, as_of],
        )
    else:
        rows = _rows(f"{found} ORDER BY k.id", asked)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE kpis_kpi AS k SET {_SET} FROM kpis_outlook o "  # noqa: S608  text of this file, values are parameters
                f"WHERE {_among('o.id')} AND k.id = o.kpi_id",
                [as_of, _listed(row[-1] for row in rows)],
            )
    return [Change(*row[:-1]) for row in rows]


def outdated(as_of: date) -> list[tuple[int, int]]:
    """(initiative, KPI) of every KPI whose stored answer does not speak for the day: one statement over all KPIs."""
    return [
        (row[0], row[1])
        for row in _rows(
            "SELECT initiative_id, id FROM kpis_kpi WHERE current_id IS NOT NULL "
            "AND (judged_on IS NULL OR judged_on > %s OR valid_until < %s) ORDER BY 1, 2",
            [as_of, as_of],
        )
    ]


def unlike_the_outlook(as_of: date) -> list[int]:
    """KPIs whose stored answer is not what their outlook says of the day: all compared, column by column.

    For the proof that the store is sound; none, unless somebody wrote past the services.
    """
    return [
        row[0]
        for row in _rows(
            f"SELECT k.id FROM kpis_kpi k LEFT JOIN kpis_outlook o ON {_STANDS} "  # noqa: S608  text of this file, values are parameters
            f"WHERE k.current_id IS NOT NULL AND (o.kpi_id IS NULL OR {_differs()}) ORDER BY 1",
            [as_of, as_of],
        )
    ]


def unforeseen(kpi_ids: Collection[int], as_of: date) -> list[int]:
    """Those of these KPIs whose outlook says nothing of the day."""
    return [
        row[0]
        for row in _rows(
            f"SELECT k.id FROM kpis_kpi k WHERE {_among('k.id')} "  # noqa: S608  text of this file, values are parameters
            f"AND NOT EXISTS (SELECT 1 FROM kpis_outlook o WHERE {_STANDS}) ORDER BY 1",
            [_listed(kpi_ids), as_of, as_of],
        )
    ]


def expired(initiative_ids: Collection[int], as_of: date) -> list[int]:
    """The KPIs of these initiatives whose stored answer has expired by the day."""
    return [
        row[0]
        for row in _rows(
            f"SELECT id FROM kpis_kpi WHERE {_among('initiative_id')} AND valid_until < %s ORDER BY id",  # noqa: S608  text of this file, values are parameters
            [_listed(initiative_ids), as_of],
        )
    ]


def anything_new(as_of: date) -> tuple[bool, bool, bool, date | None]:
    """Whether any pause or declaration is over, any approved change's day has come, any reading waits to be folded, and
    the last day swept: one small statement.
    """
    ((over, changes, arrivals, note),) = _rows(
        "SELECT EXISTS (SELECT 1 FROM kpis_kpi WHERE state = 'paused' AND paused_until < %s) "
        "OR EXISTS (SELECT 1 FROM kpis_kpi WHERE declared_until < %s), "
        "EXISTS (SELECT 1 FROM kpis_kpiversion WHERE in_force_at IS NULL AND declined_at IS NULL "
        "AND approved_at IS NOT NULL AND effective_on <= %s), "
        "EXISTS (SELECT 1 FROM kpis_arrival), (SELECT note FROM core_heartbeat WHERE name = %s)",
        [as_of, as_of, as_of, SWEPT],
    )
    swept = date.fromisoformat(json.loads(note)["through"]) if note else None
    return bool(over), bool(changes), bool(arrivals), swept


def remember(day: date, at: datetime) -> None:
    """Write down that nothing is left to look up for the day."""
    note = {"through": day.isoformat()}
    if not Heartbeat.objects.filter(name=SWEPT).update(at=at, note=note):
        Heartbeat.objects.bulk_create([Heartbeat(name=SWEPT, at=at, note=note)], ignore_conflicts=True)


def expire_quietly(after: date, as_of: date) -> tuple[int, int]:
    """How many stretches that stand on `as_of` began after `after`, and how many of them were published here.

    Published are those with the status of the answer they follow, where nobody is told of its figures: nothing follows,
    so no initiative is locked. Safe beside a writer that judges the same KPI: its row is waited for, and asked again
    whether its answer has expired.
    """
    asked = [after, as_of, as_of]
    begun = "due_on > %s AND due_on <= %s AND (valid_until IS NULL OR valid_until >= %s)"
    next_day = "k.valid_until + 1" if connection.vendor == "postgresql" else "date(k.valid_until, '+1 day')"
    publishes = (
        f"UPDATE kpis_kpi AS k SET {_SET} FROM o WHERE k.id = o.kpi_id AND k.valid_until < %s "  # noqa: S608  text of this file, values are parameters
        f'AND o.valid_from = {next_day} AND k.status = o.status AND k.status IN ({_QUIET}) AND NOT k."primary" '
        "AND k.declared_status = o.declared"
    )
    if connection.vendor == "postgresql":
        ((found, written),) = _rows(
            f"WITH o AS MATERIALIZED (SELECT * FROM kpis_outlook WHERE {begun}), written AS ({publishes} RETURNING 1) "  # noqa: S608  text of this file, values are parameters
            "SELECT (SELECT count(*) FROM o), (SELECT count(*) FROM written)",
            [*asked, as_of, as_of],
        )
        return found, written
    ((found,),) = _rows(f"SELECT count(*) FROM kpis_outlook WHERE {begun}", asked)  # noqa: S608  text of this file, values are parameters
    with connection.cursor() as cursor:
        cursor.execute(
            publishes.replace("FROM o WHERE", f"FROM (SELECT * FROM kpis_outlook WHERE {begun}) AS o WHERE"),  # noqa: S608  text of this file, values are parameters
            [as_of, *asked, as_of],
        )
        return found, cursor.rowcount


def compositions(initiative_ids: Collection[int]) -> list[tuple[int, str]]:
    """Each initiative's KPIs as one text: the status that counts, weight, whether it is primary, and what no data means."""
    counted = "CASE WHEN declared_status = '' THEN status ELSE declared_status END"
    parts = (
        f"{counted} || ' ' || weight || ' ' || CASE WHEN \"primary\" THEN 1 ELSE 0 END"
        f" || ' ' || CASE {counted} WHEN 'no_data' THEN reason ELSE '' END"
    )
    gather = "string_agg" if connection.vendor == "postgresql" else "group_concat"
    return [
        (row[0], row[1])
        for row in _rows(
            f"SELECT initiative_id, {gather}({parts}, ',') FROM kpis_kpi "  # noqa: S608  text of this file, values are parameters
            f"WHERE {_among('initiative_id')} GROUP BY initiative_id",
            [_listed(initiative_ids)],
        )
    ]


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


def _rows(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
