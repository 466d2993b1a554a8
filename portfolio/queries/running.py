"""What an initiative spends while it runs, from its own ledger."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Sum

from portfolio.models import Expenditure, Initiative

LATELY: Final = 90


def spent_lately(initiative: Initiative, today: date) -> Decimal | None:
    """Spent in the last 90 days; None where nothing was recorded in them: that is unknown, not 0. One query."""
    rows = Expenditure.objects.filter(
        initiative=initiative, spent_on__gt=today - timedelta(days=LATELY), spent_on__lte=today
    )
    found: Decimal | None = rows.aggregate(total=Sum("amount"))["total"]
    return found
