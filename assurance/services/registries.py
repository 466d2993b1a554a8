"""Connecting registries of models, asking that one be read now, and saying when the next reading is due."""

import re
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from assurance.models import ModelRegistry
from assurance.services.versions import person_of
from core import audit, outbox
from core.access import Actor, require_in_unit
from core.errors import conflict, field_error, not_found, stale
from core.models import BusinessUnit
from core.outgoing import origin_of
from core.roles import Action
from core.text import clean

NAME, URL, FILTER = 80, 300, 120
KIND: Final = "registry.sync"
EVERY: Final = timedelta(minutes=15)
_FILTER: Final = re.compile(r"[A-Za-z0-9_. /:-]*")
TOLD: Final = ("name", "base_url", "unit", "name_filter", "active")


def connect_registry(
    *, name: str, base_url: str, unit: BusinessUnit, by: Actor, at: datetime, name_filter: str = ""
) -> ModelRegistry:
    """Connect a registry; it is read within a minute. Its models are registered in `unit`.

    Raises Problem 400 by field, 403, 409 `taken`.
    """
    require_in_unit(by, Action.REPORT_MODEL, unit.path)
    if not unit.active:
        raise field_error("unit", f"{unit.name} is closed. Choose an active unit.", code="unit_closed")
    row = ModelRegistry(
        name=clean("name", name, limit=NAME, required="Give it a name."), base_url=_address(base_url), unit=unit,
        name_filter=_begins(name_filter), created_by=person_of(by), created_at=at, updated_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            audit.record(
                by=by,
                at=at,
                action="registry.connected",
                obj=row,
                unit_path=unit.path,
                after=audit.snapshot(row, TOLD),
            )
    except IntegrityError as error:
        raise conflict("taken", f"A registry is named {row.name} already.") from error
    return row


def edit_registry(
    *, pk: int, by: Actor, at: datetime, expected_version: int | None = None, base_url: str | None = None,
    name_filter: str | None = None, active: bool | None = None,
) -> ModelRegistry:  # fmt: skip
    """Change its address or filter, or stop reading it. Raises Problem 400, 403, 404, 412."""
    with transaction.atomic():
        row = _held(pk, by)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        before = audit.snapshot(row, TOLD)
        if base_url is not None:
            row.base_url = _address(base_url)
        if name_filter is not None:
            row.name_filter = _begins(name_filter)
        if active is not None:
            row.active = active
        was, now = audit.difference(before, audit.snapshot(row, TOLD))
        if not now:
            return row
        row.next_try_at, row.updated_at, row.version = None, at, row.version + 1
        row.save(update_fields=["base_url", "name_filter", "active", "next_try_at", "updated_at", "version"])
        audit.record(
            by=by, at=at, action="registry.edited", obj=row, unit_path=row.unit.path, before=was, after=now
        )
    return row


def ask_sync(*, pk: int, by: Actor, at: datetime) -> ModelRegistry:
    """Have a worker read the registry now. Asked twice it is read once. Raises Problem 403, 404, 409 `not_read`."""
    with transaction.atomic():
        row = _held(pk, by)
        if not row.active:
            raise conflict("not_read", "This registry is not read. Switch it on first.")
        _owe(row, at)
    return row


def owe_due(*, at: datetime) -> int:
    """Owe a reading of every registry whose time has come; returns how many. Safe to run twice."""
    due = Q(next_try_at=None) | Q(next_try_at__lte=at)
    count = 0
    for row in ModelRegistry.objects.filter(due, active=True).order_by("pk"):
        with transaction.atomic():
            _owe(row, at)
        count += 1
    return count


def _owe(row: ModelRegistry, at: datetime) -> None:
    ModelRegistry.objects.filter(pk=row.pk).update(next_try_at=at + EVERY)
    outbox.owe(kind=KIND, payload={"registry_id": row.pk}, at=at, key=f"registry {row.pk} {at.isoformat()}")


def _held(pk: int, by: Actor) -> ModelRegistry:
    row = ModelRegistry.objects.visible_to(by).select_related("unit").filter(pk=pk).first()
    if row is None:
        raise not_found()
    require_in_unit(by, Action.REPORT_MODEL, row.unit.path)
    return row


def _address(url: str) -> str:
    url = clean("base_url", url, limit=URL, required="Give the address of its API.").rstrip("/")
    origin = origin_of(url)
    if not origin or "?" in url or "#" in url:
        raise field_error(
            "base_url", "Give a whole address that begins with https://, without user or query."
        )
    if origin.startswith("http:") and origin not in settings.MODEL_REGISTRIES:
        raise field_error(
            "base_url",
            "Only https is used, unless the machine's settings name this server (MODEL_REGISTRIES).",
        )
    return url


def _begins(text: str) -> str:
    text = clean("name_filter", text, limit=FILTER)
    if not _FILTER.fullmatch(text):
        raise field_error("name_filter", "Use letters, digits, blanks and . _ - / : only.")
    return text
