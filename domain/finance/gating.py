"""What a gate is worth: the right to stop when a pilot shows that it does not work."""

from dataclasses import dataclass
from decimal import Decimal

from domain.errors import RuleError
from domain.finance.present_value import ONE
from domain.kpi_figures import EXACT


@dataclass(frozen=True, slots=True)
class Gate:
    """Expected NPVs with and without a gate, what lies between them, and from which probability each is worth it.

    The first three are the NPVs that are weighed. The break-even probabilities are None where no probability makes the
    expectation 0.
    """

    if_it_works: Decimal
    if_stopped: Decimal
    if_carried_on: Decimal
    gated: Decimal
    ungated: Decimal
    break_even_gated: Decimal | None
    break_even_ungated: Decimal | None

    @property
    def worth(self) -> Decimal:
        return EXACT.subtract(self.gated, self.ungated)


def gate(*, works: Decimal, if_it_works: Decimal, if_stopped: Decimal, if_carried_on: Decimal) -> Gate:
    """works: the probability (0 to 1) that it works. The others: the NPV in each case."""
    if not 0 <= works <= 1:
        raise RuleError("not_a_probability", "Give a probability from 0 to 1.", "/works")
    return Gate(
        if_it_works=if_it_works,
        if_stopped=if_stopped,
        if_carried_on=if_carried_on,
        gated=_expected(works, if_it_works, if_stopped),
        ungated=_expected(works, if_it_works, if_carried_on),
        break_even_gated=_break_even(if_it_works, if_stopped),
        break_even_ungated=_break_even(if_it_works, if_carried_on),
    )


def _expected(works: Decimal, good: Decimal, bad: Decimal) -> Decimal:
    return EXACT.add(EXACT.multiply(works, good), EXACT.multiply(EXACT.subtract(ONE, works), bad))


def _break_even(good: Decimal, bad: Decimal) -> Decimal | None:
    if good == bad:
        return None
    found = EXACT.divide(bad.copy_negate(), EXACT.subtract(good, bad))
    return found if 0 <= found <= 1 else None
