"""Relevance drift: does the KPI still move with its outcome, and when must somebody look at what it stands for."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ageing import months_after
from domain.errors import RuleError
from domain.kpi import Reading
from domain.kpi_drift import (
    DEFAULT,
    Policy,
    Relevance,
    RelevanceDrift,
    RelevanceReason,
    ReviewStatus,
    World,
    WorldChange,
    relevance_drift,
    relevance_review,
)
from domain.rank_correlation import spearman

START = date(2024, 1, 31)
unhurried = settings(deadline=None)
STEPS = [3, -1, 4, 1, -5, 9, -2, 6, 5, -3, 5, 8, -9, 7, -9, 3, 2, -3, 8, 4, -6, 2, -6, 4]
OTHERS = [1, 3, -2, -4, 5, 1, -1, 2, -3, 4, -5, 1, 6, -7, 8, 2, -1, -2, 3, -4, 7, -5, 1, 2]
numbers = st.lists(st.integers(-50, 50).map(Decimal), min_size=2, max_size=25)


def month(number: int) -> date:
    return months_after(START, number)


def walk(steps: list[int], first: int = 100) -> list[Reading]:
    """Monthly readings whose changes are `steps`."""
    values = [first]
    for step in steps:
        values.append(values[-1] + step)
    return [Reading(id=n + 1, observed_on=month(n), value=Decimal(one)) for n, one in enumerate(values)]


def drift(kpi: list[int], outcome: list[int], **rest: object) -> RelevanceDrift:
    said: dict[str, object] = {"as_of": month(len(kpi)), **rest}
    return relevance_drift(walk(kpi), walk(outcome, 5000), **said)  # type: ignore[arg-type]


def doubled(steps: list[int]) -> list[int]:
    return [2 * one + (1 if one > 0 else 0) for one in steps]


def test_a_kpi_that_moves_with_its_outcome_holds_with_its_numbers() -> None:
    found = drift(STEPS, doubled(STEPS))
    assert (found.relevance, found.reason, found.pairs) == (Relevance.HOLDS, None, 24)
    assert found.recent is not None
    assert found.earlier is not None
    assert (found.recent.correlation, found.recent.pairs, found.earlier.pairs) == (Decimal(1), 12, 12)
    assert found.recent.last_on == month(24)
    assert found.earlier.last_on == month(12)
    assert "rank correlation 1 in 12 pairs" in found.sentence
    assert found.numbers["holds_from"] == DEFAULT.holds_from
    assert found.valid_until == month(24) + timedelta(days=180)


def test_a_kpi_that_stopped_moving_with_its_outcome_is_lost() -> None:
    found = drift(STEPS, doubled(STEPS[:12]) + OTHERS[12:])
    assert (found.relevance, found.reason) == (Relevance.LOST, None)
    assert found.sentence.startswith("The KPI no longer moves with its outcome: rank correlation ")
    assert "lost below 0.2" in found.sentence
    assert found.clears_when is not None
    assert set(found.numbers) >= {"recent_correlation", "earlier_correlation", "recent_pairs", "lost_below"}


def test_one_that_never_moved_along_was_never_shown() -> None:
    found = drift(STEPS, OTHERS)
    assert (found.relevance, found.reason) == (Relevance.UNKNOWN, RelevanceReason.NEVER_SHOWN)
    assert "has not been seen to move" in found.sentence


def test_one_that_moves_along_less_is_neither_held_nor_lost() -> None:
    weaker = doubled(STEPS[:12]) + [2 * a + 3 * b for a, b in zip(STEPS[12:], OTHERS[12:], strict=True)]
    found = drift(STEPS, weaker)
    assert (found.relevance, found.reason) == (Relevance.UNKNOWN, RelevanceReason.WEAKER)
    assert found.recent is not None
    assert found.recent.correlation is not None
    assert Decimal("0.2") <= found.recent.correlation < Decimal("0.5")
    at_it = Policy(holds_from=found.recent.correlation)
    assert (
        drift(STEPS, weaker, policy=at_it).relevance is Relevance.HOLDS
    )  # the boundary belongs to the milder side
    lost_at = Policy(lost_below=found.recent.correlation + Decimal("0.000001"))
    assert drift(STEPS, weaker, policy=lost_at).relevance is Relevance.LOST


def test_an_inverse_relation_is_read_the_other_way_round() -> None:
    falling = [-one for one in doubled(STEPS)]
    assert drift(STEPS, falling, inverse=True).relevance is Relevance.HOLDS
    assert drift(STEPS, falling).reason is RelevanceReason.NEVER_SHOWN


def test_two_series_that_merely_both_grow_are_not_related_by_that() -> None:
    kpi, outcome = [one + 40 for one in STEPS], [one + 40 for one in OTHERS]
    levels = spearman(
        [one.value or Decimal(0) for one in walk(kpi)], [one.value or Decimal(0) for one in walk(outcome)]
    )
    assert levels == 1
    assert drift(kpi, outcome).relevance is not Relevance.HOLDS


def test_sixteen_pairs_are_the_fewest() -> None:
    found = drift(STEPS[:15], doubled(STEPS[:15]))
    assert (found.relevance, found.reason) == (Relevance.UNKNOWN, RelevanceReason.TOO_FEW_PAIRS)
    assert (
        found.sentence
        == "The changes of both are known for 15 periods: 16 are needed, 8 in each of two windows."
    )
    assert found.valid_until is None
    assert drift(STEPS[:16], doubled(STEPS[:16])).relevance is Relevance.HOLDS


def test_a_series_that_never_moved_has_no_correlation() -> None:
    found = drift([0] * 24, STEPS)
    assert found.reason is RelevanceReason.NOTHING_MOVED
    assert found.recent is not None
    assert found.recent.correlation is None


def test_a_missing_period_makes_no_change_and_takes_two_pairs() -> None:
    kpi = [one for one in walk(STEPS) if one.observed_on != month(5)]
    found = relevance_drift(kpi, walk(doubled(STEPS)), as_of=month(24))
    assert found.pairs == 22


def test_a_break_of_either_definition_takes_the_pair_across_it() -> None:
    rows, other = walk(STEPS), walk(doubled(STEPS))
    day = month(5) - timedelta(days=3)
    assert relevance_drift(rows, other, as_of=month(24), kpi_breaks=[day]).pairs == 23
    assert relevance_drift(rows, other, as_of=month(24), outcome_breaks=[month(5)]).pairs == 23
    assert relevance_drift(rows, other, as_of=month(24), kpi_breaks=[START]).pairs == 24


def test_the_last_reading_of_a_period_speaks_for_it_and_periods_may_be_quarters() -> None:
    early = [
        Reading(id=100 + n, observed_on=month(n).replace(day=1), value=Decimal(-999 * n)) for n in range(25)
    ]
    plain = drift(STEPS, doubled(STEPS))
    assert relevance_drift(walk(STEPS) + early, walk(doubled(STEPS), 5000), as_of=month(24)) == plain
    quarters = drift(STEPS, doubled(STEPS), policy=Policy(period_months=3, fewest_pairs=3, window_pairs=4))
    assert (quarters.pairs, quarters.relevance) == (8, Relevance.HOLDS)


def test_an_answer_stands_until_its_newest_pair_is_too_old() -> None:
    found = drift(STEPS, doubled(STEPS))
    assert found.valid_until is not None
    after = found.valid_until + timedelta(days=1)
    assert drift(STEPS, doubled(STEPS), as_of=found.valid_until) == found
    old = drift(STEPS, doubled(STEPS), as_of=after)
    assert (old.relevance, old.reason, old.last_known) == ("unknown", "pairs_too_old", "holds")
    assert "more than 180 days ago" in old.sentence
    assert old.valid_until is None


@unhurried
@given(numbers, st.randoms(use_true_random=False))
def test_a_rank_correlation_obeys_its_laws(xs: list[Decimal], random: Random) -> None:
    ys = list(xs)
    random.shuffle(ys)
    found = spearman(xs, ys)
    varied = len(set(xs)) > 1
    assert (found is not None) is varied
    if found is None:
        return
    assert -1 <= found <= 1
    assert spearman(ys, xs) == found
    assert spearman(xs, xs) == 1
    assert spearman(xs, [-one for one in xs]) == -1
    assert spearman(xs, [-one for one in ys]) == found.copy_negate()
    assert spearman([one**3 + one for one in xs], ys) == found  # any rising scale keeps the ranks
    pairs = list(zip(xs, ys, strict=True))
    random.shuffle(pairs)
    assert spearman([a for a, _ in pairs], [b for _, b in pairs]) == found


def test_a_rank_correlation_with_ties_is_pearsons_of_the_mean_ranks() -> None:
    """scipy.stats.spearmanr([1, 2, 2, 4, 5], [2, 1, 3, 3, 3]) = 0.6308932681440449."""
    found = spearman([1, 2, 2, 4, 5], [2, 1, 3, 3, 3])
    assert float(found or 0) == pytest.approx(0.6308932681440449, abs=1e-12)


def test_a_rank_correlation_needs_pairs() -> None:
    for first, second, pointer in (
        [[1], [1, 2], "/second"],
        [[], [], "/first"],
        [[1, 2], [1, Decimal("NaN")], "/second/1"],
    ):
        with pytest.raises(RuleError) as refused:
            spearman(first, second)  # type: ignore[arg-type]
        assert refused.value.pointer == pointer


def change(number: int, kind: World, days: int) -> WorldChange:
    return WorldChange(number, kind, START + timedelta(days=days), "A new competitor")


def test_a_change_of_the_world_calls_for_a_review_until_there_is_one() -> None:
    changes = [change(2, World.PRODUCT, 50), change(1, World.MARKET, 40)]
    day = START + timedelta(days=60)
    found = relevance_review(changes, as_of=day)
    assert found.status is ReviewStatus.DUE
    assert [(one.code, one.change_id) for one in found.causes] == [
        ("market_changed", 1),
        ("product_changed", 2),
    ]
    assert found.causes[0].sentence == (
        "The market changed on 11 Mar 2024, and nobody has reviewed the KPI since: A new competitor"
    )
    assert found.due_by == found.valid_until == START + timedelta(days=70)
    assert relevance_review(changes, as_of=START + timedelta(days=71)).status is ReviewStatus.OVERDUE
    one = relevance_review(changes, as_of=day, last_review_on=START + timedelta(days=40))
    assert [cause.change_id for cause in one.causes] == [2]
    done = relevance_review(changes, as_of=day, last_review_on=START + timedelta(days=50))
    assert (done.status, done.causes, done.clears_when, done.valid_until) == ("not_due", (), None, None)


def test_a_change_to_come_ends_the_answer_the_day_before() -> None:
    found = relevance_review([change(1, World.BEHAVIOUR, 30)], as_of=START)
    assert (found.status, found.valid_until) == (ReviewStatus.NOT_DUE, START + timedelta(days=29))


def test_a_lost_correlation_calls_for_a_review_even_when_its_data_grows_old() -> None:
    lost = drift(STEPS, doubled(STEPS[:12]) + OTHERS[12:])
    old = drift(STEPS, doubled(STEPS[:12]) + OTHERS[12:], as_of=month(60))
    holds = drift(STEPS, doubled(STEPS))
    for relevance, status in [(lost, "due"), (old, "due"), (holds, "not_due"), (None, "not_due")]:
        found = relevance_review([], as_of=month(60), relevance=relevance)
        assert (found.status, found.valid_until) == (status, None)


@unhurried
@given(st.lists(st.integers(0, 200), max_size=4), st.integers(0, 250), st.none() | st.integers(0, 200))
def test_a_review_answer_is_good_to_its_last_day_and_not_one_longer(
    days: list[int], as_of: int, reviewed: int | None
) -> None:
    changes = [change(n, World.MARKET, day) for n, day in enumerate(days)]
    last = None if reviewed is None else START + timedelta(days=reviewed)

    def asked(day: date) -> object:
        return relevance_review(changes, as_of=day, last_review_on=last)

    found = relevance_review(changes, as_of=START + timedelta(days=as_of), last_review_on=last)
    until = found.valid_until
    assert asked(until or START + timedelta(days=900)) in (found, asked(START + timedelta(days=as_of)))
    if until is not None:
        after = relevance_review(changes, as_of=until + timedelta(days=1), last_review_on=last)
        assert (after.status, after.causes) != (found.status, found.causes)
