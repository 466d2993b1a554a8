"""The locks of KPIs: taken after the initiative's where that is held too, and in order of id.

Who changes a definition holds the KPI alone. Who brings readings by the thousand holds no initiative, only keeps its KPIs
from being redefined or retired until the readings are there; any number may do so at once, and judging goes on meanwhile.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db import connection

from kpis.models import Kpi


def lock_kpi(pk: int) -> None:
    """Hold a KPI whose initiative is held, alone: readings on their way are there when this returns."""
    Kpi.objects.select_for_update(of=("self",)).filter(pk=pk).order_by().values_list("pk").first()


def lock_kpis(pks: Iterable[int]) -> None:
    """Hold several against each other, in order of id, so that two callers never wait for each other.

    Weaker than `lock_kpi`: readings and rows that point at them go on meanwhile.
    """
    rows = Kpi.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(pks))
    list(rows.order_by("pk").values_list("pk"))


class Kept(NamedTuple):
    """A KPI as it is defined: its version in force, its state, and who judges it (None: readings are measured)."""

    version: int
    state: str
    judge: int | None


def keep_definitions(kpi_ids: Collection[int]) -> dict[int, Kept]:
    """Keep these KPIs as they are defined until the transaction ends, by id.

    Left out are KPIs without a version. SQLite has one writer, so reading is enough.
    """
    statement = (
        "SELECT id, current_id, state, judge_id FROM kpis_kpi WHERE {} AND current_id IS NOT NULL ORDER BY id"
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Weaker than what an update of the answer takes, stronger than nothing: only `lock_kpi` waits for it.
            cursor.execute(statement.format("id = ANY(%s)") + " FOR KEY SHARE", [list(kpi_ids)])
        else:
            cursor.execute(statement.format("id IN (SELECT value FROM json_each(%s))"), [str(list(kpi_ids))])
        return {pk: Kept(*said) for pk, *said in cursor.fetchall()}
