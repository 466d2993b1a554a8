"""What holds for every KPI, every history and every day."""

from collections.abc import Iterator
from dataclasses import astuple, fields, replace
from datetime import date, timedelta
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.kpi import (
    Answer,
    Definition,
    Direction,
    Fold,
    Reading,
    Status,
    advance,
    answer,
    assess,
    fold,
    outlook,
)
from tests.domain.kpi_material import (
    NOON,
    bands,
    days,
    definitions,
    histories,
    known_ats,
    on,
    trajectories,
)
from tests.domain.kpi_plain import Plain, plain_assess

FAR = timedelta(days=150)
ONE = timedelta(days=1)
unhurried = settings(deadline=None)


def timeless(found: Answer) -> Answer:
    """The answer without what passing time alone changes."""
    return replace(found, age_days=None, valid_until=None)


def stretch(first: date, last: date | None) -> Iterator[date]:
    """The days from `first` to `last`, or as far as anything here can reach."""
    day = first
    while day <= (last if last is not None else on(75) + FAR):
        yield day
        day += ONE


@settings(max_examples=600, deadline=None)
@given(definitions(), histories(), days, known_ats)
def test_the_answer_is_what_the_algebra_written_out_plainly_gives(
    definition: Definition, rows: list[Reading], as_of: date, known_at: object
) -> None:
    found = assess(definition, rows, as_of=as_of, known_at=known_at)  # type: ignore[arg-type]
    expected = plain_assess(definition, rows, as_of=as_of, known_at=known_at)  # type: ignore[arg-type]
    for part in fields(Plain):
        said, wanted = getattr(found, part.name), getattr(expected, part.name)
        if isinstance(wanted, Fraction):
            said = Fraction(said)
        assert said == wanted, part.name


@settings(max_examples=400, deadline=None)
@given(definitions(), histories(), days)
def test_an_answer_stands_to_its_last_day_and_not_one_longer(
    definition: Definition, rows: list[Reading], as_of: date
) -> None:
    found = assess(definition, rows, as_of=as_of)
    for day in stretch(as_of, found.valid_until):
        assert timeless(assess(definition, rows, as_of=day)) == timeless(found)
    if found.valid_until is not None:
        after = assess(definition, rows, as_of=found.valid_until + ONE)
        assert timeless(after) != timeless(found)


@settings(max_examples=300, deadline=None)
@given(definitions(), histories(), days)
def test_the_outlook_agrees_with_the_answer_on_every_day(
    definition: Definition, rows: list[Reading], since: date
) -> None:
    segments = outlook(definition, fold(definition, rows, as_of=since), since=since)
    assert segments[0].valid_from == since
    assert segments[-1].answer.valid_until is None
    for segment in segments:
        for day in stretch(segment.valid_from, segment.answer.valid_until):
            assert timeless(assess(definition, rows, as_of=day)) == timeless(segment.answer)
    for earlier, later in pairwise(segments):
        assert earlier.answer.valid_until is not None
        assert later.valid_from == earlier.answer.valid_until + ONE


