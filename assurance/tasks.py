"""Doors for the worker. What this room asks again by time is a step of the sweep (`governance.tasks.STEPS`)."""

from assurance.services.dossier import judge_dossier
from core import clock, outbox
from core.models import Outbox
from governance.services.model_facts import DOSSIER_TOUCHED


@outbox.handles(DOSSIER_TOUCHED)
def dossier_touched(row: Outbox) -> None:
    """Another tier requires other parts, and what is written here outweighs a day typed by hand. Safe to run twice."""
    judge_dossier(model_id=row.payload["model_id"], at=clock.now())
