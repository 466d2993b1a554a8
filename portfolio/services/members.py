"""People who work on an initiative beside its lead and sponsor."""

from datetime import datetime

from django.db import transaction

from core import audit
from core.access import Actor, require
from core.errors import conflict, not_found
from core.models import User
from core.roles import Action
from core.text import clean
from portfolio.models import InitiativeMember
from portfolio.services.initiatives import require_active
from portfolio.services.locks import lock_initiative


def add_member(
    *, initiative_id: int, user: User, by: Actor, at: datetime, function: str = ""
) -> InitiativeMember:
    """Put a person on an initiative. Raises Problem 404, 403, 400 for somebody who left, 409 when on it already."""
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.EDIT_INITIATIVE, initiative)
        require_active("user", user)
        if InitiativeMember.objects.filter(initiative=initiative, user=user).exists():
            raise conflict("already_a_member", f"{user.name} works on it already.")
        row = InitiativeMember.objects.create(
            initiative=initiative, user=user, function=clean("function", function, limit=80), added_at=at
        )
        audit.record(
            by=by, at=at, action="member.added", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            after={"user": user.pk, "name": user.name, "function": row.function},
        )  # fmt: skip
    return row


def remove_member(*, initiative_id: int, user_id: int, by: Actor, at: datetime) -> None:
    """Take a person off an initiative. Raises Problem 404 when they are not on it, 403."""
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.EDIT_INITIATIVE, initiative)
        row = (
            InitiativeMember.objects.select_related("user")
            .filter(initiative=initiative, user=user_id)
            .first()
        )
        if row is None:
            raise not_found("This person does not work on it.")
        audit.record(
            by=by, at=at, action="member.removed", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            before={"user": row.user_id, "name": row.user.name, "function": row.function},
        )  # fmt: skip
        row.delete()
