"""Spend to date as a source tells it: one row for each initiative that brings its sum to what was said."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from core import audit
from core.access import Actor
from core.bulk import insert_objects
from portfolio.models import Expenditure, Initiative
from portfolio.services.ceiling import judge_ceilings
from portfolio.services.totals import refresh_totals


def bring_spend_to(*, totals: Mapping[int, Decimal], on: date, note: str, by: Actor, at: datetime) -> int:
    """Make the spend of initiatives, by id, what `totals` says, by a dated row that makes up the difference.

    The caller (an import, whose right covers it) holds the initiatives. Nothing is written where the sum is that
    already. Returns how many rows were. In a number of statements that does not grow with them.
    """
    with transaction.atomic():
        known = Initiative.objects.filter(pk__in=list(totals)).order_by("pk")
        rows, paths = [], {}
        for pk, spent, path in known.values_list("pk", "spent", "unit__path"):
            difference = totals[pk] - (spent or 0)
            if difference:
                paths[pk] = path
                rows.append(
                    Expenditure(
                        initiative_id=pk, amount=difference, currency=settings.ORG_CURRENCY, spent_on=on, note=note[:300],
                        recorded_at=at, recorded_by=by.user,
                    )
                )  # fmt: skip
        insert_objects(rows)
        refresh_totals(list(paths), of=Expenditure)
        audit.record_many(
            audit.event(
                by=by, at=at, action="money.spent", obj=row, initiative_id=row.initiative_id, reason=note,
                unit_path=paths[row.initiative_id], after={"amount": row.amount, "spent_on": on},
            )
            for row in rows
        )  # fmt: skip
        if paths:
            judge_ceilings(list(paths), by=by, at=at)
    return len(rows)
