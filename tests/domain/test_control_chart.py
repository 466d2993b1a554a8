"""What holds for every control chart: the recursions written out plainly, shifts, scales, mirrors, and the limit itself."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.control_chart import Limits, Mode, Side, cusum, ewma, page_hinkley
from domain.errors import RuleError

unhurried = settings(deadline=None)
numbers = st.integers(-2000, 2000).map(lambda n: Decimal(n) / 100)
values = st.lists(numbers, min_size=1, max_size=40)
weights = st.integers(1, 100).map(lambda n: Decimal(n) / 100)
positives = st.integers(1, 500).map(lambda n: Decimal(n) / 100)
scales = st.sampled_from([Decimal("0.001"), Decimal("0.5"), Decimal(4), Decimal(1000)])
slacks = st.integers(0, 100).map(lambda n: Decimal(n) / 100)
alphas = st.sampled_from([Decimal(1), Decimal("0.9999"), Decimal("0.9")])
TINY = Decimal("1e-40")


def close(found: Sequence[Decimal], wanted: Sequence[Decimal | Fraction]) -> bool:
    return len(found) == len(wanted) and all(
        abs(Fraction(a) - Fraction(b)) < Fraction(TINY) for a, b in zip(found, wanted, strict=True)
    )


@unhurried
@given(values, numbers, positives, weights, positives)
def test_ewma_is_its_recursion_in_whole_fractions(
    xs: list[Decimal], target: Decimal, sigma: Decimal, lambda_: Decimal, width: Decimal
) -> None:
    found = ewma(xs, target=target, sigma=sigma, lambda_=lambda_, width=width)
    z, new = Fraction(target), Fraction(lambda_)
    plain, outside = [], []
    for place, x in enumerate(xs, start=1):
        z = new * Fraction(x) + (1 - new) * z
        plain.append(z)
        squared = (Fraction(width) * Fraction(sigma)) ** 2 * new / (2 - new) * (1 - (1 - new) ** (2 * place))
        if (z - Fraction(target)) ** 2 > squared:
            outside.append(place - 1)
    assert close(found.statistic, plain)
    assert list(found.signals) == outside


@unhurried
@given(values, numbers, positives, positives)
def test_with_weight_one_ewma_is_the_values_within_fixed_limits(
    xs: list[Decimal], target: Decimal, sigma: Decimal, width: Decimal
) -> None:
    found = ewma(xs, target=target, sigma=sigma, lambda_=1, width=width)
    assert list(found.statistic) == xs
    assert set(found.upper) == {target + width * sigma}
    assert list(found.signals) == [n for n, x in enumerate(xs) if abs(x - target) > width * sigma]


@unhurried
@given(values, numbers, positives, weights)
def test_exact_limits_open_up_to_the_asymptotic_ones(
    xs: list[Decimal], target: Decimal, sigma: Decimal, lambda_: Decimal
) -> None:
    exact = ewma(xs, target=target, sigma=sigma, lambda_=lambda_, width=3)
    settled = ewma(xs, target=target, sigma=sigma, lambda_=lambda_, width=3, limits=Limits.ASYMPTOTIC)
    assert exact.statistic == settled.statistic
    assert len(set(settled.upper)) == 1
    assert list(exact.upper) == sorted(exact.upper)
    assert exact.upper[-1] <= settled.upper[0]
    assert set(settled.signals) <= set(exact.signals)


@unhurried
@given(values, numbers, positives, weights, scales, numbers)
def test_another_unit_moves_no_ewma_signal(
    xs: list[Decimal], target: Decimal, sigma: Decimal, lambda_: Decimal, scale: Decimal, shift: Decimal
) -> None:
    plain = ewma(xs, target=target, sigma=sigma, lambda_=lambda_, width=2)
    other = ewma(
        [x * scale + shift for x in xs],
        target=target * scale + shift,
        sigma=sigma * scale,
        lambda_=lambda_,
        width=2,
    )
    assert other.signals == plain.signals
    assert close(other.statistic, [Fraction(z) * Fraction(scale) + Fraction(shift) for z in plain.statistic])


@unhurried
@given(values, numbers, positives, slacks)
def test_cusum_is_its_recursion_and_signals_strictly_above_h(
    xs: list[Decimal], target: Decimal, h: Decimal, k: Decimal
) -> None:
    found = cusum(xs, target=target, k=k, h=h)
    up = down = Decimal(0)
    for n, x in enumerate(xs):
        up, down = max(Decimal(0), up + x - target - k), max(Decimal(0), down + target - x - k)
        assert (found.high[n], found.low[n]) == (up, down)
        assert (n in found.signals_high, n in found.signals_low) == (up > h, down > h)
    assert found.running[-1] == sum(xs) - len(xs) * target
    signals = [*found.signals_high, *found.signals_low]
    assert found.first_signal == min(signals, default=None)


@unhurried
@given(values, numbers, positives, slacks, scales, numbers)
def test_the_mirror_of_a_series_swaps_the_sides_of_a_cusum_and_a_unit_moves_nothing(
    xs: list[Decimal], target: Decimal, h: Decimal, k: Decimal, scale: Decimal, shift: Decimal
) -> None:
    plain = cusum(xs, target=target, k=k, h=h)
    mirror = cusum([-x for x in xs], target=-target, k=k, h=h)
    assert (mirror.high, mirror.low) == (plain.low, plain.high)
    other = cusum([x * scale + shift for x in xs], target=target * scale + shift, k=k * scale, h=h * scale)
    assert (other.signals_high, other.signals_low) == (plain.signals_high, plain.signals_low)


@unhurried
@given(st.lists(numbers, min_size=1, max_size=20), st.randoms(use_true_random=False), numbers)
def test_the_order_matters_to_a_cusum_but_not_to_where_its_plain_sum_ends(
    xs: list[Decimal], random: object, target: Decimal
) -> None:
    shuffled = list(xs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (cusum(side, target=target, k=0, h=1) for side in (xs, shuffled))
    assert one.running[-1] == other.running[-1]


def test_the_limit_itself_is_no_signal() -> None:
    tenths = [Decimal("0.1")] * 10  # their float sum is not 1
    assert cusum(tenths, target=0, k=0, h=1).signals_high == ()
    assert cusum([*tenths, Decimal("0.1")], target=0, k=0, h=1).signals_high == (10,)
    on_it = ewma([Decimal("0.6")], target=0, sigma=1, lambda_=Decimal("0.2"), width=Decimal("0.6"))
    assert on_it.signals == ()
    over_it = ewma([Decimal("0.600001")], target=0, sigma=1, lambda_=Decimal("0.2"), width=Decimal("0.6"))
    assert over_it.signals == (0,)
    jump = [Decimal(0)] * 4 + [Decimal(1)]  # mean 0.2, so the sum is exactly 0.8 above its smallest
    kept = {"min_instances": 1, "delta": 0, "alpha": 1}
    assert page_hinkley(jump, threshold=Decimal("0.8"), **kept).detections == ()  # type: ignore[arg-type]
    (found,) = page_hinkley(jump, threshold=Decimal("0.79"), **kept).detections  # type: ignore[arg-type]
    assert (found.index, found.side, found.statistic) == (4, Side.UP, Decimal("0.8"))


def test_a_cusum_does_not_forget_after_a_signal() -> None:
    found = cusum([5, 0, 0], target=0, k=1, h=3)
    assert found.signals_high == (0,)
    assert [int(one) for one in found.high] == [4, 3, 2]


@unhurried
@given(values, slacks, positives, alphas, st.integers(1, 10), st.sampled_from(list(Mode)))
def test_page_hinkley_begins_anew_after_a_detection(
    xs: list[Decimal], delta: Decimal, threshold: Decimal, alpha: Decimal, least: int, mode: Mode
) -> None:
    found = page_hinkley(
        xs, delta=delta, threshold=threshold, alpha=alpha, min_instances=least, mode=mode
    ).detections
    assert all(one.statistic > threshold and one.value == xs[one.index] for one in found)
    if found:
        assert found[0].index + 1 >= least
        rest = xs[found[0].index + 1 :]
        again = (
            page_hinkley(
                rest, delta=delta, threshold=threshold, alpha=alpha, min_instances=least, mode=mode
            ).detections
            if rest
            else ()
        )
        assert [one.index + found[0].index + 1 for one in again] == [one.index for one in found[1:]]


@unhurried
@given(values, slacks, positives, alphas, scales, numbers)
def test_the_mirror_of_a_series_turns_the_side_of_page_hinkley_and_a_unit_moves_nothing(
    xs: list[Decimal], delta: Decimal, threshold: Decimal, alpha: Decimal, scale: Decimal, shift: Decimal
) -> None:
    def found(series: list[Decimal], by: Decimal = Decimal(1), mode: Mode = Mode.BOTH) -> list[int]:
        return [
            one.index
            for one in page_hinkley(
                series, delta=delta * by, threshold=threshold * by, alpha=alpha, min_instances=3, mode=mode
            ).detections
        ]

    assert found([x * scale + shift for x in xs], scale) == found(xs)
    assert found([-x for x in xs]) == found(xs)
    assert found([-x for x in xs], mode=Mode.UP) == found(xs, mode=Mode.DOWN)


@unhurried
@given(values, values)
def test_what_comes_later_changes_no_earlier_signal(xs: list[Decimal], more: list[Decimal]) -> None:
    def heard(series: list[Decimal]) -> list[int]:
        smooth = ewma(series, target=0, sigma=2, lambda_=Decimal("0.3"), width=2)
        sums = cusum(series, target=0, k=1, h=4)
        hinkley = page_hinkley(series, min_instances=3, delta=1, threshold=4)
        found = {*smooth.signals, *sums.signals_high, *sums.signals_low}
        return sorted(found | {one.index for one in hinkley.detections})

    assert [n for n in heard(xs + more) if n < len(xs)] == heard(xs)


def test_a_constant_series_on_its_target_never_signals() -> None:
    xs = [Decimal("0.8")] * 500
    assert (
        ewma(xs, target=Decimal("0.8"), sigma=Decimal("1e-9"), lambda_=Decimal("0.2"), width=1).signals == ()
    )
    assert cusum(xs, target=Decimal("0.8"), k=0, h=Decimal("1e-9")).first_signal is None
    assert page_hinkley(xs, delta=0, threshold=Decimal("1e-9")).detections == ()


def test_a_bad_parameter_is_refused_by_its_name() -> None:
    for lambda_ in (Decimal(0), Decimal("-0.1"), Decimal("1.1"), Decimal("NaN")):
        with pytest.raises(RuleError) as refused:
            ewma([1], target=0, sigma=1, lambda_=lambda_, width=3)
        assert refused.value.pointer == "/lambda"
    with pytest.raises(RuleError) as refused:
        cusum([1, Decimal("Infinity")], target=0, k=0, h=1)
    assert (refused.value.pointer, refused.value.code) == ("/values/1", "not_a_number")
