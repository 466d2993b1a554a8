"""Two arms compared: shares of independent cases, the same cases judged by both, and means.

Everywhere a difference, its statistic and its interval are of arm 1 less arm 2 (champion less challenger), and the
uplift is of arm 2 over arm 1. Counts are exact; a root or a tail probability is a float. Significant = p below 0.05.

Sources: Fleiss, Levin, Paik, Statistical Methods for Rates and Proportions, 3rd ed. 2003, chapter 3 (pooled z test,
unpooled interval); McNemar (1947), Psychometrika 12, in its exact form, and Agresti, Categorical Data Analysis,
10.1 (interval of paired shares); Welch (1947), Biometrika 34 (means).
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from domain.errors import RuleError
from domain.kpi_figures import EXACT
from domain.series import Number, count, not_negative, sized
from domain.student import point, two_sided

SIGNIFICANCE: Final = 0.05
NORMAL_975: Final = 1.959963984540054
"""The 97.5 % point of the normal distribution, for an interval of 95 %."""
MOST_PAIRS: Final = 10**8
_TWO_PI: Final = Decimal("6.28318530717958647692528676655900576839433879875021164194989")
_STIRLING: Final = (
    (1, Decimal(12)),
    (3, Decimal(-360)),
    (5, Decimal(1260)),
    (7, Decimal(-1680)),
    (9, Decimal(1188)),
)
"""(power of n, divisor) of the terms of Stirling's series (Abramowitz and Stegun 6.1.41)."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class TwoShares:
    """x of n cases succeeded in each of two independent arms. uplift is None where arm 1 is 0: nothing to divide by."""

    p1: float
    p2: float
    n1: int
    n2: int
    difference: float
    uplift: float | None
    z: float
    p: float
    interval: Interval

    @property
    def significant(self) -> bool:
        return self.p < SIGNIFICANCE


@dataclass(frozen=True, slots=True)
class PairedShares:
    """The same cases judged by both arms. discordant: how many only one of them had right; only these say anything."""

    p1: float
    p2: float
    pairs: int
    discordant: int
    difference: float
    uplift: float | None
    p: float
    interval: Interval

    @property
    def significant(self) -> bool:
        return self.p < SIGNIFICANCE


@dataclass(frozen=True, slots=True)
class TwoMeans:
    """Means of two independent arms by Welch's test; `degrees` are its degrees of freedom.

    Without spread in either arm there is no error to measure by: t, degrees, p and interval are then None.
    """

    mean1: float
    mean2: float
    n1: int
    n2: int
    difference: float
    uplift: float | None
    t: float | None
    degrees: float | None
    p: float | None
    interval: Interval | None

    @property
    def significant(self) -> bool | None:
        return None if self.p is None else self.p < SIGNIFICANCE


def two_shares(x1: int, n1: int, x2: int, n2: int) -> TwoShares:
    """x1 of n1 against x2 of n2: z with the pooled standard error, two-sided p, 95 % interval unpooled.

    Equal shares give z = 0 and p = 1, whatever the sizes. RuleError names /x1, /n1, /x2 or /n2.
    """
    _within(x1, n1, "/x1", "/n1")
    _within(x2, n2, "/x2", "/n2")
    p1, p2 = Fraction(x1, n1), Fraction(x2, n2)
    pooled = Fraction(x1 + x2, n1 + n2)
    variance = pooled * (1 - pooled) * (Fraction(1, n1) + Fraction(1, n2))
    z = float(p1 - p2) / math.sqrt(variance) if p1 != p2 else 0.0
    half = NORMAL_975 * math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    return TwoShares(
        p1=float(p1),
        p2=float(p2),
        n1=n1,
        n2=n2,
        difference=float(p1 - p2),
        uplift=float(p2 / p1 - 1) if p1 else None,
        z=z,
        p=math.erfc(abs(z) / math.sqrt(2)),
        interval=(float(p1 - p2) - half, float(p1 - p2) + half),
    )


