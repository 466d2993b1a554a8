"""The internal rate of return, and when there is none that means anything.

A rate at which the NPV is 0 is an answer only where it is the only one. No change of sign: there is none. One: there is
one. More: Norstrøm's rule (C. J. Norstrøm, "A sufficient condition for a unique nonnegative internal rate of return",
Journal of Financial and Quantitative Analysis 7, 1972): the only root >= 0, where the cumulative flow changes its sign
exactly once and does not end at 0. Else all roots are told, and none is the answer: rank by NPV.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from domain.errors import RuleError
from domain.finance.flows import Flow, cumulative, merged, sign_changes
from domain.finance.present_value import HIGHEST_RATE, LOWEST_RATE, ONE, power
from domain.finance.roots import roots_between
from domain.kpi_figures import EXACT, SIX_PLACES, rounded

MOST_CHANGES: Final = 24
# A rate r is looked for as x = 1 / (1 + r), in which the NPV is a sum of powers.
_LOW: Final = EXACT.divide(ONE, EXACT.add(ONE, HIGHEST_RATE))
_HIGH: Final = EXACT.divide(ONE, EXACT.add(ONE, LOWEST_RATE))


class IrrNote(StrEnum):
    OK = "ok"
    BORROWING = "borrowing"
    NO_SIGN_CHANGE = "no_sign_change"
    NORSTROM = "norstrom"
    MULTIPLE = "multiple"
    NO_REAL_ROOT = "no_real_root"
    NOT_GUARANTEED_UNIQUE = "not_guaranteed_unique"
    OUT_OF_RANGE = "out_of_range"


@dataclass(frozen=True, slots=True)
class Irr:
    """`rate`: per year, 6 places, None where `note` says there is no single one. `roots`: all from -99 % to 1000 %, rising.

    With `borrowing` money comes first: the project is good where the rate lies below the hurdle.
    """

    rate: Decimal | None
    note: IrrNote
    roots: tuple[Decimal, ...] = ()


def irr(flows: Sequence[Flow]) -> Irr:
    """The rate of annual or dated flows (then it is an XIRR). RuleError for more than 24 changes of sign."""
    flows = merged(flows)
    changes = sign_changes([flow.amount for flow in flows])
    if changes == 0:
        return Irr(None, IrrNote.NO_SIGN_CHANGE)
    if changes > MOST_CHANGES:
        raise RuleError(
            "too_many_sign_changes", f"The flows change their sign {changes} times; give at most {MOST_CHANGES}.", ""
        )  # fmt: skip
    roots = _roots(flows)
    if changes == 1:
        if not roots:
            return Irr(None, IrrNote.OUT_OF_RANGE)
        return Irr(roots[0], IrrNote.BORROWING if flows[0].amount > 0 else IrrNote.OK, roots)
    positive = [root for root in roots if root >= 0]
    total = cumulative(flows)
    if sign_changes(total) == 1 and total[-1] and len(positive) == 1:
        return Irr(positive[0], IrrNote.NORSTROM, roots)
    if not roots:
        return Irr(None, IrrNote.NO_REAL_ROOT)
    return Irr(None, IrrNote.MULTIPLE if len(roots) > 1 else IrrNote.NOT_GUARANTEED_UNIQUE, roots)


@dataclass(frozen=True, slots=True)
class MirrYear:
    """One flow as its side of the MIRR counts it: what goes out as worth today, what comes in as worth at the end."""

    out_today: Decimal | None
    back_at_end: Decimal | None


@dataclass(frozen=True, slots=True)
class MirrSides:
    """Both sides of the MIRR, positive sums, and what each flow adds to one of them."""

    out: Decimal
    back: Decimal
    years: tuple[MirrYear, ...]


def mirr_sides(flows: Sequence[Flow], *, finance_rate: Decimal, reinvest_rate: Decimal) -> MirrSides:
    """Outlays discounted at one rate, what comes in invested at the other until the last flow."""
    out, back, last, years = Decimal(0), Decimal(0), flows[-1].years, []
    for flow in flows:
        if flow.amount < 0:
            gone = EXACT.divide(flow.amount, power(EXACT.add(ONE, finance_rate), flow.years)).copy_negate()
            out = EXACT.add(out, gone)
            years.append(MirrYear(gone, None))
        else:
            factor = power(EXACT.add(ONE, reinvest_rate), EXACT.subtract(last, flow.years))
            come = EXACT.multiply(flow.amount, factor)
            back = EXACT.add(back, come)
            years.append(MirrYear(None, come))
    return MirrSides(out, back, tuple(years))


def mirr(flows: Sequence[Flow], *, finance_rate: Decimal, reinvest_rate: Decimal) -> Decimal | None:
    """The modified rate of annual flows, unrounded: what both sides of it make together.

    None where nothing goes out or nothing comes in.
    """
    sides, last = mirr_sides(flows, finance_rate=finance_rate, reinvest_rate=reinvest_rate), flows[-1].years
    if not sides.out or not sides.back or not last:
        return None
    return EXACT.subtract(power(EXACT.divide(sides.back, sides.out), EXACT.divide(ONE, last)), ONE)


def _roots(flows: Sequence[Flow]) -> tuple[Decimal, ...]:
    terms = [(flow.years, flow.amount) for flow in flows]
    found = [EXACT.subtract(EXACT.divide(ONE, x), ONE) for x in roots_between(terms, _LOW, _HIGH)]
    return tuple(sorted({rounded(rate, SIX_PLACES) for rate in found}))
