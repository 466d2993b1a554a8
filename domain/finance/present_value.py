"""What flows are worth today at a rate per year: NPV and the conventions beside it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from domain.errors import RuleError
from domain.finance.flows import Flow
from domain.kpi_figures import EXACT

ONE: Final = Decimal(1)
LOWEST_RATE: Final = Decimal("-0.99")
HIGHEST_RATE: Final = Decimal(10)
_HALF: Final = Decimal("0.5")
_TWELFTH: Final = EXACT.divide(ONE, Decimal(12))


def require_rate(rate: Decimal, pointer: str = "/rate") -> Decimal:
    """A rate per year as a decimal, -0.99 to 10. RuleError otherwise."""
    if not rate.is_finite() or not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise RuleError(
            "rate_out_of_range", "Give a rate per year from -0.99 to 10: 0.10 is 10 % a year.", pointer
        )
    return rate


def discounted(flow: Flow, rate: Decimal) -> Decimal:
    """Its worth today, unrounded."""
    return EXACT.divide(flow.amount, power(EXACT.add(ONE, rate), flow.years))


def npv(flows: Sequence[Flow], rate: Decimal) -> Decimal:
    """The net present value, unrounded: what is worth today is worth its amount, so the first flow is not discounted."""
    total = Decimal(0)
    for flow in flows:
        total = EXACT.add(total, discounted(flow, rate))
    return total


def mid_year(flows: Sequence[Flow]) -> tuple[Flow, ...]:
    """The same flows by the mid-year convention: all but today's lie half a year earlier."""
    return tuple(replace(flow, years=flow.years - _HALF) if flow.years >= 1 else flow for flow in flows)


def monthly_rate(rate: Decimal) -> Decimal:
    """The rate per month that compounds to `rate` a year: (1 + rate)^(1/12) - 1, not a twelfth of it."""
    return EXACT.subtract(power(EXACT.add(ONE, rate), _TWELFTH), ONE)


def power(base: Decimal, exponent: Decimal) -> Decimal:
    """`base` (above 0) to any power."""
    return ONE if not exponent else EXACT.power(base, exponent)
