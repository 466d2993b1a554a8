"""The verdict on two arms: what may be called better, what is ambiguous and why, and what looking early costs."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.experiment import (
    DEFAULT,
    Doubt,
    Outcome,
    Plan,
    Policy,
    Verdict,
    judge_counts,
    judge_means,
    judge_pairs,
)
from domain.kpi import Direction

TODAY = date(2026, 11, 1)
END = date(2026, 12, 1)
unhurried = settings(deadline=None)
counts = st.integers(0, 300)


def counted(
    x1: int | None, n1: int | None, x2: int | None, n2: int | None, plan: Plan | None = None
) -> Verdict:
    return judge_counts(x1, n1, x2, n2, as_of=TODAY, plan=plan or Plan())


def test_a_clear_difference_is_called_with_all_its_figures() -> None:
    found = counted(400, 10_000, 460, 10_000)
    assert (found.outcome, found.ambiguous, found.significant, found.doubts) == (
        "arm_2_better",
        False,
        True,
        (),
    )
    assert (found.n1, found.n2, found.missing, found.clears_when) == (10_000, 10_000, (), ())
    assert found.uplift == pytest.approx(0.15)
    assert found.p == pytest.approx(0.03648836105589827)
    assert found.interval == pytest.approx((-0.011622193500778814, -0.000377806499221184))
    assert found.sentence == (
        "Challenger 4.6 % of 10,000, champion 4 % of 10,000, 15 % more, difference 0.6 points "
        "(95 % interval 0.0378 to 1.16), p 0.036 (pooled z test). The challenger does better."
    )


def test_fewer_may_be_better() -> None:
    found = judge_counts(400, 10_000, 460, 10_000, as_of=TODAY, better=Direction.LOWER, names=("A", "B"))
    assert found.outcome is Outcome.ARM_1_BETTER
    assert found.sentence.endswith("The A does better.")


def test_an_interval_that_spans_zero_is_ambiguous() -> None:
    found = counted(50, 500, 55, 500)
    assert (found.outcome, found.significant) == (Outcome.AMBIGUOUS, False)
    assert found.doubts == (Doubt.INTERVAL_SPANS_ZERO, Doubt.NOT_SIGNIFICANT)
    assert found.sentence.endswith("Ambiguous: the interval spans zero and p is not below 0.05.")
    assert len(found.clears_when) == 1


def test_an_interval_that_touches_zero_spans_it() -> None:
    found = counted(0, 1000, 0, 1000)
    assert found.interval == (0.0, 0.0)
    assert Doubt.INTERVAL_SPANS_ZERO in found.doubts


@pytest.mark.parametrize(
    ("figures", "missing", "said"),
    [
        ((None, 100, 5, 100), ("x1",), "the successes of the champion"),
        ((5, 100, 5, None), ("n2",), "the cases of the challenger"),
        ((None, None, None, None), ("x1", "n1", "x2", "n2"), "the cases of the champion"),
    ],
)
def test_a_figure_nobody_recorded_makes_it_ambiguous_and_is_named(
    figures: tuple[int | None, ...], missing: tuple[str, ...], said: str
) -> None:
    found = counted(*figures)  # type: ignore[arg-type]
    assert (found.outcome, found.doubts, found.missing) == ("ambiguous", (Doubt.DATA_MISSING,), missing)
    assert (found.significant, found.p, found.uplift, found.interval) == (None, None, None, None)
    assert said in found.sentence
    assert said in found.clears_when[0]


def test_missing_pairs_and_means_are_named_too() -> None:
    pairs = judge_pairs(5, None, 3, 1, as_of=TODAY)
    assert (pairs.missing, pairs.ambiguous) == (("only_champion_right",), True)
    assert "the cases only the champion had right" in pairs.sentence
    means = judge_means(1, None, 5, 2, None, 5, as_of=TODAY)
    assert means.missing == ("sd1", "sd2")


@pytest.mark.parametrize(
    ("figures", "few"),
    [((5, 29, 20, 30), True), ((5, 30, 20, 30), False), ((0, 100, 9, 100), True), ((0, 100, 10, 100), False)],
)
def test_under_the_least_sample_no_arm_is_called_better(
    figures: tuple[int, int, int, int], few: bool
) -> None:
    found = counted(*figures)
    assert (Doubt.TOO_FEW_CASES in found.doubts) is few
    assert found.significant
    assert found.ambiguous is few
    assert any("Reach 30 cases in each arm" in one for one in found.clears_when) is few


def test_pairs_need_six_that_differ() -> None:
    assert Doubt.TOO_FEW_CASES in judge_pairs(50, 0, 5, 50, as_of=TODAY).doubts
    six = judge_pairs(50, 0, 6, 50, as_of=TODAY)
    assert (six.outcome, six.doubts, six.n1) == (Outcome.ARM_2_BETTER, (), 106)
    assert Doubt.TOO_FEW_CASES in judge_pairs(10, 0, 9, 10, as_of=TODAY).doubts


def test_the_paired_verdict_is_the_exact_one() -> None:
    found = judge_pairs(780, 20, 38, 62, as_of=TODAY)
    assert found.p == pytest.approx(0.024746035842440804)
    assert found.sentence == (
        "Challenger 90.9 %, champion 88.9 % of the same 900 pairs, 58 judged differently, 2.25 % more, "
        "difference 2 points (95 % interval 0.347 to 3.65), p 0.025 (exact test of the discordant pairs). "
        "The challenger does better."
    )


def test_means_have_their_verdict() -> None:
    found = judge_means(Decimal("10.2"), 3, 200, Decimal("11.1"), Decimal("3.2"), 180, as_of=TODAY)
    assert (found.outcome, found.test) == (Outcome.ARM_2_BETTER, "Welch's t test")
    assert "Challenger 11.1 on average of 180" in found.sentence
    flat = judge_means(5, 0, 50, 6, 0, 50, as_of=TODAY)
    assert (flat.outcome, flat.doubts, flat.significant) == ("ambiguous", (Doubt.NO_SPREAD,), None)


def test_looks_before_the_planned_end_are_told_with_what_p_may_be() -> None:
    plan = Plan(per_arm=10_000, ends_on=END, looks_before_end=3)
    found = counted(400, 10_000, 460, 10_000, plan)
    assert found.notes == (
        "Looked at 4 times before the planned end on 1 Dec 2026: p 0.036 is optimistic, "
        "at worst it is 0.15 (p times the number of looks).",
    )
    assert found.p_at_worst == pytest.approx(4 * 0.03648836105589827)
    assert (found.looks, found.significant, found.outcome) == (3, True, Outcome.ARM_2_BETTER)
    at_end = judge_counts(400, 10_000, 460, 10_000, as_of=END, plan=plan)
    assert at_end.notes[0].startswith("Looked at 3 times before the planned end")


def test_one_planned_look_costs_nothing() -> None:
    found = judge_counts(
        400, 10_000, 460, 10_000, as_of=END, plan=Plan(per_arm=10_000, ends_on=END, looks_before_end=0)
    )
    assert (found.notes, found.p_at_worst, found.valid_until) == ((), found.p, None)


def test_the_first_early_look_is_told_to_wait() -> None:
    found = counted(400, 10_000, 460, 10_000, Plan(per_arm=10_000, ends_on=END, looks_before_end=0))
    assert found.notes[0].startswith("Looked at once before the planned end on 1 Dec 2026: wait for it")
    assert found.valid_until == END - timedelta(days=1)


def test_p_at_worst_is_a_chance() -> None:
    plan = Plan(ends_on=END, looks_before_end=1000)
    assert counted(50, 500, 55, 500, plan).p_at_worst == 1.0


def test_what_nobody_recorded_of_the_plan_is_said() -> None:
    notes = counted(400, 10_000, 460, 10_000).notes
    assert notes == (
        "How often it was looked at before any planned end is not recorded, so p may be optimistic.",
        "No planned sample is recorded.",
    )
    assert counted(400, 10_000, 460, 10_000).p_at_worst is None


def test_a_planned_sample_that_was_not_reached_says_how_many_are_missing() -> None:
    plan = Plan(per_arm=12_000, ends_on=TODAY, looks_before_end=0)
    found = counted(400, 10_000, 460, 11_999, plan)
    assert found.short_of_plan == 2001
    assert found.notes == (
        "Of the 12,000 cases planned, the champion lacks 2,000.",
        "Of the 12,000 cases planned, the challenger lacks 1.",
    )
    pairs = judge_pairs(
        780, 20, 38, 62, as_of=TODAY, plan=Plan(per_arm=1000, ends_on=TODAY, looks_before_end=0)
    )
    assert (pairs.short_of_plan, pairs.notes) == (100, ("Of the 1,000 pairs planned, 100 are missing.",))
    assert counted(400, 10_000, 460, 10_000, Plan(per_arm=10_000)).short_of_plan == 0


@st.composite
def arms(draw: st.DrawFn) -> tuple[int, int, int, int]:
    n1, n2 = draw(st.integers(1, 2000)), draw(st.integers(1, 2000))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


def turned(outcome: Outcome) -> Outcome:
    return {
        Outcome.ARM_1_BETTER: Outcome.ARM_2_BETTER,
        Outcome.ARM_2_BETTER: Outcome.ARM_1_BETTER,
        Outcome.AMBIGUOUS: Outcome.AMBIGUOUS,
    }[outcome]


@unhurried
@given(arms())
def test_swapping_the_arms_or_the_sense_of_better_turns_the_verdict(
    figures: tuple[int, int, int, int],
) -> None:
    x1, n1, x2, n2 = figures
    plain = counted(*figures)
    assert counted(x2, n2, x1, n1).outcome is turned(plain.outcome)
    lower = judge_counts(*figures, as_of=TODAY, better=Direction.LOWER)
    assert lower.outcome is turned(plain.outcome)
    assert lower.doubts == plain.doubts


@unhurried
@given(counts, counts, counts, counts.filter(bool))
def test_swapping_paired_arms_turns_the_verdict(a: int, b: int, c: int, d: int) -> None:
    there, back = judge_pairs(a, b, c, d, as_of=TODAY), judge_pairs(a, c, b, d, as_of=TODAY)
    assert back.outcome is turned(there.outcome)
    assert (back.p, back.doubts) == (there.p, there.doubts)


@unhurried
@given(arms())
def test_nothing_is_called_better_unless_test_and_interval_agree(figures: tuple[int, int, int, int]) -> None:
    found = counted(*figures)
    assert found.interval is not None
    if not found.ambiguous:
        assert found.significant
        assert not found.interval[0] <= 0 <= found.interval[1]
        assert found.n1 is not None
        assert found.n1 >= DEFAULT.fewest_cases
    assert found.ambiguous is bool(found.doubts)
    assert found.ambiguous is ("Ambiguous: " in found.sentence)


def test_figures_that_cannot_be_are_refused() -> None:
    for figures, pointer in [((5, 4, 1, 2), "/x1"), ((1, 0, 1, 2), "/n1"), ((1, 2, -1, 2), "/x2")]:
        with pytest.raises(RuleError) as refused:
            counted(*figures)
        assert refused.value.pointer == pointer
    for plan, pointer in [({"per_arm": 0}, "/per_arm"), ({"looks_before_end": -1}, "/looks_before_end")]:
        with pytest.raises(RuleError) as refused:
            Plan(**plan)  # type: ignore[arg-type]
        assert refused.value.pointer == pointer


def test_a_policy_survives_its_row() -> None:
    policy = Policy(fewest_cases=100, fewest_expected=10)
    assert Policy.from_json(json.loads(json.dumps(policy.to_json()))) == policy
    assert Policy.from_json({}) == DEFAULT
    for row, pointer in [
        ([], ""),
        ({"cases": 1}, "/cases"),
        ({"fewest_cases": 1}, "/fewest_cases"),
        ({"fewest_expected": "5"}, "/fewest_expected"),
    ]:
        with pytest.raises(RuleError) as refused:
            Policy.from_json(row)
        assert refused.value.pointer == pointer
