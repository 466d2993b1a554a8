"""In which units an act is offered: by the same test as `core.access.require_in_unit` refuses it."""

from django.db.models import Q

from core.access import Actor, reach_of
from core.lacking import lacks
from core.roles import Action


def units_within(actor: Actor, action: Action, path: str = "path") -> Q:
    """Rows whose unit's path is `path`: those of the units in which nothing refuses the act."""
    within = Q(pk__in=[])
    for begin in reach_of(actor, action):
        within |= Q(**{f"{path}__startswith": begin})
    return within


def require_in_some_unit(actor: Actor, action: Action) -> None:
    """Refuse what the actor may do in no unit before they fill in a form, 403."""
    if not reach_of(actor, action):
        raise lacks(
            action, f"{actor.label} may not do this in any business unit: it needs the right", " in one"
        )
