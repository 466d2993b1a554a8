"""Control charts of a series: EWMA, tabular CUSUM, Page-Hinkley. When did the level move, and by which rule.

The recursions run in 60-digit decimals, so that a sum of exactly the limit is exactly the limit, and no signal: all
three signal strictly beyond it. Series are in time order; indices count from 0.

Sources: NIST/SEMATECH e-Handbook of Statistical Methods 6.3.2.3 (CUSUM) and 6.3.2.4 (EWMA); Montgomery, Introduction
to Statistical Quality Control, chapter 9; Page (1954), Biometrika 41; the Page-Hinkley detector of the River library.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from domain.kpi_figures import EXACT
from domain.series import Number, count, finite, not_negative, positive, series, weight

__all__ = [
    "Cusum",
    "Detection",
    "Ewma",
    "Limits",
    "Mode",
    "PageHinkley",
    "Side",
    "cusum",
    "ewma",
    "page_hinkley",
]

_ZERO, _ONE, _TWO = Decimal(0), Decimal(1), Decimal(2)
PH_MIN_INSTANCES: Final = 30
PH_DELTA: Final = Decimal("0.005")
PH_THRESHOLD: Final = Decimal(50)
PH_ALPHA: Final = Decimal("0.9999")


class Limits(StrEnum):
    """How wide an EWMA's limits are: as they are at each step, or as they become after many."""

    EXACT = "exact"
    ASYMPTOTIC = "asymptotic"


class Mode(StrEnum):
    """Which moves Page-Hinkley looks for."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


class Side(StrEnum):
    """Which way the level moved."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Ewma:
    """statistic, upper and lower have the length of the series; signals are the indices outside the limits."""

    statistic: tuple[Decimal, ...]
    upper: tuple[Decimal, ...]
    lower: tuple[Decimal, ...]
    signals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cusum:
    """high, low (S+ and S-, both 0 or more) and running (the plain sum of x - target) have the series' length."""

    high: tuple[Decimal, ...]
    low: tuple[Decimal, ...]
    running: tuple[Decimal, ...]
    signals_high: tuple[int, ...]
    signals_low: tuple[int, ...]

    @property
    def first_signal(self) -> int | None:
        """The index of the first signal on either side."""
        return min((*self.signals_high[:1], *self.signals_low[:1]), default=None)


@dataclass(frozen=True, slots=True)
class Detection:
    """Page-Hinkley's statistic passed its threshold at `index`, upward or downward."""

    index: int
    value: Decimal
    side: Side
    statistic: Decimal


@dataclass(frozen=True, slots=True)
class PageHinkley:
    """The detections in time order; after each the detector began anew with the next value."""

    detections: tuple[Detection, ...]


def ewma(
    values: Sequence[Number],
    *,
    target: Number,
    sigma: Number,
    lambda_: Number,
    width: Number,
    limits: Limits = Limits.EXACT,
) -> Ewma:
    """The exponentially weighted moving average z = lambda x + (1 - lambda) z, starting at the target.

    sigma: the standard deviation of one value, in its unit. width: L, how many sigma of z the limits lie from the
    target: L sigma sqrt(lambda / (2 - lambda) (1 - (1 - lambda)^(2 i))), asymptotic without the last factor. With
    lambda 1 it is the chart of the values themselves. Signal: strictly outside the limits.
    RuleError names /values, /target, /sigma, /lambda or /L.
    """
    given = series(values, "/values")
    centre = finite(target, "/target")
    spread = EXACT.multiply(positive(width, "/L"), positive(sigma, "/sigma"))
    new = weight(lambda_, "/lambda")
    old = EXACT.subtract(_ONE, new)
    fade = EXACT.multiply(old, old)
    variance, share, left = EXACT.multiply(spread, spread), EXACT.subtract(_TWO, new), fade
    statistic, upper, lower, signals = [], [], [], []
    z = centre
    for index, value in enumerate(given):
        z = EXACT.add(EXACT.multiply(new, value), EXACT.multiply(old, z))
        settled = _ONE if limits is Limits.ASYMPTOTIC else EXACT.subtract(_ONE, left)
        left = EXACT.multiply(left, fade)
        # Compared as squares and multiplied out, so that neither a root nor a quotient blurs a value on the limit.
        squared = EXACT.multiply(variance, EXACT.multiply(new, settled))
        away = EXACT.subtract(z, centre)
        if EXACT.multiply(EXACT.multiply(away, away), share) > squared:
            signals.append(index)
        half = EXACT.sqrt(EXACT.divide(squared, share))
        statistic.append(z)
        upper.append(EXACT.add(centre, half))
        lower.append(EXACT.subtract(centre, half))
    return Ewma(tuple(statistic), tuple(upper), tuple(lower), tuple(signals))


