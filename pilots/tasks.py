"""Doors for the worker: news of the rooms to the left, heard here and judged at once."""

from core import clock, outbox
from core.models import Outbox
from pilots.queries import owed as owed  # registers what is due, for reminders
from pilots.services.evaluate import evaluate_held_by, evaluate_initiatives


@outbox.handles("initiative.changed")
@outbox.handles("initiative.facts_changed")
def facts_changed(row: Outbox) -> None:
    """Something a pilot is judged from was recorded, of `initiative_id` or of `initiative_ids`.

    Safe to run twice: judging the same facts again writes nothing.
    """
    ids = [*row.payload.get("initiative_ids", []), *filter(None, [row.payload.get("initiative_id")])]
    evaluate_initiatives(initiative_ids=ids, at=clock.now())


@outbox.handles("person.deactivated")
@outbox.handles("person.reactivated")
def person_changed(row: Outbox) -> None:
    """A sponsor or production owner who left no longer counts; one who came back does. Safe to run twice."""
    evaluate_held_by(user_id=row.payload["user_id"], at=clock.now())
