"""Spend over what was let go, and both sides of the modified rate: a boundary is mild, and parts add up to the whole."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.finance.ceiling import over
from domain.finance.flows import annual
from domain.finance.internal_rate import mirr_sides
from domain.finance.release import Room

D = Decimal


def room(spent: str, ceiling: str = "100", committed: str = "0") -> Room:
    return Room(ceiling=D(ceiling), spent=D(spent), committed=D(committed))


@pytest.mark.parametrize(
    ("spent", "severity"), [("100.01", 1), ("110", 1), ("110.01", 2), ("125", 2), ("125.01", 3), ("900", 3)]
)
def test_a_boundary_belongs_to_the_milder_side(spent: str, severity: int) -> None:
    found = over(room(spent), "EUR")
    assert found is not None
    assert (found.severity, found.by) == (severity, D(spent) - 100)


def test_within_the_ceiling_nothing_is_over_whatever_is_committed() -> None:
    assert over(room("100", committed="50"), "EUR") is None
    assert over(room("0", "0"), "EUR") is None


def test_anything_spent_of_nothing_is_the_worst_and_has_no_ratio() -> None:
    found = over(room("1", "0"), "EUR")
    assert found is not None
    assert (found.severity, found.ratio) == (3, None)


AMOUNTS = st.lists(st.integers(-(10**6), 10**6).map(D), min_size=2, max_size=8)


@given(AMOUNTS, st.integers(0, 40).map(lambda n: D(n) / 100), st.integers(0, 40).map(lambda n: D(n) / 100))
def test_each_flow_stands_on_one_side_and_the_sides_add_up(
    amounts: list[Decimal], out: Decimal, back: Decimal
) -> None:
    found = mirr_sides(annual(amounts), finance_rate=out, reinvest_rate=back)
    assert len(found.years) == len(amounts)
    for amount, side in zip(amounts, found.years, strict=True):
        assert (side.out_today is None) == (amount >= 0)
        assert (side.back_at_end is None) == (amount < 0)
    assert abs(sum((one.out_today or D(0) for one in found.years), D(0)) - found.out) < D("1e-6")
    assert abs(sum((one.back_at_end or D(0) for one in found.years), D(0)) - found.back) < D("1e-6")
