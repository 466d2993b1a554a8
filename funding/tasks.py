"""Doors for the worker: fetch nothing, decide nothing, call the service."""

from core import clock, outbox
from core.models import Outbox
from funding.services.sessions import ENDS, end_idle


@outbox.handles(ENDS)
def session_ends(row: Outbox) -> None:
    """Nobody changed a draft for a while: the log is told what it came to. Safe to run twice."""
    end_idle(case_id=row.payload["case_id"], at=clock.now())
