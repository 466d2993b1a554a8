"""Writing the audit log. In the caller's transaction: if it cannot be written, the change rolls back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from core.access import Actor
from core.bulk import insert_objects
from core.models import AuditEvent


def record(
    *,
    by: Actor,
    at: datetime,
    action: str,
    obj: Model,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    initiative_id: int | None = None,
    unit_path: str = "",
    reason: str = "",
) -> AuditEvent:
    """Append one event about one object. `before` and `after` hold only what changed."""
    row = event(
        by=by, at=at, action=action, obj=obj, before=before, after=after, initiative_id=initiative_id,
        unit_path=unit_path, reason=reason,
    )  # fmt: skip
    row.save(force_insert=True)
    return row


def record_many(events: Iterable[AuditEvent]) -> None:
    """Append many at once, built by `event`: what a worker judges in one transaction."""
    insert_objects(list(events))


def event(
    *,
    by: Actor,
    at: datetime,
    action: str,
    obj: Model,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    initiative_id: int | None = None,
    unit_path: str = "",
    reason: str = "",
) -> AuditEvent:
    """An event not yet written."""
    return AuditEvent(
        at=at,
        actor_id=by.user.pk if by.user else None,
        actor_label=by.label,
        via=by.via,
        token_id=by.token_id,
        request_id=by.request_id,
        object_type=obj._meta.model_name or "",
        object_id=obj.pk,
        initiative_id=initiative_id,
        unit_path=unit_path,
        action=action,
        reason=reason,
        before=dict(before or {}),
        after=dict(after or {}),
    )


def snapshot(obj: Model, fields: Iterable[str]) -> dict[str, Any]:
    """The named fields as plain values (a foreign key as its id), for `before` and `after`."""
    return {name: getattr(obj, obj._meta.get_field(name).attname) for name in fields}  # type: ignore[union-attr]


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only the fields that differ, as (before, after). Both empty: nothing happened, write no event."""
    keys = [k for k in after if before.get(k) != after[k]]
    return {k: before.get(k) for k in keys}, {k: after[k] for k in keys}
