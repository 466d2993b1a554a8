"""Marking KPIs whose drift is to be asked for again. For whoever brings a fact; `kpis.services.drift` asks."""

from collections.abc import Collection
from datetime import date

from django.db import connection


def mark(kpi_ids: Collection[int], on: date) -> None:
    """These KPIs are to be asked again: their readings, their versions or what people said of them changed.

    The caller holds their initiatives, so that no worker asks meanwhile. One statement, and no row written for one that is
    marked already.
    """
    if not kpi_ids:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            ids = sorted(kpi_ids)
            cursor.execute(
                "WITH marked AS (UPDATE kpis_driftwatch SET due_on = %s WHERE kpi_id = ANY(%s) "
                "AND (due_on IS NULL OR due_on > %s)) "
                "INSERT INTO kpis_driftwatch (kpi_id, due_on, value, toward, definition, relevance, review, policy) "
                "SELECT k, %s, '', '', '', '', '', 0 FROM unnest(%s::bigint[]) k "
                "WHERE NOT EXISTS (SELECT 1 FROM kpis_driftwatch d WHERE d.kpi_id = k) ON CONFLICT DO NOTHING",
                [on, ids, on, on, ids],
            )
            return
        listed = str(sorted(kpi_ids))
        cursor.execute(
            "INSERT INTO kpis_driftwatch (kpi_id, due_on, value, toward, definition, relevance, review, policy) "
            "SELECT value, %s, '', '', '', '', '', 0 FROM json_each(%s) WHERE true "
            "ON CONFLICT (kpi_id) DO UPDATE SET due_on = excluded.due_on "
            "WHERE due_on IS NULL OR due_on > excluded.due_on",
            [on, listed],
        )
