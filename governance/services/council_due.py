"""What falls due by the clock: written procedures open and close, and conditions that nobody confirmed lapse."""

import logging
from dataclasses import dataclass
from datetime import datetime

from core import clock
from core.access import system
from core.errors import Problem
from domain.errors import RuleError
from governance.models import AgendaItem, Meeting
from governance.services.council_close import close_item, lapse
from governance.services.council_meetings import end_meeting
from governance.services.council_open import open_item

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    changed: int


def settle_due(*, at: datetime) -> Done:
    """Each in a transaction of its own; what is refused stays, and the others go on. Safe to run twice."""
    by, changed = system(), 0
    written = AgendaItem.objects.filter(meeting__kind=Meeting.Kind.WRITTEN, meeting__ended_at=None)
    begun = written.exclude(motion={}).filter(
        state=AgendaItem.State.PLANNED, meeting__begins_at__lte=at, meeting__ends_at__gt=at
    )
    over = written.filter(state=AgendaItem.State.OPEN, meeting__ends_at__lte=at)
    late = AgendaItem.objects.filter(state=AgendaItem.State.CONFIRMING, confirm_by__lt=clock.day_of(at))
    for act, rows in ((open_item, begun), (close_item, over), (lapse, late)):
        for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
            try:
                act(item_id=pk, by=by, at=at)
                changed += 1
            except (Problem, RuleError) as refused:
                log.warning("council item %s: %s", pk, refused)
    for pk in Meeting.objects.filter(kind=Meeting.Kind.WRITTEN, ended_at=None, ends_at__lte=at).values_list(
        "pk", flat=True
    ):
        if not AgendaItem.objects.filter(meeting=pk, state=AgendaItem.State.OPEN).exists():
            end_meeting(meeting_id=pk, by=by, at=at)
            changed += 1
    return Done(changed)
