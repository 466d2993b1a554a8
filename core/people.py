"""People: adding, editing, leaving, coming back. Every write by an administrator, on the record."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction

from core import audit, outbox
from core.access import Actor, require_anywhere
from core.addresses import read_address
from core.errors import conflict, field_error, not_found, stale
from core.grants import keep_an_administrator
from core.locks import hold
from core.models import RoleGrant, User
from core.proposals import propose_again
from core.refusals import refusal
from core.roles import APPROVES, Action
from core.sign_out import end_access
from core.text import clean

LEFT = outbox.announces("person.deactivated")
BACK = outbox.announces("person.reactivated")
EDITED = ("email", "name", "title", "manager", "is_service")


class Person(TypedDict, total=False):
    """What may be written of a person. `manager`: the direct one, who does not vote on what this person runs.
    `is_service`: an account for a machine, which never votes."""

    email: str
    name: str
    title: str
    manager: User | None
    is_service: bool


def add_user(*, by: Actor, at: datetime, **facts: Unpack[Person]) -> User:
    """A new person, without a password: they set one through the reset link. Grants nothing.

    Raises Problem 403 without the right to manage users everywhere, 400 for a missing name or a taken address.
    """
    require_anywhere(by, Action.MANAGE_USERS)
    row = User(created_at=at)
    row.set_unusable_password()
    with transaction.atomic():
        hold("people")
        _write(row, facts)
        row.save(force_insert=True)
        audit.record(by=by, at=at, action="person.added", obj=row, after=audit.snapshot(row, EDITED))
    return row


def edit_user(*, pk: int, expected_version: int, by: Actor, at: datetime, **facts: Unpack[Person]) -> User:
    """Change a person. Nothing changed writes nothing.

    Raises Problem 403, 404, 400, or 412 for an old version. Another `email` is 403 `four_eyes`: whoever sets the address
    could become the person, so it is changed by them or with a second administrator's consent (core.consent).
    """
    require_anywhere(by, Action.MANAGE_USERS)
    with transaction.atomic():
        hold("people")
        row = person(pk)
        if row.version != expected_version:
            raise stale()
        before = audit.snapshot(row, EDITED)
        _write(row, facts)
        if row.email != before["email"]:
            raise refusal(
                "An address is changed by the person, or proposed and confirmed by a second administrator.",
                by=by, at=at, action="address.refused", obj=row, after={"email": row.email},
            )  # fmt: skip
        if row.is_service and not before["is_service"]:
            _require_no_approver(row)
        was, now = audit.difference(before, audit.snapshot(row, EDITED))
        if now:
            row.version += 1
            row.save(update_fields=[*EDITED, "version"])
            audit.record(by=by, at=at, action="person.edited", obj=row, before=was, after=now)
    return row


def deactivate_user(*, pk: int, by: Actor, at: datetime) -> User:
    """Somebody leaves: their sessions end, their tokens die, and what depends on them is marked due.

    Raises Problem 409 for oneself and for the last administrator. Doing it twice changes nothing.
    """
    require_anywhere(by, Action.MANAGE_USERS)
    with transaction.atomic():
        hold("people")
        row = person(pk)
        if not row.is_active:
            return row
        if by.user is not None and by.user.pk == pk:
            raise conflict("own_account", "Nobody deactivates their own account. Ask another administrator.")
        keep_an_administrator(RoleGrant.objects.filter(user=row))
        row.is_active = False
        row.version += 1
        row.save(update_fields=["is_active", "version"])
        audit.record(
            by=by, at=at, action="person.deactivated", obj=row, before={"is_active": True},
            after={"is_active": False, **end_access(row, at)},
        )  # fmt: skip
        outbox.owe(kind=LEFT, payload={"user_id": row.pk}, at=at, key=f"user-{row.pk}")
    return row


def reactivate_user(*, pk: int, by: Actor, at: datetime) -> User:
    """Somebody comes back, with the roles they had; those that two give wait for a second administrator's consent.

    Sessions and tokens of before stay dead; what they owned stays as it was left.
    """
    require_anywhere(by, Action.MANAGE_USERS)
    with transaction.atomic():
        hold("people")
        row = person(pk)
        if row.is_active:
            return row
        row.is_active = True
        row.version += 1
        row.save(update_fields=["is_active", "version"])
        end_access(row, at)
        audit.record(
            by=by, at=at, action="person.reactivated", obj=row, before={"is_active": False}, after={"is_active": True}
        )  # fmt: skip
        propose_again(user=row, by=by, at=at)
        outbox.owe(kind=BACK, payload={"user_id": row.pk}, at=at, key=f"user-{row.pk}")
    return row


def person(pk: int) -> User:
    """That person, or 404."""
    row = User.objects.filter(pk=pk).first()
    if row is None:
        raise not_found()
    return row


def _require_no_approver(row: User) -> None:
    if row.grants.filter(role__in=APPROVES).exists():
        raise conflict("approves", f"{row.name} holds a role that approves, and a machine approves nothing.")


def _write(row: User, facts: Person) -> None:
    row.name = clean("name", facts.get("name", row.name), limit=120, required="Say who this is.")
    row.title = clean("title", facts.get("title", row.title), limit=120)
    row.is_service = facts.get("is_service", row.is_service)
    if "manager" in facts:
        row.manager = _as_manager(facts["manager"], row)
    if "email" in facts or not row.email:
        row.email = read_address(facts.get("email", ""), of=row)


def _as_manager(manager: User | None, of: User) -> User | None:
    """The direct manager: another person who is here."""
    if manager is None or manager.pk == of.manager_id:
        return manager
    if manager.pk == of.pk:
        raise field_error("manager", "Nobody is their own manager.", code="own_manager")
    if not manager.is_active or manager.is_service:
        raise field_error("manager", "Name a person who is here.", code="not_active")
    return manager
