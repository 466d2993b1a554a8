"""What one reading says by itself: how far along, how far it should be, and the state it would put the KPI in."""

from decimal import Decimal
from typing import NamedTuple

from domain.kpi_codes import Status
from domain.kpi_definition import Definition, Plan
from domain.kpi_figures import EXACT, NOTHING, SIX_PLACES, WHOLE, ratio, rounded


class Verdict(NamedTuple):
    """`raw`: the state by the plain boundaries. `back`: the state when the boundaries must be beaten by the hysteresis.

    Where the two agree the reading decides alone, whatever came before it (unless worse needs confirming).
    """

    raw: Status
    back: Status


def progress_of(plan: Plan, value: Decimal) -> Decimal:
    """The share of the way from baseline to target, 6 places, not clamped: (v - baseline) / (target - baseline)."""
    baseline = plan.baseline
    if baseline is None:
        raise ValueError("no progress without a baseline")
    return ratio(EXACT.subtract(value, baseline), plan.span)


def expected_on(definition: Definition, plan: Plan, day: int) -> Decimal:
    """The share of the way that should be done by `day`, 6 places: the curve at the elapsed share of the time.

    The curve is piecewise linear through (0, 0), the definition's points and (1, 1). One division at the end, so that
    a third of the time is not rounded before it is used.
    """
    elapsed = day - plan.start
    if elapsed <= 0:
        return NOTHING
    if elapsed >= plan.length:
        return WHOLE
    days, length = Decimal(elapsed), Decimal(plan.length)
    if not definition.curve:
        return ratio(days, length)
    x0 = y0 = Decimal(0)
    x1 = y1 = Decimal(1)
    for x, y in definition.curve:
        if EXACT.multiply(x, length) >= days:
            x1, y1 = x, y
            break
        x0, y0 = x, y
    # y0 + (y1 - y0) * (days / length - x0) / (x1 - x0), over one denominator
    width = EXACT.multiply(length, EXACT.subtract(x1, x0))
    into = EXACT.subtract(days, EXACT.multiply(x0, length))
    climb = EXACT.multiply(EXACT.subtract(y1, y0), into)
    whole = EXACT.add(EXACT.multiply(y0, width), climb)
    return rounded(EXACT.divide(whole, width), SIX_PLACES)


def inside(definition: Definition, value: Decimal) -> bool:
    """Whether `value` is within the band; an edge belongs to it."""
    lower, upper = definition.lower, definition.upper
    return (lower is None or value >= lower) and (upper is None or value <= upper)


def verdict(definition: Definition, plan: Plan, day: int, value: Decimal) -> Verdict:
    """What a reading of `value`, true of `day` (ordinal), says by itself. Not for a trajectory without a baseline."""
    if plan.band:
        return _BAND_VERDICTS[_band_status(definition, plan, value)]
    progress = progress_of(plan, value)
    if progress >= 1:
        return _ACHIEVED
    shortfall = EXACT.subtract(expected_on(definition, plan, day), progress)
    if shortfall <= definition.amber:
        raw = Status.ON_TRACK
    elif shortfall <= definition.red:
        raw = Status.AT_RISK
    else:
        return _OFF_TRACK
    if shortfall <= plan.amber_back:
        return Verdict(raw, Status.ON_TRACK)
    return Verdict(raw, Status.AT_RISK if shortfall <= plan.red_back else Status.OFF_TRACK)


def _band_status(definition: Definition, plan: Plan, value: Decimal) -> Status:
    if not inside(definition, value):
        return Status.OFF_TRACK
    below, above = plan.warn_below, plan.warn_above
    if (below is not None and value < below) or (above is not None and value > above):
        return Status.AT_RISK
    return Status.ON_TRACK


_ACHIEVED = Verdict(Status.ACHIEVED, Status.ACHIEVED)
_OFF_TRACK = Verdict(Status.OFF_TRACK, Status.OFF_TRACK)
# A band needs no margin on the way back.
_BAND_VERDICTS = {
    status: Verdict(status, status) for status in (Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK)
}
