"""Working groups of an initiative: made, filled with people in roles, ended. A role is ended, never changed."""

from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from core import audit, clock
from core.access import Actor, require
from core.errors import conflict, field_error, not_found
from core.models import User
from core.roles import Action
from core.text import clean
from domain.stakeholders import GroupRole
from portfolio.models import GroupMember, Initiative, WorkingGroup
from portfolio.services.locks import lock_initiative
from portfolio.services.named import read_name

GROUP: Final = 120
PURPOSE: Final = 500
BECAUSE: Final = 300


def make_group(*, initiative_id: int, name: str, by: Actor, at: datetime, purpose: str = "") -> WorkingGroup:
    """A new working group, empty. Raises Problem 404, 403, 400, 409 `taken`."""
    name = clean("name", name, limit=GROUP, required="Give the group a name.")
    purpose = clean("purpose", purpose, limit=PURPOSE)
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.EDIT_INITIATIVE, initiative)
        if WorkingGroup.objects.filter(initiative=initiative, name__iexact=name, ended_on=None).exists():
            raise conflict("taken", f"There is a group called {name} already.")
        row = WorkingGroup.objects.create(
            initiative=initiative, name=name, purpose=purpose, recorded_at=at, recorded_by=by.user
        )
        _tell("working_group.made", row, initiative, by, at, after={"name": name, "purpose": purpose})
    return row


def end_group(*, pk: int, because: str, by: Actor, at: datetime) -> WorkingGroup:
    """Its work is done, and so are the roles in it. Raises Problem 404, 403, 400, 409 `ended`."""
    because = clean("because", because, limit=BECAUSE, required="Say why it ends.")
    with transaction.atomic():
        row, initiative = held_group(pk, by)
        row.ended_on, row.ended_because = clock.day_of(at), because
        _save(row, "ended_on", "ended_because")
        row.members.filter(until_on=None).update(until_on=row.ended_on)
        _tell("working_group.ended", row, initiative, by, at, after={"name": row.name}, reason=because)
    return row


def add_to_group(
    *, pk: int, role: str, by: Actor, at: datetime, user: User | None = None, name: str = "", from_on: date | None = None
) -> GroupMember:  # fmt: skip
    """Give somebody a role in the group, from today unless another day is given; one person may hold two.

    Raises Problem 404, 403, 400, 409 `ended`, `already_on_it`.
    """
    today = clock.day_of(at)
    if role not in set(GroupRole):
        raise field_error("role", "Choose what they are in the group.", code="invalid_choice")
    if from_on is not None and from_on > today:
        raise field_error("from_on", "Give today or an earlier day.", code="in_future")
    with transaction.atomic():
        group, initiative = held_group(pk, by)
        name = read_name(user, name, initiative)
        held = group.members.filter(role=role, until_on=None)
        if (held.filter(user=user) if user else held.filter(user=None, name__iexact=name)).exists():
            raise conflict(
                "already_on_it", f"{user.name if user else name} has that role in {group.name} already."
            )
        row = GroupMember.objects.create(
            group=group, user=user, name=name, role=role, from_on=from_on or today
        )
        _save(group)
        after = {"name": row.called, "role": role, "group": group.name, "from_on": row.from_on}
        _tell("group_member.added", group, initiative, by, at, after=after)
    return row


def end_role(*, pk: int, member: int, by: Actor, at: datetime) -> GroupMember:
    """End one role, today. Raises Problem 404, 403, 409 `ended`."""
    with transaction.atomic():
        group, initiative = held_group(pk, by)
        row = group.members.select_related("user").filter(pk=member).first()
        if row is None:
            raise not_found()
        if row.until_on is not None:
            raise conflict("ended", f"{row.called} has left that role already.")
        row.until_on = max(clock.day_of(at), row.from_on)
        row.save(update_fields=["until_on"])
        _save(group)
        before = {"name": row.called, "role": row.role, "group": group.name}
        _tell("group_member.ended", group, initiative, by, at, before=before)
    return row


def held_group(pk: int, by: Actor) -> tuple[WorkingGroup, Initiative]:
    """The group under its initiative's lock, for one who runs it. Raises Problem 404, 403, 409 `ended`."""
    initiative_id = WorkingGroup.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    initiative = lock_initiative(initiative_id)
    row = WorkingGroup.objects.get(pk=pk)
    require(by, Action.EDIT_INITIATIVE, row)
    if row.ended_on is not None:
        raise conflict("ended", f"{row.name} has ended.")
    return row, initiative


def _save(row: WorkingGroup, *fields: str) -> None:
    row.version += 1
    row.save(update_fields=[*fields, "version"])


def _tell(
    action: str, row: WorkingGroup, initiative: Initiative, by: Actor, at: datetime, **more: Any
) -> None:
    audit.record(
        by=by, at=at, action=action, obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path, **more
    )  # fmt: skip
