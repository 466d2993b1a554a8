"""What can be wrong with a definition, and which flaw is named when there are several."""

from dataclasses import FrozenInstanceError, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.kpi import Defect, Definition, Direction, Shape, assess, definition_error
from tests.domain.kpi_material import RANGE, RISING, on, row

NAN, INFINITE = Decimal("NaN"), Decimal("-Infinity")


def points(*pairs: tuple[str, str]) -> tuple[tuple[Decimal, Decimal], ...]:
    return tuple((Decimal(x), Decimal(y)) for x, y in pairs)


@pytest.mark.parametrize(
    ("change", "defect"),
    [
        ({"target": None}, "target_missing_or_not_a_number"),
        ({"target": NAN}, "target_missing_or_not_a_number"),
        ({"target": INFINITE}, "target_missing_or_not_a_number"),
        ({"target_on": None}, "target_date_missing"),
        ({"baseline_on": None}, "baseline_date_missing"),
        ({"target_on": on(0)}, "target_date_not_after_baseline_date"),
        ({"target_on": on(-1)}, "target_date_not_after_baseline_date"),
        ({"baseline": NAN}, "baseline_not_a_number"),
        ({"baseline": Decimal("200.0")}, "baseline_equals_target"),
        ({"baseline": Decimal(201)}, "target_on_wrong_side_of_baseline"),
        ({"direction": Direction.LOWER}, "target_on_wrong_side_of_baseline"),
        ({"red": Decimal("0.0999")}, "red_below_amber"),
        ({"red": NAN}, "red_below_amber"),
        ({"curve": points(("0.5", "0.2"), ("0.5", "0.3"))}, "curve_invalid"),
        ({"curve": points(("0.5", "0.2"), ("0.4", "0.3"))}, "curve_invalid"),
        ({"curve": points(("0", "0.2"))}, "curve_invalid"),
        ({"curve": points(("1", "0.2"))}, "curve_invalid"),
        ({"curve": points(("0.5", "1.1"))}, "curve_invalid"),
        ({"curve": points(("0.3", "0.5"), ("0.6", "0.4"))}, "curve_invalid"),
        ({"curve": points(("NaN", "0.4"))}, "curve_invalid"),
        ({"cadence_days": 0}, "cadence_invalid"),
        ({"hysteresis": Decimal("-0.01")}, "hysteresis_invalid"),
        ({"hysteresis": Decimal("0.1001")}, "hysteresis_invalid"),
    ],
)
def test_a_flaw_of_a_trajectory_is_named(change: dict[str, Any], defect: str) -> None:
    broken = replace(RISING, **change)
    assert definition_error(broken) == defect
    assert assess(broken, [row(10, 150)], as_of=on(20)).reason == defect


@pytest.mark.parametrize(
    ("change", "defect"),
    [
        ({"lower": NAN}, "bound_not_a_number"),
        ({"upper": INFINITE}, "bound_not_a_number"),
        ({"lower": None, "upper": None}, "no_bound"),
        ({"lower": Decimal("1.1")}, "floor_above_cap"),
        ({"baseline_on": None}, "baseline_date_missing"),
        ({"target_on": on(0)}, "target_date_not_after_baseline_date"),
        ({"cadence_days": 0}, "cadence_invalid"),
    ],
)
def test_a_flaw_of_a_band_is_named(change: dict[str, Any], defect: str) -> None:
    assert definition_error(replace(RANGE, **change)) == defect


@pytest.mark.parametrize(
    "change",
    [
        {"baseline": None},
        {"target_on": on(1)},
        {"red": Decimal("0.10")},
        {"hysteresis": Decimal("0.10")},
        {"hysteresis": Decimal(0)},
        {"curve": points(("0.3", "0"), ("0.6", "0.5"), ("0.7", "0.5"))},
        {"lower": NAN, "upper": INFINITE},
    ],
)
def test_the_edges_of_a_sound_trajectory_are_sound(change: dict[str, Any]) -> None:
    assert definition_error(replace(RISING, **change)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"lower": None},
        {"upper": None},
        {"target_on": None},
        {"upper": Decimal("0.8")},
        {"target": NAN, "baseline": NAN, "red": Decimal(0), "hysteresis": Decimal(9)},
    ],
)
def test_the_edges_of_a_sound_band_are_sound(change: dict[str, Any]) -> None:
    assert definition_error(replace(RANGE, **change)) is None


def test_of_several_flaws_the_first_in_the_written_order_is_named() -> None:
    repairs: list[tuple[str, dict[str, Any]]] = [
        (Defect.TARGET_MISSING_OR_NOT_A_NUMBER, {"target": Decimal(100)}),
        (Defect.TARGET_DATE_MISSING, {"target_on": on(0)}),
        (Defect.BASELINE_DATE_MISSING, {"baseline_on": on(0)}),
        (Defect.TARGET_DATE_NOT_AFTER_BASELINE_DATE, {"target_on": on(100)}),
        (Defect.BASELINE_NOT_A_NUMBER, {"baseline": Decimal(100)}),
        (Defect.BASELINE_EQUALS_TARGET, {"target": Decimal(50)}),
        (Defect.TARGET_ON_WRONG_SIDE_OF_BASELINE, {"target": Decimal(150)}),
        (Defect.RED_BELOW_AMBER, {"red": Decimal("0.25")}),
        (Defect.CURVE_INVALID, {"curve": ()}),
        (Defect.CADENCE_INVALID, {"cadence_days": 1}),
        (Defect.HYSTERESIS_INVALID, {"hysteresis": Decimal(0)}),
    ]
    broken = replace(
        RISING,
        target=None,
        target_on=None,
        baseline_on=None,
        baseline=NAN,
        red=Decimal(0),
        curve=points(("2", "2")),
        cadence_days=0,
        hysteresis=Decimal(-1),
    )
    for defect, repair in repairs:
        assert definition_error(broken) == defect
        broken = replace(broken, **repair)
    assert definition_error(broken) is None


def test_staleness_defaults_to_half_as_long_again_as_the_cadence_rounded_up() -> None:
    for cadence, limit in [(1, 2), (7, 11), (30, 45), (31, 47)]:
        definition = replace(RISING, cadence_days=cadence, target_on=on(1000))
        assert assess(definition, [], as_of=on(limit)).reason == "awaiting_first_measurement"
        assert assess(definition, [], as_of=on(limit + 1)).reason == "first_measurement_overdue"


def test_plain_words_become_codes_and_unknown_ones_are_refused() -> None:
    said: dict[str, Any] = {
        "shape": "band",
        "lower": Decimal(1),
        "baseline_on": date(2026, 1, 1),
        "cadence_days": 7,
    }
    assert Definition(**said).shape is Shape.BAND
    for name in ("shape", "direction", "state"):
        with pytest.raises(ValueError, match="sideways"):
            Definition(**{**said, name: "sideways"})


def test_a_definition_cannot_be_changed_only_replaced() -> None:
    with pytest.raises(FrozenInstanceError):
        RISING.target = Decimal(1)  # type: ignore[misc]
    assert replace(RISING) == RISING
    assert hash(replace(RISING)) == hash(RISING)
