"""What a case is worth, pushed down by the room that holds cases: one row for an initiative, written here alone."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import OuterRef, Subquery

from portfolio.models import CaseWorth, Initiative
from portfolio.services.tallies import touch_units_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """The figures of the case in force, rounded as the columns of CaseWorth keep them; see there."""

    case_number: int
    case_ref: str
    npv: Decimal
    value: Decimal
    haircut: Decimal | None
    rate: Decimal
    years: int
    outlay: Decimal
    cost: Decimal
    a_year: Decimal
    payback_years: Decimal | None
    payback_note: str
    breaks_even: Decimal | None
    delay_a_month: Decimal
    measured_share: Decimal | None
    people: Decimal | None


def set_worth(*, initiative_id: int, worth: Worth, at: datetime) -> CaseWorth:
    """Let the row of an initiative say what the version published at `at` says. The caller holds the initiative.

    In the transaction that publishes the version. `Initiative.planned_value` is another fact and is left alone.
    """
    row, _ = CaseWorth.objects.update_or_create(
        initiative_id=initiative_id, defaults={**asdict(worth), "published_at": at, "lapsed_on": None}
    )
    touch_units_of([initiative_id])
    return row


def lapse_worths(initiatives: Collection[int]) -> None:
    """Let the cases of these initiatives, held by the caller, lapse on the day their present spell began: they ended.

    A stop or a retirement ends them; reopening does not bring them back, publishing does: there the shares of KPIs that
    others may have claimed meanwhile are asked for. One statement.
    """
    began = Initiative.objects.filter(pk=OuterRef("initiative")).order_by().values("entered_on")
    if initiatives:
        CaseWorth.objects.filter(initiative__in=initiatives, lapsed_on=None).update(lapsed_on=Subquery(began))
