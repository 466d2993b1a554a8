"""What one administrator proposes and a second person has to consent to (core.consent): a role that approves or manages
people, and another address for somebody."""

from datetime import datetime

from django.db import transaction

from core import audit
from core.access import Actor, require_anywhere
from core.addresses import read_address
from core.errors import conflict, field_error, forbidden
from core.grants import asked_for, needs_second, path_of, require_fit, require_reach, require_role
from core.locks import hold
from core.models import AccessRequest, BusinessUnit, User
from core.roles import Action
from core.text import clean
from domain.four_eyes import lapses_at

State, Kind = AccessRequest.State, AccessRequest.Kind
AREA = {Kind.ROLE: "role", Kind.EMAIL: "address"}  # how the audit log names what is asked for


def propose_role(
    *, user: User, role: str, unit: BusinessUnit | None, because: str, by: Actor, at: datetime
) -> AccessRequest:
    """Ask a second administrator to consent to a role, in a unit and below or (unit None) everywhere.

    Raises Problem 403 `escalation` beyond the proposer's reach, 400 for a role that one may give alone, for no reason
    given or for a machine, 409 when it is held or waits already, or the person left.
    """
    require_role(role)
    with transaction.atomic():
        hold("people")
        require_reach(by, user, unit, at)
        if not needs_second(by, user, role, unit):
            raise field_error("role", "This role needs no second administrator. Give it.", code="not_by_two")
        user = User.objects.get(pk=user.pk)
        require_fit(user, role, unit)
        end_lapsed(at)
        if AccessRequest.objects.filter(user=user, role=role, unit=unit, state=State.WAITING).exists():
            raise conflict("already_asked", f"This role for {user.name} waits for consent already.")
        row = AccessRequest(kind=Kind.ROLE, role=role, unit=unit)
        return _keep(row, user, because, by, at)


def propose_address(*, user: User, email: str, because: str, by: Actor, at: datetime) -> AccessRequest:
    """Ask for another address for somebody: they consent themselves, or a second administrator does.

    Raises Problem 403 without the right to manage people everywhere, 400 for an address that cannot be used or is the
    present one, 409 when one waits already.
    """
    require_anywhere(by, Action.MANAGE_USERS)
    with transaction.atomic():
        hold("people")
        user = User.objects.get(pk=user.pk)
        address = read_address(email, of=user)
        if address == user.email:
            raise field_error("email", "This is the present address.", code="unchanged")
        end_lapsed(at)
        if AccessRequest.objects.filter(user=user, kind=Kind.EMAIL, state=State.WAITING).exists():
            raise conflict(
                "already_asked", f"Another address for {user.name} waits already. Withdraw that first."
            )
        return _keep(AccessRequest(kind=Kind.EMAIL, email=address), user, because, by, at)


def propose_again(*, user: User, by: Actor, at: datetime) -> None:
    """Somebody came back: of their roles, those that two give wait for a second administrator anew.

    The caller holds the lock `people`. A command on the machine gives them back as they were.
    """
    for grant in user.grants.select_related("unit").order_by("pk"):
        if needs_second(by, user, grant.role, grant.unit):
            audit.record(
                by=by, at=at, action="role.revoked", obj=user, unit_path=path_of(grant.unit),
                before=asked_for(grant.role, grant.unit),
            )  # fmt: skip
            row = AccessRequest(kind=Kind.ROLE, role=grant.role, unit=grant.unit)
            grant.delete()
            waits = AccessRequest.objects.filter(
                user=user, role=row.role, unit=row.unit, state=State.WAITING, lapses_at__gt=at
            )
            if not waits.exists():
                end_lapsed(at)
                _keep(row, user, "Came back, and held it before.", by, at)


def end_lapsed(at: datetime) -> None:
    """Mark what nobody consented to in time. Asking does not need it: the time itself is what counts."""
    AccessRequest.objects.filter(state=State.WAITING, lapses_at__lte=at).update(state=State.LAPSED)


def _keep(row: AccessRequest, user: User, because: str, by: Actor, at: datetime) -> AccessRequest:
    if by.user is None:
        raise forbidden("A person proposes; a command on this machine gives.")
    row.because = clean("because", because, limit=300, required="Say why, for whoever consents.")
    row.user, row.proposed_by, row.proposed_at, row.lapses_at = user, by.user, at, lapses_at(at)
    row.save(force_insert=True)
    record(row, "proposed", by, at)
    return row


def record(row: AccessRequest, verb: str, by: Actor, at: datetime) -> None:
    """What became of it, for the audit log."""
    audit.record(
        by=by, at=at, action=f"{AREA[Kind(row.kind)]}.{verb}", obj=row.user, unit_path=path_of(row.unit),
        reason=row.because if verb == "proposed" else "", after=said(row),
    )  # fmt: skip


def said(row: AccessRequest) -> dict[str, object]:
    """What was asked for, as the audit log keeps it."""
    return {"email": row.email} if row.kind == Kind.EMAIL else asked_for(row.role, row.unit)
