"""What success is for one KPI, as said in one version of its definition, and what can be wrong with it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final, NamedTuple, TypeGuard

from domain.kpi_codes import Defect, Direction, Shape, State
from domain.kpi_figures import EXACT

SETTLE_DAYS: Final = 14
AMBER: Final = Decimal("0.10")
RED: Final = Decimal("0.25")
HYSTERESIS: Final = Decimal("0.02")
CONFIRM_WORSE: Final = 1
WARN_FRACTION: Final = Decimal("0.10")
REQUIRED_COMPLIANCE: Final = Decimal("0.90")

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)


class Plan(NamedTuple):
    """A sound definition in the form the arithmetic wants. Days are proleptic ordinals (`date.toordinal`).

    close: the last day of the settling window, None when there is no target date.
    span: target less baseline. length: days from the baseline date to the target date.
    amber_back, red_back: the boundaries a better reading has to beat. warn_below, warn_above: the inner edges of the
    warn zone; None on a side without a bound or without a zone.
    """

    band: bool
    start: int
    target_day: int | None
    close: int | None
    stale_after: int
    baseline: Decimal | None
    span: Decimal
    length: int
    amber_back: Decimal
    red_back: Decimal
    warn_below: Decimal | None
    warn_above: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One version of a KPI's definition.

    Numbers are in the KPI's own unit; amber, red and hysteresis are shares of the way from baseline to target;
    `curve` holds (share of the time, share of the way) points between (0, 0) and (1, 1); `required_compliance` is
    the share of periods a band must be met. `stale_after_days` None = 1.5 times the cadence, rounded up.
    `baseline`, `direction`, `curve`, `amber` ... speak for a trajectory; `lower` ... `required_compliance` for a band.

    Building one with an unknown shape, direction or state raises ValueError. Any other flaw is kept and named by
    `definition_error`, because a broken definition is an answer ("invalid"), not an accident.
    """

    shape: Shape
    direction: Direction = Direction.HIGHER
    baseline: Decimal | None = None
    baseline_on: date | None = None
    target: Decimal | None = None
    target_on: date | None = None
    curve: tuple[tuple[Decimal, Decimal], ...] = ()
    cadence_days: int
    stale_after_days: int | None = None
    settle_days: int = SETTLE_DAYS
    amber: Decimal = AMBER
    red: Decimal = RED
    hysteresis: Decimal = HYSTERESIS
    confirm_worse: int = CONFIRM_WORSE
    lower: Decimal | None = None
    upper: Decimal | None = None
    warn_margin: Decimal | None = None
    warn_fraction: Decimal = WARN_FRACTION
    required_compliance: Decimal = REQUIRED_COMPLIANCE
    state: State = State.ACTIVE
    # Worked out once per definition, because every reading of the KPI asks for them.
    defect: Defect | None = field(init=False, repr=False, compare=False)
    plan: Plan | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keep = object.__setattr__
        # A plain word from a database column or a document becomes the code it means.
        keep(self, "shape", Shape(self.shape))
        keep(self, "direction", Direction(self.direction))
        keep(self, "state", State(self.state))
        defect = _band_defect(self) if self.shape is Shape.BAND else _trajectory_defect(self)
        keep(self, "defect", defect)
        keep(self, "plan", _plan(self) if defect is None else None)


def definition_error(definition: Definition) -> str | None:
    """The first thing that is broken in `definition`, as a `Defect` code, or None when it is sound."""
    return definition.defect


def _finite(value: Decimal | None) -> TypeGuard[Decimal]:
    return value is not None and value.is_finite()


def _trajectory_defect(it: Definition) -> Defect | None:
    if not _finite(it.target):
        return Defect.TARGET_MISSING_OR_NOT_A_NUMBER
    if it.target_on is None:
        return Defect.TARGET_DATE_MISSING
    if it.baseline_on is None:
        return Defect.BASELINE_DATE_MISSING
    if it.target_on <= it.baseline_on:
        return Defect.TARGET_DATE_NOT_AFTER_BASELINE_DATE
    if it.baseline is not None:
        if not it.baseline.is_finite():
            return Defect.BASELINE_NOT_A_NUMBER
        if it.baseline == it.target:
            return Defect.BASELINE_EQUALS_TARGET
        if (it.target > it.baseline) is not (it.direction is Direction.HIGHER):
            return Defect.TARGET_ON_WRONG_SIDE_OF_BASELINE
    return _tolerance_defect(it)


