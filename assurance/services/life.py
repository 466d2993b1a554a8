"""What every write of a model's life needs: the model held, the row beside it, and somebody who stands apart from both."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from assurance.models.life import LifeRecord
from core import audit, clock
from core.access import Actor, require
from core.errors import field_error, not_found, stale
from core.locks import hold
from core.models import User
from core.roles import Action
from governance.models import AiModel
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model
from governance.services.near import apart, person

__all__ = [
    "LONG", "SHORT", "active", "ahead", "apart", "changed", "chosen", "held", "held_row", "past", "person", "tell",
]  # fmt: skip
Row = TypeVar("Row", bound=LifeRecord)
LONG = 20_000
SHORT = 2_000


def held(model_id: int, *, by: Actor, right: Action, retired_too: bool = False) -> AiModel:
    """The model, if the actor may do this to it, with all models held until the transaction ends.

    Raises Problem 404, 403, 409 `model_retired` unless `retired_too`.
    """
    hold(LOCK)
    if not retired_too:
        return held_model(model_id, by=by, right=right, expected_version=None)
    row = AiModel.objects.select_related("unit", "owner").filter(pk=model_id).first()
    if row is None:
        raise not_found()
    require(by, right, row)
    return row


def held_row(
    kind: type[Row], pk: int, *, by: Actor, right: Action, expected_version: int | None = None, retired_too: bool = False
) -> tuple[Row, AiModel]:  # fmt: skip
    """A row and its model, both as they stand under the lock. Raises Problem as `held`, and 412 for an old version."""
    hold(LOCK)
    row: Row | None = kind._default_manager.filter(pk=pk).first()
    if row is None:
        raise not_found()
    model = held(row.model_id, by=by, right=right, retired_too=retired_too)
    if expected_version is not None and row.version != expected_version:
        raise stale()
    return row, model


def active(field: str, user: User | None) -> User:
    """Somebody who can answer for a thing: active, and no mailbox. Problem 400 at `field`."""
    if user is None or not user.is_active or user.is_service:
        raise field_error(field, "Name an active person. A mailbox is a contact.", code="not_active")
    return user


def past(field: str, day: date, at: datetime, words: str = "Write today or an earlier day.") -> date:
    """A day that has come. Problem 400 at `field`."""
    if day > clock.day_of(at):
        raise field_error(field, f"This day has not come yet. {words}", code="in_the_future")
    return day


def ahead(field: str, day: date, at: datetime) -> date:
    """A day after today. Problem 400 at `field`."""
    if day <= clock.day_of(at):
        raise field_error(field, "Choose a day after today.", code="in_the_past")
    return day


def chosen(field: str, value: str, known: Collection[str]) -> str:
    """One of the known codes. Problem 400 at `field`."""
    if value not in known:
        raise field_error(field, f"Choose one of: {', '.join(known)}.", code="invalid_choice")
    return value


def changed(row: LifeRecord, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Write these fields and one version more; returns what they were, as plain values."""
    before = audit.snapshot(row, fields)
    for name, value in fields.items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*fields, "version"])
    return before


def tell(
    model: AiModel, action: str, *, by: Actor, at: datetime, before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None, reason: str = "",
) -> None:  # fmt: skip
    """An event about the model in the audit log: what happens to a model is read with it."""
    audit.record(
        by=by, at=at, action=action, obj=model, unit_path=model.unit.path, before=before, after=after,
        reason=reason[:500],
    )  # fmt: skip
