"""All real roots of a sum of powers, c1 x^t1 + c2 x^t2 + ..., in an interval of positive x.

By the proof of Descartes' rule of signs: divided by x^t*, with t* between two terms of different sign, the derivative has
one change of sign less. Between the roots of that one, found in the same way, the sum rises or falls throughout, so each
stretch holds at most one root and shows it by the signs at its ends.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

Terms = Sequence[tuple[Decimal, Decimal]]
"""(exponent, coefficient) with exponents that rise and coefficients that are not 0."""

_WIDE: Final = Context(prec=45, rounding=ROUND_HALF_EVEN)
_NOTHING: Final = Decimal("1e-28")  # of the sum of the terms' sizes: less is a root that only touches
_CLOSE: Final = Decimal("1e-34")
_MOST_STEPS: Final = 300


def roots_between(terms: Terms, low: Decimal, high: Decimal) -> tuple[Decimal, ...]:
    """The distinct roots in [low, high] (0 < low < high), rising, to some thirty digits."""
    place = _first_change(terms)
    if place is None:
        return ()
    middle = _WIDE.divide(_WIDE.add(terms[place][0], terms[place + 1][0]), Decimal(2))
    steeper = [(t, _WIDE.multiply(c, _WIDE.subtract(t, middle))) for t, c in terms]
    points = [low, *roots_between(steeper, low, high), high]
    signs = [_sign(terms, point) for point in points]
    found: list[Decimal] = []
    for place, point in enumerate(points):
        if signs[place] == 0 and (not found or found[-1] != point):
            found.append(point)
        if place + 1 < len(points) and signs[place] * signs[place + 1] < 0:
            found.append(_crossing(terms, point, points[place + 1]))
    return tuple(found)


def _first_change(terms: Terms) -> int | None:
    for place in range(len(terms) - 1):
        if (terms[place][1] > 0) is not (terms[place + 1][1] > 0):
            return place
    return None


def _value(terms: Terms, x: Decimal) -> tuple[Decimal, Decimal]:
    """The sum, and the sum of the sizes of its terms."""
    total, size = Decimal(0), Decimal(0)
    for exponent, coefficient in terms:
        term = _WIDE.multiply(coefficient, _WIDE.power(x, exponent)) if exponent else coefficient
        total, size = _WIDE.add(total, term), _WIDE.add(size, term.copy_abs())
    return total, size


def _sign(terms: Terms, x: Decimal) -> int:
    total, size = _value(terms, x)
    if total.copy_abs() <= _WIDE.multiply(size, _NOTHING):
        return 0
    return 1 if total > 0 else -1


def _crossing(terms: Terms, low: Decimal, high: Decimal) -> Decimal:
    """The one root between two points of different sign: false position, halved where that is slow."""
    below, above = _value(terms, low)[0], _value(terms, high)[0]
    for step in range(_MOST_STEPS):
        width = _WIDE.subtract(high, low)
        if width <= _WIDE.multiply(high, _CLOSE):
            break
        if step % 3 == 2:
            x = _WIDE.add(low, _WIDE.divide(width, Decimal(2)))
        else:
            share = _WIDE.divide(below, _WIDE.subtract(below, above))
            x = _WIDE.add(low, _WIDE.multiply(width, share))
        found = _value(terms, x)[0]
        if not found:
            return x
        if (found > 0) is (below > 0):
            low, below = x, found
            above = _WIDE.divide(
                above, Decimal(2)
            )  # the end that stays counts half, or it would stay for ever
        else:
            high, above = x, found
            below = _WIDE.divide(below, Decimal(2))
    return low
