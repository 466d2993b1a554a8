"""What a longer pilot would cost: the cost of delay its case says, and what it spends meanwhile. And how often it was extended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.finance.extension import LENGTHS, Extension, priced
from pilots.models import Pilot, PilotExtension
from portfolio.models import CaseWorth, Initiative
from portfolio.queries.running import LATELY, spent_lately


@dataclass(frozen=True, slots=True)
class Pricing:
    """`case_ref`: the case in force, empty where there is none; then no delay has a price. `spent`: in the last `lately`
    days, None where nothing was recorded in them."""

    case_ref: str
    spent: Decimal | None
    lately: int
    prices: Sequence[Extension]


def pricing_of(initiative: Initiative, today: date, lengths: Sequence[int] = LENGTHS) -> Pricing:
    """The price of each length in days. Two queries."""
    worth = CaseWorth.objects.filter(initiative=initiative, lapsed_on=None)
    case_ref, delay = worth.values_list("case_ref", "delay_a_month").first() or ("", None)
    spent = spent_lately(initiative, today)
    return Pricing(case_ref, spent, LATELY, priced(delay, spent=spent, over_days=LATELY, lengths=lengths))


def given(pilot: Pilot) -> int:
    """How many extensions count: those since its start, or since the decision that gave it a new charter."""
    rows = PilotExtension.objects.filter(pilot=pilot)
    return (rows if pilot.reset_at is None else rows.filter(recorded_at__gt=pilot.reset_at)).count()
