"""Roles: who gives them, who takes them back.

Who may grant: whoever manages users where the role is to reach, and then any role to somebody else, but to
themselves only what they hold already. So an administrator is not an approver, and cannot become one alone.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from core import audit
from core.access import Actor, may
from core.errors import conflict, field_error, forbidden, not_found
from core.locks import hold
from core.models import BusinessUnit, Role, RoleGrant, User
from core.roles import APPROVES, TABLE, Action, Reach


def grant_role(*, user: User, role: str, unit: BusinessUnit | None, by: Actor, at: datetime) -> RoleGrant:
    """Give a person a role in a unit and below, or (unit None) in the whole organisation.

    Raises Problem 403 `escalation` for more than the granter may give, 409 when held already or the person left.
    """
    if role not in Role.values:
        raise field_error("role", f"{role[:40]!r} is no role. Use one of: {', '.join(Role.values)}.")
    with transaction.atomic():
        hold("people")
        _require_grantable(by, user, role, unit)
        user = User.objects.get(pk=user.pk)
        if not user.is_active:
            raise conflict("not_active", f"{user.name} has left. Reactivate the account first.")
        if RoleGrant.objects.filter(user=user, role=role, unit=unit).exists():
            raise conflict("already_granted", f"{user.name} holds this role there already.")
        row = RoleGrant.objects.create(user=user, role=role, unit=unit, granted_by=by.user, granted_at=at)
        audit.record(by=by, at=at, action="role.granted", obj=user, unit_path=_path(unit), after=_said(row))
    return row


def revoke_role(*, grant: RoleGrant, by: Actor, at: datetime) -> None:
    """Take a role back. Raises Problem 403 outside the revoker's reach, 409 for the last administrator."""
    with transaction.atomic():
        hold("people")
        found = RoleGrant.objects.select_related("user", "unit").filter(pk=grant.pk).first()
        if found is None:
            raise not_found()
        _require_reach(by, found.unit)
        keep_an_administrator(RoleGrant.objects.filter(pk=found.pk))
        audit.record(
            by=by,
            at=at,
            action="role.revoked",
            obj=found.user,
            unit_path=_path(found.unit),
            before=_said(found),
        )
        found.delete()


def _require_grantable(by: Actor, user: User, role: str, unit: BusinessUnit | None) -> None:
    _require_reach(by, unit)
    if by.user is None or by.user.pk != user.pk:
        return
    actions, _ = TABLE[role]
    held = {
        a
        for g in by.grants
        if _covers(g.path, unit) and TABLE[g.role][1] is Reach.UNIT
        for a in TABLE[g.role][0]
    }
    if role in APPROVES or not actions <= held:
        raise forbidden(
            "You cannot give this role to yourself. A second administrator can.", code="escalation"
        )


def _require_reach(by: Actor, unit: BusinessUnit | None) -> None:
    if by.is_system:
        return
    if not may(by, Action.MANAGE_USERS):
        raise forbidden("Roles are given by an administrator.")
    if not any(_covers(g.path, unit) and Action.MANAGE_USERS in TABLE[g.role][0] for g in by.grants):
        raise forbidden(
            "You manage users in a smaller part of the organisation than that.", code="escalation"
        )


def _covers(path: str, unit: BusinessUnit | None) -> bool:
    return path == "" or (unit is not None and unit.path.startswith(path))


def keep_an_administrator(taken: QuerySet[RoleGrant]) -> None:
    """Refuse, 409, to take away these grants when nobody would be left who manages people."""
    administers = RoleGrant.objects.filter(role=Role.ADMIN, unit=None, user__is_active=True)
    if (
        taken.filter(role=Role.ADMIN, unit=None).exists()
        and not administers.exclude(pk__in=taken.values("pk")).exists()
    ):
        raise conflict(
            "last_administrator", "Somebody must remain who can manage people. Add another administrator."
        )


def _path(unit: BusinessUnit | None) -> str:
    return unit.path if unit else ""


def _said(grant: RoleGrant) -> dict[str, object]:
    return {
        "role": grant.role,
        "unit": grant.unit_id,
        "where": grant.unit.name if grant.unit else "everywhere",
    }
