"""Early warnings kept up: who is to be asked again, and the flags that follow from the facts.

How an initiative comes to be asked again: a writer marks it in its own transaction (`mark_due`, and `mark_heard`,
`mark_turned` where most of what is written cannot matter); its answer expires; a business owner who was silent acts. What
is marked is claimed like everything else, so a pass can be killed anywhere, run twice, late or side by side.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection

from kpis.models import Watch

_AMONG = {
    "postgresql": "= ANY(%s)",
    "sqlite": "IN (SELECT value FROM json_each(%s))",
}


def mark_due(initiative_ids: Iterable[int]) -> None:
    """Have these initiatives asked again, those that can be warned about. One statement, however many.

    In the transaction that changes the facts, whether or not it holds the initiatives: the mark is taken away before
    the facts are read, and who marks meanwhile waits for that.
    """
    ids = sorted(set(initiative_ids))
    if ids:
        _write(f"i.id {_AMONG[connection.vendor]}", ids, "DO UPDATE SET due = true")


def ensure_watches() -> None:
    """Watch every initiative that has KPIs or is in production. For whatever was brought past the services."""
    _write("NOT EXISTS (SELECT 1 FROM kpis_watch w WHERE w.initiative_id = i.id)", None, "DO NOTHING")


def mark_heard(initiative_ids: Collection[int]) -> None:
    """The same after readings, of those where one more could change the answer. The caller holds the initiatives."""
    Watch.objects.filter(initiative__in=initiative_ids, hears_readings=True, due=False).update(due=True)


def mark_turned(initiative_ids: Collection[int]) -> None:
    """The same after statuses turned, of those that have both classes of KPIs. The caller holds the initiatives."""
    Watch.objects.filter(initiative__in=initiative_ids, compares=True, due=False).update(due=True)


def _write(which: str, ids: list[int] | None, conflict: str) -> None:
    parameters: list[Any] = []
    if ids is not None:
        parameters.append(ids if connection.vendor == "postgresql" else str(ids))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kpis_watch (initiative_id, due) SELECT i.id, true FROM portfolio_initiative i "  # noqa: S608
            f"WHERE {which} AND (i.stage = 'production' "
            "OR EXISTS (SELECT 1 FROM kpis_kpi k WHERE k.initiative_id = i.id) "
            "OR EXISTS (SELECT 1 FROM kpis_watch w WHERE w.initiative_id = i.id)) "
            f"ORDER BY i.id ON CONFLICT (initiative_id) {conflict}",
            parameters,
        )
