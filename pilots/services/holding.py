"""Holding a pilot for what goes on after it: rollout, training and the log outlive the pilot stage."""

from datetime import datetime
from typing import Final

from core import outbox
from core.access import Actor, require
from core.errors import not_found
from core.roles import Action
from pilots.models import Pilot
from pilots.queries.facts import with_people
from portfolio.services.locks import lock_initiative

USE_CHANGED: Final = outbox.announces("pilot.use_changed")


def use_changed(pilot: Pilot, *, at: datetime) -> None:
    """Owe the news that the use of this pilot, or of what it became, reaches another number of users or sites."""
    outbox.owe(kind=USE_CHANGED, payload={"initiative_id": pilot.initiative_id}, at=at)


def held_rollout(pk: int, *, by: Actor, right: Action) -> Pilot:
    """The pilot, open or ended, under its initiative's lock, if the actor may do this to it. Raises Problem 404, 403."""
    known = Pilot.objects.visible_to(by).filter(pk=pk).values_list("initiative_id", flat=True).first()
    if known is None:
        raise not_found()
    lock_initiative(known)
    row = with_people(Pilot.objects.filter(pk=pk)).get()
    require(by, right, row)
    return row
