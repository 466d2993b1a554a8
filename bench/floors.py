"""What the database does at best, by hand and with nothing else to think of: COPY, bare inserts, bare reads."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.types.json import Jsonb

COLUMNS: Final = "kpi_id, kpi_version_id, observed_on, value, recorded_at, recorded_by_id, source, source_key, void, note, evidence"
TYPES: Final = (
    "int8", "int8", "date", "numeric", "timestamptz", "int8", "varchar", "varchar", "bool", "varchar", "varchar",
)  # fmt: skip
LATEST: Final = """
    SELECT k.id, m.id, m.observed_on, m.value FROM kpis_kpi k CROSS JOIN LATERAL (
        SELECT id, observed_on, value FROM kpis_measurement WHERE kpi_id = k.id ORDER BY observed_on DESC, id DESC LIMIT 1
    ) m
"""


def link() -> psycopg.Connection[Any]:
    """A connection without Django, to the bench's database."""
    given = settings.DATABASES["default"]
    return psycopg.connect(
        host=str(given["HOST"]), port=str(given["PORT"] or 5432), user=str(given["USER"]),
        password=str(given["PASSWORD"]), dbname=str(given["NAME"]),
    )  # fmt: skip


def copy_in(by: psycopg.Connection[Any], rows: Sequence[Sequence[Any]]) -> None:
    """Raw binary COPY of measurements, each with the values of COLUMNS, into the table with its indexes."""
    with (
        by.cursor() as cursor,
        cursor.copy(f"COPY kpis_measurement ({COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(TYPES)
        for row in rows:
            copy.write_row(row)
    by.commit()


def copy_out() -> None:
    """COPY ... TO of all measurements, read by nobody: the server forms every row and throws it away."""
    with connection.cursor() as cursor:
        cursor.execute("COPY kpis_measurement TO '/dev/null'")


def latest_values() -> int:
    """Each KPI's latest value, by the bare LATERAL statement."""
    with connection.cursor() as cursor:
        cursor.execute(LATEST)
        return len(cursor.fetchall())


def insert_one(
    by: psycopg.Connection[Any], kpi: int, version: int, person: int, on: date, value: Decimal, at: datetime, key: str
) -> None:  # fmt: skip
    """A measurement, its line in the audit log and the mark that its KPI is due: three inserts, one transaction."""
    marks = ", ".join(["%s"] * len(TYPES))
    with by.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO kpis_measurement ({COLUMNS}) VALUES ({marks}) RETURNING id",
            (kpi, version, on, value, at, person, "bench", key, False, "", ""),
        )
        (pk,) = cursor.fetchone() or (0,)
        cursor.execute(
            "INSERT INTO core_auditevent (at, actor_id, actor_label, via, request_id, object_type, object_id, unit_path, "
            "action, reason, before, after) VALUES (%s, %s, 'Pipeline', 'token', '', 'measurement', %s, '', "
            "'measurement.recorded', '', '{}', %s)",
            (at, person, pk, Jsonb({"kpi": kpi, "observed_on": str(on), "value": str(value)})),
        )
        cursor.execute("INSERT INTO kpis_arrival (kpi_id, measurement_id) VALUES (%s, %s)", (kpi, pk))
    by.commit()
