"""What holds for every comparison of two arms, and Student's t against what is known of it in closed form."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.comparison import even_binomial, paired_shares, two_means, two_shares
from domain.errors import RuleError
from domain.student import point, two_sided

unhurried = settings(deadline=None)
sizes = st.integers(1, 5000)
cells = st.integers(0, 400)
means = st.integers(-5000, 5000).map(lambda n: Decimal(n) / 100)
spreads = st.integers(1, 2000).map(lambda n: Decimal(n) / 100)
scales = st.sampled_from([Decimal("0.01"), Decimal(3), Decimal(1000)])


@st.composite
def arms(draw: st.DrawFn) -> tuple[int, int, int, int]:
    n1, n2 = draw(sizes), draw(sizes)
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


@st.composite
def samples(draw: st.DrawFn) -> tuple[Decimal, Decimal, int, Decimal, Decimal, int]:
    size = st.integers(2, 3000)
    return draw(means), draw(spreads), draw(size), draw(means), draw(spreads), draw(size)


@unhurried
@given(arms())
def test_swapping_the_arms_flips_the_sign_and_keeps_p(given_arms: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = given_arms
    there, back = two_shares(x1, n1, x2, n2), two_shares(x2, n2, x1, n1)
    assert (back.difference, back.z, back.p) == (-there.difference, -there.z, there.p)
    assert back.interval == (-there.interval[1], -there.interval[0])


@unhurried
@given(arms())
def test_the_interval_holds_the_difference_and_p_is_a_chance(given_arms: tuple[int, int, int, int]) -> None:
    found = two_shares(*given_arms)
    assert found.interval[0] <= found.difference <= found.interval[1]
    assert 0 <= found.p <= 1
    assert found.significant is (found.p < 0.05)


@unhurried
@given(arms())
def test_counting_failures_instead_only_turns_the_sign(given_arms: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = given_arms
    found, other = two_shares(x1, n1, x2, n2), two_shares(n1 - x1, n1, n2 - x2, n2)
    assert math.isclose(other.z, -found.z, abs_tol=1e-12)
    assert math.isclose(other.p, found.p, abs_tol=1e-12)


@unhurried
@given(st.integers(0, 60), st.integers(1, 60), st.integers(1, 90))
def test_equal_shares_differ_by_nothing_whatever_the_sizes(x: int, rest: int, times: int) -> None:
    found = two_shares(x, x + rest, x * times, (x + rest) * times)
    assert (found.z, found.p, found.difference, found.significant) == (0.0, 1.0, 0.0, False)
    assert found.uplift == (0.0 if x else None)


@unhurried
@given(arms(), st.integers(2, 9))
def test_more_of_the_same_cases_make_a_difference_surer(
    given_arms: tuple[int, int, int, int], times: int
) -> None:
    few, many = two_shares(*given_arms), two_shares(*(one * times for one in given_arms))
    assert math.isclose(many.z, few.z * math.sqrt(times), rel_tol=1e-9, abs_tol=1e-12)
    assert many.p <= few.p


def test_no_uplift_is_told_over_nothing() -> None:
    found = two_shares(0, 50, 10, 50)
    assert found.uplift is None
    assert found.significant


@unhurried
@given(cells, cells, cells, cells.filter(bool))
def test_swapping_paired_arms_flips_the_sign_and_keeps_p(a: int, b: int, c: int, d: int) -> None:
    there, back = paired_shares(a, b, c, d), paired_shares(a, c, b, d)
    assert (back.p1, back.p2, back.difference, back.p) == (there.p2, there.p1, -there.difference, there.p)
    assert there.interval[0] <= there.difference <= there.interval[1]


@unhurried
@given(cells, cells, cells, cells.filter(bool), st.integers(1, 10_000))
def test_pairs_both_arms_agree_on_say_nothing_of_chance(a: int, b: int, c: int, d: int, more: int) -> None:
    assert (
        paired_shares(a, b, c, d).p
        == paired_shares(a + more, b, c, d).p
        == paired_shares(a, b, c, d + more).p
    )


@unhurried
@given(st.integers(0, 700), st.integers(0, 700))
def test_the_exact_p_is_the_sum_over_pascals_triangle(fewer: int, of: int) -> None:
    fewer = min(fewer, of - fewer) if fewer <= of else 0
    tail = sum(math.comb(of, n) for n in range(fewer + 1))
    wanted = min(Fraction(1), Fraction(2 * tail, 2**of))
    assert math.isclose(even_binomial(fewer, of), float(wanted), rel_tol=1e-12)


def test_the_exact_p_of_many_pairs_meets_the_normal_tail() -> None:
    of = 10**8
    fewer = of // 2 - 10_000  # two standard deviations
    wanted = math.erfc((10_000 - 0.5) / math.sqrt(of / 4) / math.sqrt(2))  # with the half-step of continuity
    assert math.isclose(even_binomial(fewer, of), wanted, rel_tol=1e-6)


@pytest.mark.parametrize(
    ("one", "other", "p"), [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 0.0625), (6, 0, 0.03125), (7, 7, 1.0)]
)
def test_with_five_discordant_pairs_nothing_can_be_significant(one: int, other: int, p: float) -> None:
    found = paired_shares(10, one, other, 10)
    assert found.p == pytest.approx(p)
    assert found.discordant == one + other


@unhurried
@given(samples())
def test_swapping_means_flips_the_sign_and_keeps_p(
    said: tuple[Decimal, Decimal, int, Decimal, Decimal, int],
) -> None:
    there, back = two_means(*said), two_means(*said[3:], *said[:3])
    assert there.t is not None
    assert there.interval is not None
    assert back.interval is not None
    assert (back.difference, back.t, back.p, back.degrees) == (
        -there.difference,
        -there.t,
        there.p,
        there.degrees,
    )
    assert back.interval == pytest.approx((-there.interval[1], -there.interval[0]))


@unhurried
@given(samples(), scales, means)
def test_another_unit_keeps_t_and_p_of_means(
    said: tuple[Decimal, Decimal, int, Decimal, Decimal, int], scale: Decimal, shift: Decimal
) -> None:
    m1, s1, n1, m2, s2, n2 = said
    plain = two_means(*said)
    other = two_means(m1 * scale + shift, s1 * scale, n1, m2 * scale + shift, s2 * scale, n2)
    assert (other.t, other.p) == pytest.approx((plain.t, plain.p))
    assert other.degrees == pytest.approx(plain.degrees)


@unhurried
@given(samples())
def test_an_interval_of_means_spans_zero_exactly_when_p_is_not_significant(
    said: tuple[Decimal, Decimal, int, Decimal, Decimal, int],
) -> None:
    found = two_means(*said)
    assert found.interval is not None
    assert found.p is not None
    if abs(found.p - 0.05) > 1e-9:
        assert found.significant is not (found.interval[0] <= 0 <= found.interval[1])


def test_means_without_any_spread_have_no_error_to_measure_by() -> None:
    found = two_means(5, 0, 10, 6, 0, 10)
    assert (found.t, found.p, found.interval, found.significant) == (None, None, None, None)
    assert found.uplift == pytest.approx(0.2)


def test_welch_gives_what_scipy_gives() -> None:
    """scipy.stats.ttest_ind_from_stats(20.8, 2.81, 15, 23.0, 1.95, 22, equal_var=False)."""
    found = two_means(Decimal("20.8"), Decimal("2.81"), 15, Decimal("23.0"), Decimal("1.95"), 22)
    assert found.t == pytest.approx(-2.6309172963888763, abs=1e-12)
    assert found.p == pytest.approx(0.014922729932883847, abs=1e-12)
    assert found.degrees == pytest.approx(23.046465594848215, abs=1e-10)
    assert found.interval == pytest.approx((-3.9296397255855267, -0.4703602744144735), abs=1e-9)


@pytest.mark.parametrize("t", [0.0, 1e-6, 0.01, 0.5, 1.0, 2.0, 12.706, 1e6, 1e60])
def test_student_with_one_and_two_degrees_is_known_in_closed_form(t: float) -> None:
    assert two_sided(t, 1) == pytest.approx(2 * math.atan2(1, t) / math.pi, rel=1e-9, abs=1e-13)
    assert two_sided(t, 2) == pytest.approx(1 - t / math.hypot(t, math.sqrt(2)), rel=1e-9, abs=1e-13)


def test_student_is_smooth_where_its_two_ways_meet_and_ends_in_the_normal() -> None:
    for t in (0.1, 1.0, 1.96, 3.0, 6.0):
        below, above = two_sided(t, 1000.0), two_sided(t, 1000.0000001)
        assert math.isclose(below, above, rel_tol=1e-8)
        assert math.isclose(two_sided(t, 1e12), math.erfc(t / math.sqrt(2)), rel_tol=1e-9)


@pytest.mark.parametrize(
    ("degrees", "t"), [(1, 12.7062047362), (7, 2.3646242516), (29, 2.0452296421), (1e9, 1.9599639869)]
)
def test_the_point_of_five_percent_is_the_tabled_one(degrees: float, t: float) -> None:
    assert point(0.05, degrees) == pytest.approx(t, abs=1e-9)


@unhurried
@given(st.floats(1e-6, 1 - 1e-6), st.floats(1, 5000))
def test_point_and_p_undo_each_other(p: float, degrees: float) -> None:
    assert two_sided(point(p, degrees), degrees) == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize(("p", "degrees"), [(0, 5), (1, 5), (0.05, 0.5), (0.05, math.inf), (0.05, math.nan)])
def test_student_refuses_what_it_cannot_answer(p: float, degrees: float) -> None:
    with pytest.raises(RuleError):
        point(p, degrees)