def _tolerance_defect(it: Definition) -> Defect | None:
    if not (it.amber.is_finite() and it.red.is_finite() and it.red >= it.amber):
        return Defect.RED_BELOW_AMBER
    if it.curve and not _curve_is_sound(it.curve):
        return Defect.CURVE_INVALID
    if it.cadence_days < 1:
        return Defect.CADENCE_INVALID
    if not (it.hysteresis.is_finite() and 0 <= it.hysteresis <= it.amber):
        return Defect.HYSTERESIS_INVALID
    return None


def _curve_is_sound(curve: tuple[tuple[Decimal, Decimal], ...]) -> bool:
    """Time strictly rises inside (0, 1); the way expected stays within [0, 1] and never goes back."""
    if not all(x.is_finite() and y.is_finite() for x, y in curve):
        return False
    points = ((_ZERO, _ZERO), *curve, (_ONE, _ONE))
    return all(x0 < x1 and y0 <= y1 for (x0, y0), (x1, y1) in pairwise(points))


def _band_defect(it: Definition) -> Defect | None:
    for bound in (it.lower, it.upper, it.warn_margin, it.warn_fraction):
        if bound is not None and not bound.is_finite():
            return Defect.BOUND_NOT_A_NUMBER
    if it.lower is None and it.upper is None:
        return Defect.NO_BOUND
    if it.lower is not None and it.upper is not None and it.lower > it.upper:
        return Defect.FLOOR_ABOVE_CAP
    if it.baseline_on is None:
        return Defect.BASELINE_DATE_MISSING
    if it.target_on is not None and it.target_on <= it.baseline_on:
        return Defect.TARGET_DATE_NOT_AFTER_BASELINE_DATE
    if it.cadence_days < 1:  # without a period there is no compliance
        return Defect.CADENCE_INVALID
    return None


def _plan(it: Definition) -> Plan:
    if it.baseline_on is None:  # a sound definition has one
        raise ValueError("a plan needs a baseline date")
    start = it.baseline_on.toordinal()
    target_day = None if it.target_on is None else it.target_on.toordinal()
    stale_after = it.stale_after_days
    if stale_after is None:
        stale_after = (3 * it.cadence_days + 1) // 2
    band = it.shape is Shape.BAND
    span = _ZERO
    if not band and it.baseline is not None and it.target is not None:
        span = EXACT.subtract(it.target, it.baseline)
    warn_below, warn_above = _warn_zone(it) if band else (None, None)
    return Plan(
        band=band,
        start=start,
        target_day=target_day,
        close=None if target_day is None else target_day + it.settle_days,
        stale_after=stale_after,
        baseline=it.baseline,
        span=span,
        length=0 if target_day is None else target_day - start,
        amber_back=_ZERO if band else EXACT.subtract(it.amber, it.hysteresis),
        red_back=_ZERO if band else EXACT.subtract(it.red, it.hysteresis),
        warn_below=warn_below,
        warn_above=warn_above,
    )


def _warn_zone(it: Definition) -> tuple[Decimal | None, Decimal | None]:
    """The inner edges of the warn zone. Equal bounds have none: only the exact value is inside."""
    lower, upper = it.lower, it.upper
    if lower is not None and upper is not None:
        if lower == upper:
            return None, None
        margin = it.warn_margin
        if margin is None:
            margin = EXACT.multiply(it.warn_fraction, EXACT.subtract(upper, lower))
    else:
        margin = _ZERO if it.warn_margin is None else it.warn_margin
    return (
        None if lower is None else EXACT.add(lower, margin),
        None if upper is None else EXACT.subtract(upper, margin),
    )
