"""Expected influence: a forecast is frozen before the result can be known, and then held against it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.expected_influence import Forecast, Position, changed, compare, freeze

SAID_ON, GATE_ON = date(2026, 2, 1), date(2026, 2, 10)
FORECAST = Forecast(
    low=Decimal(-12), likely=Decimal(-8), high=Decimal(-2), said_on=SAID_ON, said_by="Ines Roth"
)
FROZEN = freeze(FORECAST, gate="G2", on=GATE_ON, development_on=None)


def refused(code: str, pointer: str, act: Any) -> None:
    with pytest.raises(RuleError) as found:
        act()
    assert (found.value.code, found.value.pointer) == (code, pointer)


@pytest.mark.parametrize(
    ("actual", "position", "error", "relative"),
    [
        ("-8", Position.INSIDE, "0", "0.000000"),
        ("-12", Position.INSIDE, "-4", "-0.500000"),
        ("-2", Position.INSIDE, "6", "0.750000"),
        ("-12.0001", Position.BELOW, "-4.0001", "-0.500012"),
        ("-1.9", Position.ABOVE, "6.1", "0.762500"),
        ("3", Position.ABOVE, "11", "1.375000"),
    ],
)
def test_the_actual_change_lies_in_the_range_below_or_above(
    actual: str, position: Position, error: str, relative: str
) -> None:
    found = compare(FROZEN, Decimal(actual))
    assert (found.position, str(found.error), str(found.relative_error)) == (position, error, relative)


def test_the_comparison_is_said_with_its_numbers() -> None:
    assert compare(FROZEN, Decimal(-4), unit="days").sentence == (
        "The change of −4 days lies inside the forecast of −12 to −2 days, likely −8 days, 50 % above the likely."
    )
    assert compare(FROZEN, Decimal(-8)).sentence.endswith("likely −8.")


def test_a_likely_change_of_nought_has_no_share_to_be_off_by() -> None:
    none = replace(FROZEN, low=Decimal(-1), likely=Decimal(0), high=Decimal(1))
    found = compare(none, Decimal("0.5"))
    assert (found.position, found.error, found.relative_error) == (Position.INSIDE, Decimal("0.5"), None)


@pytest.mark.parametrize(
    ("forecast", "actual", "said"),
    [
        (None, Decimal(1), "No influence was forecast."),
        (FORECAST, Decimal(-8), "The forecast was never frozen"),
        (FROZEN, None, "the actual change is unknown"),
        (FROZEN, Decimal("NaN"), "the actual change is unknown"),
    ],
)
def test_unknown_stays_unknown(forecast: Forecast | None, actual: Decimal | None, said: str) -> None:
    found = compare(forecast, actual)
    assert (found.position, found.error, found.relative_error) == (Position.UNKNOWN, None, None)
    assert said in found.sentence


def test_a_forecast_is_frozen_once_and_names_its_gate() -> None:
    assert (FROZEN.frozen_at, FROZEN.frozen_on, FROZEN.frozen) == ("G2", GATE_ON, True)
    refused("already_frozen", "/forecast", lambda: freeze(FROZEN, gate="G3", on=GATE_ON, development_on=None))
    refused(
        "already_frozen", "/forecast",
        lambda: changed(FROZEN, low=Decimal(0), likely=Decimal(0), high=Decimal(0), on=GATE_ON),
    )  # fmt: skip
    refused(
        "frozen_before_said",
        "/on",
        lambda: freeze(FORECAST, gate="G2", on=date(2026, 1, 31), development_on=None),
    )


@pytest.mark.parametrize(("development", "allowed"), [(31, False), (32, True), (40, True)])
def test_what_was_said_after_development_began_is_no_forecast(development: int, allowed: bool) -> None:
    began = date.fromordinal(date(2025, 12, 31).toordinal() + development)
    if allowed:
        assert freeze(FORECAST, gate="G2", on=GATE_ON, development_on=began).frozen
    else:
        refused(
            "said_after_development", "/said_on",
            lambda: freeze(FORECAST, gate="G2", on=GATE_ON, development_on=began),
        )  # fmt: skip


def test_a_forecast_may_be_frozen_on_the_day_it_was_made() -> None:
    assert freeze(FORECAST, gate="G2", on=SAID_ON, development_on=None).frozen_on == SAID_ON


def test_until_it_is_frozen_it_may_be_changed() -> None:
    other = changed(FORECAST, low=Decimal(1), likely=Decimal(2), high=Decimal(3), on=GATE_ON)
    assert (other.likely, other.said_on, other.said_by) == (Decimal(2), GATE_ON, "Ines Roth")


@pytest.mark.parametrize(
    ("code", "pointer", "fields"),
    [
        ("range_out_of_order", "/likely", {"likely": Decimal(-13)}),
        ("range_out_of_order", "/likely", {"high": Decimal(-9)}),
        ("not_a_number", "/low", {"low": Decimal("-Infinity")}),
        ("not_a_number", "/high", {"high": Decimal("NaN")}),
    ],
)
def test_a_range_that_is_none_is_refused(code: str, pointer: str, fields: dict[str, Any]) -> None:
    refused(code, pointer, lambda: replace(FORECAST, **fields))


_numbers = st.decimals(-100, 100, places=2)


@settings(deadline=None, max_examples=60)
@given(st.lists(_numbers, min_size=3, max_size=3), _numbers)
def test_position_and_error_never_contradict_each_other(three: list[Decimal], actual: Decimal) -> None:
    low, likely, high = sorted(three)
    frozen = Forecast(low=low, likely=likely, high=high, said_on=SAID_ON, frozen_at="G2", frozen_on=GATE_ON)
    found = compare(frozen, actual)
    assert (found.position is Position.INSIDE) is (low <= actual <= high)
    assert found.error == actual - likely
    if found.position is Position.ABOVE:
        assert found.error > 0
    if found.position is Position.BELOW:
        assert found.error < 0
