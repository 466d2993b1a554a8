"""What was done under a key is kept with the transaction that did it, so that a repeat finds both or neither (ADR 6)."""

from datetime import datetime, timedelta
from typing import Final

from django.db import DEFAULT_DB_ALIAS

from core.models import IdempotencyKey
from core.prepared import Prepared

KEPT: Final = timedelta(hours=24)
_COLUMNS: Final = tuple(field.attname for field in IdempotencyKey._meta.concrete_fields)
_FOUND = Prepared(
    lambda caller, key: (
        IdempotencyKey.objects.filter(caller=caller, key=key).order_by().values_list(*_COLUMNS)
    )
)


def earlier(caller: str, key: str, at: datetime) -> IdempotencyKey | None:
    """What this caller did under this key; one too old is forgotten. The caller holds `lock_of` and a transaction."""
    rows = _FOUND(caller, key)
    row = IdempotencyKey.from_db(DEFAULT_DB_ALIAS, _COLUMNS, rows[0]) if rows else None
    if row is not None and row.created_at < at - KEPT:
        row.delete()
        return None
    return row


def lock_of(caller: str, key: str) -> str:
    """The name of the lock under which a key is looked up and kept."""
    return f"idempotency {caller} {key}"
