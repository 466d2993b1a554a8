"""Doors for the worker. What this room asks again by time is a step of the sweep (`governance.tasks.STEPS`)."""

from assurance.services import alerts, retraining
from assurance.services.data_checks import hear_silence
from core import clock, outbox
from core.models import Outbox
from governance import tasks as sweeping

_LAST = next(place for place, (name, _) in enumerate(sweeping.STEPS) if name == "tallies")
sweeping.STEPS.insert(_LAST, ("data checks", hear_silence))


@outbox.handles(alerts.RAISED)
def alert_raised(row: Outbox) -> None:
    """The model's owner hears of an alert. Safe to run twice: the same is told once."""
    alerts.tell_owner(alert_id=row.payload["alert_id"], at=clock.now())


@outbox.handles(retraining.RAISED)
def retraining_triggered(row: Outbox) -> None:
    """The model's owner hears that a rule asks for retraining. Safe to run twice."""
    retraining.tell_triggered(trigger_id=row.payload["trigger_id"], at=clock.now())
