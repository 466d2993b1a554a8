"""Definition drift: where a series is broken, which readings may be joined, and what nobody can say."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.kpi import Reading
from domain.kpi_definition_drift import FIELDS
from domain.kpi_drift import DefinitionDrift, DefinitionStatus, MeasuredAs, definition_drift

START = date(2026, 1, 1)
AS_OF = date(2026, 12, 31)
unhurried = settings(deadline=None)


def on(days: int) -> date:
    return START + timedelta(days=days)


FIRST = MeasuredAs(
    number=1,
    effective_on=START,
    formula="resolved / opened",
    source="Helpdesk",
    population="all customers",
    unit="%",
    window="trailing 28 days",
)
READINGS = [Reading(id=n + 1, observed_on=on(30 * n), value=Decimal(n)) for n in range(12)]


def later(number: int, days: int, **changes: str | None) -> MeasuredAs:
    return replace(FIRST, number=number, effective_on=on(days), **changes)


def drift(*versions: MeasuredAs, as_of: date = AS_OF) -> DefinitionDrift:
    readings = [one for one in READINGS if one.observed_on <= as_of]
    return definition_drift(versions, readings, as_of=as_of)


def test_versions_that_measure_alike_leave_one_segment() -> None:
    found = drift(FIRST, later(2, 100), later(3, 200, formula="resolved  /\n opened "))
    assert (found.status, found.breaks, found.undetermined, found.unknown) == ("steady", (), (), ())
    assert found.sentence == "The KPI is measured the same way in 3 versions of its definition."
    (segment,) = found.segments
    assert (segment.begins_on, segment.ends_on, segment.versions) == (None, None, (1, 2, 3))
    assert list(segment.readings) == READINGS


@pytest.mark.parametrize("field", FIELDS)
def test_each_of_the_five_fields_breaks_the_series_by_itself(field: str) -> None:
    found = drift(FIRST, later(2, 100, **{field: "another"}))
    (broken,) = found.breaks
    assert found.status is DefinitionStatus.BROKEN
    assert (broken.number, broken.before, broken.on, found.break_days) == (2, 1, on(100), (on(100),))
    assert [(change.field, change.now) for change in broken.changes] == [(field, "another")]
    assert f"{field} was “" in broken.sentence
    assert "No line may be drawn across that day." in broken.sentence
    before, after = found.segments
    assert (before.ends_on, after.begins_on) == (on(99), on(100))
    assert [len(before.readings), len(after.readings)] == [4, 8]
    assert (before.versions, after.versions) == ((1,), (2,))


def test_a_definition_that_goes_back_breaks_twice() -> None:
    found = drift(FIRST, later(2, 100, unit="hours"), later(3, 200))
    assert [one.on for one in found.breaks] == [on(100), on(200)]
    assert found.sentence == "The series is broken twice, last on 20 Jul 2026 by version 3 (unit)."


def test_a_reading_on_the_day_of_the_break_belongs_to_what_follows() -> None:
    found = drift(FIRST, later(2, 90, unit="hours"))
    assert found.segments[1].readings[0].observed_on == on(90)


def test_a_field_first_stated_later_is_undetermined_not_a_break() -> None:
    unsaid = replace(FIRST, source=None, window="  ")
    found = drift(unsaid, later(2, 100))
    assert (found.status, found.breaks, len(found.segments)) == (DefinitionStatus.UNKNOWN, (), 1)
    (open_,) = found.undetermined
    assert (open_.number, open_.fields) == (2, ("source", "window"))
    assert "whether that changed is not known" in found.sentence


def test_what_was_stated_holds_on_where_a_version_says_nothing() -> None:
    found = drift(FIRST, later(2, 100, source=None), later(3, 200))
    assert found.status is DefinitionStatus.STEADY
    broken = drift(FIRST, later(2, 100, source=None), later(3, 200, source="CRM")).breaks
    assert [(one.number, one.changes[0].was) for one in broken] == [(3, "Helpdesk")]


def test_nothing_stated_and_nothing_recorded_are_unknown() -> None:
    bare = MeasuredAs(number=1, effective_on=START)
    for found in (drift(bare), drift()):
        assert found.status is DefinitionStatus.UNKNOWN
        assert found.unknown == FIELDS
        assert len(found.segments) == 1
        assert found.sentence.endswith(("whether that changed.", "mean one thing."))
    assert drift(replace(bare, formula="a / b")).unknown == ("source", "population", "unit", "window")


def test_a_later_version_that_takes_effect_earlier_leaves_the_other_no_day() -> None:
    found = drift(FIRST, later(2, 200, unit="hours"), later(3, 100, source="CRM"))
    assert [(one.number, one.before, one.on) for one in found.breaks] == [(3, 1, on(100))]


def test_a_version_backdated_before_the_first_still_breaks_where_it_begins() -> None:
    early = replace(later(2, 0, unit="hours"), effective_on=START - timedelta(days=50))
    found = drift(FIRST, early)
    assert found.break_days == (START - timedelta(days=50),)
    assert [len(one.readings) for one in found.segments] == [0, 12]


def test_an_answer_ends_the_day_before_a_recorded_version_takes_effect() -> None:
    versions = FIRST, later(2, 100, unit="hours")
    found = drift(*versions, as_of=on(60))
    assert (found.status, found.valid_until) == (DefinitionStatus.STEADY, on(99))
    assert drift(*versions, as_of=on(100)).status is DefinitionStatus.BROKEN
    assert drift(*versions).valid_until is None
    never = drift(FIRST, later(2, 100, unit="hours"), later(3, 50), as_of=on(60))
    assert never.valid_until is None  # version 3 leaves version 2 no day


texts = st.sampled_from([None, "a", "b", " a "])
version_lists = st.lists(st.tuples(st.integers(-20, 300), texts, texts), min_size=1, max_size=6)


def versions_of(said: list[tuple[int, str | None, str | None]]) -> list[MeasuredAs]:
    return [
        MeasuredAs(number=n + 1, effective_on=on(days), formula=formula, unit=unit)
        for n, (days, formula, unit) in enumerate(said)
    ]


@unhurried
@given(version_lists, st.integers(0, 350), st.randoms(use_true_random=False))
def test_segments_hold_every_reading_once_in_order_whatever_the_order_of_rows(
    said: list[tuple[int, str | None, str | None]], day: int, random: object
) -> None:
    versions, readings = versions_of(said), [one for one in READINGS if one.observed_on <= on(day)]
    found = definition_drift(versions, readings, as_of=on(day))
    assert [one for segment in found.segments for one in segment.readings] == readings
    assert len(found.segments) == len(found.breaks) + 1
    assert list(found.break_days) == sorted(set(found.break_days))
    for before, after in pairwise(found.segments):
        assert before.ends_on is not None
        assert after.begins_on == before.ends_on + timedelta(days=1)
    random.shuffle(versions)  # type: ignore[attr-defined]
    random.shuffle(readings)  # type: ignore[attr-defined]
    assert definition_drift(versions, readings, as_of=on(day)) == found


@unhurried
@given(version_lists, st.integers(0, 350))
def test_an_answer_is_good_to_its_last_day_and_not_one_longer(
    said: list[tuple[int, str | None, str | None]], day: int
) -> None:
    versions = versions_of(said)
    found = definition_drift(versions, [], as_of=on(day))
    last = found.valid_until or on(400)
    assert definition_drift(versions, [], as_of=last) == found
    if found.valid_until is not None:
        assert definition_drift(versions, [], as_of=last + timedelta(days=1)) != found


def test_two_versions_of_one_number_and_a_reading_too_late_are_refused() -> None:
    with pytest.raises(RuleError, match="number 1") as refused:
        drift(FIRST, FIRST)
    assert refused.value.pointer == "/versions"
    with pytest.raises(RuleError) as refused:
        definition_drift([FIRST], READINGS, as_of=on(40))
    assert refused.value.pointer == "/readings/2/observed_on"
