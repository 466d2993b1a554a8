"""A relative target becomes a number when the baseline is locked, exactly, and otherwise not at all."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.kpi import Direction
from domain.relative_target import resolve, said

HIGHER, LOWER = Direction.HIGHER, Direction.LOWER


def target(percent: str, baseline: str, direction: Direction) -> str:
    found = resolve(Decimal(percent), baseline=Decimal(baseline), locked=True, direction=direction)
    return str(found.target)


@pytest.mark.parametrize(
    ("percent", "baseline", "direction", "expected"),
    [
        ("-30", "100", LOWER, "70"),
        ("15", "40", HIGHER, "46"),
        ("-20", "4.5", LOWER, "3.6"),
        ("-100", "12", LOWER, "0"),
        ("0.001", "3", HIGHER, "3.00003"),
        ("33.3", "0.7", HIGHER, "0.9331"),
        ("15", "-40", HIGHER, "-34"),
        ("-15", "-40", LOWER, "-46"),
        ("-30.0", "1E+2", LOWER, "70"),
        ("900", "1000", HIGHER, "10000"),
    ],
)
def test_a_change_in_percent_is_a_number_to_the_last_digit(
    percent: str, baseline: str, direction: Direction, expected: str
) -> None:
    assert target(percent, baseline, direction) == expected


def test_the_sum_is_said_with_its_numbers() -> None:
    found = resolve(Decimal(-30), baseline=Decimal(100), locked=True, direction=LOWER, unit="events")
    assert found.sentence == "30 % below the baseline of 100 events is 70 events."
    assert said(Decimal("12.5")) == "12.5 % above the baseline"


@pytest.mark.parametrize(
    ("code", "pointer", "percent", "baseline", "locked", "direction"),
    [
        ("no_baseline", "/baseline", "-30", None, True, LOWER),
        ("baseline_not_locked", "/baseline", "-30", "100", False, LOWER),
        ("baseline_is_zero", "/baseline", "15", "0.00", True, HIGHER),
        ("not_a_number", "/baseline", "15", "NaN", True, HIGHER),
        ("not_a_number", "/target_percent", "Infinity", "100", True, HIGHER),
        ("no_change", "/target_percent", "-0.0", "100", True, HIGHER),
        ("direction_against_sign", "/target_percent", "-30", "100", True, HIGHER),
        ("direction_against_sign", "/target_percent", "15", "100", True, LOWER),
        ("out_of_range", "/baseline", "15", "1E+900000", True, HIGHER),
        ("out_of_range", "/target_percent", "1E-900000", "1", True, HIGHER),
    ],
)
def test_what_gives_no_target_is_refused(
    code: str, pointer: str, percent: str, baseline: str | None, locked: bool, direction: Direction
) -> None:
    given_baseline = None if baseline is None else Decimal(baseline)
    with pytest.raises(RuleError) as refused:
        resolve(Decimal(percent), baseline=given_baseline, locked=locked, direction=direction)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)


def test_a_very_long_baseline_is_still_exact_and_a_longer_one_is_refused() -> None:
    longest = "1" + "0" * 39 + ".5"
    assert target("10", longest, HIGHER) == "11" + "0" * 38 + ".55"
    with pytest.raises(RuleError) as refused:
        target("10", longest + "5", HIGHER)
    assert refused.value.code == "out_of_range"


_baselines = st.decimals(-(10**20), 10**20, places=12).filter(bool)
_percents = st.decimals(-1000, 1000, places=6).filter(bool)


@settings(deadline=None, max_examples=60)
@given(_baselines, _percents)
def test_the_target_lies_on_the_better_side_and_gives_the_percentage_back(
    baseline: Decimal, percent: Decimal
) -> None:
    direction = HIGHER if percent > 0 else LOWER
    found = resolve(percent, baseline=baseline, locked=True, direction=direction)
    assert (found.target > baseline) is (percent > 0)
    moved = found.target.as_integer_ratio()
    start = baseline.as_integer_ratio()
    change = percent.as_integer_ratio()
    # (target - baseline) * 100 = |baseline| * percent, in whole numbers
    left = (moved[0] * start[1] - start[0] * moved[1]) * 100 * change[1]
    assert left == abs(start[0]) * change[0] * moved[1]
