"""Cash flows: amounts at points of time, money in one currency, outlays negative.

Annual flows lie at year ends, the first today. Dated flows lie where their days are, in years of 365 days from the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

from domain.errors import RuleError
from domain.kpi_figures import EXACT

LARGEST: Final = Decimal(10) ** 15
MOST: Final = 120
_DAYS_A_YEAR: Final = Decimal(365)


@dataclass(frozen=True, slots=True)
class Flow:
    """An amount, so many years (>= 0) from today."""

    years: Decimal
    amount: Decimal


def annual(amounts: Sequence[Decimal]) -> tuple[Flow, ...]:
    """Flows at year ends, the first today. RuleError points at the amount that is refused."""
    _refuse_count(amounts)
    return tuple(Flow(Decimal(year), _sound(amount, f"/{year}")) for year, amount in enumerate(amounts))


def dated(flows: Sequence[tuple[date, Decimal]]) -> tuple[Flow, ...]:
    """Flows on days (actual/365 from the first). RuleError for days out of order and for amounts."""
    _refuse_count(flows)
    first = flows[0][0]
    out: list[Flow] = []
    for place, (day, amount) in enumerate(flows):
        if place and day < flows[place - 1][0]:
            raise RuleError("days_out_of_order", "Give the flows in the order of their days.", f"/{place}/0")
        years = EXACT.divide(Decimal((day - first).days), _DAYS_A_YEAR)
        out.append(Flow(years, _sound(amount, f"/{place}/1")))
    return tuple(out)


def _refuse_count(flows: Sequence[object]) -> None:
    if not flows:
        raise RuleError("no_flows", "Give at least one flow.", "")
    if len(flows) > MOST:
        raise RuleError("too_many_flows", f"Give at most {MOST} flows.", "")


def _sound(amount: Decimal, pointer: str) -> Decimal:
    if not amount.is_finite() or abs(amount) >= LARGEST:
        raise RuleError("amount_out_of_range", "Give an amount below 1,000,000,000,000,000.", pointer)
    return amount


def merged(flows: Sequence[Flow]) -> tuple[Flow, ...]:
    """One flow for each point of time, in order, without those that come to nothing."""
    found: dict[Decimal, Decimal] = {}
    for flow in flows:
        found[flow.years] = EXACT.add(found.get(flow.years, Decimal(0)), flow.amount)
    return tuple(Flow(years, amount) for years, amount in sorted(found.items()) if amount)


def cumulative(flows: Sequence[Flow]) -> tuple[Decimal, ...]:
    """What has come in less what has gone out, after each flow."""
    out, total = [], Decimal(0)
    for flow in flows:
        total = EXACT.add(total, flow.amount)
        out.append(total)
    return tuple(out)


def sign_changes(amounts: Sequence[Decimal]) -> int:
    """How often the sign changes, zeros ignored."""
    signs = [amount > 0 for amount in amounts if amount]
    return sum(1 for before, after in pairwise(signs) if before is not after)
