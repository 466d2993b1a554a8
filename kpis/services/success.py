"""What success is for a KPI, as somebody says it: read, checked, and refused where it contradicts itself.

What is only missing is kept: a KPI without a target or a baseline is judged invalid or without baseline, and says so.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypedDict

from core.errors import Problem, field_error
from core.text import clean
from domain.errors import RuleError
from domain.kpi import Definition
from domain.kpi_codes import Defect, Direction, Shape
from domain.kpi_words import defect_words
from domain.relative_target import resolve
from kpis.models import KpiVersion
from kpis.services import limits
from kpis.translate import definition_from, percent_of


class Success(TypedDict, total=False):
    """The fields of a version. Shares (amber ... required_compliance) are 0 to 1; `curve` holds pairs of them.

    `target_change`: the target as a change of the baseline, a share (-0.3 = 30 % less); the number follows from it when
    the baseline is locked. `scale_low`, `scale_high`, `scale_words`: the rating scale of a judgement, a line a level.
    """

    shape: str
    direction: str
    baseline: Decimal | None
    baseline_on: date | None
    baseline_source: str
    baseline_method: str
    baseline_from: date | None
    baseline_to: date | None
    target: Decimal | None
    target_change: Decimal | None
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
    benchmark: Decimal | None
    benchmark_source: str
    benchmark_on: date | None
    scale_low: Decimal | None
    scale_high: Decimal | None
    scale_words: str


FIELDS: Final = tuple(Success.__annotations__)
BASELINE: Final = (
    "baseline", "baseline_on", "baseline_source", "baseline_method", "baseline_from", "baseline_to",
)  # fmt: skip
"""What is not edited any more once the baseline is locked."""
SAID_IN_WORDS: Final = {
    "baseline_source": 200, "baseline_method": 300, "benchmark_source": 200, "scale_words": 2_000,
}  # fmt: skip
_NUMBERS: Final = (
    "baseline",
    "target",
    "lower",
    "upper",
    "warn_margin",
    "benchmark",
    "scale_low",
    "scale_high",
)
_SHARES: Final = ("amber", "red", "hysteresis", "warn_fraction", "required_compliance")
_DAYS: Final = {"cadence_days": 1, "settle_days": 0, "stale_after_days": 0, "confirm_worse": 1}
_LONGEST: Final = 3_650
_MAY_BE_EMPTY: Final = {"stale_after_days", "target_change", "baseline_from", "baseline_to"}
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
    if said.get("target") is not None and "target_change" not in said and version.target_change is not None:
        raise _both_targets()
    if said.get("target") is not None and said.get("target_change") is not None:
        raise _both_targets()
    for name in said:
        setattr(version, name, _read(name, said[name]))  # type: ignore[literal-required]
    resolve_target(version)
    defect = built(version).defect
    if defect is not None and defect not in _UNSAID:
        raise refusal(defect)
    if version.shape == Shape.TRAJECTORY and version.curve and len(version.curve) > 50:
        raise field_error("curve", "Give at most 50 points.", code="too_many")
    _require_period(version)
    _require_benchmark(version)
    _require_scale(version)


def resolve_target(version: KpiVersion) -> None:
    """Make the target follow from the relative one: a number once the baseline is locked, none before.

    Raises Problem 400 for a relative target that means nothing.
    """
    percent = percent_of(version.target_change)
    if percent is None:
        return
    if version.shape != Shape.TRAJECTORY:
        raise field_error(
            "target_change", "A band has bounds and no target. Leave this empty.", code="no_target"
        )
    locked = version.baseline_locked_at is not None
    version.target = None
    try:
        found = resolve(
            percent, baseline=version.baseline, locked=locked, direction=Direction(version.direction), unit=version.unit_of_measure
        )  # fmt: skip
    except RuleError as refused:
        if refused.code in {"no_baseline", "baseline_not_locked"}:
            return
        place = "target_change" if refused.pointer == "/target_percent" else "baseline"
        raise field_error(place, refused.message, code=refused.code) from refused
    version.target = limits.kept(found.target)
    if version.target is None:
        sentence = f"{found.sentence} That has more digits than can be kept; give the baseline with fewer."
        raise field_error("baseline", sentence, code="out_of_range")


def _both_targets() -> Problem:
    sentence = "Give the target as a number or as a change of the baseline, not both."
    return field_error("target_change", sentence, code="two_targets")


def _require_period(version: KpiVersion) -> None:
    begins, ends = version.baseline_from, version.baseline_to
    if begins is not None and ends is not None and ends < begins:
        raise field_error("baseline_to", "The baseline period ends before it begins.", code="not_after")


def _require_benchmark(version: KpiVersion) -> None:
    if version.benchmark is not None and not version.benchmark_source:
        sentence = "Say where the benchmark is from: without a source nobody can check it."
        raise field_error("benchmark_source", sentence, code="required")
    if version.benchmark is None and (version.benchmark_source or version.benchmark_on):
        raise field_error(
            "benchmark", "Give the benchmark's value, or leave source and day empty.", code="required"
        )


def _require_scale(version: KpiVersion) -> None:
    """Both ends, in order; what is held against readings lies on it."""
    low, high = version.scale_low, version.scale_high
    if low is None and high is None:
        if version.scale_words:
            raise field_error("scale_low", "Say from which number to which the scale goes.", code="required")
        return
    if low is None or high is None:
        place = "scale_low" if low is None else "scale_high"
        raise field_error(place, "A scale has two ends: give both.", code="required")
    if high <= low:
        raise field_error("scale_high", "The scale ends above its lowest number.", code="not_above")
    for name in ("baseline", "target", "lower", "upper"):
        value = getattr(version, name)
        if value is not None and not low <= value <= high:
            sentence = f"This lies outside the scale from {low.normalize():f} to {high.normalize():f}."
            raise field_error(name, sentence, code="outside_the_scale")


def refusal(defect: Defect) -> Problem:
    """A definition that contradicts itself, as 400 at the field that can mend it."""
    sentence, remedy = defect_words(defect)
    return field_error(_PLACE.get(defect, "shape"), f"{sentence} {remedy}", code=defect.value)


def built(version: KpiVersion) -> Definition:
    """The version as the rules read it, before it is stored."""
    return definition_from({name: getattr(version, name) for name in FIELDS})


def _read(name: str, value: Any) -> Any:
    if name in SAID_IN_WORDS:
        return clean(name, value, limit=SAID_IN_WORDS[name])
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
    if name == "target_change":
        return _change(value)
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


def _change(value: Decimal) -> Decimal:
    found = limits.kept(value)
    if found is None or abs(found) >= 100_000 or -int(found.as_tuple().exponent) > 6:
        sentence = "Give the change as a share with at most 6 places: -0.3 is 30 % less than the baseline."
        raise field_error("target_change", sentence, code="not_a_share")
    return found


def _whole(name: str, value: int) -> int:
    if not _DAYS[name] <= value <= _LONGEST:
        raise field_error(name, f"Give a whole number from {_DAYS[name]} to {_LONGEST}.", code="out_of_range")
    return value
