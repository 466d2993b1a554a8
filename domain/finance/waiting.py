"""What waiting costs. Three figures with three names, never mixed and never added.

Cost of delay: what an undecided case loses each month. Cost of one year's delay in NPV: within a fixed horizon, or with
the whole case sliding. Cost of inaction: what doing nothing is worth by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.finance.flows import annual
from domain.finance.present_value import ONE, npv
from domain.finance.streams import Streams
from domain.kpi_figures import EXACT

_TWELVE: Final = Decimal(12)


@dataclass(frozen=True, slots=True)
class DelayedAYear:
    """What one year of waiting takes from the NPV.

    fixed_horizon: the end stays (a system is replaced, a market closes). sliding: the whole case moves.
    """

    fixed_horizon: Decimal
    sliding: Decimal

    @property
    def fixed_horizon_a_month(self) -> Decimal:
        return EXACT.divide(self.fixed_horizon, _TWELVE)


def delayed_a_year(case: Streams, rate: Decimal) -> DelayedAYear:
    """The cost of a year's delay by both conventions, each a positive number where waiting costs."""
    base = case.npv(rate)
    slid = EXACT.divide(base, EXACT.add(ONE, rate))
    return DelayedAYear(EXACT.subtract(base, case.late(1).npv(rate)), EXACT.subtract(base, slid))


def cost_of_delay(case: Streams, months: int = 1) -> Decimal:
    """What an undecided case loses: the net benefit of its last planned year x months / 12."""
    last = case.flows()[-1].amount if case.benefits else Decimal(0)
    return EXACT.divide(EXACT.multiply(last, Decimal(months)), _TWELVE)


@dataclass(frozen=True, slots=True)
class Inaction:
    """npv: of doing nothing. acting_is_worth: more than that. Not to be added to benefits that hold the avoided cost."""

    npv: Decimal
    acting_is_worth: Decimal


def inaction(do_nothing: Sequence[Decimal], case: Streams, rate: Decimal) -> Inaction:
    """do_nothing: the annual flows of doing nothing, today's first."""
    nothing = npv(annual(do_nothing), rate)
    return Inaction(nothing, EXACT.subtract(case.npv(rate), nothing))
