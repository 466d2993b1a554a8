"""What success is for a KPI, as somebody says it: read, checked, and refused where it contradicts itself.

What is only missing is kept: a KPI without a target or a baseline is judged invalid or without baseline, and says so.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypedDict

from core.errors import Problem, field_error
from core.text import clean
from domain.kpi import Definition
from domain.kpi_codes import Defect, Shape
from domain.kpi_words import defect_words
from kpis.models import KpiVersion
from kpis.services import limits
from kpis.translate import definition_from


class Success(TypedDict, total=False):
    """The fields of a version. Shares (amber ... required_compliance) are 0 to 1; `curve` holds pairs of them."""

    shape: str
    direction: str
    baseline: Decimal | None
    baseline_on: date | None
    baseline_source: str
    target: Decimal | None
    target_on: date | None
    curve: Sequence[Sequence[Decimal]]
    lower: Decimal | None
    upper: Decimal | None
    cadence_days: int
    stale_after_days: int | None
    settle_days: int
    amber: Decimal
    red: Decimal
    hysteresis: Decimal
    confirm_worse: int
    warn_margin: Decimal | None
    warn_fraction: Decimal
    required_compliance: Decimal


FIELDS: Final = tuple(Success.__annotations__)
_NUMBERS: Final = ("baseline", "target", "lower", "upper", "warn_margin")
_SHARES: Final = ("amber", "red", "hysteresis", "warn_fraction", "required_compliance")
_DAYS: Final = {"cadence_days": 1, "settle_days": 0, "stale_after_days": 0, "confirm_worse": 1}
_LONGEST: Final = 3_650
_MAY_BE_EMPTY: Final = {"stale_after_days"}
# Not said yet is not wrong: the algebra has an answer to it.
_UNSAID: Final = {
    Defect.TARGET_MISSING_OR_NOT_A_NUMBER,
    Defect.TARGET_DATE_MISSING,
    Defect.BASELINE_DATE_MISSING,
    Defect.NO_BOUND,
}
_PLACE: Final = {
    Defect.TARGET_DATE_NOT_AFTER_BASELINE_DATE: "target_on",
    Defect.BASELINE_EQUALS_TARGET: "target",
    Defect.TARGET_ON_WRONG_SIDE_OF_BASELINE: "target",
    Defect.RED_BELOW_AMBER: "red",
    Defect.CURVE_INVALID: "curve",
    Defect.CADENCE_INVALID: "cadence_days",
    Defect.HYSTERESIS_INVALID: "hysteresis",
    Defect.FLOOR_ABOVE_CAP: "lower",
}


def write_success(version: KpiVersion, said: Success) -> None:
    """Put what was said on the version. Raises Problem 400 at the field that is wrong; what is not said stays."""
    for name in said:
        if name not in FIELDS:
            raise field_error(name, "Not part of a KPI's definition.", code="field_not_writable")
        setattr(version, name, _read(name, said[name]))  # type: ignore[literal-required]
    defect = built(version).defect
    if defect is not None and defect not in _UNSAID:
        raise refusal(defect)
    if version.shape == Shape.TRAJECTORY and version.curve and len(version.curve) > 50:
        raise field_error("curve", "Give at most 50 points.", code="too_many")


def refusal(defect: Defect) -> Problem:
    """A definition that contradicts itself, as 400 at the field that can mend it."""
    sentence, remedy = defect_words(defect)
    return field_error(_PLACE.get(defect, "shape"), f"{sentence} {remedy}", code=defect.value)


def built(version: KpiVersion) -> Definition:
    """The version as the rules read it, before it is stored."""
    return definition_from({name: getattr(version, name) for name in FIELDS if name != "baseline_source"})


def _read(name: str, value: Any) -> Any:
    if name == "baseline_source":
        return clean(name, value, limit=200)
    if name in {"shape", "direction"}:
        known: Mapping[str, Any] = {"shape": KpiVersion.Shape, "direction": KpiVersion.Direction}
        if value not in known[name].values:
            raise field_error(name, f"Choose one of: {', '.join(known[name].values)}.", code="invalid_choice")
        return value
    if name == "curve":
        return [[f"{_share(name, x):f}", f"{_share(name, y):f}"] for x, y in _pairs(value)]
    if value is None:
        if name in _NUMBERS or name in _MAY_BE_EMPTY or name.endswith("_on"):
            return None
        raise field_error(name, "This cannot be empty.", code="required")
    if name in _NUMBERS:
        return limits.require_number(name, value)
    if name in _SHARES:
        return _share(name, value)
    if name in _DAYS:
        return _whole(name, value)
    return limits.require_day(name, value)


def _pairs(value: Any) -> list[tuple[Decimal, Decimal]]:
    if not all(len(point) == 2 for point in value):
        raise field_error(
            "curve", "Give each point as two shares: of the time, and of the way.", code="not_a_point"
        )
    return [(point[0], point[1]) for point in value]


def _share(name: str, value: Decimal) -> Decimal:
    found = limits.kept(value)
    if found is None or not 0 <= found <= 1 or -int(found.as_tuple().exponent) > 6:
        raise field_error(
            name, "Give a share from 0 to 1 with at most 6 places: 0.25 is a quarter.", code="not_a_share"
        )
    return found


def _whole(name: str, value: int) -> int:
    if not _DAYS[name] <= value <= _LONGEST:
        raise field_error(name, f"Give a whole number from {_DAYS[name]} to {_LONGEST}.", code="out_of_range")
    return value
