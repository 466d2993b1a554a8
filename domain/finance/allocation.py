"""What money buys as it is given today, and what the same money could buy along the efficient frontier.

A project that is paid in part counts in part, on both sides: so the frontier, read along its line, is never below today.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.finance.frontier import Point
from domain.kpi_figures import EXACT

_NOTHING, _ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Given:
    """A candidate's cost (> 0) and value, and how much of that cost it has today; None where the record does not say."""

    cost: Decimal
    value: Decimal
    money: Decimal | None


@dataclass(frozen=True, slots=True)
class Allocation:
    """Today's money on the candidates, and the value it buys: of each, value x its share of the cost. `unknown`: so many
    candidates whose money nobody recorded; they are in neither sum."""

    cost: Decimal
    value: Decimal
    unknown: int


def present(candidates: Iterable[Given]) -> Allocation:
    """What is allotted today. Money beyond a candidate's cost buys nothing and is not counted."""
    cost, value, unknown = _NOTHING, _NOTHING, 0
    for one in candidates:
        if one.money is None:
            unknown += 1
            continue
        part = min(one.money, one.cost)
        cost = EXACT.add(cost, part)
        value = EXACT.add(value, EXACT.divide(EXACT.multiply(one.value, part), one.cost))
    return Allocation(cost, value, unknown)


def worth_of(points: Sequence[Point], money: Decimal) -> Decimal:
    """The value that so much money buys along the line of the frontier; beyond its end, what all of it is worth."""
    before = _NOTHING
    for point in points:
        if point.cost <= money:
            before = point.value
            continue
        left = EXACT.subtract(money, EXACT.subtract(point.cost, point.candidate.cost))
        return EXACT.add(
            before, EXACT.divide(EXACT.multiply(point.candidate.value, left), point.candidate.cost)
        )
    return before
