"""Population stability index: how far a distribution has moved from its baseline, in shares over fixed bins.

PSI = sum((a - e) ln(a / e)) over the shares e of the baseline and a of today, natural logarithm (Siddiqi, Credit Risk
Scorecards, 2006; a symmetrised Kullback-Leibler divergence, so it is 0 for equal shares and never negative).

A bin that is empty on one side makes the sum infinite, so a convention decides the number: the same data gives 2.149
with a floor of 0.0001 and 0.194 with the bin left out. The convention therefore stands in the answer.

Counts, shares and bin edges are exact; the logarithm makes the index itself a float. The band is decided unrounded.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from domain.errors import RuleError
from domain.series import Number, count, finite, not_negative, positive, series

MODERATE_FROM: Final = 0.10
SIGNIFICANT_FROM: Final = 0.25
FLOOR: Final = Decimal("0.0001")
BINS: Final = 10
MOST_BINS: Final = 1_000
ROUNDING_ROOM: Final = Fraction(1, 100)
"""By how much shares may miss a sum of 1, because shares are published rounded."""


class Zero(StrEnum):
    """What becomes of a bin that is empty on one side.

    floor: every share below the floor is raised to it, nothing is renormalised. skip: the bin is left out of the sum,
    nothing is renormalised. none: no convention, the index is infinite.
    """

    FLOOR = "floor"
    SKIP = "skip"
    NONE = "none"


class Band(StrEnum):
    """Below 0.10, from 0.10, from 0.25."""

    STABLE = "stable"
    MODERATE = "moderate"
    SIGNIFICANT = "significant"


@dataclass(frozen=True, slots=True)
class Psi:
    """The index (math.inf without a convention for an empty bin) and each bin's part of it, None when infinite.

    left_out: the places of the bins a `skip` left out; their part is 0. convention: one sentence to stand beside the
    number. baseline_counts, current_counts: where counts were given or made.
    """

    value: float
    per_bin: tuple[float, ...] | None
    band: Band
    left_out: tuple[int, ...]
    convention: str
    baseline_counts: tuple[int, ...] | None = None
    current_counts: tuple[int, ...] | None = None


def psi_of_shares(
    expected: Sequence[Number], actual: Sequence[Number], *, zero: Zero = Zero.FLOOR, floor: Number = FLOOR
) -> Psi:
    """The index of today's shares against the baseline's; bin by bin in the same order, each summing to about 1.

    RuleError names /expected, /actual or /eps: shares that are negative or do not sum to 1 (rounding allowed), bins
    that differ in number, a floor outside (0, 1).
    """
    _same_bins(expected, actual)
    return _index(_shares(expected, "/expected"), _shares(actual, "/actual"), zero, _floor(floor), None)


def psi_of_counts(
    expected: Sequence[int],
    actual: Sequence[int],
    *,
    zero: Zero = Zero.FLOOR,
    floor: Number = FLOOR,
    laplace: Number | None = None,
) -> Psi:
    """The index of counts by bin. `laplace`, when given, is added to every count before shares are made of them.

    RuleError names /expected, /actual, /eps or /laplace_count; a side without a single case is refused.
    """
    _same_bins(expected, actual)
    return _of_counts(tuple(expected), tuple(actual), ("/expected", "/actual"), zero, floor, laplace)


def psi_of_values(
    baseline: Sequence[Number],
    current: Sequence[Number],
    *,
    bins: int = BINS,
    zero: Zero = Zero.FLOOR,
    floor: Number = FLOOR,
    laplace: Number | None = None,
) -> Psi:
    """The index of raw values, cut at the baseline's own quantiles (`quantile_edges`, `count_in_bins`).

    RuleError names /baseline, /current, /bins, /eps or /laplace_count.
    """
    edges = quantile_edges(baseline, bins)
    counts = count_in_bins(baseline, edges, at="/baseline"), count_in_bins(current, edges, at="/current")
    return _of_counts(*counts, ("/baseline", "/current"), zero, floor, laplace)


def quantile_edges(baseline: Sequence[Number], bins: int = BINS) -> tuple[Fraction, ...]:
    """The `bins` - 1 inner edges: the baseline's quantiles by linear interpolation (type 7), exact.

    Hyndman and Fan (1996), The American Statistician 50, definition 7: the quantile at q lies at place (n - 1) q.
    """
    count(bins, "/bins", least=2, most=MOST_BINS)
    ordered = sorted(series(baseline, "/baseline"))
    edges = []
    for number in range(1, bins):
        place, rest = divmod((len(ordered) - 1) * number, bins)
        below = Fraction(ordered[place])
        step = Fraction(ordered[place + 1]) - below if rest else Fraction(0)
        edges.append(below + step * Fraction(rest, bins))
    return tuple(edges)


def count_in_bins(values: Sequence[Number], edges: Sequence[Fraction], *, at: str) -> tuple[int, ...]:
    """How many values lie in each bin. A value on an edge belongs to the lower bin; the outer bins are open-ended."""
    counts = [0] * (len(edges) + 1)
    for value in series(values, at):
        counts[bisect_left(edges, Fraction(value))] += 1
    return tuple(counts)


def band_of(value: float) -> Band:
    """The band of an index: the boundary belongs to the worse side."""
    if value >= SIGNIFICANT_FROM:
        return Band.SIGNIFICANT
    return Band.MODERATE if value >= MODERATE_FROM else Band.STABLE


def _same_bins(expected: Sequence[object], actual: Sequence[object]) -> None:
    for side, at in ((expected, "/expected"), (actual, "/actual")):
        if not side:
            raise RuleError("empty", "Give one bin at least.", at)
    if len(expected) != len(actual):
        raise RuleError(
            "unequal_bins",
            f"Give both sides the same bins: the baseline has {len(expected)}, today {len(actual)}.",
            "/actual",
        )


def _shares(given: Sequence[Number], at: str) -> tuple[Fraction, ...]:
    shares = tuple(Fraction(not_negative(share, f"{at}/{place}")) for place, share in enumerate(given))
    total = sum(shares, Fraction(0))
    if abs(total - 1) > ROUNDING_ROOM:
        raise RuleError("not_shares", f"Give shares that sum to 1; these sum to {float(total):.6g}.", at)
    return shares


def _of_counts(
    expected: tuple[int, ...],
    actual: tuple[int, ...],
    at: tuple[str, str],
    zero: Zero,
    floor: Number,
    laplace: Number | None,
) -> Psi:
    added = None if laplace is None else Fraction(not_negative(laplace, "/laplace_count"))
    sides = [
        _from_counts(side, place, added or Fraction(0))
        for side, place in zip((expected, actual), at, strict=True)
    ]
    found = _index(sides[0], sides[1], zero, _floor(floor), added)
    return Psi(found.value, found.per_bin, found.band, found.left_out, found.convention, expected, actual)


def _from_counts(counts: tuple[int, ...], at: str, added: Fraction) -> tuple[Fraction, ...]:
    held = [count(one, f"{at}/{place}") + added for place, one in enumerate(counts)]
    total = sum(held)
    if not any(counts):
        raise RuleError("empty", "Give one case at least.", at)
    return tuple(one / total for one in held)


def _floor(floor: Number) -> Fraction:
    found = Fraction(positive(finite(floor, "/eps"), "/eps"))
    if found >= 1:
        raise RuleError("out_of_range", "Give a floor above 0 and below 1.", "/eps")
    return found


def _index(
    expected: tuple[Fraction, ...],
    actual: tuple[Fraction, ...],
    zero: Zero,
    floor: Fraction,
    added: Fraction | None,
) -> Psi:
    convention = _convention(zero, floor, added)
    empty = tuple(place for place, pair in enumerate(zip(expected, actual, strict=True)) if not all(pair))
    if zero is Zero.NONE and empty:
        return Psi(math.inf, None, band_of(math.inf), (), convention)
    left_out = empty if zero is Zero.SKIP else ()
    if len(left_out) == len(expected):
        raise RuleError(
            "nothing_left",
            "Every bin is empty on one side, so nothing is left to compare. Use a floor.",
            "/zero",
        )
    least = floor if zero is Zero.FLOOR else Fraction(0)
    parts = tuple(
        0.0 if place in left_out else _part(max(e, least), max(a, least))
        for place, (e, a) in enumerate(zip(expected, actual, strict=True))
    )
    value = math.fsum(parts)
    return Psi(value, parts, band_of(value), left_out, convention)


def _part(expected: Fraction, actual: Fraction) -> float:
    return float(actual - expected) * math.log(actual / expected)


def _convention(zero: Zero, floor: Fraction, added: Fraction | None) -> str:
    first = "" if added is None else f"{float(added):g} is added to every count. "
    return (
        first
        + {
            Zero.FLOOR: f"Each share below {float(floor):g} is raised to it; nothing is renormalised.",
            Zero.SKIP: "A bin that is empty on one side is left out; nothing is renormalised.",
            Zero.NONE: "A bin that is empty on one side makes the index infinite.",
        }[zero]
    )
