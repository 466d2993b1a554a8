"""What a case is made of (an outlay today, what is gained, lost and spent by year), and the same case otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from domain.errors import RuleError
from domain.finance.flows import Flow, annual
from domain.finance.present_value import npv
from domain.kpi_figures import EXACT

MOST_YEARS: Final = 50
_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """`outlay` today; `benefits`, `running` costs and what is `lost` (dis-benefits) in the years 1, 2, ...

    Amounts of money, all of them positive numbers. RuleError: years that differ in number, a negative amount, more than
    50 years.
    """

    outlay: Decimal
    benefits: tuple[Decimal, ...]
    running: tuple[Decimal, ...] = ()
    lost: tuple[Decimal, ...] = ()

    def __post_init__(self) -> None:
        if len(self.benefits) > MOST_YEARS:
            raise RuleError("too_many_years", f"Give at most {MOST_YEARS} years.", "/benefits")
        if self.running and len(self.running) != len(self.benefits):
            raise RuleError(
                "years_differ", "Give as many years of running costs as of benefits, or none.", "/running"
            )
        if self.lost and len(self.lost) != len(self.benefits):
            raise RuleError("years_differ", "Give as many years of losses as of benefits, or none.", "/lost")
        for place, amount in enumerate((self.outlay, *self.running)):
            if amount < 0:
                pointer = f"/running/{place - 1}" if place else "/outlay"
                raise RuleError("negative_cost", "Give a cost as a positive number.", pointer)
        for name, amounts in (("benefits", self.benefits), ("lost", self.lost)):
            for place, amount in enumerate(amounts):
                if amount < 0:
                    said = "Give what is gained, and apart from it what is lost, as positive numbers."
                    raise RuleError("negative_benefit", said, f"/{name}/{place}")

    def flows(self) -> tuple[Flow, ...]:
        """The net flows, today's first."""
        costs = self.running or (_NOTHING,) * len(self.benefits)
        net = [EXACT.subtract(gain, cost) for gain, cost in zip(self.net_benefits(), costs, strict=True)]
        return annual([self.outlay.copy_negate(), *net])

    def net_benefits(self) -> tuple[Decimal, ...]:
        """What is gained less what is lost, of the years 1, 2, ..."""
        lost = self.lost or (_NOTHING,) * len(self.benefits)
        return tuple(EXACT.subtract(gain, loss) for gain, loss in zip(self.benefits, lost, strict=True))

    def npv(self, rate: Decimal) -> Decimal:
        return npv(self.flows(), rate)

    def scaled(self, *, benefits: Decimal = Decimal(1), outlay: Decimal = Decimal(1)) -> "Streams":
        """Benefits and outlay times a factor each. What is lost stays: a smaller gain is no smaller loss."""
        return replace(
            self,
            outlay=EXACT.multiply(self.outlay, outlay),
            benefits=tuple(EXACT.multiply(gain, benefits) for gain in self.benefits),
        )

    def late(self, years: int) -> "Streams":
        """What comes in comes so many years later, within the same horizon: the last years of it are cut off.

        For a system that is replaced, or a market that closes, at a date. Running costs and losses begin as late.
        """
        return replace(
            self,
            benefits=_later(self.benefits, years),
            running=_later(self.running, years),
            lost=_later(self.lost, years),
        )

    def running_more(self, a_year: Decimal) -> "Streams":
        """So much more to run it, each year."""
        costs = self.running or (_NOTHING,) * len(self.benefits)
        return replace(self, running=tuple(EXACT.add(cost, a_year) for cost in costs))


def _later(amounts: Sequence[Decimal], years: int) -> tuple[Decimal, ...]:
    kept = max(len(amounts) - years, 0)
    return (_NOTHING,) * (len(amounts) - kept) + tuple(amounts[:kept])
