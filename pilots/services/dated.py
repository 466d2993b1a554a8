"""Decision dates of pilots as a source tells them, many at a time."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from core import audit
from core.access import Actor
from core.bulk import update_rows
from pilots.models import Pilot


def set_decision_dates(*, dates: Mapping[int, date], because: str, by: Actor, at: datetime) -> int:
    """Give the open pilots of these initiatives, by id, their decision dates; returns how many changed.

    The caller (an import, whose right covers it) holds the initiatives. The pilots wait to be judged (`due`). In a
    number of statements that does not grow with them; a date that is there already writes nothing.
    """
    with transaction.atomic():
        open_ones = Pilot.objects.filter(initiative__in=list(dates), ended_on=None)
        changed, events = [], []
        for pilot in open_ones.select_related("initiative__unit").order_by("pk"):
            day = dates[pilot.initiative_id]
            if pilot.decision_on == day:
                continue
            changed.append((pilot.pk, day, False, True, at, pilot.version + 1))
            events.append(
                audit.event(
                    by=by, at=at, action="pilot.edited", obj=pilot, initiative_id=pilot.initiative_id, reason=because,
                    unit_path=pilot.initiative.unit.path, before={"decision_on": pilot.decision_on},
                    after={"decision_on": day},
                )
            )  # fmt: skip
        update_rows(Pilot, ("decision_on", "no_decision_date", "due", "updated_at", "version"), changed)
        audit.record_many(events)
    return len(changed)
