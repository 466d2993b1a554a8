"""The one lock, in the one order: the initiative first, then whatever hangs on it.

Locking only the KPI row left the rolled-up status wrong in about half of concurrent runs; locking the
initiative first, in none.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from core.errors import not_found, stale
from core.prepared import read
from portfolio.models import Initiative


def lock_initiative(pk: int, *, expected_version: int | None = None) -> Initiative:
    """The initiative, held until the transaction ends. 404 when gone, 412 when `expected_version` is old."""
    row = Initiative.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise not_found()
    if expected_version is not None and row.version != expected_version:
        raise stale()
    return row


def lock_initiative_of(among: QuerySet[Any]) -> Initiative:
    """The initiative that `among` (a queryset of one column of ids) names, held like that, its unit beside it. 404 when it names none."""
    rows = read(
        Initiative.objects.select_for_update(of=("self",))
        .select_related("unit")
        .filter(pk__in=among)
        .order_by()
    )
    if not rows:
        raise not_found()
    return rows[0]


def lock_initiatives(pks: Iterable[int], *, only: Sequence[str] = ()) -> dict[int, Initiative]:
    """Several, always in order of id so that two callers never wait for each other.

    `only` names the fields that will be read, where there are thousands and few are.
    """
    rows = Initiative.objects.select_for_update().filter(pk__in=set(pks)).order_by("pk")
    return {row.pk: row for row in (rows.only(*only) if only else rows)}


def claim_initiatives(among: QuerySet[Any], *, limit: int, only: Sequence[str] = ()) -> dict[int, Initiative]:
    """Up to `limit` initiatives out of `among` (a queryset of one column of ids) that nobody else holds.

    For workers: two side by side never wait for each other and never take the same. SQLite has one writer anyway.
    `only` names the fields that will be read.
    """
    rows = Initiative.objects.filter(pk__in=among)
    if only:
        rows = rows.only(*only)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return {row.pk: row for row in rows.order_by("pk")[:limit]}
