"""Commitments: money promised to a supplier. They are refused over the ceiling; what was spent is a fact, and is not."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from core import audit
from core.access import Actor
from core.errors import Item, conflict, field_error, not_found
from core.roles import Action
from core.text import clean
from domain.finance.release import over_ceiling
from domain.stages import Stage
from portfolio.models import Commitment
from portfolio.queries.room import room_of
from portfolio.services.money_rows import keep_row, open_initiative, require_amount, require_past, tell

SUPPLIER = 120
BECAUSE = 300


def record_commitment(
    *, initiative_id: int, amount: Decimal, committed_on: date, supplier: str, by: Actor, at: datetime, currency: str = "",
    until: date | None = None, note: str = "", source_key: str = "",
) -> Commitment:  # fmt: skip
    """Record money promised to a supplier, until a day if there is one. source_key: by which the row of a table is
    recognised, once.

    Raises Problem 404, 403, 400, 409 `over_ceiling` with what is left, 409 `stopped`.
    """
    supplier = clean("supplier", supplier, limit=SUPPLIER, required="Say to whom it is promised.")
    with transaction.atomic():
        initiative = open_initiative(initiative_id, by, Action.RECORD_MONEY)
        if initiative.stage == Stage.STOPPED:
            raise conflict("stopped", "The initiative is stopped. Nothing more is committed for it.")
        require_past("committed_on", committed_on, at)
        if require_amount("amount", amount) < 0:
            raise field_error(
                "amount", "A commitment is above zero. Cancel one to take it back.", code="min_value"
            )
        if until is not None and until < committed_on:
            raise field_error("until", f"It was committed on {committed_on}; it runs until then or later.")
        no = over_ceiling(room_of(initiative), amount)
        if no is not None:
            raise conflict(no.code, no.message, Item(f"/{no.field}", no.code, no.message))
        row = Commitment(
            amount=amount, committed_on=committed_on, supplier=supplier, until=until, source_key=source_key
        )
        return keep_row(row, initiative, "money.committed", currency, note, by, at)


def cancel_commitment(*, pk: int, cancelled_on: date, because: str, by: Actor, at: datetime) -> Commitment:
    """Say that what was not paid of a commitment is owed no more. Raises Problem 404, 403, 400, 409 `cancelled`."""
    because = clean("because", because, limit=BECAUSE, required="Say why it is cancelled.")
    with transaction.atomic():
        initiative_id = Commitment.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
        if initiative_id is None:
            raise not_found()
        initiative = open_initiative(initiative_id, by, Action.RECORD_MONEY)
        row = Commitment.objects.get(pk=pk)
        if row.cancelled_on is not None:
            raise conflict("cancelled", f"It was cancelled on {row.cancelled_on}.")
        require_past("cancelled_on", cancelled_on, at)
        if cancelled_on < row.committed_on:
            raise field_error(
                "cancelled_on", f"It was committed on {row.committed_on}; cancel it then or later."
            )
        row.cancelled_on, row.cancelled_by, row.cancelled_because = cancelled_on, by.user, because
        row.version += 1
        row.save(update_fields=["cancelled_on", "cancelled_by", "cancelled_because", "version"])
        audit.record(
            by=by, at=at, action="commitment.cancelled", obj=row, initiative_id=initiative.pk, reason=because,
            unit_path=initiative.unit.path, before={"cancelled_on": None},
            after={"supplier": row.supplier, "amount": row.amount, "cancelled_on": cancelled_on},
        )  # fmt: skip
        tell(initiative, at)
    return row
