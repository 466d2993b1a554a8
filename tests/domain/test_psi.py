"""What holds for every population stability index, and where a value on an edge goes."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.psi import (
    Band,
    Zero,
    band_of,
    count_in_bins,
    psi_of_counts,
    psi_of_shares,
    psi_of_values,
    quantile_edges,
)

unhurried = settings(deadline=None)
counts = st.lists(st.integers(0, 500), min_size=1, max_size=12).filter(any)
zeros = st.sampled_from(list(Zero))
samples = st.lists(st.integers(-300, 300).map(lambda n: Decimal(n) / 10), min_size=1, max_size=60)
bins = st.integers(2, 12)


@st.composite
def two_sides(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    one = draw(counts)
    other = draw(st.lists(st.integers(0, 500), min_size=len(one), max_size=len(one)).filter(any))
    return one, other


@unhurried
@given(two_sides())
def test_an_index_is_never_negative_and_is_the_sum_of_its_parts(sides: tuple[list[int], list[int]]) -> None:
    found = psi_of_counts(*sides)
    assert found.value >= 0
    assert found.per_bin is not None
    assert all(part >= 0 for part in found.per_bin)
    assert math.isclose(found.value, sum(found.per_bin), abs_tol=1e-12)
    assert found.band is band_of(found.value)


@unhurried
@given(counts, st.integers(1, 9), zeros)
def test_equal_shares_give_exactly_nothing_whatever_the_size(side: list[int], times: int, zero: Zero) -> None:
    assume(zero is not Zero.NONE or all(side))
    found = psi_of_counts(side, [one * times for one in side], zero=zero)
    assert (found.value, found.band) == (0.0, Band.STABLE)


@unhurried
@given(two_sides())
def test_an_index_is_the_same_both_ways(sides: tuple[list[int], list[int]]) -> None:
    there, back = psi_of_counts(*sides), psi_of_counts(*reversed(sides))
    assert math.isclose(there.value, back.value, abs_tol=1e-12)


@unhurried
@given(two_sides(), st.randoms(use_true_random=False))
def test_the_order_of_bins_never_matters(sides: tuple[list[int], list[int]], random: object) -> None:
    places = list(range(len(sides[0])))
    random.shuffle(places)  # type: ignore[attr-defined]
    mixed = psi_of_counts(*([side[place] for place in places] for side in sides))
    plain = psi_of_counts(*sides)
    assert mixed.value == plain.value  # summed exactly, so to the last digit
    assert plain.per_bin is not None
    assert mixed.per_bin == tuple(plain.per_bin[place] for place in places)


@unhurried
@given(two_sides(), st.integers(2, 50))
def test_only_shares_count_not_how_many_were_counted(sides: tuple[list[int], list[int]], times: int) -> None:
    one, other = sides
    assert psi_of_counts([n * times for n in one], other).per_bin == psi_of_counts(one, other).per_bin


@unhurried
@given(two_sides())
def test_counts_and_their_shares_give_one_index(sides: tuple[list[int], list[int]]) -> None:
    rounded = [[round(Decimal(n) / sum(side), 20) for n in side] for side in sides]
    assert math.isclose(psi_of_shares(*rounded).value, psi_of_counts(*sides).value, abs_tol=1e-9)
    assert (
        psi_of_shares([Decimal("0.25"), Decimal("0.75")], [1, 0]).per_bin
        == psi_of_counts([1, 3], [4, 0]).per_bin
    )


@unhurried
@given(two_sides(), zeros)
def test_the_conventions_differ_only_where_a_bin_is_empty(
    sides: tuple[list[int], list[int]], zero: Zero
) -> None:
    full = [[n + 1 for n in side] for side in sides]
    assert psi_of_counts(*full, zero=zero).per_bin == psi_of_counts(*full).per_bin


def test_without_a_convention_an_empty_bin_is_infinite_even_when_both_are_empty() -> None:
    for sides in (([1, 1], [2, 0]), ([2, 0], [1, 1]), ([2, 0], [2, 0])):
        found = psi_of_counts(*sides, zero=Zero.NONE)
        assert (found.value, found.per_bin, found.band) == (math.inf, None, Band.SIGNIFICANT)


def test_a_bin_that_is_skipped_is_named_and_nothing_is_renormalised() -> None:
    found = psi_of_counts([50, 50, 0], [40, 50, 10], zero=Zero.SKIP)
    assert found.left_out == (2,)
    assert math.isclose(found.value, (0.4 - 0.5) * math.log(0.4 / 0.5))
    with pytest.raises(RuleError, match="nothing is left to compare"):
        psi_of_counts([1, 0], [0, 1], zero=Zero.SKIP)


def test_the_floor_lifts_every_share_below_it_and_says_so() -> None:
    found = psi_of_counts([1, 9_999_999], [1, 9], floor=Decimal("0.001"))
    assert found.per_bin is not None
    assert math.isclose(found.per_bin[0], (0.1 - 0.001) * math.log(0.1 / 0.001))
    other = psi_of_counts([1, 9], [1, 9_999_999], floor=Decimal("0.001"))
    assert other.per_bin is not None
    assert math.isclose(other.per_bin[0], (0.001 - 0.1) * math.log(0.001 / 0.1))
    assert found.convention == "Each share below 0.001 is raised to it; nothing is renormalised."


def test_laplace_is_added_to_every_count_before_there_are_shares() -> None:
    added = psi_of_counts([3, 1], [0, 4], laplace=Decimal("0.5"))
    assert added.per_bin == psi_of_counts([7, 3], [1, 9]).per_bin
    assert added.convention.startswith("0.5 is added to every count.")


@pytest.mark.parametrize(
    ("value", "band"),
    [
        (0.0, "stable"),
        (0.0999999999, "stable"),
        (0.1, "moderate"),
        (0.2499999999, "moderate"),
        (0.25, "significant"),
    ],
)
def test_the_boundary_of_a_band_belongs_to_the_worse_side(value: float, band: str) -> None:
    assert band_of(value) == band


@unhurried
@given(samples, bins)
def test_every_value_falls_into_one_bin_and_an_edge_belongs_to_the_lower(
    xs: list[Decimal], many: int
) -> None:
    edges = quantile_edges(xs, many)
    assert list(edges) == sorted(edges)
    assert Fraction(min(xs)) <= edges[0] <= edges[-1] <= Fraction(max(xs))
    found = count_in_bins(xs, edges, at="/values")
    assert (len(found), sum(found)) == (many, len(xs))
    for number in range(many - 1):
        assert sum(found[: number + 1]) == sum(Fraction(x) <= edges[number] for x in xs)


def test_an_edge_is_where_it_is_written_not_where_a_float_puts_it() -> None:
    baseline = [Decimal(n) / 10 for n in range(8)]  # 0.0 ... 0.7 in 7 bins: the edges are 0.1 ... 0.6
    assert quantile_edges(baseline, 7) == tuple(Fraction(n, 10) for n in range(1, 7))
    found = psi_of_values(baseline, [Decimal("0.3")] * 8, bins=7, laplace=1)
    assert found.baseline_counts == (2, 1, 1, 1, 1, 1, 1)
    assert found.current_counts == (0, 0, 8, 0, 0, 0, 0)


def test_the_quantiles_are_those_of_the_seventh_definition() -> None:
    assert quantile_edges([1, 2, 3, 4], 4) == (Fraction(7, 4), Fraction(5, 2), Fraction(13, 4))
    assert quantile_edges([5], 3) == (Fraction(5), Fraction(5))


def test_a_baseline_of_one_value_keeps_its_bins_and_sees_what_is_above_it() -> None:
    found = psi_of_values([7] * 50, [7] * 25 + [8] * 25, bins=4)
    assert found.baseline_counts == (50, 0, 0, 0)
    assert found.current_counts == (25, 0, 0, 25)
    assert found.band is Band.SIGNIFICANT


@unhurried
@given(
    samples, samples, bins, st.sampled_from([Decimal("0.5"), Decimal(4), Decimal(1000)]), st.integers(-50, 50)
)
def test_another_unit_gives_the_same_index_of_raw_values(
    one: list[Decimal], other: list[Decimal], many: int, scale: Decimal, shift: int
) -> None:
    moved = [[x * scale + shift for x in side] for side in (one, other)]
    assert psi_of_values(*moved, bins=many) == psi_of_values(one, other, bins=many)


@unhurried
@given(samples, bins, st.randoms(use_true_random=False))
def test_the_order_of_raw_values_never_matters(xs: list[Decimal], many: int, random: object) -> None:
    mixed = list(xs)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert psi_of_values(xs, mixed, bins=many).value == 0
    assert psi_of_values(mixed, [0, 1], bins=many) == psi_of_values(xs, [0, 1], bins=many)
