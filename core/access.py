"""The whole of permission: one table of roles, one rule, asked as a filter or about one object.

`scope(actor, action, Model)` is the rule as a filter; `allows(actor, action, obj)` asks the same filter
about one row, so the two cannot disagree. A model says where its unit and its people are by an `ACCESS`
attribute (`Paths`). Closed by default: no grant, no row.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Model, Q

from core.errors import not_found
from core.lacking import lacks
from core.models import RoleGrant, User
from core.paths import Paths as Paths
from core.roles import CREATES, LOOKS, TABLE, Action, Reach


@dataclass(frozen=True, slots=True)
class Grant:
    role: str
    path: str  # "" = the whole organisation


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and through which door. `user` None is the system itself."""

    user: User | None
    grants: tuple[Grant, ...]
    via: str
    request_id: str = ""
    token_id: int | None = None
    scopes: frozenset[str] | None = None  # None = not limited by a token

    @property
    def label(self) -> str:
        return self.user.name if self.user else "Throughline"

    @property
    def is_system(self) -> bool:
        return self.user is None and self.via in {"task", "command"}


def system(via: str = "task") -> Actor:
    """The product itself, at work in a task or a command on the machine."""
    return Actor(user=None, grants=(), via=via)


def actor_for(user: User, *, via: str, request_id: str = "", token_id: int | None = None,
              scopes: Iterable[str] | None = None, held: Iterable[tuple[str, str | None]] | None = None) -> Actor:  # fmt: skip
    """The person with their grants: `held` as (role, unit path or None), or read in one query. An inactive person has none."""
    if held is None:
        held = RoleGrant.objects.filter(user=user).values_list("role", "unit__path")
    grants = tuple(Grant(role, path or "") for role, path in held) if user.is_active else ()
    return Actor(user, grants, via, request_id, token_id, None if scopes is None else frozenset(scopes))


def read_again(actor: Actor) -> Actor:
    """The same actor with what they hold now, for an act that waited for a lock while a role may have been taken."""
    if actor.user is None:
        return actor
    user = User.objects.get(pk=actor.user.pk)
    return actor_for(
        user, via=actor.via, request_id=actor.request_id, token_id=actor.token_id, scopes=actor.scopes
    )


def may(actor: Actor, action: Action) -> bool:
    """Whether the action is open to the actor anywhere at all (for menus and create pages)."""
    if actor.is_system:
        return True
    return token_lets(actor, action) and any(action in TABLE[g.role][0] for g in actor.grants)


def everywhere(actor: Actor, action: Action) -> bool:
    """Whether the actor holds the action in the whole organisation."""
    if actor.is_system:
        return True
    return token_lets(actor, action) and any(
        g.path == "" and action in TABLE[g.role][0] and TABLE[g.role][1] is Reach.UNIT for g in actor.grants
    )


def scope(actor: Actor, action: Action, model: type[Model], prefix: str = "") -> Q:
    """The rule as a filter on `model`: the rows on which the actor may do the action.

    `prefix` leads from another model to `model` (`"initiative__"`).
    """
    if everywhere(actor, action):
        return Q()
    nothing = Q(pk__in=[])
    if not may(actor, action):
        return nothing
    paths: Paths = model.ACCESS  # type: ignore[attr-defined]
    q = nothing
    for grant in actor.grants:
        actions, reach = TABLE[grant.role]
        if action not in actions:
            continue
        if reach is Reach.ASSIGNED and not paths.by_grant:
            if not paths.people and not paths.unit:
                return Q()
            q |= _assigned(actor, action, model, prefix, grant.path)
        elif grant.path == "":
            return Q()
        elif paths.unit:
            q |= Q(**{f"{prefix}{paths.unit}__startswith": grant.path})
        else:
            return Q()
    return q


def _assigned(actor: Actor, action: Action, model: type[Model], prefix: str, within: str) -> Q:
    """What names the person. Looking and measuring go wherever they are named, changes only within the grant's unit."""
    paths: Paths = model.ACCESS  # type: ignore[attr-defined]
    looks = action in LOOKS
    people = paths.people if looks else paths.runs or paths.people
    if not people or actor.user is None:
        return Q(pk__in=[])
    rows = model._default_manager.none()
    for person in people:
        rows = rows | model._default_manager.filter(**{person: actor.user.pk})
    if within and not looks:
        rows = rows.filter(**{f"{paths.unit}__startswith": within})
    return Q(**{f"{prefix}pk__in": rows.order_by().values("pk")})


def allows(actor: Actor, action: Action, obj: Model) -> bool:
    """The same rule about one row: asks the filter, so that the two cannot disagree."""
    if everywhere(actor, action):
        return True
    if not may(actor, action):
        return False
    return type(obj)._default_manager.filter(scope(actor, action, type(obj)), pk=obj.pk).exists()


def require(actor: Actor, action: Action, obj: Model) -> None:
    """Refuse with 404 what the actor may not know, with 403 what they may know but not do."""
    if allows(actor, action, obj):
        return
    if action is not Action.VIEW and allows(actor, Action.VIEW, obj):
        raise lacks(action, f"{actor.label} may not do this here: it needs the right")
    raise not_found()


def reach_of(actor: Actor, action: Action) -> tuple[str, ...]:
    """The paths at and below which the actor may act in a unit itself (creating something there)."""
    if everywhere(actor, action):
        return ("",)
    held = [(g.path, *TABLE[g.role]) for g in actor.grants if may(actor, action)]
    units = [path for path, acts, reach in held if action in acts and (reach is Reach.UNIT or action in CREATES)]  # fmt: skip
    return tuple(units)


def require_in_unit(actor: Actor, action: Action, unit_path: str) -> None:
    """Refuse an act in a business unit (creating something there), 403."""
    if not unit_path.startswith(reach_of(actor, action)):
        raise lacks(action, f"{actor.label} may not do this in that unit: it needs the right", " there")


def require_anywhere(actor: Actor, action: Action) -> None:
    """Refuse an act that belongs to the whole organisation, 403."""
    if not everywhere(actor, action):
        raise lacks(action, "This needs the right", ", for the whole organisation")


def token_lets(actor: Actor, action: Action) -> bool:
    """Whether the token the actor came with (if any) covers the action."""
    if actor.scopes is None:
        return True
    if action is Action.VIEW:
        return True  # the door checks `<area>:read` for the area it serves
    return token_scope_lets(actor.scopes, action.value.split(":")[0], level_of(action))


def level_of(action: Action) -> str:
    """The token level an action needs: admin for settings, read for the log, approve to approve and promote, else write."""
    area, _, verb = action.value.partition(":")
    if verb in {"approve", "override", "vote", "promote"} or action is Action.APPROVE_MONEY:
        return "approve"
    settings = area in {"users", "units", "policy", "tokens"}
    return "admin" if settings else "read" if area == "audit" else "write"


LEVELS = ("read", "write", "approve", "admin")


def token_scope_lets(scopes: frozenset[str], area: str, level: str) -> bool:
    """Whether token scopes (`kpis:write`) cover `area` at `level`; a higher level covers `read` below it."""
    wanted = LEVELS.index(level)
    for held in scopes:
        held_area, _, held_level = held.partition(":")
        if held_area == area and held_level in LEVELS:
            if held_level == level or (level == "read" and LEVELS.index(held_level) > wanted):
                return True
            if held_level == "admin":
                return True
    return False