@unhurried
@given(definitions(), histories(), st.randoms(use_true_random=False), days)
def test_the_order_of_rows_never_matters(
    definition: Definition, rows: list[Reading], random: object, as_of: date
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert assess(definition, shuffled, as_of=as_of) == assess(definition, rows, as_of=as_of)
    assert fold(definition, shuffled, as_of=as_of) == fold(definition, rows, as_of=as_of)


def converted(
    definition: Definition, rows: list[Reading], factor: int, shift: int
) -> tuple[Definition, list[Reading]]:
    """The same KPI in another unit; a negative factor turns better into worse, floor into cap."""

    def to(value: Decimal | None) -> Decimal | None:
        return None if value is None else value * factor + shift

    lower, upper = to(definition.lower), to(definition.upper)
    direction = definition.direction
    if factor < 0:
        lower, upper = upper, lower
        direction = Direction.LOWER if direction is Direction.HIGHER else Direction.HIGHER
    margin = definition.warn_margin
    other = replace(
        definition,
        baseline=to(definition.baseline),
        target=to(definition.target),
        lower=lower,
        upper=upper,
        direction=direction,
        warn_margin=None if margin is None else margin * abs(factor),
    )
    return other, [replace(r, value=to(r.value)) for r in rows]


@unhurried
@given(definitions(), histories(), days)
def test_negating_every_number_and_flipping_the_direction_keeps_the_answer(
    definition: Definition, rows: list[Reading], as_of: date
) -> None:
    other, negated = converted(definition, rows, -1, 0)
    assert assess(other, negated, as_of=as_of) == assess(definition, rows, as_of=as_of)


@unhurried
@given(definitions(), histories(), days)
def test_another_unit_keeps_the_answer(definition: Definition, rows: list[Reading], as_of: date) -> None:
    other, converted_rows = converted(definition, rows, 1000, 7)
    assert assess(other, converted_rows, as_of=as_of) == assess(definition, rows, as_of=as_of)


@unhurried
@given(
    definitions(), histories(), days, st.integers(0, 40), st.sampled_from(["void", "nan", "future", "early"])
)
def test_a_row_that_may_not_speak_never_changes_the_status(
    definition: Definition, rows: list[Reading], as_of: date, day: int, kind: str
) -> None:
    extra = Reading(
        id=999,
        observed_on={"future": as_of + timedelta(days=day + 1), "early": on(-1 - day)}.get(kind, on(day)),
        value=None if kind == "nan" else Decimal(1000),
        void=kind == "void",
    )
    before, after = assess(definition, rows, as_of=as_of), assess(definition, [*rows, extra], as_of=as_of)
    assert replace(after, flags=(), valid_until=None) == replace(before, flags=(), valid_until=None)
    assert set(before.flags) <= set(after.flags)


@unhurried
@given(definitions(), histories(), days, st.integers(-4, 60), st.integers(-4, 60))
def test_a_superseded_row_never_changes_the_answer(
    definition: Definition, rows: list[Reading], as_of: date, day: int, other_day: int
) -> None:
    wrong = Reading(id=998, observed_on=on(day), value=Decimal(1000))
    withdrawal = Reading(id=999, observed_on=on(other_day), value=None, supersedes=998, void=True)
    with_both = assess(definition, [*rows, wrong, withdrawal], as_of=as_of)
    assert with_both == assess(definition, rows, as_of=as_of)


@unhurried
@given(definitions(), histories(), days)
def test_asking_twice_or_in_a_coarser_arithmetic_changes_nothing(
    definition: Definition, rows: list[Reading], as_of: date
) -> None:
    first = assess(definition, rows, as_of=as_of)
    with localcontext(Context(prec=3)):
        again = assess(replace(definition), rows, as_of=as_of)
    assert again == first
    assert str(astuple(again)) == str(astuple(first))


@unhurried
@given(definitions(), histories(), days)
def test_known_now_is_the_same_as_no_known_at(
    definition: Definition, rows: list[Reading], as_of: date
) -> None:
    now = NOON + timedelta(days=1)
    assert assess(definition, rows, as_of=as_of, known_at=now) == assess(definition, rows, as_of=as_of)


@unhurried
@given(definitions(), histories(), days, known_ats)
def test_what_was_known_is_what_the_rows_of_then_say(
    definition: Definition, rows: list[Reading], as_of: date, known_at: object
) -> None:
    assume(known_at is not None)
    then = [r for r in rows if r.recorded_at is None or r.recorded_at <= known_at]  # type: ignore[operator]
    as_known = assess(definition, rows, as_of=as_of, known_at=known_at)  # type: ignore[arg-type]
    assert as_known == assess(definition, then, as_of=as_of)


@settings(max_examples=400, deadline=None)
@given(definitions(), histories(), days, st.integers(0, 90))
def test_a_stored_fold_answers_for_every_later_day_like_all_rows(
    definition: Definition, rows: list[Reading], as_of: date, later: int
) -> None:
    stored = Fold.from_json(fold(definition, rows, as_of=as_of).to_json())
    assert stored == fold(definition, rows, as_of=as_of)
    day = as_of + timedelta(days=later)
    assert answer(definition, stored, as_of=day) == assess(definition, rows, as_of=day)


@settings(max_examples=600, deadline=None)
@given(definitions(), histories(), days, st.integers(0, 20), st.integers(-8, 75), st.data())
def test_carrying_the_fold_on_is_folding_again(
    definition: Definition, rows: list[Reading], as_of: date, later: int, day: int, data: st.DataObject
) -> None:
    stored = fold(definition, rows, as_of=as_of)
    today = as_of + timedelta(days=later)
    value = data.draw(st.one_of(st.none(), st.integers(-4, 24).map(Decimal)))
    fresh = Reading(id=999, observed_on=on(day), value=value, recorded_at=NOON + timedelta(days=1))
    carried = advance(definition, stored, fresh, as_of=today)
    if carried is not None:
        assert carried == fold(definition, [*rows, fresh], as_of=today)


@settings(max_examples=300, deadline=None)
@given(definitions(), histories(), days, st.lists(st.integers(-4, 24).map(Decimal), max_size=5), st.data())
def test_readings_of_the_day_last_folded_never_need_a_refold(
    definition: Definition, rows: list[Reading], as_of: date, values: list[Decimal], data: st.DataObject
) -> None:
    stored = fold(definition, rows, as_of=as_of)
    assume(stored.count)
    for place, value in enumerate(values):
        moment = data.draw(st.sampled_from([None, NOON, NOON + timedelta(days=1)]))
        fresh = Reading(900 + place, date.fromordinal(stored.day), value, moment)
        rows = [*rows, fresh]
        carried = advance(definition, stored, fresh, as_of=as_of)
        assert carried == fold(definition, rows, as_of=as_of)
        stored = carried


@unhurried
@given(st.one_of(trajectories(with_baseline=False), bands()), histories(plain=True, most=20))
def test_readings_arriving_day_by_day_never_need_a_refold(
    definition: Definition, rows: list[Reading]
) -> None:
    stored = fold(definition, [], as_of=on(-10))
    for reading in sorted(rows, key=lambda r: r.observed_on):
        carried = advance(definition, stored, reading, as_of=reading.observed_on)
        assert carried is not None
        stored = Fold.from_json(carried.to_json())
    assert answer(definition, stored, as_of=on(60)) == assess(definition, rows, as_of=on(60))


@unhurried
@given(definitions(), histories(), days, st.integers(1, 30))
def test_a_fold_refuses_a_day_it_has_folded_past(
    definition: Definition, rows: list[Reading], as_of: date, earlier: int
) -> None:
    stored, day = fold(definition, rows, as_of=as_of), as_of - timedelta(days=earlier)
    judged = assess(definition, rows, as_of=day).status not in {
        Status.NOT_STARTED,
        Status.PAUSED,
        Status.RETIRED,
    }
    if judged and day.toordinal() < stored.known_through:
        with pytest.raises(RuleError, match="Assess all readings"):
            answer(definition, stored, as_of=day)
    else:
        assert answer(definition, stored, as_of=day) == assess(definition, rows, as_of=day)


@unhurried
@given(definitions(), histories(), days)
def test_a_judged_status_always_names_its_measurement(
    definition: Definition, rows: list[Reading], as_of: date
) -> None:
    found = assess(definition, rows, as_of=as_of)
    judged = found.progress is not None
    assert judged is (
        found.status
        in {Status.ACHIEVED, Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK, Status.MISSED, Status.STALE}
        or found.reason == "no_measurement_near_target_date"
    )
    if judged:
        assert found.reading_id in {r.id for r in rows if not r.void}


@pytest.mark.parametrize("count", [10, 3000])
def test_a_stored_fold_is_small_whatever_the_history(count: int) -> None:
    definition = Definition(
        shape="band",  # type: ignore[arg-type]
        baseline_on=date(2016, 1, 1),
        lower=Decimal(98),
        cadence_days=7,
    )
    rows = [Reading(n, date(2016, 1, 1) + timedelta(days=n), Decimal(99)) for n in range(count)]
    assert len(str(fold(definition, rows, as_of=date(2026, 1, 1)).to_json())) < 200
