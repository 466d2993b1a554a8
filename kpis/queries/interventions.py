"""Interventions as a list, in which state one is, and who acts on a flag."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from core.listing import Filter, Listing
from kpis.models import Intervention

DAY: Final = ("", "gte", "lte", "isnull")
INTERVENTIONS: Final = Listing(
    filters={
        "id": Filter("pk", "id"),
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "unit": Filter("initiative__unit__path", "subtree"),
        "flag": Filter("flag", "id"),
        "rule": Filter("flag__rule", "text", ops=("", "in")),
        "assigned_to": Filter("assigned_to", "id"),
        "owner_active": Filter("assigned_to__is_active", "bool", ops=("",)),
        "open": Filter("closed_at", "null", ops=("",)),
        "overdue": Filter("overdue", "bool", ops=("",)),
        "escalated": Filter("escalated", "bool", ops=("",)),
        "due_on": Filter("due_on", "date", ops=DAY[:3]),
        "escalated_on": Filter("escalated_on", "date", ops=DAY),
    },
    orders={
        "due_on": "due_on",
        "recorded_at": "recorded_at",
        "closed_at": "closed_at",
        "escalated_on": "escalated_on",
        "assigned_to": "assigned_to__name",
        "initiative": "initiative__name",
    },
    search=("action", "closure", "initiative__name", "assigned_to__name"),
    nullable=frozenset({"closed_at", "escalated_on"}),
)


def told_on(rows: QuerySet[Intervention], today: date) -> QuerySet[Intervention]:
    """The rows with what the list filters by and no column says: `overdue` on a day, `escalated`."""
    late = Q(closed_at=None, due_on__lt=today)
    return rows.annotate(
        overdue=ExpressionWrapper(late, output_field=BooleanField()),
        escalated=ExpressionWrapper(Q(escalated_on__isnull=False), output_field=BooleanField()),
    )


def state_of(row: Intervention, today: date) -> str:
    """closed, escalated (before the council), overdue, or open: a code of the vocabulary."""
    if row.closed_at is not None:
        return "closed"
    if row.escalated_on is not None:
        return "escalated"
    return "overdue" if row.due_on < today else "open"


def last_by_flag(flag_ids: Iterable[int]) -> dict[int, Intervention]:
    """The open or else the latest intervention of each flag. One statement."""
    rows = Intervention.objects.filter(flag__in=list(flag_ids)).select_related("assigned_to", "closed_by")
    return {row.flag_id: row for row in rows.order_by("pk")}
