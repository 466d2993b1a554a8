"""Doors for the worker. What this room asks again by time is a step of the sweep (`governance.tasks.STEPS`)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from assurance.models import ModelRegistry
from assurance.queries import after_stop as after_stop  # says what serves after a stop
from assurance.queries import life_owed as life_owed  # registers what is due, for reminders
from assurance.queries import pilot_report as pilot_report  # says what the report of a pilot holds of models
from assurance.services import alert_webhooks, alerts, retraining
from assurance.services.changes import expire_due
from assurance.services.clusters import tidy_previews
from assurance.services.data_checks import hear_silence
from assurance.services.dossier import judge_dossier
from assurance.services.life_news import tell_asked, tell_incident, tell_not_attested, tell_wanted
from assurance.services.registries import KIND, owe_due
from assurance.services.registry_sync import sync_registry
from assurance.services.rollbacks import hear_unconfirmed
from assurance.services.silence import hear_monitors
from assurance.services.unapproved import ask_due, ask_of_initiative
from core import clock, outbox
from core.access import system
from core.lease import Lease
from core.models import Outbox
from governance import tasks as sweeping
from governance.models import Decision
from governance.services.decide import DECIDED
from governance.services.model_facts import DOSSIER_TOUCHED


@dataclass(frozen=True, slots=True)
class Due:
    """What a step did, as the sweep asks."""

    changed: int


def registries_due(*, at: datetime) -> Due:
    """Owe the reading of registries whose time has come, and forget previews nobody kept."""
    return Due(owe_due(at=at) + tidy_previews(at=at))


STEPS: Final[tuple[tuple[str, Callable[..., Any]], ...]] = (
    ("exceptions", expire_due),
    ("running unapproved", ask_due),
    ("rollbacks", hear_unconfirmed),
    ("data checks", hear_silence),
    ("monitors", hear_monitors),
    ("registries", registries_due),
)
_COUNT = next(place for place, (name, _) in enumerate(sweeping.STEPS) if name == "tallies")
sweeping.STEPS[_COUNT:_COUNT] = STEPS


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


@outbox.handles(alerts.RAISED)
def alert_raised(row: Outbox) -> None:
    """The model's owner hears of an alert, and the systems that route alerts. Done in one transaction with its mark, so once."""
    alerts.tell_owner(alert_id=row.payload["alert_id"], at=clock.now())
    alert_webhooks.owe_webhooks(alert_id=row.payload["alert_id"], at=clock.now())


@outbox.works_long(alert_webhooks.KIND)
def alert_webhook(row: Outbox, lease: Lease) -> None:  # noqa: ARG001  nothing is written here but the mark
    """One address is told of one alert. Told again after a worker that died, with the same id."""
    alert_webhooks.send_webhook(alert_id=row.payload["alert_id"], to=row.payload["to"])


@outbox.handles(retraining.RAISED)
def retraining_triggered(row: Outbox) -> None:
    """The model's owner hears that a rule asks for retraining. Safe to run twice."""
    retraining.tell_triggered(trigger_id=row.payload["trigger_id"], at=clock.now())


@outbox.handles(DOSSIER_TOUCHED)
def dossier_touched(row: Outbox) -> None:
    """Another tier requires other parts, and what is written here outweighs a day typed by hand. Safe to run twice."""
    judge_dossier(model_id=row.payload["model_id"], at=clock.now())


@outbox.handles(DECIDED)
def decided(row: Outbox) -> None:
    """What runs without approval may be approved now. Safe to run twice."""
    initiative = Decision.objects.filter(pk=row.payload["decision_id"]).values_list("initiative_id", flat=True).first()  # fmt: skip
    if initiative is not None:
        ask_of_initiative(initiative_id=initiative, at=clock.now())


@outbox.works_long(KIND)
def read_registry(row: Outbox, lease: Lease) -> None:  # noqa: ARG001  the end of the work is its own last transaction
    """Read one registry. Safe to run twice; what fails is on the registry, and tried again when its time comes."""
    registry = ModelRegistry.objects.select_related("unit", "created_by").filter(pk=row.payload["registry_id"]).first()  # fmt: skip
    if registry is not None and registry.active:
        sync_registry(registry=registry, by=system(), at=clock.now())
