"""Doors for the worker. What this room asks again by time is a step of the sweep (`governance.tasks.STEPS`)."""

from assurance.queries import life_owed as life_owed  # registers what is due, for reminders
from assurance.services.changes import expire_due
from assurance.services.life_news import tell_asked, tell_incident, tell_not_attested, tell_wanted
from core import clock, outbox
from core.models import Outbox
from governance.tasks import STEPS

STEPS.insert([name for name, _ in STEPS].index("tallies"), ("exceptions", expire_due))


@outbox.handles("incident.moved")
def incident_moved(row: Outbox) -> None:
    """Whoever is concerned hears of it. Safe to run twice: the same is told once."""
    tell_incident(event_id=row.payload["event_id"], at=clock.now())


@outbox.handles("model.asked")
def asked(row: Outbox) -> None:
    """Whoever may answer hears of it. Safe to run twice."""
    tell_asked(kind=row.payload["kind"], pk=row.payload["pk"], at=clock.now())


@outbox.handles("attestation.refused")
def not_attested(row: Outbox) -> None:
    """Whoever may act hears of it. Safe to run twice."""
    tell_not_attested(attestation_id=row.payload["attestation_id"], at=clock.now())


@outbox.handles("model.look_wanted")
def look_wanted(row: Outbox) -> None:
    """Whoever may review or validate hears of it. Safe to run twice."""
    tell_wanted(at=clock.now(), **row.payload)
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
from assurance.services.dossier import judge_dossier
from core import clock, outbox
from core.models import Outbox
from governance.services.model_facts import TIER_CHANGED


@outbox.handles(TIER_CHANGED)
def tier_changed(row: Outbox) -> None:
    """Another tier requires other parts of the dossier. Safe to run twice."""
    judge_dossier(model_id=row.payload["model_id"], at=clock.now())
