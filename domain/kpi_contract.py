"""A KPI contract: all that was promised when the KPI was agreed, as one value that can be sealed and compared.

It holds more than `domain.kpi.Definition`, which is only the part that judges readings: here is also what is measured,
on whom, from where, who judges, and what the KPI counts for.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.kpi_codes import Direction, Shape, State
from domain.kpi_definition import (
    AMBER,
    CONFIRM_WORSE,
    HYSTERESIS,
    RED,
    REQUIRED_COMPLIANCE,
    SETTLE_DAYS,
    WARN_FRACTION,
    Definition,
)


class Kind(StrEnum):
    """What a KPI is about. A model metric says how good a model is, never what it is good for."""

    BUSINESS = "business"
    OPERATIONAL = "operational"
    USER = "user"
    COMPLIANCE = "compliance"
    GUARD = "guard"
    MODEL_METRIC = "model_metric"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One version of everything a KPI promises. A blank text and None both say: nobody recorded it.

    window: the time one reading is counted over ("calendar month"). source: where readings come from.
    baseline_from, baseline_to: the period the baseline was taken over; baseline_on: the day it is true of, from which
    the way is counted. target_percent: a relative target, the change in percent of the baseline (-30 = 30 % less).
    judged: readings are a named person's judgement, on `scale` (worst first), by `judge` (the person's id).
    primary, weight: what it counts for in its initiative. parent: the reference of the KPI above it, and roll_up how
    its own children are put together. serves, serves_because: the KPI a model metric stands for, and why.
    The rest is that of `domain.kpi.Definition`, by the same names.
    """

    name: str
    kind: str
    definition: str = ""
    formula: str = ""
    population: str = ""
    window: str = ""
    unit: str = ""
    source: str = ""
    shape: Shape
    direction: Direction = Direction.HIGHER
    baseline: Decimal | None = None
    baseline_method: str = ""
    baseline_from: date | None = None
    baseline_to: date | None = None
    baseline_on: date | None = None
    baseline_source: str = ""
    target: Decimal | None = None
    target_percent: Decimal | None = None
    target_on: date | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    curve: tuple[tuple[Decimal, Decimal], ...] = ()
    cadence_days: int = 30
    stale_after_days: int | None = None
    settle_days: int = SETTLE_DAYS
    amber: Decimal = AMBER
    red: Decimal = RED
    hysteresis: Decimal = HYSTERESIS
    confirm_worse: int = CONFIRM_WORSE
    warn_margin: Decimal | None = None
    warn_fraction: Decimal = WARN_FRACTION
    required_compliance: Decimal = REQUIRED_COMPLIANCE
    judged: bool = False
    scale: tuple[str, ...] = ()
    judge: int | None = None
    primary: bool = False
    weight: Decimal = Decimal(1)
    parent: str = ""
    roll_up: str = ""
    serves: str = ""
    serves_because: str = ""

    def __post_init__(self) -> None:
        keep = object.__setattr__
        keep(self, "shape", Shape(self.shape))
        keep(self, "direction", Direction(self.direction))

    @property
    def stale_after(self) -> int:
        """Days after which a reading is too old, whether said or following from the cadence."""
        return (3 * self.cadence_days + 1) // 2 if self.stale_after_days is None else self.stale_after_days

    def rule(self, state: State = State.ACTIVE) -> Definition:
        """The part that judges readings, for `domain.kpi.assess`: so the same readings can be judged as sealed."""
        return Definition(
            shape=self.shape,
            direction=self.direction,
            baseline=self.baseline,
            baseline_on=self.baseline_on,
            target=self.target,
            target_on=self.target_on,
            curve=self.curve,
            cadence_days=self.cadence_days,
            stale_after_days=self.stale_after_days,
            settle_days=self.settle_days,
            amber=self.amber,
            red=self.red,
            hysteresis=self.hysteresis,
            confirm_worse=self.confirm_worse,
            lower=self.lower,
            upper=self.upper,
            warn_margin=self.warn_margin,
            warn_fraction=self.warn_fraction,
            required_compliance=self.required_compliance,
            state=state,
        )
