"""The door of the API: closed unless the view declares its area; tokens need the area's scope."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from core.access import Actor, actor_for, level_of, may, token_lets, token_scope_lets
from core.errors import Problem, forbidden
from core.models import User
from core.roles import IN_WORDS, Action

READS = {"GET", "HEAD", "OPTIONS"}


class Declared(BasePermission):
    """Signed in; the view names its `area` and the right of each write; the token covers it; a role has it somewhere.

    Reads need the token scope `<area>:read`, writes the scope of the right itself. A write without a declared right
    is refused, except where the view says that it only computes (`reads_only`).
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, User):
            return False
        area = getattr(view, "area", None)
        if area is None:
            return False
        if getattr(view, "action", "") in {None, "metadata"}:
            raise Problem(405, "method_not_allowed", f"{request.method} is not offered here.")
        actor = actor_of(request)
        reads = request.method in READS or getattr(view, "reads_only", False)
        wanted = action_of(view, str(request.method)) or (Action.VIEW if reads else None)
        if wanted is None:
            raise Problem(405, "method_not_allowed", f"{request.method} is not offered here.")
        if reads and actor.scopes is not None and not token_scope_lets(actor.scopes, area, "read"):
            raise Problem(403, "token_scope", f"This token lacks the scope {area}:read.")
        if not token_lets(actor, wanted):
            raise Problem(
                403,
                "token_scope",
                f"This token lacks the scope {wanted.value.split(':')[0]}:{level_of(wanted)}.",
            )
        if not may(actor, wanted):
            raise forbidden(f"Your roles do not include the right {IN_WORDS[wanted]}.", right=wanted.value)
        return True


def action_of(view: Any, method: str) -> Action | None:
    """The right a request needs, from the view's `rights` table: its action name, else its method."""
    rights: dict[str, Action] = getattr(view, "rights", {})
    name = getattr(view, "action", None) or method
    if name in rights:
        return rights[name]
    return rights.get(method, Action.VIEW if method in READS else None)


def actor_of(request: Request) -> Actor:
    """Who calls, with grants read once per request: with the token, or in a query of their own."""
    actor: Actor | None = getattr(request, "_actor", None)
    if actor is None:
        token: Any = request.auth
        user = request.user
        if not isinstance(user, User):
            raise Problem(401, "not_authenticated", "Sign in, or send a token.")
        actor = actor_for(
            user,
            via="token" if token else "api",
            request_id=str(getattr(request._request, "request_id", "")),
            token_id=token.pk if token else None,
            scopes=token.scopes if token else None,
            held=token.held if token else None,
        )
        request._actor = actor  # type: ignore[attr-defined]
    return actor
