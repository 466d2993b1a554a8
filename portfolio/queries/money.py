"""Benefits of an initiative by month: planned, claimed and validated side by side, never added."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from portfolio.models import Initiative


@dataclass(frozen=True, slots=True)
class Month:
    """One month. A sum is None where no row of its kind was recorded."""

    month: date
    planned: Decimal | None
    claimed: Decimal | None
    validated: Decimal | None


def benefits_by_month(initiative: Initiative) -> list[Month]:
    """Newest month first. One query."""
    sums: dict[date, dict[str, Decimal]] = {}
    rows = initiative.benefitentrys.order_by().values_list("month", "kind").annotate(total=Sum("amount"))
    for month, kind, total in rows:
        sums.setdefault(month, {})[kind] = total
    return [
        Month(month, by.get("planned"), by.get("claimed"), by.get("validated"))
        for month, by in sorted(sums.items(), reverse=True)
    ]
