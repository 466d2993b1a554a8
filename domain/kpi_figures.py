"""Decimal arithmetic that gives the same digits in every thread: one exact context, one rounding."""

from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation
from typing import Final

# 60 digits hold any difference and quotient of the 38-digit numbers the store keeps; a tie stays a tie.
EXACT: Final = Context(
    prec=60, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[InvalidOperation, DivisionByZero]
)
SIX_PLACES: Final = Decimal("0.000001")
FOUR_PLACES: Final = Decimal("0.0001")
TWO_PLACES: Final = Decimal("0.01")
NOTHING: Final = Decimal("0.000000")
WHOLE: Final = Decimal("1.000000")


def rounded(number: Decimal, places: Decimal) -> Decimal:
    """`number` half even to the places of `places`; a negative zero comes out as zero."""
    try:
        result = EXACT.quantize(number, places)
    except InvalidOperation:  # more digits before the point than EXACT has places
        wide = Context(prec=number.adjusted() + 20, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX)
        result = wide.quantize(number, places)
    return result if result else result.copy_abs()


def ratio(part: Decimal, whole: Decimal) -> Decimal:
    """`part / whole` to 6 places, half even."""
    return rounded(EXACT.divide(part, whole), SIX_PLACES)
