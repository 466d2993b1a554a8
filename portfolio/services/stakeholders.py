"""The stakeholder register of an initiative: who is on it, with what interest and concern, and who has signed."""

from datetime import date, datetime
from typing import Any, Final, TypedDict, Unpack

from django.db import transaction

from core import audit, clock
from core.access import Actor, require
from core.errors import conflict, field_error, forbidden, not_found, stale
from core.models import User
from core.roles import Action
from core.text import clean
from domain.stakeholders import Function
from portfolio.models import Initiative, Stakeholder
from portfolio.services.locks import lock_initiative
from portfolio.services.named import read_name

TEXT: Final = 500
BASIS: Final = 300
EDITED: Final = ("function", "interest", "concern")


class Stake(TypedDict, total=False):
    function: str
    interest: str
    concern: str


def add_stakeholder(
    *, initiative_id: int, by: Actor, at: datetime, user: User | None = None, name: str = "", **facts: Unpack[Stake]
) -> Stakeholder:  # fmt: skip
    """Put somebody on the register: a person, or a name. Raises Problem 404, 403, 400, 409 `already_on_it`."""
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.EDIT_INITIATIVE, initiative)
        name = read_name(user, name, initiative)
        if _there(initiative, user, name):
            raise conflict("already_on_it", f"{user.name if user else name} is on the register already.")
        row = Stakeholder(initiative=initiative, user=user, name=name, recorded_at=at, recorded_by=by.user)
        _write(row, {"function": "", **facts})
        row.save(force_insert=True)
        _tell("stakeholder.added", row, initiative, by, at, after=_told(row))
    return row


def edit_stakeholder(
    *, pk: int, by: Actor, at: datetime, expected_version: int | None = None, **facts: Unpack[Stake]
) -> Stakeholder:
    """Change for what they speak, their interest or their concern. A sign-off was of what stood, so it is asked for anew.

    Nothing changed writes nothing. Raises Problem 404, 403, 400, 409 `off_the_register`, 412.
    """
    with transaction.atomic():
        row, initiative = _held(pk)
        require(by, Action.EDIT_INITIATIVE, row)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        before = audit.snapshot(row, (*EDITED, "signed_on", "basis"))
        _write(row, facts)
        if not audit.difference(before, audit.snapshot(row, EDITED))[1]:
            return row
        row.signed_on, row.basis = None, ""
        was, now = audit.difference(before, audit.snapshot(row, (*EDITED, "signed_on", "basis")))
        _save(row, *EDITED, "signed_on", "basis")
        _tell("stakeholder.changed", row, initiative, by, at, before=was, after={**now, "name": row.called})
    return row


def sign_off(
    *, pk: int, by: Actor, at: datetime, signed_on: date | None = None, basis: str = ""
) -> Stakeholder:
    """A person signs for themselves, today. Of a name without an account it is recorded, with what shows it, by who runs it.

    Raises Problem 404, 403 `not_yours`, `only_a_person`, 400, 409 `signed`, `off_the_register`.
    """
    basis = clean("basis", basis, limit=BASIS)
    today = clock.day_of(at)
    with transaction.atomic():
        row, initiative = _held(pk)
        require(by, Action.ANSWER, row)
        if row.user is not None:
            _require_signs(row, by)
            if signed_on not in {None, today}:
                raise field_error("signed_on", "You sign today.", code="invalid")
        else:
            require(by, Action.EDIT_INITIATIVE, row)
            if not basis:
                raise field_error("basis", "Say what shows it, such as their mail of a day.", code="required")
        if signed_on is not None and signed_on > today:
            raise field_error("signed_on", "Give today or an earlier day.", code="in_future")
        if row.signed_on is not None:
            raise conflict("signed", f"{row.called} has signed already.")
        row.signed_on, row.basis = signed_on or today, basis
        _save(row, "signed_on", "basis")
        after = {"name": row.called, "signed_on": row.signed_on, "basis": row.basis}
        _tell("stakeholder.signed", row, initiative, by, at, after=after)
    return row


def take_off(*, pk: int, because: str, by: Actor, at: datetime) -> Stakeholder:
    """Somebody has no stake any more; what they signed stays on record. Raises Problem 404, 403, 400, 409 `off_the_register`."""
    because = clean("because", because, limit=BASIS, required="Say why they are taken off.")
    with transaction.atomic():
        row, initiative = _held(pk)
        require(by, Action.EDIT_INITIATIVE, row)
        row.ended_on, row.ended_because = clock.day_of(at), because
        _save(row, "ended_on", "ended_because")
        _tell("stakeholder.left", row, initiative, by, at, before={"name": row.called}, reason=because)
    return row


def _held(pk: int) -> tuple[Stakeholder, Initiative]:
    """The row under its initiative's lock."""
    initiative_id = Stakeholder.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    initiative = lock_initiative(initiative_id)
    row = Stakeholder.objects.select_related("user").get(pk=pk)
    if row.ended_on is not None:
        raise conflict("off_the_register", f"{row.called} is off the register.")
    return row, initiative


def _there(initiative: Initiative, user: User | None, name: str) -> bool:
    rows = Stakeholder.objects.filter(initiative=initiative, ended_on=None)
    return (rows.filter(user=user) if user else rows.filter(user=None, name__iexact=name)).exists()


def _require_signs(row: Stakeholder, by: Actor) -> None:
    if by.user is None or by.user.pk != row.user_id:
        raise forbidden(f"Only {row.called} signs for themselves.", code="not_yours")
    if by.token_id is not None:
        raise forbidden("A person signs, never a token. Sign in to do it.", code="only_a_person")


def _write(row: Stakeholder, facts: Stake) -> None:
    if "function" in facts:
        if facts["function"] not in set(Function):
            raise field_error("function", "Say for what they speak.", code="invalid_choice")
        row.function = facts["function"]
    row.interest = clean("interest", facts.get("interest", row.interest), limit=TEXT)
    row.concern = clean("concern", facts.get("concern", row.concern), limit=TEXT)


def _told(row: Stakeholder) -> dict[str, Any]:
    said = {"name": row.called, "function": row.function, "interest": row.interest, "concern": row.concern}
    return {name: value for name, value in said.items() if value}


def _save(row: Stakeholder, *fields: str) -> None:
    row.version += 1
    row.save(update_fields=[*fields, "version"])


def _tell(
    action: str, row: Stakeholder, initiative: Initiative, by: Actor, at: datetime, **more: Any
) -> None:
    audit.record(
        by=by, at=at, action=action, obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path, **more
    )  # fmt: skip