def paired_shares(both: int, only_1: int, only_2: int, neither: int) -> PairedShares:
    """Both arms on the same cases: how many both had right, only arm 1, only arm 2, neither.

    p is the exact two-sided binomial on the discordant pairs (1 without any); the 95 % interval is Wald's for paired
    shares. RuleError names /both_right, /only_champion_right, /only_challenger_right or /both_wrong.
    """
    count(both, "/both_right")
    count(only_1, "/only_champion_right", most=MOST_PAIRS)
    count(only_2, "/only_challenger_right", most=MOST_PAIRS)
    count(neither, "/both_wrong")
    pairs, discordant = both + only_1 + only_2 + neither, only_1 + only_2
    if not pairs:
        raise RuleError("empty", "Give one pair at least.", "")
    p1, p2 = Fraction(both + only_1, pairs), Fraction(both + only_2, pairs)
    variance = (Fraction(discordant, pairs) - (p1 - p2) ** 2) / pairs
    half = NORMAL_975 * math.sqrt(variance)
    return PairedShares(
        p1=float(p1),
        p2=float(p2),
        pairs=pairs,
        discordant=discordant,
        difference=float(p1 - p2),
        uplift=float(p2 / p1 - 1) if p1 else None,
        p=even_binomial(min(only_1, only_2), discordant),
        interval=(float(p1 - p2) - half, float(p1 - p2) + half),
    )


def two_means(mean1: Number, sd1: Number, n1: int, mean2: Number, sd2: Number, n2: int) -> TwoMeans:
    """Means with their sample standard deviations (n - 1) and sizes, two at least in each arm: Welch's t test.

    The 95 % interval uses the same standard error. uplift is None where mean 1 is not above 0: a share of nothing,
    or of a negative number, says nothing. RuleError names /mean1, /sd1, /n1, /mean2, /sd2 or /n2.
    """
    m1, m2 = Fraction(sized(mean1, "/mean1")), Fraction(sized(mean2, "/mean2"))
    s1, s2 = Fraction(not_negative(sd1, "/sd1")), Fraction(not_negative(sd2, "/sd2"))
    count(n1, "/n1", least=2)
    count(n2, "/n2", least=2)
    difference, uplift = m1 - m2, float(m2 / m1 - 1) if m1 > 0 else None
    e1, e2 = s1**2 / n1, s2**2 / n2
    found = TwoMeans(float(m1), float(m2), n1, n2, float(difference), uplift, None, None, None, None)
    if not e1 + e2:
        return found
    error = math.sqrt(e1 + e2)
    degrees = float((e1 + e2) ** 2 / (e1**2 / (n1 - 1) + e2**2 / (n2 - 1)))
    t = float(difference) / error
    half = point(SIGNIFICANCE, degrees) * error
    interval = (float(difference) - half, float(difference) + half)
    return TwoMeans(
        found.mean1,
        found.mean2,
        n1,
        n2,
        found.difference,
        uplift,
        t,
        degrees,
        two_sided(t, degrees),
        interval,
    )


def even_binomial(fewer: int, of: int) -> float:
    """The exact two-sided p of `fewer` heads in `of` throws of an even coin, `fewer` being the smaller side.

    Twice the tail P(X <= fewer), 1 at most. Its largest term comes from logarithms of 60 digits, the others from
    the ratio of neighbours, so the cost grows with the root of `of`.
    """
    if 2 * fewer >= of:
        return 1.0
    arranged = EXACT.subtract(
        _log_factorial(of), EXACT.add(_log_factorial(fewer), _log_factorial(of - fewer))
    )
    log = EXACT.subtract(arranged, EXACT.multiply(Decimal(of), EXACT.ln(Decimal(2))))
    term = total = float(EXACT.exp(log))
    for number in range(fewer, 0, -1):
        term *= number / (of - number + 1)
        total += term
        if term < total * 1e-17:
            break
    return min(1.0, 2 * total)


def _log_factorial(number: int) -> Decimal:
    """ln(n!), exact up to 255, above by Stirling's series with five terms: right to more than 25 places."""
    if number < 256:
        return EXACT.ln(Decimal(math.factorial(number)))
    n = Decimal(number)
    halved = EXACT.divide(EXACT.ln(EXACT.multiply(_TWO_PI, n)), Decimal(2))
    found = EXACT.add(EXACT.multiply(n, EXACT.subtract(EXACT.ln(n), Decimal(1))), halved)
    for power, divisor in _STIRLING:
        found = EXACT.add(found, EXACT.divide(Decimal(1), EXACT.multiply(divisor, EXACT.power(n, power))))
    return found


def _within(x: int, n: int, at_x: str, at_n: str) -> None:
    count(n, at_n, least=1)
    count(x, at_x)
    if x > n:
        raise RuleError("more_than_all", f"Give {n} or less: no more can succeed than there are.", at_x)
