"""Strategic objectives: what the organisation wants. They belong to the whole organisation."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction

from core import audit
from core.access import Actor, require_anywhere
from core.errors import field_error, not_found, stale
from core.locks import hold
from core.models import User
from core.roles import Action
from core.text import clean
from portfolio.models import StrategicObjective
from portfolio.services.initiatives import require_active

EDITED = ("name", "description", "owner", "active")


class ObjectiveFacts(TypedDict, total=False):
    name: str
    description: str
    owner: User | None
    active: bool


def create_objective(*, by: Actor, at: datetime, **facts: Unpack[ObjectiveFacts]) -> StrategicObjective:
    """A new objective. Raises Problem 403, or 400 for a missing or taken name."""
    require_anywhere(by, Action.MANAGE_OBJECTIVES)
    row = StrategicObjective()
    with transaction.atomic():
        hold("objectives")
        _write(row, facts)
        row.save(force_insert=True)
        audit.record(by=by, at=at, action="objective.created", obj=row, after=audit.snapshot(row, EDITED))
    return row


def edit_objective(
    *, pk: int, by: Actor, at: datetime, expected_version: int | None = None, **facts: Unpack[ObjectiveFacts]
) -> StrategicObjective:
    """Change an objective. Nothing changed writes nothing. Raises Problem 403, 404, 400, or 412 for an old version."""
    require_anywhere(by, Action.MANAGE_OBJECTIVES)
    with transaction.atomic():
        hold("objectives")
        row = StrategicObjective.objects.filter(pk=pk).first()
        if row is None:
            raise not_found()
        if expected_version is not None and row.version != expected_version:
            raise stale()
        before = audit.snapshot(row, EDITED)
        _write(row, facts)
        was, now = audit.difference(before, audit.snapshot(row, EDITED))
        if now:
            row.version += 1
            row.save(update_fields=[*EDITED, "version"])
            audit.record(by=by, at=at, action="objective.edited", obj=row, before=was, after=now)
    return row


def _write(row: StrategicObjective, facts: ObjectiveFacts) -> None:
    row.name = clean("name", facts.get("name", row.name), limit=200, required="Name the objective.")
    row.description = clean("description", facts.get("description", row.description), limit=20_000)
    row.active = facts.get("active", row.active)
    if "owner" in facts:
        owner = facts["owner"]
        if owner is not None and owner.pk != row.owner_id:
            require_active("owner", owner)
        row.owner = owner
    if StrategicObjective.objects.filter(name__iexact=row.name).exclude(pk=row.pk).exists():
        raise field_error("name", "Another objective has this name already.", code="taken")
