"""Statistics as people read them: a few significant digits, shares in percent, a p that never reads as zero."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from domain.kpi_words import amount

_DIGITS: Final = 4
_MOST_DIGITS: Final = 16
_SMALLEST_P: Final = 0.001


def figure(value: Decimal | float | int, unit: str = "", digits: int = _DIGITS) -> str:
    """ "0.7412", "1,204": `digits` significant digits, and never fewer than the whole part has."""
    exact = Decimal(str(value))
    wide = max(digits, exact.adjusted() + 1)
    return amount(Context(prec=wide, rounding=ROUND_HALF_EVEN).plus(exact), unit)


def apart(value: Decimal, limit: Decimal, unit: str = "") -> tuple[str, str]:
    """Both as figures, with as many digits as it takes to show that they differ."""
    for digits in range(_DIGITS, _MOST_DIGITS):
        said = figure(value, unit, digits), figure(limit, unit, digits)
        if said[0] != said[1]:
            break
    return said


def percent(share: Decimal | float, digits: int = 3) -> str:
    """A share as "4.6 %"."""
    return f"{figure(Decimal(str(share)) * 100, digits=digits)} %"


def chance(p: float) -> str:
    """A p value: "p 0.036", and "p below 0.001" rather than nothing at all."""
    return f"p below {_SMALLEST_P}" if p < _SMALLEST_P else f"p {figure(p, digits=2)}"


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 reading", "1,200 readings"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
