"""Numbers given to a statistic, read strictly: every refusal names the place. What is compared stays exact."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from domain.errors import RuleError

Number = int | Decimal

LARGEST: Final = Decimal("1e30")
SMALLEST: Final = Decimal("1e-30")
"""Sizes beyond which a parameter is refused, so that squares, quotients and sums of many still fit a float."""
MOST_COUNT: Final = 10**12


def finite(value: Number, at: str) -> Decimal:
    """A finite number, exactly as given. RuleError `not_a_number` or `out_of_range` at `at`."""
    found = Decimal(value)
    if not found.is_finite():
        raise RuleError("not_a_number", "Give a finite number.", at)
    if abs(found) > LARGEST:
        raise RuleError("out_of_range", "Give a number between -1e30 and 1e30.", at)
    return found


def sized(value: Number, at: str) -> Decimal:
    """A finite number that may be divided by: zero, or no smaller than 1e-30 in size."""
    found = finite(value, at)
    if 0 < abs(found) < SMALLEST:
        raise RuleError("out_of_range", "Give a number of size 1e-30 to 1e30, or 0.", at)
    return found


def series(values: Sequence[Number], at: str) -> tuple[Decimal, ...]:
    """Finite numbers, one at least."""
    if not values:
        raise RuleError("empty", "Give one number at least.", at)
    return tuple(finite(value, f"{at}/{place}") for place, value in enumerate(values))


def positive(value: Number, at: str) -> Decimal:
    """A finite number above zero."""
    found = sized(value, at)
    if found <= 0:
        raise RuleError("out_of_range", "Give a number above 0.", at)
    return found


def not_negative(value: Number, at: str) -> Decimal:
    """A finite number, zero or more."""
    found = sized(value, at)
    if found < 0:
        raise RuleError("out_of_range", "Give 0 or more.", at)
    return found


def weight(value: Number, at: str) -> Decimal:
    """A share in (0, 1], as a weight or a forgetting factor is."""
    found = sized(value, at)
    if not 0 < found <= 1:
        raise RuleError("out_of_range", "Give a number above 0, and 1 at most.", at)
    return found


def count(value: int, at: str, *, least: int = 0, most: int = MOST_COUNT) -> int:
    """A whole number between `least` and `most`."""
    if not least <= value <= most:
        raise RuleError("out_of_range", f"Give a whole number between {least} and {most}.", at)
    return value
