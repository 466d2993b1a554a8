"""Roles: who gives them, who takes them back.

Who may grant: whoever manages users where the role is to reach. To themselves only what they hold already, and a role
that approves or manages people never alone: a second administrator consents (core.consent). So an administrator is
not an approver, and neither becomes one nor makes one alone.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from core import audit
from core.access import Actor, may
from core.errors import conflict, field_error, not_found
from core.locks import hold
from core.models import BusinessUnit, Role, RoleGrant, User
from core.refusals import refusal
from core.roles import APPROVES, GIVEN_BY_TWO, TABLE, Action, Reach
from core.sign_out import end_access


def grant_role(
    *, user: User, role: str, unit: BusinessUnit | None, by: Actor, at: datetime, because: str = ""
) -> RoleGrant:
    """Give a person a role in a unit and below, or (unit None) in the whole organisation. `because` goes on record.

    Raises Problem 403 `escalation` for more than the granter may give, 403 `four_eyes` for a role that needs a second
    administrator, 409 when held already or the person left. A command on the machine gives any role alone.
    """
    require_role(role)
    with transaction.atomic():
        hold("people")
        require_reach(by, user, unit, at)
        if needs_second(by, user, role, unit):
            own = by.user is not None and by.user.pk == user.pk and role not in GIVEN_BY_TWO
            raise refusal(
                "You cannot give this role to yourself. A second administrator can."
                if own
                else f"{Role(role).label} is given by two: propose it, and a second administrator consents.",
                code="escalation" if own else "four_eyes", by=by, at=at, action="role.refused", obj=user,
                unit_path=path_of(unit), after=asked_for(role, unit),
            )  # fmt: skip
        return give(user=user, role=role, unit=unit, by=by, at=at, granted_by=by.user, because=because)


def give(
    *, user: User, role: str, unit: BusinessUnit | None, by: Actor, at: datetime, granted_by: User | None,
    confirmed_by: User | None = None, because: str = "",
) -> RoleGrant:  # fmt: skip
    """Write the role. The caller holds the lock `people` and has asked who may. Raises Problem 409, 400."""
    user = User.objects.get(pk=user.pk)
    require_fit(user, role, unit)
    row = RoleGrant.objects.create(
        user=user, role=role, unit=unit, granted_by=granted_by, granted_at=at, confirmed_by=confirmed_by
    )
    said = _said(row)
    if confirmed_by is not None and granted_by is not None:
        said |= {"proposed_by": granted_by.name, "confirmed_by": confirmed_by.name}
    audit.record(
        by=by, at=at, action="role.granted", obj=user, unit_path=path_of(unit), reason=because, after=said
    )
    return row


def revoke_role(*, grant: RoleGrant, by: Actor, at: datetime) -> None:
    """Take a role back. The person is signed out everywhere and their tokens end: what they opened may be closed now.

    Raises Problem 403 outside the revoker's reach, 409 for the last administrator.
    """
    with transaction.atomic():
        hold("people")
        found = RoleGrant.objects.select_related("user", "unit").filter(pk=grant.pk).first()
        if found is None:
            raise not_found()
        require_reach(by, found.user, found.unit, at)
        keep_an_administrator(RoleGrant.objects.filter(pk=found.pk))
        audit.record(
            by=by, at=at, action="role.revoked", obj=found.user, unit_path=path_of(found.unit), before=_said(found),
            after=end_access(found.user, at),
        )  # fmt: skip
        found.delete()


def require_role(role: str) -> None:
    """Refuse, 400, what is no role."""
    if role not in Role.values:
        raise field_error("role", f"{role[:40]!r} is no role. Use one of: {', '.join(Role.values)}.")


def require_fit(user: User, role: str, unit: BusinessUnit | None) -> None:
    """Refuse what could not be given by anybody: 409 to who left or holds it, 400 to a machine what approves."""
    if not user.is_active:
        raise conflict("not_active", f"{user.name} has left. Reactivate the account first.")
    if user.is_service and role in APPROVES:
        raise field_error("role", "A machine approves nothing. Choose a person.", code="a_machine")
    if RoleGrant.objects.filter(user=user, role=role, unit=unit).exists():
        raise conflict("already_granted", f"{user.name} holds this role there already.")


def needs_second(by: Actor, user: User, role: str, unit: BusinessUnit | None) -> bool:
    """Whether `by` alone is not enough: the role is given by two, or would make the giver more than they are."""
    if by.is_system:
        return False
    if role in GIVEN_BY_TWO:
        return True
    if by.user is None or by.user.pk != user.pk:
        return False
    held = {
        a
        for g in by.grants
        if _covers(g.path, unit) and TABLE[g.role][1] is Reach.UNIT
        for a in TABLE[g.role][0]
    }
    return not TABLE[role][0] <= held


def manages_people_in(by: Actor, unit: BusinessUnit | None) -> bool:
    """Whether the actor gives and takes roles that reach that unit (None: the whole organisation)."""
    if by.is_system:
        return True
    return may(by, Action.MANAGE_USERS) and any(
        _covers(g.path, unit) and Action.MANAGE_USERS in TABLE[g.role][0] for g in by.grants
    )


def require_reach(by: Actor, user: User, unit: BusinessUnit | None, at: datetime) -> None:
    """Refuse, 403 `escalation`, to give or take a role beyond where the actor manages people. It goes on record."""
    if manages_people_in(by, unit):
        return
    raise refusal(
        "You manage people in a smaller part of the organisation than that."
        if may(by, Action.MANAGE_USERS)
        else "Roles are given and taken back by an administrator.",
        code="escalation", by=by, at=at, action="role.refused", obj=user, unit_path=path_of(unit),
    )  # fmt: skip


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


def path_of(unit: BusinessUnit | None) -> str:
    return unit.path if unit else ""


def asked_for(role: str, unit: BusinessUnit | None) -> dict[str, object]:
    """A role and where, as the audit log keeps it."""
    return {"role": role, "unit": unit.pk if unit else None, "where": unit.name if unit else "everywhere"}


def _covers(path: str, unit: BusinessUnit | None) -> bool:
    return path == "" or (unit is not None and unit.path.startswith(path))


def _said(grant: RoleGrant) -> dict[str, object]:
    return asked_for(grant.role, grant.unit)
