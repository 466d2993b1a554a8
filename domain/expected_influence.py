"""Expected influence: what somebody thought, before development, that a model would do to a KPI; and what it did.

A forecast is three changes of the KPI against its baseline, in the KPI's own unit: low, likely, high. It proves
something only when it was frozen before the result could be known.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.errors import RuleError
from domain.kpi_figures import EXACT, ratio
from domain.kpi_words import amount, day, points


class Position(StrEnum):
    """Where the actual change lies in the range that was forecast; an edge belongs to it."""

    BELOW = "below"
    INSIDE = "inside"
    ABOVE = "above"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Three changes in the KPI's unit (-5 = five less than the baseline), in rising order; who said so and when.

    frozen_at, frozen_on: the gate and the day it was frozen; None = it can still be changed and proves nothing.
    RuleError: `not_a_number`, `range_out_of_order`, with a pointer.
    """

    low: Decimal
    likely: Decimal
    high: Decimal
    said_on: date
    said_by: str = ""
    because: str = ""
    frozen_at: str | None = None
    frozen_on: date | None = None

    def __post_init__(self) -> None:
        for name in ("low", "likely", "high"):
            if not getattr(self, name).is_finite():
                raise RuleError("not_a_number", "Give a finite number.", f"/{name}")
        if not self.low <= self.likely <= self.high:
            raise RuleError("range_out_of_order", "Give low, likely and high in rising order.", "/likely")

    @property
    def frozen(self) -> bool:
        return self.frozen_on is not None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The comparison. error: actual less likely, in the unit; relative_error: as a share of the likely change.

    Both None while unknown; relative_error also when the likely change was 0.
    """

    position: Position
    error: Decimal | None
    relative_error: Decimal | None
    sentence: str
    clears_when: str


def freeze(forecast: Forecast, *, gate: str, on: date, development_on: date | None) -> Forecast:
    """The forecast as frozen at a gate.

    RuleError: `already_frozen`; `frozen_before_said`; `said_after_development` when development (its first day, None =
    not begun) began before the forecast was made: then it is no forecast.
    """
    if forecast.frozen_on is not None:
        raise RuleError(
            "already_frozen",
            f"The forecast was frozen at {forecast.frozen_at} on {day(forecast.frozen_on)} and stays as it is.",
            "/forecast",
        )
    if on < forecast.said_on:
        raise RuleError(
            "frozen_before_said",
            f"The forecast was made on {day(forecast.said_on)}: freeze it then or later.",
            "/on",
        )
    if development_on is not None and forecast.said_on > development_on:
        raise RuleError(
            "said_after_development",
            f"Development began on {day(development_on)}, before the forecast of {day(forecast.said_on)}. "
            "Record what happened as an observation, not as a forecast.",
            "/said_on",
        )
    return replace(forecast, frozen_at=gate, frozen_on=on)


def changed(forecast: Forecast, *, low: Decimal, likely: Decimal, high: Decimal, on: date) -> Forecast:
    """The forecast with other numbers, said on another day. RuleError `already_frozen` once it is frozen."""
    if forecast.frozen_on is not None:
        raise RuleError(
            "already_frozen",
            f"The forecast was frozen at {forecast.frozen_at} on {day(forecast.frozen_on)} and stays as it is.",
            "/forecast",
        )
    return replace(forecast, low=low, likely=likely, high=high, said_on=on)


def compare(forecast: Forecast | None, actual: Decimal | None, *, unit: str = "") -> Outcome:
    """The actual change against the forecast. `actual` is value less baseline; None = no value, or no baseline."""
    if forecast is None:
        return _unknown("No influence was forecast.", "Nothing: a forecast after the fact is none.")
    if not forecast.frozen:
        return _unknown(
            "The forecast was never frozen, so it cannot be held against the result.",
            "Freezing it at a gate before development.",
        )
    span = f"{amount(forecast.low)} to {amount(forecast.high, unit)}, likely {amount(forecast.likely, unit)}"
    if actual is None or not actual.is_finite():
        return _unknown(
            f"Forecast was a change of {span}; the actual change is unknown.", "A baseline and a reading."
        )
    position = Position.INSIDE
    if actual < forecast.low:
        position = Position.BELOW
    elif actual > forecast.high:
        position = Position.ABOVE
    error = EXACT.subtract(actual, forecast.likely)
    relative = ratio(error, abs(forecast.likely)) if forecast.likely else None
    off = f", {points(abs(relative))} % {'above' if error > 0 else 'below'} the likely" if relative else ""
    return Outcome(
        position=position,
        error=error,
        relative_error=relative,
        sentence=f"The change of {amount(actual, unit)} lies {position} the forecast of {span}{off}.",
        clears_when="Nothing: the forecast is frozen. A later reading is compared anew.",
    )


def _unknown(sentence: str, clears_when: str) -> Outcome:
    return Outcome(Position.UNKNOWN, None, None, sentence, clears_when)
