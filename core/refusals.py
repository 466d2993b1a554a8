"""Attempts to judge one's own work, or to take more rights than one has: refused, and on record.

The refusal takes the transaction back, so the event is written by the door, once nothing is open any more.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from core import audit
from core.access import Actor
from core.errors import Problem


def refusal(
    detail: str, *, by: Actor, at: datetime, action: str, obj: Model, code: str = "four_eyes", initiative_id: int | None = None,
    unit_path: str = "", after: Mapping[str, Any] | None = None,
) -> Problem:  # fmt: skip
    """A Problem 403 that carries the event to be written: `action` (`"tranche.refused"`) about `obj`.

    `after` is what was asked for.
    """
    event = audit.event(
        by=by, at=at, action=action, obj=obj, initiative_id=initiative_id, unit_path=unit_path, reason=detail,
        after=after,
    )  # fmt: skip
    return Problem(403, code, detail, event=event)


def keep(problem: Problem) -> None:
    """Write the event a refusal carries, once. Called by every door that answers with a problem."""
    if problem.event is not None:
        problem.event.save(force_insert=True)
        problem.event = None
