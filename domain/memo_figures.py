"""The figures of a memo that a case does not hold itself: cut to three years, after its haircut, with half of its benefits."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.finance.appraisal import as_it_goes
from domain.finance.flows import Flow
from domain.finance.payback import Payback, payback
from domain.finance.present_value import npv
from domain.finance.sensitivity import with_haircut
from domain.finance.streams import Streams
from domain.finance.worth import measured_share
from domain.memo_facts import CaseFacts

HORIZON: Final = 3
HALF: Final = Decimal("0.5")
CONSERVATIVE: Final = "conservative"


@dataclass(frozen=True, slots=True)
class Look:
    """One way to look at the case: its NPV over its own years and over three (None: it covers fewer), its payback, and
    the benefits of its last planned year."""

    npv: Decimal
    three_years: Decimal | None
    payback: Payback
    a_year: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """`haircut` and `conservative`: None where the case states no conservative scenario. `half`: half of every benefit as
    written. That is half of the pilot rate where `measured`: every benefit in money is known from a measurement."""

    written: Look
    half: Look
    measured: bool
    haircut: Decimal | None = None
    conservative: Look | None = None


def figures_of(facts: CaseFacts) -> Figures:
    streams, rate = facts.appraisal.streams, facts.case.rate
    half = _look(with_haircut(streams, HALF), rate)
    measured = measured_share(facts.case) == 1
    turn = next((one for one in facts.turns if one.name == CONSERVATIVE), None)
    if turn is None:
        return Figures(_look(streams, rate), half, measured)
    return Figures(_look(streams, rate), half, measured, turn.haircut, _look(as_it_goes(streams, turn), rate))


def _look(streams: Streams, rate: Decimal) -> Look:
    flows = streams.flows()
    return Look(
        npv=npv(flows, rate),
        three_years=three_years(flows, rate),
        payback=payback([flow.amount for flow in flows]),
        a_year=streams.net_benefits()[-1] if streams.benefits else Decimal(0),
    )


def three_years(flows: tuple[Flow, ...], rate: Decimal) -> Decimal | None:
    """The NPV of the flows of today and the first three years; None where there are fewer years."""
    return npv(flows[: HORIZON + 1], rate) if len(flows) > HORIZON else None
