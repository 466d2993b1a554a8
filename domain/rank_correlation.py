"""Spearman's rank correlation, exact until its last root: ties share the mean of their ranks.

Spearman (1904), American Journal of Psychology 15; with ties it is Pearson's correlation of the mean ranks.
"""

from collections.abc import Sequence
from decimal import Decimal

from domain.errors import RuleError
from domain.kpi_figures import EXACT
from domain.series import Number, series


def spearman(first: Sequence[Number], second: Sequence[Number]) -> Decimal | None:
    """The correlation of the ranks, -1 to 1; None where either side never varies, because then it has no ranks.

    RuleError names /first or /second: pairs of unequal number, no pair, a number that is not finite.
    """
    if len(first) != len(second):
        raise RuleError("unequal_pairs", "Give both sides the same number of values.", "/second")
    ranks = _doubled_ranks(series(first, "/first")), _doubled_ranks(series(second, "/second"))
    centre = len(first) + 1  # the mean of the doubled ranks
    a, b = ([rank - centre for rank in side] for side in ranks)
    product = sum(x * y for x, y in zip(a, b, strict=True))
    squares = sum(x * x for x in a) * sum(y * y for y in b)
    if not squares:
        return None
    return EXACT.divide(Decimal(product), EXACT.sqrt(Decimal(squares)))


def _doubled_ranks(values: Sequence[Decimal]) -> list[int]:
    """Twice the rank of each value, so that the mean rank of a tie stays a whole number."""
    places: dict[Decimal, list[int]] = {}
    for rank, value in enumerate(sorted(values), start=1):
        places.setdefault(value, []).append(rank)
    return [places[value][0] + places[value][-1] for value in values]
