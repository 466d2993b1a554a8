"""Payback: when the outlay has come back, and whether it stayed back."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.kpi_figures import EXACT


class PaybackNote(StrEnum):
    RECOVERED = "recovered"
    RECOVERED_LATER_LOST = "recovered_later_lost"
    NEVER = "never"
    NO_OUTLAY = "no_outlay"


@dataclass(frozen=True, slots=True)
class Payback:
    """`years`: unrounded, None where nothing was recovered."""

    years: Decimal | None
    note: PaybackNote


def payback(amounts: Sequence[Decimal]) -> Payback:
    """When annual amounts (today's first) have come back: linear within the year, the first crossing counts.

    An outlay that comes back and is lost again is said so: -100, 60, 60, -50 is back after 1.67 years, and loses 30.
    """
    total, years, lost, ever = Decimal(0), None, False, False
    for year, amount in enumerate(amounts):
        before, total = total, EXACT.add(total, amount)
        ever = ever or total < 0
        if years is None and before < 0 <= total:
            years = EXACT.add(Decimal(year - 1), EXACT.divide(before.copy_negate(), amount))
        lost = lost or (years is not None and total < 0)
    if years is None:
        return Payback(None, PaybackNote.NEVER if ever else PaybackNote.NO_OUTLAY)
    return Payback(years, PaybackNote.RECOVERED_LATER_LOST if lost else PaybackNote.RECOVERED)
