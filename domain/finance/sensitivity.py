"""How sure a case is: one factor at a time, where it breaks even, and what it is worth over several scenarios."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from domain.errors import RuleError
from domain.finance.flows import annual
from domain.finance.internal_rate import irr
from domain.finance.present_value import ONE, npv
from domain.finance.streams import Streams
from domain.kpi_figures import EXACT

_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bar:
    """One factor of the tornado: the lower and the higher NPV at its two ends. `swing`: the distance between them.

    `turned`: the lower one comes of the value that is usually the better, as where a case that loses would start on time.
    """

    factor: str
    low: Decimal
    high: Decimal
    turned: bool = False

    @property
    def swing(self) -> Decimal:
        return EXACT.subtract(self.high, self.low)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far each factor is moved: shares of benefits and outlay, years late, points of the rate, running costs a year."""

    benefits: Decimal = Decimal("0.20")
    outlay: Decimal = Decimal("0.20")
    years_late: int = 1
    rate: Decimal = Decimal("0.04")
    running: Decimal = _NOTHING


def tornado(case: Streams, rate: Decimal, spread: Spread) -> tuple[Bar, ...]:
    """The NPV as each factor moves by itself, the widest first; equal ones in the order of their names.

    Benefits are what is gained; what is lost (dis-benefits) does not move with them.
    """
    base = case.npv(rate)
    less, more = EXACT.subtract(ONE, spread.benefits), EXACT.add(ONE, spread.benefits)
    cheap, dear = EXACT.subtract(ONE, spread.outlay), EXACT.add(ONE, spread.outlay)
    pairs = {  # at the value that is usually the worse, at the one that is usually the better
        "benefits": (case.scaled(benefits=less).npv(rate), case.scaled(benefits=more).npv(rate)),
        "outlay": (case.scaled(outlay=dear).npv(rate), case.scaled(outlay=cheap).npv(rate)),
        "delay": (case.late(spread.years_late).npv(rate), base),
        "rate": (case.npv(EXACT.add(rate, spread.rate)), case.npv(EXACT.subtract(rate, spread.rate))),
        "running": (case.running_more(spread.running).npv(rate), base),
    }
    bars = [Bar(name, min(pair), max(pair), turned=pair[0] > pair[1]) for name, pair in pairs.items()]
    return tuple(sorted(bars, key=lambda bar: (-bar.swing, bar.factor)))


@dataclass(frozen=True, slots=True)
class Flips:
    """The value of each input at which the NPV is 0, all others as they are; None where no value does that.

    benefits: a factor of what is gained. outlay: the amount today. running: so much more (or less) a year. rate: per year.
    """

    benefits: Decimal | None
    outlay: Decimal | None
    running: Decimal | None
    rate: Decimal | None


def flips(case: Streams, rate: Decimal) -> Flips:
    """What would flip the case."""
    worth = case.npv(rate)
    gains = npv(annual([_NOTHING, *case.benefits]), rate)
    outlay = EXACT.add(case.outlay, worth)
    years = npv(annual([_NOTHING, *(ONE for _ in case.benefits)]), rate)
    return Flips(
        benefits=_at_least_nothing(EXACT.divide(EXACT.subtract(gains, worth), gains)) if gains > 0 else None,
        outlay=_at_least_nothing(outlay),
        running=EXACT.divide(worth, years) if years else None,
        rate=irr(case.flows()).rate,
    )


def _at_least_nothing(value: Decimal) -> Decimal | None:
    return value if value >= 0 else None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A way it may go, how probable it is (0 to 1), and what the case is worth then."""

    name: str
    probability: Decimal
    npv: Decimal


def expected_npv(scenarios: Sequence[Scenario]) -> Decimal:
    """The NPV weighted by probability. RuleError when the probabilities do not sum to exactly 1."""
    total, worth = _NOTHING, _NOTHING
    for place, one in enumerate(scenarios):
        if not 0 <= one.probability <= 1:
            raise RuleError(
                "not_a_probability", "Give a probability from 0 to 1.", f"/scenarios/{place}/probability"
            )
        total = EXACT.add(total, one.probability)
        worth = EXACT.add(worth, EXACT.multiply(one.probability, one.npv))
    if total != 1:
        raise RuleError(
            "probabilities_not_one",
            f"The probabilities sum to {total.normalize():f}. Make them sum to 1.",
            "/scenarios",
        )
    return worth


def after_haircut(improvement: Decimal, haircut: Decimal) -> Decimal:
    """What is planned of an improvement seen in a pilot: improvement x (1 - haircut), the haircut from 0 to 1."""
    if not 0 <= haircut <= 1:
        raise RuleError(
            "not_a_share", "Give a haircut from 0 to 1: 0.5 plans half of what was seen.", "/haircut"
        )
    return EXACT.multiply(improvement, EXACT.subtract(ONE, haircut))


def with_haircut(case: Streams, haircut: Decimal) -> Streams:
    """The same case with every benefit cut; what is lost is not cut."""
    return replace(case, benefits=tuple(after_haircut(gain, haircut) for gain in case.benefits))
