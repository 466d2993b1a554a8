"""Benefits of an initiative by month: planned, claimed, validated and rejected side by side, never added. Who said so, too."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from portfolio.models import Initiative


@dataclass(frozen=True, slots=True)
class Month:
    """One month. A sum is None where no row of its kind was recorded; the names are of who recorded its rows."""

    month: date
    planned: Decimal | None
    claimed: Decimal | None
    validated: Decimal | None
    rejected: Decimal | None
    claimed_by: str
    validated_by: str


def benefits_by_month(initiative: Initiative) -> list[Month]:
    """Newest month first. One query."""
    sums: dict[date, dict[str, Decimal]] = {}
    names: dict[tuple[date, str], list[str]] = {}
    rows = initiative.benefitentrys.order_by("recorded_by__name").values_list(
        "month", "kind", "recorded_by__name"
    )
    for month, kind, name, total in rows.annotate(total=Sum("amount")):
        by_kind = sums.setdefault(month, {})
        by_kind[kind] = by_kind.get(kind, Decimal(0)) + total
        if name:
            names.setdefault((month, kind), []).append(name)

    def who(month: date, kind: str) -> str:
        return ", ".join(dict.fromkeys(names.get((month, kind), ())))

    return [
        Month(
            month, by.get("planned"), by.get("claimed"), by.get("validated"), by.get("rejected"), who(month, "claimed"), who(month, "validated")
        )
        for month, by in sorted(sums.items(), reverse=True)
    ]  # fmt: skip
