"""Fewer points for drawing, and no peak lost."""

from hypothesis import given
from hypothesis import strategies as st

from domain.kpi_thinning import thinned


def test_few_are_all_drawn() -> None:
    assert thinned([3, 1, 2], 3) == [0, 1, 2]
    assert thinned([], 10) == []


def test_a_single_peak_among_ten_thousand_is_drawn() -> None:
    values = [50] * 10_000
    values[4_321], values[7_777] = 99, 1
    places = thinned(values, 600)
    assert {0, 4_321, 7_777, 9_999} <= set(places)
    assert len(places) <= 602


@given(
    st.lists(st.integers(-50, 50), min_size=5, max_size=80),
    st.integers(2, 30),
    st.sets(st.integers(0, 79), max_size=4),
)
def test_extremes_ends_and_what_is_marked_stay_in_order(values: list[int], most: int, keep: set[int]) -> None:
    places = thinned(values, most, keep)
    drawn = [values[place] for place in places]
    assert places == sorted(set(places))
    assert {0, len(values) - 1, *(place for place in keep if place < len(values))} <= set(places)
    assert (min(drawn), max(drawn)) == (min(values), max(values))
