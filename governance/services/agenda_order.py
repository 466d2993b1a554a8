"""The order of an agenda built from what waits: the dearest delay first."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from core.access import Actor
from governance.models import AgendaItem
from governance.queries.council_queue import delays_of
from governance.services.council_agenda import reorder
from governance.services.council_build import build_agenda

FIRST = (AgendaItem.State.OPEN, AgendaItem.State.CONFIRMING)


def build_in_order(*, meeting_id: int, by: Actor, at: datetime) -> list[AgendaItem]:
    """Put all that calls for the council on the agenda, and what nobody has opened yet in the order of its cost of delay.

    What is voted on stays first. Where nothing is added the order that somebody gave stays. Raises Problem as `build_agenda`.
    """
    with transaction.atomic():
        made = build_agenda(meeting_id=meeting_id, by=by, at=at)
        if made:
            over = (AgendaItem.State.CLOSED, AgendaItem.State.WITHDRAWN)
            rows = list(
                AgendaItem.objects.filter(meeting=meeting_id)
                .exclude(state__in=over)
                .order_by("position", "pk")
            )
            reorder(meeting_id=meeting_id, items=[row.pk for row in _dearest_first(rows)], by=by, at=at)
    return made


def _dearest_first(rows: Sequence[AgendaItem]) -> list[AgendaItem]:
    begun = [row for row in rows if row.state in FIRST]
    ahead = [row for row in rows if row.state not in FIRST]
    delays = delays_of(row.initiative_id for row in ahead)
    return [*begun, *sorted(ahead, key=lambda row: dearness(delays.get(row.initiative_id)))]


def dearness(delay: Decimal | None) -> tuple[bool, Decimal]:
    """To sort by: the dearest first, those without a price last."""
    return (delay is None, -(delay or Decimal(0)))