def cusum(values: Sequence[Number], *, target: Number, k: Number, h: Number) -> Cusum:
    """Tabular CUSUM: S+ = max(0, S+ + x - target - k), S- = max(0, S- + target - x - k), both from 0.

    k (the slack) and h (the decision interval) are in the unit of the values. Signal: strictly above h; nothing is
    reset after one. RuleError names /values, /target, /k or /h.
    """
    given = series(values, "/values")
    centre = finite(target, "/target")
    slack, interval = not_negative(k, "/k"), positive(h, "/h")
    high, low, running = [], [], []
    up = down = total = _ZERO
    for value in given:
        away = EXACT.subtract(value, centre)
        up = max(_ZERO, EXACT.subtract(EXACT.add(up, away), slack))
        down = max(_ZERO, EXACT.subtract(EXACT.subtract(down, away), slack))
        total = EXACT.add(total, away)
        high.append(up)
        low.append(down)
        running.append(total)
    return Cusum(
        high=tuple(high),
        low=tuple(low),
        running=tuple(running),
        signals_high=tuple(index for index, one in enumerate(high) if one > interval),
        signals_low=tuple(index for index, one in enumerate(low) if one > interval),
    )


def page_hinkley(
    values: Sequence[Number],
    *,
    min_instances: int = PH_MIN_INSTANCES,
    delta: Number = PH_DELTA,
    threshold: Number = PH_THRESHOLD,
    alpha: Number = PH_ALPHA,
    mode: Mode = Mode.BOTH,
) -> PageHinkley:
    """Page-Hinkley as River defines it: the mean takes in the value first, then the sums are faded by alpha.

    up: sum of x - mean - delta over its smallest so far; down: sum of x - mean + delta under its largest so far.
    Detection: from the `min_instances`-th value on, strictly above the threshold; then all begins anew with the next
    value. delta and threshold are in the unit of the values; the defaults are River's.
    RuleError names /values, /min_instances, /delta, /threshold or /alpha.
    """
    given = series(values, "/values")
    least = count(min_instances, "/min_instances", least=1)
    slack, limit = not_negative(delta, "/delta"), positive(threshold, "/threshold")
    keep = weight(alpha, "/alpha")
    found: list[Detection] = []
    watch = _Watch(slack, keep)
    for index, value in enumerate(given):
        up, down = watch.take(value)
        if watch.seen < least:
            continue
        if mode is not Mode.DOWN and up > limit:
            found.append(Detection(index, value, Side.UP, up))
        elif mode is not Mode.UP and down > limit:
            found.append(Detection(index, value, Side.DOWN, down))
        else:
            continue
        watch = _Watch(slack, keep)
    return PageHinkley(tuple(found))


class _Watch:
    """Page-Hinkley between two detections."""

    def __init__(self, delta: Decimal, alpha: Decimal) -> None:
        self.delta, self.alpha = delta, alpha
        self.seen = 0
        self.total = self.up = self.down = _ZERO
        self.smallest: Decimal | None = None
        self.largest: Decimal | None = None

    def take(self, value: Decimal) -> tuple[Decimal, Decimal]:
        """The two statistics after one more value, both 0 or more."""
        self.seen += 1
        self.total = EXACT.add(self.total, value)
        away = EXACT.subtract(value, EXACT.divide(self.total, Decimal(self.seen)))
        self.up = EXACT.subtract(EXACT.add(EXACT.multiply(self.alpha, self.up), away), self.delta)
        self.down = EXACT.add(EXACT.add(EXACT.multiply(self.alpha, self.down), away), self.delta)
        self.smallest = self.up if self.smallest is None else min(self.smallest, self.up)
        self.largest = self.down if self.largest is None else max(self.largest, self.down)
        return EXACT.subtract(self.up, self.smallest), EXACT.subtract(self.largest, self.down)
