"""A seal set when the result could be seen, a KPI exchanged for one that passes, a population counted smaller."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.amendments import (
    Discipline,
    review,
)
from tests.domain.amendment_records import (
    CHANGED_ON,
    FIRST,
    LATE,
    MEASURED_ON,
    PASSING,
    SEALED,
    SEALED_ON,
    changed,
    codes,
    moment,
    only,
    version,
)
from tests.domain.contracts import WAITING


def test_a_kpi_renamed_to_one_that_already_passed_is_found() -> None:
    record = replace(SEALED, others=(PASSING,))
    finding = only(changed(record, name="orders  SHIPPED", definition="Orders"), "kpi_swapped")
    assert "which stood at its target since 1 Apr 2026" in finding.sentence
    for other in (
        replace(PASSING, passed_on=None),
        replace(PASSING, passed_on=CHANGED_ON + timedelta(days=1)),
    ):
        assert "kpi_swapped" not in codes(changed(replace(SEALED, others=(other,)), name="Orders shipped"))


@pytest.mark.parametrize("fields", [{"primary": False}, {"weight": Decimal(0)}])
def test_a_kpi_made_secondary_while_a_passing_one_becomes_primary_is_found(fields: dict[str, Any]) -> None:
    for apart, told in ((0, True), (30, True), (31, False), (-30, True), (-31, False)):
        other = replace(PASSING, primary_since=CHANGED_ON + timedelta(days=apart))
        assert ("kpi_swapped" in codes(changed(replace(SEALED, others=(other,)), **fields))) is told, apart
    same_day = replace(PASSING, passed_on=CHANGED_ON)
    assert "kpi_swapped" in codes(changed(replace(SEALED, others=(same_day,)), **fields))
    for other in (
        replace(PASSING, primary_since=None),
        replace(PASSING, passed_on=CHANGED_ON + timedelta(days=1)),
    ):
        assert "kpi_swapped" not in codes(changed(replace(SEALED, others=(other,)), **fields))


def test_a_kpi_given_up_for_a_passing_one_is_found_without_any_change_of_it() -> None:
    record = replace(SEALED, others=(PASSING,), retired_on=CHANGED_ON)
    on_the_day = review(record, as_of=CHANGED_ON)
    [finding] = on_the_day.findings
    assert on_the_day.valid_until is None
    assert (finding.code, finding.version, finding.on, finding.severity) == (
        "kpi_swapped",
        None,
        CHANGED_ON,
        3,
    )
    before = review(record, as_of=CHANGED_ON - timedelta(days=1))
    assert (before.findings, before.valid_until) == ((), CHANGED_ON - timedelta(days=1))


def test_a_kpi_exchanged_for_a_passing_one_is_post_hoc_though_nobody_measured_it() -> None:
    assert review(replace(SEALED, others=(PASSING,), retired_on=CHANGED_ON), as_of=LATE).post_hoc


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"first_observed_on": SEALED_ON, "first_recorded_at": moment(SEALED_ON, 14)}, []),
        ({"first_observed_on": SEALED_ON, "first_recorded_at": moment(SEALED_ON, 13)}, []),
        ({"first_observed_on": SEALED_ON, "first_recorded_at": moment(SEALED_ON, 12)}, ["sealed_after_first_measurement"]),
        ({"first_observed_on": SEALED_ON}, []),
        ({"first_observed_on": SEALED_ON - timedelta(days=1)}, ["sealed_after_first_measurement"]),
        ({"development_on": SEALED_ON}, []),
        ({"development_on": SEALED_ON - timedelta(days=1)}, ["sealed_after_development"]),
    ],
)  # fmt: skip
def test_a_seal_is_held_against_what_could_be_known_when_it_was_set(
    known: dict[str, Any], expected: list[str]
) -> None:
    found = review(replace(SEALED, **known), as_of=LATE)
    assert codes(found) == expected
    assert found.post_hoc is bool(expected)
    assert [(one.severity, one.version, one.on) for one in found.findings] == [(3, 1, SEALED_ON)] * len(
        expected
    )


def test_a_late_seal_says_how_late_and_only_the_first_seal_is_asked() -> None:
    built = replace(SEALED, development_on=date(2025, 12, 11))
    sentence = only(review(built, as_of=LATE), "sealed_after_development").sentence
    assert sentence == (
        "Version 1 was the first to be sealed, on 10 Jan 2026, 30 days after development began on 11 Dec 2025."
    )
    second = version(2, replace(WAITING, target=Decimal(30)), CHANGED_ON, sealed_at=moment(CHANGED_ON, 13))
    later = replace(
        SEALED, development_on=MEASURED_ON, first_observed_on=MEASURED_ON, versions=(FIRST, second)
    )
    assert not [one for one in codes(review(later, as_of=LATE)) if one.startswith("sealed_")]


def test_a_seal_still_to_come_is_not_told_and_says_until_when() -> None:
    built = replace(SEALED, development_on=date(2025, 12, 11))
    before = review(built, as_of=SEALED_ON - timedelta(days=1))
    assert (before.findings, before.valid_until) == ((), SEALED_ON - timedelta(days=1))
    abroad = replace(FIRST, sealed_on=SEALED_ON + timedelta(days=1))
    assert codes(review(replace(built, versions=(abroad,)), as_of=SEALED_ON)) == []


def counted(*sizes: int | None) -> Discipline:
    """The review of versions that differ in nothing but how many the population holds."""
    first = replace(FIRST, population_size=sizes[0])
    later = [
        version(n, WAITING, CHANGED_ON + timedelta(days=n), population_size=size)
        for n, size in enumerate(sizes[1:], start=2)
    ]
    return review(replace(SEALED, versions=(first, *later)), as_of=LATE)


def test_a_population_narrowed_by_its_count_alone_is_found() -> None:
    found = counted(100, 40)
    assert codes(found) == ["changed_without_approval", "population_narrowed"]
    assert only(found, "population_narrowed").sentence == (
        "The population was narrowed from 100 to 40 on 13 May 2026. Nobody approved it."
    )
    [change] = only(found, "changed_without_approval").changes
    assert (change.field, change.old, change.new) == ("population_size", "100", "40")


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((100, 100), []),
        ((None, 100), []),
        ((100, 120), ["changed_without_approval"]),
        ((100, None), ["changed_without_approval"]),
        ((100, None, 40), ["changed_without_approval", "changed_without_approval", "population_narrowed"]),
        ((100, None, 100), ["changed_without_approval"]),
    ],
)
def test_a_first_count_is_no_change_and_one_taken_away_is_not_forgotten(
    sizes: tuple[int | None, ...], expected: list[str]
) -> None:
    assert codes(counted(*sizes)) == expected
