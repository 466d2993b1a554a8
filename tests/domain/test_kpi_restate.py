"""What a reading that reaches back turns: the days that had been published, and no others."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.kpi import Definition, Reading, Status, advance, assess, fold
from domain.kpi_restate import Turn, turned_at_the_end
from domain.kpi_restate import turned as turned_in
from domain.kpi_rows import history
from tests.domain.kpi_material import NOON, RANGE, RISING, on, row

LAST = on(60)


def turned(
    definition: Definition, before: list[Reading], arrived: list[Reading], **more: Any
) -> tuple[Turn, ...]:
    return turned_in(definition, history([*before, *arrived]), {row.id for row in arrived}, **more)


def test_a_back_dated_bad_reading_turns_the_status_published_with_a_later_one() -> None:
    first = row(50, 141, recorded=NOON)
    late = row(40, 125, number=2, recorded=NOON + timedelta(days=5))
    assert turned(RISING, [first], [late], last=on(56)) == (
        Turn(on(50), Status.ON_TRACK, Status.AT_RISK, Decimal(141), Decimal(141)),
    )


def test_a_reading_newer_than_the_last_restates_nothing_however_late_it_arrives() -> None:
    assert turned(RISING, [row(10, 108)], [row(30, 100)], last=LAST) == ()


def test_a_correction_names_both_values() -> None:
    wrong = row(50, 120)
    right = row(50, 151, number=1, supersedes=wrong.id)
    assert turned(RISING, [wrong], [right], last=LAST) == (
        Turn(on(50), Status.OFF_TRACK, Status.ON_TRACK, Decimal(120), Decimal(151)),
    )


def test_a_correction_that_turns_no_status_restates_nothing() -> None:
    wrong = row(50, 150)
    assert turned(RISING, [wrong], [row(50, 151, number=1, supersedes=wrong.id)], last=LAST) == ()


def test_a_withdrawal_turns_its_day_into_what_the_record_says_without_it() -> None:
    only = row(50, 100)
    void = row(50, None, number=1, supersedes=only.id, void=True)
    (found,) = turned(RISING, [only], [void], last=LAST)
    assert found == Turn(on(50), Status.OFF_TRACK, Status.NO_DATA, Decimal(100), None)


def test_a_correction_to_another_day_turns_the_day_it_leaves() -> None:
    earlier, wrong = row(10, 111), row(50, 120)
    moved = row(55, 120, number=1, supersedes=wrong.id)
    assert [t.on for t in turned(RISING, [earlier, wrong], [moved], last=LAST)] == [on(50)]


def test_a_second_reading_of_a_day_restates_that_day() -> None:
    again = row(50, 151, number=1, recorded=NOON)
    assert [t.now for t in turned(RISING, [row(50, 120)], [again], last=LAST)] == [Status.ON_TRACK]


def test_days_in_a_row_with_the_same_two_words_are_one_turn() -> None:
    later = [row(50 + n, 141 + n) for n in range(8)]  # nine points behind, each of them
    (found,) = turned(RISING, later, [row(40, 125, number=1)], last=LAST)
    assert (found.on, found.was, found.now) == (on(50), Status.ON_TRACK, Status.AT_RISK)


def test_it_ends_where_a_later_reading_decides_alone() -> None:
    rows = [row(50, 141), row(52, 160), row(54, 145)]
    found = turned(RISING, rows, [row(40, 125, number=1)], last=LAST)
    assert [t.on for t in found] == [on(50)]


def test_filling_a_gap_restates_nothing_by_itself() -> None:
    assert turned(RISING, [row(5, 105), row(59, 160)], [row(30, 131, number=1)], last=LAST) == ()


def test_a_reading_of_the_window_that_comes_after_closing_restates_the_outcome() -> None:
    closed = on(100 + 14 + 1)
    missed = row(95, 180)
    late = row(110, 201)
    assert turned(RISING, [missed], [late], last=closed + timedelta(days=30)) == (
        Turn(closed, Status.MISSED, Status.ACHIEVED, Decimal(180), Decimal(201)),
    )
    assert turned(RISING, [missed], [late], last=closed - timedelta(days=1)) == ()


def test_an_outcome_nobody_had_seen_is_restated_when_a_reading_of_the_window_arrives() -> None:
    (found,) = turned(RISING, [], [row(99, 201)], last=on(200))
    assert (found.was, found.now, found.was_value) == (Status.UNVERIFIED, Status.ACHIEVED, None)


def test_a_reading_after_the_window_restates_nothing() -> None:
    assert turned(RISING, [row(95, 180)], [row(120, 201)], last=on(200)) == ()


def test_compliance_after_the_fact_restates_only_the_closing_of_a_band() -> None:
    rows = [row(30 * n, "0.9") for n in range(1, 13)]
    bad = row(29, "0.5", number=1)  # another reading of the first period speaks later in it
    assert turned(RANGE, rows, [bad], last=on(800)) == ()
    wrong = [row(30 * n, None, number=n, supersedes=1000 + 30 * n, void=True) for n in (2, 3)]
    found = turned(RANGE, rows, wrong, last=on(800))
    assert [(t.was, t.now) for t in found][-1] == (Status.ACHIEVED, Status.MISSED)


def test_a_future_reading_and_its_correction_restate_nothing_yet() -> None:
    future = row(70, 100)
    assert turned(RISING, [row(50, 151)], [future], last=LAST) == ()
    mended = row(70, 180, number=1, supersedes=future.id)
    assert turned(RISING, [row(50, 151), future], [mended], last=LAST) == ()


def test_nothing_is_restated_for_days_kept_silent_or_outside_the_version() -> None:
    rows, late = [row(50, 141), row(55, 146)], [row(40, 125, number=1)]
    assert turned(RISING, rows, late, last=LAST, spoke=lambda day: day > on(55)) == ()
    assert [t.on for t in turned(RISING, rows, late, last=LAST, first=on(51))] == [on(55)]


def test_a_broken_definition_restates_nothing() -> None:
    assert turned(replace(RISING, target=None), [row(50, 141)], [row(40, 125, number=1)], last=LAST) == ()


VALUES = st.integers(90, 215)
DAYS = st.integers(0, 125)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Definition, list[Reading], list[Reading]]:
    """Rows there are, and rows that arrive: new ones, corrections and withdrawals."""
    definition = replace(
        RISING, confirm_worse=draw(st.sampled_from([1, 2])), cadence_days=draw(st.sampled_from([10, 30]))
    )
    there = [
        row(draw(DAYS), draw(VALUES), number=n, recorded=NOON + timedelta(hours=n))
        for n in range(1, draw(st.integers(0, 7)) + 1)
    ]
    open_ids = [r.id for r in there]
    arrived = []
    for n in range(1, draw(st.integers(1, 3)) + 1):
        old = draw(st.sampled_from([None, *open_ids]))
        if old is not None:
            open_ids.remove(old)
        void = old is not None and draw(st.booleans())
        value = None if void else draw(VALUES)
        at = NOON + timedelta(days=1, hours=n)
        arrived.append(row(draw(DAYS), value, number=100 + n, recorded=at, supersedes=old, void=void))
    return definition, there, arrived


@given(histories(), st.integers(0, 140))
def test_it_is_what_comparing_every_published_day_gives(
    history: tuple[Definition, list[Reading], list[Reading]], days: int
) -> None:
    definition, before, arrived = history
    last = on(days)
    found = turned(definition, before, arrived, last=last)
    whole = [*before, *arrived]
    named = {r.id: r.observed_on for r in whole}
    start = min(d for r in arrived for d in (r.observed_on, named.get(r.supersedes or 0)) if d)
    closing = on(115)
    gone = {r.supersedes for r in before}
    published = {r.observed_on for r in before if r.id not in gone and r.observed_on < closing} | {closing}
    said: dict[date, tuple[Status, Status]] = {}
    for day in sorted(d for d in published if start <= d <= last):
        was = assess(definition, before, as_of=day).status
        now = assess(definition, whole, as_of=day).status
        said[day] = (was, now)
    expected, running = [], None
    for day, pair in said.items():
        if pair[0] is not pair[1] and running != pair:
            expected.append((day, *pair))
        running = pair if pair[0] is not pair[1] else None
    assert [(t.on, t.was, t.now) for t in found] == expected


@given(histories(), VALUES, st.integers(0, 140), st.booleans())
def test_one_more_reading_of_the_last_day_is_told_by_two_folds_as_by_all_rows(
    history: tuple[Definition, list[Reading], list[Reading]], value: int, days: int, earlier: bool
) -> None:
    definition, rows, _ = history
    last = on(days)
    rows = [one for one in rows if one.observed_on <= last]
    was = fold(definition, rows, as_of=last)
    assume(was.reading_id is not None)
    recorded = NOON - timedelta(days=9) if earlier else NOON + timedelta(days=9)
    again = replace(row(0, value, number=77, recorded=recorded), observed_on=date.fromordinal(was.day))
    now = advance(definition, was, again, as_of=last)
    assert now is not None
    assert turned_at_the_end(definition, was, now, last=last) == turned(definition, rows, [again], last=last)
