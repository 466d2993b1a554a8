"""Initiatives with money and the figures of a case, as the rooms below leave them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from core.models import BusinessUnit
from funding.models import BusinessCase, CaseBenefit
from portfolio.models import BenefitEntry, CaseWorth, Initiative
from portfolio.services.initiatives import create_initiative
from tests.cast import AT, Cast

SEALED = datetime(2026, 9, 1, tzinfo=UTC)
MONEY = {"approved", "released", "spent", "claimed", "validated"}
WORTH: dict[str, Any] = {
    "case_number": 1, "npv": Decimal(300), "value": Decimal(300), "haircut": Decimal("0.3"), "rate": Decimal("0.1"),
    "years": 3, "outlay": Decimal(100), "cost": Decimal(120), "a_year": Decimal(180), "breaks_even": Decimal("0.7532"),
    "delay_a_month": Decimal(10), "measured_share": Decimal("0.5"), "people": Decimal(2),
}  # fmt: skip


def initiative(cast: Cast, name: str, unit: BusinessUnit | None = None, **facts: Any) -> Initiative:
    """A pilot on track: 60 approved, 20 spent. `facts`: columns of Initiative that are otherwise."""
    row = create_initiative(name=name, unit=unit or cast.claims, by=cast.actor("max"), at=AT)
    usual = {
        "stage": "pilot", "kpi_status": "on_track", "kpi_reason": "", "pilot_level": "healthy",
        "decision_on": date(2026, 12, 15), "approved": Decimal(60), "released": Decimal(40), "spent": Decimal(20),
    }  # fmt: skip
    Initiative.objects.filter(pk=row.pk).update(**{**usual, **facts})
    row.refresh_from_db()
    return row


def worth(row: Initiative, **figures: Any) -> CaseWorth:
    """The figures of its case in force."""
    return CaseWorth.objects.create(
        initiative=row, published_at=SEALED, **{**WORTH, "case_ref": "BC-0001", **figures}
    )


def weighed(cast: Cast, name: str, value: int, unit: BusinessUnit | None = None, **facts: Any) -> Initiative:
    """An initiative with a case of this value."""
    figures = {key: facts.pop(key) for key in list(facts) if key in WORTH}
    row = initiative(cast, name, unit, **facts)
    worth(row, value=Decimal(value), **figures)
    return row


Promise = tuple[str, tuple[int, ...]]
"""A type of benefit, and so much of it in each year, today's first."""


def published(
    row: Initiative, *promises: Promise, number: int = 1, starts_on: date = date(2026, 1, 1), **facts: Any
) -> BusinessCase:
    """A published version with these benefits."""
    usual: dict[str, Any] = {
        "years": 3, "rate": Decimal("0.10"), "currency": "EUR", "created_at": SEALED, "updated_at": SEALED,
    }  # fmt: skip
    case = BusinessCase.objects.create(
        initiative=row, number=number, starts_on=starts_on, **{**usual, **facts}
    )
    for key, (kind, amounts) in enumerate(promises, start=1):
        CaseBenefit.objects.create(
            case=case, key=key, description="Fewer hours", type=kind, evidence="estimated",
            amounts=[f"{amount}.00" for amount in amounts],
        )  # fmt: skip
    BusinessCase.objects.filter(pk=case.pk).update(state="published", published_at=SEALED, seal="0" * 64)
    return case


def validated(row: Initiative, month: date, amount: int) -> BenefitEntry:
    """What finance accepted for a month."""
    return BenefitEntry.objects.create(
        initiative=row,
        kind="validated",
        month=month,
        amount=Decimal(amount),
        currency="EUR",
        recorded_at=SEALED,
    )


def finished(
    cast: Cast, name: str, forecast: int, realised: int | None, unit: BusinessUnit | None = None, *also: Promise,
    **facts: Any,
) -> Initiative:  # fmt: skip
    """An initiative in production whose first case is two whole years old: forecast and validated over them."""
    row = initiative(cast, name, unit, **{"stage": "production", "pilot_level": "", **facts})
    published(row, ("cashable", (0, forecast, 0, 999)), *also, starts_on=date(2024, 11, 1))
    if realised is not None:
        validated(row, date(2025, 6, 1), realised)
    return row
