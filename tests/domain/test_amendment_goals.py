"""A goal made easier, by its target, its date, its rule or its baseline, is found; a harder one is not."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.amendments import (
    GateDay,
    Record,
    review,
)
from domain.kpi import Direction, Shape
from domain.kpi_contract import Contract
from tests.domain.amendment_records import (
    CHANGED_ON,
    FIRST,
    LATE,
    MEASURED_ON,
    SEALED,
    changed,
    codes,
    only,
)
from tests.domain.contracts import UPTIME, WAITING


@pytest.mark.parametrize(
    ("fields", "eased"),
    [
        ({"target": Decimal(21)}, ["target"]),
        ({"target": Decimal(19)}, []),
        ({"target": None}, ["target"]),
        ({"target": None, "target_percent": Decimal(-50)}, []),
    ],
)
def test_a_target_made_easier_is_found_and_a_harder_one_is_not(
    fields: dict[str, Any], eased: list[str]
) -> None:
    found = [one for one in changed(**fields).findings if one.code == "target_lowered"]
    assert [change.field for one in found for change in one.changes] == eased


def test_higher_is_better_turns_what_is_easier_round() -> None:
    rising = replace(WAITING, direction=Direction.HIGHER, target=Decimal(60))
    record = Record(versions=(replace(FIRST, contract=rising),))
    assert "target_lowered" in codes(changed(record, target=Decimal(59)))
    assert "target_lowered" not in codes(changed(record, target=Decimal(61)))


def test_a_relative_target_is_held_to_its_percentage() -> None:
    relative = replace(WAITING, target=None, target_percent=Decimal(-50))
    record = Record(versions=(replace(FIRST, contract=relative),))
    finding = only(changed(record, target_percent=Decimal(-20)), "target_lowered")
    assert "relative target in percent from −50 to −20" in finding.sentence
    assert codes(changed(record, target=Decimal(20))) == []  # only what half of 40 is
    assert "changed_without_approval" in codes(changed(record, target=Decimal(21)))
    both = changed(record, target=Decimal(32), target_percent=Decimal(-20))
    parts = only(both, "changed_without_approval").changes
    assert [one.field for one in parts] == ["target", "target_percent"]


def test_a_band_made_wider_is_a_target_lowered() -> None:
    record = Record(versions=(replace(FIRST, contract=UPTIME),))
    for fields, names in (
        ({"lower": Decimal(80)}, ["lower"]),
        ({"lower": None}, ["lower"]),
        ({"upper": Decimal(101)}, ["upper"]),
        ({"lower": Decimal(95)}, []),
        ({"upper": Decimal(99)}, []),
    ):
        found = [one for one in changed(record, **fields).findings if one.code == "target_lowered"]
        assert [change.field for one in found for change in one.changes] == names, fields


def test_a_target_date_moved_out_weighs_more_than_one_moved_in() -> None:
    out = only(changed(target_on=date(2027, 3, 31)), "target_date_moved")
    assert (out.severity, out.changes[0].old, out.changes[0].new) == (2, "31 Dec 2026", "31 Mar 2027")
    assert only(changed(target_on=date(2026, 9, 30)), "target_date_moved").severity == 1
    assert only(changed(target_on=None), "target_date_moved").severity == 2


RELAXED: list[tuple[Contract, dict[str, Any], list[str]]] = [
    (WAITING, {"amber": Decimal("0.15")}, ["amber"]),
    (WAITING, {"red": Decimal("0.40")}, ["red"]),
    (WAITING, {"hysteresis": Decimal(0)}, ["hysteresis"]),
    (WAITING, {"confirm_worse": 3}, ["confirm_worse"]),
    (WAITING, {"settle_days": 60}, ["settle_days"]),
    (WAITING, {"stale_after_days": 90}, ["stale_after_days"]),
    (WAITING, {"cadence_days": 60}, ["cadence_days"]),
    (WAITING, {"curve": ((Decimal("0.5"), Decimal("0.1")),)}, ["curve"]),
    (WAITING, {"curve": ((Decimal("0.6"), Decimal("0.2")),)}, ["curve"]),
    (WAITING, {"curve": ((Decimal("0.25"), Decimal("0.15")), (Decimal("0.5"), Decimal("0.15")))}, ["curve"]),
    (UPTIME, {"required_compliance": Decimal("0.8")}, ["required_compliance"]),
    (UPTIME, {"warn_fraction": Decimal("0.05")}, ["warn_fraction"]),
    (UPTIME, {"warn_margin": Decimal("0.5")}, ["warn_margin"]),
    (WAITING, {"amber": Decimal("0.05")}, []),
    (WAITING, {"hysteresis": Decimal("0.05")}, []),
    (WAITING, {"settle_days": 0}, []),
    (WAITING, {"stale_after_days": 45}, []),
    (WAITING, {"cadence_days": 20, "stale_after_days": 45}, []),
    (WAITING, {"curve": ()}, []),
    (WAITING, {"required_compliance": Decimal("0.1")}, []),
    (UPTIME, {"warn_margin": Decimal(1)}, []),
    (UPTIME, {"amber": Decimal("0.9"), "red": Decimal("0.9")}, []),
    (UPTIME, {"lower": Decimal(95)}, []),
    (UPTIME, {"shape": Shape.TRAJECTORY, "settle_days": 90}, []),
]


@pytest.mark.parametrize(("contract", "fields", "expected"), RELAXED)
def test_a_relaxed_decision_rule_is_found_and_a_stricter_one_is_not(
    contract: Contract, fields: dict[str, Any], expected: list[str]
) -> None:
    found = changed(Record(versions=(replace(FIRST, contract=contract),)), **fields)
    relaxed = [one for one in found.findings if one.code == "decision_rule_relaxed"]
    assert [change.field for one in relaxed for change in one.changes] == expected


def test_a_rule_relaxed_in_the_week_before_a_gate_weighs_most() -> None:
    record = replace(SEALED, gates=(GateDay("G4", CHANGED_ON + timedelta(days=2)),))
    finding = only(changed(record, red=Decimal("0.4")), "decision_rule_relaxed")
    assert finding.severity == 3
    assert finding.sentence.startswith(
        "The decision rule was relaxed on 11 May 2026, 2 days before gate G4, planned for 13 May 2026: "
        "the red margin from 0.25 to 0.4."
    )
    assert only(changed(red=Decimal("0.4")), "decision_rule_relaxed").severity == 2


def test_a_window_chosen_late_is_found_after_development_or_measurement_alone() -> None:
    blank = Record(versions=(replace(FIRST, contract=replace(WAITING, window="")),))
    assert "window_chosen_late" not in codes(changed(blank, window="week"))
    built = replace(blank, development_on=date(2026, 2, 1))
    finding = only(changed(built, window="week"), "window_chosen_late")
    assert "after development had begun: the window from never recorded to week" in finding.sentence
    measured = replace(built, first_observed_on=MEASURED_ON)
    assert (
        "after somebody had measured" in only(changed(measured, window="week"), "window_chosen_late").sentence
    )


def test_a_changed_baseline_is_found_and_a_first_one_is_not() -> None:
    assert "baseline_changed" in codes(changed(baseline=Decimal(60)))
    assert "baseline_changed" in codes(changed(baseline_on=date(2026, 2, 1)))
    bare = Record(versions=(replace(FIRST, contract=replace(WAITING, baseline=None)),))
    assert "baseline_changed" not in codes(changed(bare, baseline=Decimal(60)))


@pytest.mark.parametrize(
    ("live_on", "expected"),
    [
        (date(2026, 1, 11), []),
        (date(2026, 1, 10), []),
        (date(2026, 1, 9), ["baseline_recorded_after_go_live"]),
        (date(2025, 12, 31), ["baseline_recorded_after_go_live"]),
        (date(2025, 12, 30), ["baseline_after_go_live"]),
    ],
)
def test_a_baseline_is_held_against_the_go_live_to_the_day(live_on: date, expected: list[str]) -> None:
    """Its period ended on 31 December, it was recorded on 10 January; the very first version is looked at too."""
    assert codes(review(replace(SEALED, live_on=live_on), as_of=LATE)) == expected


def test_a_baseline_after_the_go_live_counts_its_days_and_is_told_once() -> None:
    record = replace(SEALED, live_on=date(2025, 12, 1))
    found = changed(record, unit="hours")
    finding = only(found, "baseline_after_go_live")
    assert finding.sentence == (
        "The baseline was taken on 31 Dec 2025, 30 days after the go-live on 1 Dec 2025."
    )
    assert (finding.version, finding.severity) == (1, 3)
    assert (
        review(
            replace(record, versions=(replace(FIRST, contract=replace(WAITING, baseline=None)),)), as_of=LATE
        ).findings
        == ()
    )


def test_a_baseline_brought_in_by_a_later_version_is_told_of_that_version() -> None:
    bare = Record(
        versions=(replace(FIRST, contract=replace(WAITING, baseline=None)),), live_on=date(2026, 4, 1)
    )
    found = changed(bare, baseline=Decimal(40), baseline_to=date(2026, 5, 1))
    assert only(found, "baseline_after_go_live").version == 2
