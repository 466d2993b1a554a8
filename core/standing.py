"""What somebody's roles make of them in a unit: asked before they are named on something there."""

from collections.abc import Collection

from core.access import Actor
from core.roles import LOOKS, TABLE, Action, Reach


def may_once_named(actor: Actor, action: Action, unit_path: str) -> bool:
    """Whether the actor could do the action on a record of that unit that names them. The record need not be there yet."""
    return any(
        action in TABLE[grant.role][0]
        and (_goes_along(grant.role, action) or unit_path.startswith(grant.path))
        for grant in actor.grants
    )


def holds_there(actor: Actor, roles: Collection[str], unit_path: str) -> bool:
    """Whether the actor holds one of the roles for that unit, or for one above it."""
    return any(grant.role in roles and unit_path.startswith(grant.path) for grant in actor.grants)


def _goes_along(role: str, action: Action) -> bool:
    """Whether the role lets them do it wherever they are named (core.access)."""
    return TABLE[role][1] is Reach.ASSIGNED and action in LOOKS
