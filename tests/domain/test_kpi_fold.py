"""The stored state: what it carries on, what it refuses, and what it costs to keep."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import RuleError
from domain.kpi import Fold, Reading, State, Status, advance, answer, assess, fold, outlook
from tests.domain.kpi_material import NOON, RANGE, RISING, on, row

HELD = fold(RISING, [row(10, 110), row(20, 120)], as_of=on(25))


@pytest.mark.parametrize(
    "reading",
    [
        row(22, 125, supersedes=1010),
        row(22, 125, void=True),
        row(15, 125),
        row(10, 125),
    ],
    ids=["a correction", "a void row", "a backdated row", "an earlier day already folded"],
)
def test_what_reaches_back_asks_for_a_refold(reading: Reading) -> None:
    assert advance(RISING, HELD, reading, as_of=on(25)) is None


@pytest.mark.parametrize(
    "reading",
    [row(25, 125), row(24, None), row(24, "NaN"), row(-1, 5), row(40, 150), row(130, 150)],
    ids=["newer", "empty", "not a number", "before the baseline", "future-dated", "future and late"],
)
def test_everything_else_carries_on_as_if_folded_again(reading: Reading) -> None:
    rows = [row(10, 110), row(20, 120), reading]
    assert advance(RISING, HELD, reading, as_of=on(25)) == fold(RISING, rows, as_of=on(25))


@pytest.mark.parametrize(
    "reading",
    [
        row(20, 125, number=7),
        row(20, 125, number=2000),
        row(20, 90, number=7, recorded=NOON),
        row(20, None, number=2000),
    ],
    ids=["older by its number", "newer", "recorded later", "without a number"],
)
def test_another_reading_of_the_last_day_carries_on_as_if_folded_again(reading: Reading) -> None:
    rows = [row(10, 110), row(20, 120), reading]
    carried = advance(RISING, HELD, reading, as_of=on(25))
    assert carried == fold(RISING, rows, as_of=on(25))
    assert carried.conflict is (reading.value is not None)


def test_the_last_reading_given_again_changes_nothing() -> None:
    assert advance(RISING, HELD, row(20, 120), as_of=on(25)) == HELD


def test_a_whole_day_of_readings_is_carried_on_one_by_one() -> None:
    twice = replace(RANGE, confirm_worse=2)
    rows = [row(10, "0.90"), row(40, "0.70")]
    held: Fold | None = fold(twice, rows, as_of=on(40))
    for hour, value in enumerate(["0.85", "0.5", "0.95", "0.4"]):
        rows.append(row(40, value, number=2000 + hour, recorded=NOON))
        assert held is not None
        held = advance(twice, Fold.from_json(held.to_json()), rows[-1], as_of=on(40))
        assert held == fold(twice, rows, as_of=on(40))


def test_readings_after_the_window_only_raise_their_flag_in_date_order() -> None:
    closed = fold(RISING, [row(100, 200), row(120, 1)], as_of=on(125))
    later = advance(RISING, closed, row(122, 1), as_of=on(125))
    assert later is not None
    assert answer(RISING, later, as_of=on(125)).flags == ("late_value_after_close",)
    assert advance(RISING, later, row(121, 1), as_of=on(125)) is None
    assert advance(RISING, later, row(122, 1), as_of=on(125)) is None
    in_time = advance(RISING, later, row(114, 150), as_of=on(125))
    assert in_time is not None
    assert answer(RISING, in_time, as_of=on(125)).status == Status.MISSED


def test_a_future_reading_waits_in_the_fold_and_speaks_on_its_day() -> None:
    held = fold(RISING, [row(10, 110), row(40, 100)], as_of=on(25))
    assert answer(RISING, held, as_of=on(39)).flags == ("future_dated",)
    assert answer(RISING, held, as_of=on(40)).status == Status.OFF_TRACK
    assert [s.valid_from for s in outlook(RISING, held, since=on(25))] == [on(25), on(40), on(86), on(115)]


def test_an_unchanging_future_reading_does_not_cut_the_answer_short_before_its_day() -> None:
    early = fold(RISING, [row(-5, 100), row(3, 100)], as_of=on(-10))
    assert answer(RISING, early, as_of=on(-10)).valid_until == on(-1)


def test_a_pause_leaves_the_fold_as_it_is() -> None:
    rows = [row(10, 110), row(20, 120)]
    paused = replace(RISING, state=State.PAUSED)
    assert fold(paused, rows, as_of=on(25)) == fold(RISING, rows, as_of=on(25))
    assert answer(paused, HELD, as_of=on(25)).status == Status.PAUSED
    assert answer(RISING, HELD, as_of=on(25)) == assess(RISING, rows, as_of=on(25))


def test_a_broken_definition_folds_to_nothing() -> None:
    broken = replace(RISING, target=None)
    assert fold(broken, [row(10, 110)], as_of=on(25)) == Fold()
    assert advance(broken, Fold(), row(10, 110), as_of=on(25)) == Fold()


def test_a_fold_does_not_answer_for_a_day_before_its_last_reading() -> None:
    assert answer(RISING, HELD, as_of=on(20)).status == Status.ON_TRACK
    with pytest.raises(RuleError, match="Assess all readings for a day in the past") as refused:
        answer(RISING, HELD, as_of=on(19))
    assert refused.value.code == "fold_is_later"
    assert advance(RISING, HELD, row(19, 1), as_of=on(19)) is None


def full_fold() -> Fold:
    rows = [
        row(10, "0.90"),
        row(40, "0.7"),
        row(-1, 1),
        row(5, "NaN"),
        row(40, "0.9", number=3),
        row(80, "0.1", recorded=NOON),
        row(90, "0.10"),
    ]
    return fold(replace(RANGE, confirm_worse=2), rows, as_of=on(45))


def test_a_stored_fold_comes_back_as_it_was() -> None:
    held = full_fold()
    assert held.rejected
    assert held.before_baseline
    assert held.conflict
    assert held.now.pending == Status.OFF_TRACK
    assert len(held.waiting) == 2
    assert Fold.from_json(json.loads(json.dumps(held.to_json()))) == held
    assert Fold.from_json(json.loads(json.dumps(Fold().to_json()))) == Fold()


def test_a_stored_value_keeps_its_digits() -> None:
    held = fold(RISING, [row(10, "110.50")], as_of=on(10))
    assert str(Fold.from_json(held.to_json()).value) == "110.50"


@pytest.mark.parametrize("data", [{}, {"v": 1, "n": 3}, {"v": 3, "n": 3}])
def test_a_fold_of_another_format_is_refused_not_guessed_at(data: dict[str, Any]) -> None:
    with pytest.raises(RuleError, match="Fold all readings again") as refused:
        Fold.from_json(data)
    assert refused.value.code == "fold_format_unknown"


def test_the_outlook_of_a_silent_kpi_is_its_whole_decline() -> None:
    segments = outlook(RISING, HELD, since=on(25))
    assert [(s.valid_from, s.answer.status, s.answer.valid_until) for s in segments] == [
        (on(25), Status.ON_TRACK, on(65)),
        (on(66), Status.STALE, on(114)),
        (on(115), Status.UNVERIFIED, None),
    ]


def test_only_the_last_reading_outside_the_hysteresis_decides_after_a_thousand() -> None:
    definition = replace(RISING, target_on=on(2000), cadence_days=1)
    rows = [row(day, Decimal(100) + Decimal(day) / 20) for day in range(1, 1500)]  # type: ignore[arg-type]
    slipped = [*rows, row(1500, 100), row(1501, "165.5")]
    assert assess(definition, rows, as_of=on(1499)).status == Status.ON_TRACK
    assert assess(definition, slipped, as_of=on(1501)).status == Status.AT_RISK
