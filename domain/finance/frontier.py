"""Which projects a budget buys: the efficient frontier by value for money."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from domain.errors import RuleError
from domain.kpi_figures import EXACT


@dataclass(frozen=True, slots=True)
class Candidate:
    """A project: its reference, what it costs (> 0) and what it is worth."""

    ref: str
    cost: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class Point:
    """A candidate in its place: cost and value up to and with it. `funded`: within the budget."""

    place: int
    candidate: Candidate
    cost: Decimal
    value: Decimal
    funded: bool


def frontier(candidates: Sequence[Candidate], budget: Decimal) -> tuple[Point, ...]:
    """By value for cost, then the smaller cost, then the reference; cumulative. The budget line is drawn once: what lies
    below it waits, even if it were small enough for what is left.
    """
    for place, one in enumerate(candidates):
        if one.cost <= 0:
            raise RuleError("cost_not_positive", "Give a cost above 0.", f"/{place}/cost")
    ordered = sorted(candidates, key=lambda one: (-EXACT.divide(one.value, one.cost), one.cost, one.ref))
    out: list[Point] = []
    cost, value, within = Decimal(0), Decimal(0), True
    for place, one in zip(count(1), ordered, strict=False):
        cost, value = EXACT.add(cost, one.cost), EXACT.add(value, one.value)
        within = within and cost <= budget
        out.append(Point(place, one, cost, value, within))
    return tuple(out)
