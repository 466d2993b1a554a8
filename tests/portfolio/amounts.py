"""Amounts in tests, and money released without asking anybody."""

from datetime import date
from decimal import Decimal

from portfolio.models import FundingDecision, FundingTranche


def euro(amount: int | str) -> Decimal:
    return Decimal(str(amount))


def released_as_it_is(row: FundingTranche, on: date) -> FundingTranche:
    """The tranche released on a day, with its decision, past every rule: as if it had always been so."""
    decision = FundingDecision.objects.create(
        initiative=row.initiative, tranche=row, act="release", amount=row.amount, decided_on=on, recorded_at=row.recorded_at,
        because="Agreed.",
    )  # fmt: skip
    FundingTranche.objects.filter(pk=row.pk).update(released_on=on, release=decision)
    row.refresh_from_db()
    return row
