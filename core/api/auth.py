"""The door of the API: closed unless the view declares its area; tokens need the area's scope."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from core.access import Actor, actor_for, may, token_scope_lets
from core.errors import Problem
from core.models import User
from core.roles import Action

READS = {"GET", "HEAD", "OPTIONS"}


class Declared(BasePermission):
    """Signed in, the view names its `area`, the token's scopes cover it, and the role can do it somewhere."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, User):
            return False
        area = getattr(view, "area", None)
        if area is None:
            return False
        actor = actor_of(request)
        if actor.scopes is not None and area:
            level = "read" if request.method in READS or getattr(view, "reads_only", False) else "write"
            if not any(token_scope_lets(actor.scopes, area, held) for held in ({level, "admin"})):
                raise Problem(403, "token_scope", f"This token lacks the scope {area}:{level}.")
        wanted = action_of(view, str(request.method))
        if wanted is not None and not may(actor, wanted):
            raise Problem(403, "forbidden", f"Your roles do not include the right {wanted.value}.")
        return True


def action_of(view: Any, method: str) -> Action | None:
    """The right a request needs, from the view's `rights` table: its action name, else its method."""
    rights: dict[str, Action] = getattr(view, "rights", {})
    name = getattr(view, "action", None) or method
    if name in rights:
        return rights[name]
    return rights.get(method, Action.VIEW if method in READS else None)


def actor_of(request: Request) -> Actor:
    """Who calls, with grants read once per request."""
    actor: Actor | None = getattr(request, "_actor", None)
    if actor is None:
        token = request.auth
        user = request.user
        assert isinstance(user, User)  # noqa: S101  Declared ran first
        actor = actor_for(
            user,
            via="token" if token else "api",
            request_id=str(getattr(request._request, "request_id", "")),
            token_id=token.pk if token else None,
            scopes=token.scopes if token else None,
        )
        request._actor = actor
    return actor
