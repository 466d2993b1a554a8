"""Value drift of a KPI: what the charts see, what they may not say, and until when the answer is good."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.control_chart import Side
from domain.errors import RuleError
from domain.kpi import Direction, Reading
from domain.kpi_drift import (
    DEFAULT,
    Method,
    Policy,
    Toward,
    ValueDrift,
    ValueReason,
    ValueStatus,
    usable,
    usual_reference_end,
    value_drift,
)
from domain.kpi_value_drift import widening

START = date(2026, 1, 1)
NOISE = [Decimal(n) for n in (0, 1, -1, 2, -2, 1, 0, -1, 1, -1, 0, 2, -2, 0, 1, -1)]
unhurried = settings(deadline=None)
noises = st.lists(st.integers(-30, 30).map(lambda n: Decimal(n) / 10), min_size=12, max_size=40)


def on(number: int) -> date:
    return START + timedelta(days=7 * number)


def series(values: list[Decimal]) -> list[Reading]:
    """One reading a week."""
    return [Reading(id=n + 1, observed_on=on(n), value=value) for n, value in enumerate(values)]


def drift(values: list[Decimal], *, reference: int = 8, **rest: object) -> ValueDrift:
    said: dict[str, object] = {"reference_ends_on": on(reference), "as_of": on(len(values)), **rest}
    return value_drift(series(values), **said)  # type: ignore[arg-type]


STEADY = [100 + noise for noise in NOISE]
FALLEN = STEADY[:10] + [value - 8 for value in STEADY[10:]]


def test_a_steady_kpi_is_steady_and_says_from_how_many_readings() -> None:
    found = drift(STEADY)
    assert (found.status, found.reason, found.hits, found.watched) == ("steady", None, (), 8)
    assert found.sentence == (
        "The level has not moved: none of 3 charts signals in 8 readings since 26 Feb 2026."
    )
    assert found.reference is not None
    assert (found.reference.count, found.reference.mean) == (8, Decimal(100))


def test_a_fallen_level_is_seen_by_every_chart_with_its_first_reading() -> None:
    found = drift(FALLEN, better=Direction.HIGHER)
    assert found.status is ValueStatus.DRIFT
    assert {hit.method for hit in found.hits} == set(Method)
    assert [hit.observed_on for hit in found.hits] == sorted(hit.observed_on for hit in found.hits)
    for hit in found.hits:
        assert (hit.side, hit.toward) == (Side.DOWN, Toward.WORSE)
        assert hit.observed_on >= on(10)
        assert hit.value == FALLEN[hit.reading_id - 1]
        assert hit.clears_when
        assert {"statistic", "limit", "mean", "sigma", "widened", "reference_readings"} < set(hit.numbers)
    assert found.sentence.startswith("The level moved down, for the worse, first seen on ")
    assert "3 of 3 charts signalled" in found.sentence


def test_a_hit_says_its_numbers_and_its_thresholds() -> None:
    hits = {hit.method: hit for hit in drift(FALLEN).hits}
    ewma, cusum = hits[Method.EWMA], hits[Method.CUSUM]
    assert ewma.numbers["statistic"] < ewma.numbers["limit"]
    assert "(weight 0.2, 3 sigmas)" in ewma.sentence
    assert (ewma.numbers["lambda"], ewma.numbers["width_sigmas"]) == (DEFAULT.ewma_lambda, DEFAULT.ewma_width)
    assert cusum.numbers["statistic"] > cusum.numbers["limit"]
    assert "(slack 0.5, limit 5 sigmas)" in cusum.sentence
    assert "in 8 readings, widened 1.6 times because they are few" in cusum.sentence


def test_a_level_that_came_back_has_still_moved() -> None:
    found = drift(FALLEN + STEADY)
    assert found.status is ValueStatus.DRIFT
    assert next(hit for hit in found.hits if hit.method is Method.EWMA).still is False
    assert next(hit for hit in drift(FALLEN).hits if hit.method is Method.EWMA).still is True


def test_which_way_is_better_only_names_the_move() -> None:
    lower, none = drift(FALLEN, better=Direction.LOWER), drift(FALLEN)
    assert {hit.toward for hit in lower.hits} == {Toward.BETTER}
    assert {hit.toward for hit in none.hits} == {None}
    assert [hit.reading_id for hit in lower.hits] == [hit.reading_id for hit in none.hits]


@pytest.mark.parametrize(
    ("values", "reference", "reason", "said"),
    [
        ([], 8, "too_few_reference_readings", "0 readings before 26 Feb 2026: 8 are needed"),
        (STEADY, 7, "too_few_reference_readings", "7 readings before 19 Feb 2026: 8 are needed"),
        (STEADY[:10], 8, "too_few_readings_since", "2 readings since 26 Feb 2026: 3 are needed"),
        ([Decimal(5)] * 12, 8, "reference_without_spread", "All 8 readings before 26 Feb 2026 are 5"),
        ([Decimal("0.1")] * 12, 8, "reference_without_spread", "are 0.1: without spread"),
    ],
)
def test_too_little_to_know_is_unknown_and_says_why(
    values: list[Decimal], reference: int, reason: str, said: str
) -> None:
    found = drift(values, reference=reference)
    assert (found.status, found.reason, found.hits) == (ValueStatus.UNKNOWN, reason, ())
    assert said in found.sentence
    assert found.valid_until is None


def test_one_reading_more_and_there_is_an_answer() -> None:
    assert drift(STEADY, reference=8).status is ValueStatus.STEADY
    assert drift(STEADY[:11]).status is ValueStatus.STEADY


def test_an_answer_stands_until_its_last_reading_grows_too_old() -> None:
    last = on(len(FALLEN) - 1)
    good = drift(FALLEN, stale_after_days=10, as_of=last + timedelta(days=10))
    assert (good.status, good.valid_until) == (ValueStatus.DRIFT, last + timedelta(days=10))
    old = drift(FALLEN, stale_after_days=10, as_of=last + timedelta(days=11))
    assert (old.status, old.reason, old.last_known) == ("unknown", ValueReason.READINGS_TOO_OLD, "drift")
    assert (old.valid_until, old.hits) == (None, good.hits)
    assert old.sentence == "The last reading, of 16 Apr 2026, is more than 10 days old."


def test_a_reference_that_moved_itself_is_told() -> None:
    reference = [*STEADY[:12], *[value + 15 for value in STEADY[:12]]]
    found = drift(reference + [value + 15 for value in STEADY[:4]], reference=24)
    assert any("reference itself moved up" in note for note in found.notes)


@unhurried
@given(noises, st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(noise: list[Decimal], random: Random) -> None:
    rows = series(noise)
    mixed = list(rows)
    random.shuffle(mixed)
    ends, as_of = on(8), on(len(noise))
    assert value_drift(mixed, reference_ends_on=ends, as_of=as_of) == value_drift(
        rows, reference_ends_on=ends, as_of=as_of
    )


@unhurried
@given(
    noises,
    st.sampled_from([Decimal("0.01"), Decimal(4), Decimal(1000)]),
    st.integers(-50, 50),
    st.sampled_from([1, -1]),
)
def test_another_unit_moves_no_hit_and_the_mirror_turns_its_side(
    noise: list[Decimal], scale: Decimal, shift: int, sign: int
) -> None:
    plain = drift(noise)
    other = drift([value * scale * sign + shift for value in noise])
    assert (other.status, other.reason) == (plain.status, plain.reason)
    assert [(hit.method, hit.reading_id) for hit in other.hits] == [
        (hit.method, hit.reading_id) for hit in plain.hits
    ]
    assert all((a.side is b.side) is (sign > 0) for a, b in zip(plain.hits, other.hits, strict=True))


@unhurried
@given(noises, noises)
def test_later_readings_move_no_first_hit(noise: list[Decimal], more: list[Decimal]) -> None:
    def firsts(found: ValueDrift) -> dict[Method, int]:
        return {hit.method: hit.reading_id for hit in found.hits}

    before, after = firsts(drift(noise)), firsts(drift(noise + more))
    assert {method: one for method, one in after.items() if one <= len(noise)} == before


@unhurried
@given(noises, st.integers(0, 30), st.integers(0, 60))
def test_an_answer_is_good_to_its_last_day_and_not_one_longer(
    noise: list[Decimal], stale: int, later: int
) -> None:
    as_of = on(len(noise)) + timedelta(days=later)
    found = drift(noise, stale_after_days=stale, as_of=as_of)
    if found.valid_until is not None:
        assert drift(noise, stale_after_days=stale, as_of=found.valid_until) == found
        after = drift(noise, stale_after_days=stale, as_of=found.valid_until + timedelta(days=1))
        assert after.status is ValueStatus.UNKNOWN
    else:
        far = drift(noise, stale_after_days=stale, as_of=as_of + timedelta(days=4000))
        assert far == found


def test_a_short_reference_does_not_cry_wolf_and_a_real_move_is_still_seen() -> None:
    """400 simulated series each: false alarms stay under a tenth, a move of two sigmas is seen in four of five."""
    random = Random(20260101)

    def signalled(reference: int, shift: int) -> int:
        values = [Decimal(str(round(random.gauss(0, 1), 4))) for _ in range(reference + 12)]
        moved = values[:reference] + [value + shift for value in values[reference:]]
        return drift(moved, reference=reference).status is ValueStatus.DRIFT

    for reference in (8, 20):
        assert sum(signalled(reference, 0) for _ in range(400)) < 40
        assert sum(signalled(reference, 2) for _ in range(200)) > 160


def test_the_widening_shrinks_towards_one() -> None:
    factors = [widening(n) for n in (3, 8, 20, 50, 2000)]
    assert factors == sorted(factors, reverse=True)
    assert [round(one, 2) for one in factors[1:]] == [Decimal(n) for n in ("1.60", "1.18", "1.06", "1.00")]


def test_only_rows_that_may_speak_are_usable() -> None:
    rows = series(STEADY[:4])
    rows[1] = replace(rows[1], value=None)
    rows[2] = replace(rows[2], void=True)
    rows.append(Reading(id=9, observed_on=on(3), value=Decimal(7), supersedes=4))
    rows.append(Reading(id=10, observed_on=on(9), value=Decimal(7)))
    assert [one.id for one in usable(rows, start=START, as_of=on(5))] == [1, 9]
    assert usable([], start=START, as_of=on(5)) == []


def test_a_reading_without_a_number_or_of_a_later_day_is_refused_with_its_place() -> None:
    rows = series(STEADY)
    for broken, pointer in [
        (replace(rows[3], value=None), "/readings/3/value"),
        (replace(rows[3], value=Decimal("NaN")), "/readings/3/value"),
        (replace(rows[3], observed_on=on(40)), "/readings/3/observed_on"),
    ]:
        with pytest.raises(RuleError) as refused:
            value_drift([*rows[:3], broken, *rows[4:]], reference_ends_on=on(8), as_of=on(20))
        assert refused.value.pointer == pointer
    with pytest.raises(RuleError) as refused:
        drift(STEADY, stale_after_days=-1)
    assert refused.value.pointer == "/stale_after_days"


def test_the_usual_reference_is_the_earliest_readings_there_are_enough_of() -> None:
    assert usual_reference_end(series(STEADY)) == on(7) + timedelta(days=1)
    assert usual_reference_end(series(STEADY[:7])) is None
    assert usual_reference_end([]) is None


def test_a_policy_survives_its_row() -> None:
    policy = Policy(ewma_lambda=Decimal("0.3"), fewest_reference=12, holds_from=Decimal("0.6"))
    assert Policy.from_json(policy.to_json()) == policy
    assert Policy.from_json({}) == DEFAULT


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        ([], ""),
        ({"lambda": 1}, "/lambda"),
        ({"ewma_lambda": 0.2}, "/ewma_lambda"),
        ({"ewma_lambda": "0"}, "/ewma_lambda"),
        ({"ewma_lambda": "1.5"}, "/ewma_lambda"),
        ({"ewma_width": "0"}, "/ewma_width"),
        ({"cusum_slack": "-1"}, "/cusum_slack"),
        ({"fewest_reference": 2}, "/fewest_reference"),
        ({"fewest_reference": "8"}, "/fewest_reference"),
        ({"period_months": 13}, "/period_months"),
        ({"lost_below": "0.6"}, "/lost_below"),
        ({"holds_from": "2"}, "/holds_from"),
        ({"fewest_pairs": 20}, "/fewest_pairs"),
    ],
)
def test_a_policy_row_that_cannot_be_meant_is_refused(row: object, pointer: str) -> None:
    with pytest.raises(RuleError) as refused:
        Policy.from_json(row)
    assert refused.value.pointer == pointer
