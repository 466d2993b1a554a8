"""Doors for the worker. What this room asks again by time is a step of the sweep (`governance.tasks.STEPS`)."""

from assurance.services.dossier import judge_dossier
from core import clock, outbox
from core.models import Outbox
from governance.services.model_facts import TIER_CHANGED


@outbox.handles(TIER_CHANGED)
def tier_changed(row: Outbox) -> None:
    """Another tier requires other parts of the dossier. Safe to run twice."""
    judge_dossier(model_id=row.payload["model_id"], at=clock.now())
