"""Post-hoc goal-setting: each way of moving a goal is found, drafts are free, and what was found stays found."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.amendments import (
    Discipline,
    Finding,
    GateDay,
    OtherKpi,
    ReasonCode,
    Record,
    Version,
    review,
)
from domain.errors import RuleError
from domain.kpi import Direction, Shape
from domain.kpi_contract import Contract
from tests.domain.contracts import UPTIME, WAITING

AUTHOR, APPROVER = 1, 2
LATE = date(2027, 12, 31)
SEALED_ON = date(2026, 1, 10)
CHANGED_ON = date(2026, 5, 11)
MEASURED_ON = date(2026, 3, 1)


def moment(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def version(number: int, contract: Contract, on: date, **said: Any) -> Version:
    return Version(
        number=number,
        contract=contract,
        **{"recorded_at": moment(on), "recorded_on": on, "effective_on": on, "recorded_by": AUTHOR, **said},
    )


APPROVED = {"approved_by": APPROVER, "approved_on": CHANGED_ON, "reason": ReasonCode.MARKET}
FIRST = version(1, WAITING, SEALED_ON, sealed_at=moment(SEALED_ON, 13))
SEALED = Record(versions=(FIRST,))


def changed(record: Record = SEALED, *, said: dict[str, Any] | None = None, **fields: Any) -> Discipline:
    """The review after the contract was changed on the day of change."""
    first = record.versions[0]
    second = version(2, replace(first.contract, **fields), CHANGED_ON, **(said or {}))
    return review(replace(record, versions=(first, second)), as_of=LATE)


def codes(found: Discipline) -> list[str]:
    return [finding.code.value for finding in found.findings]


def only(found: Discipline, code: str) -> Finding:
    [finding] = [finding for finding in found.findings if finding.code == code]
    return finding


# -- when a change counts at all ----------------------------------------------------------------------------------


def test_a_sealed_contract_left_alone_is_found_blameless() -> None:
    assert review(SEALED, as_of=LATE) == Discipline((), False, 0, 0, None)
    assert codes(changed()) == []


def test_a_draft_is_free_until_it_is_sealed_measured_or_built_upon() -> None:
    draft = Record(versions=(replace(FIRST, sealed_at=None),))
    assert codes(changed(draft, target=Decimal(30))) == []
    silent = "changed_without_approval"
    for bound in (
        SEALED,
        replace(draft, first_observed_on=MEASURED_ON, first_recorded_at=moment(MEASURED_ON)),
        replace(draft, development_on=CHANGED_ON - timedelta(days=1)),
    ):
        assert silent in codes(changed(bound, target=Decimal(30)))


def test_the_seal_binds_from_its_moment_and_development_from_the_day_after_its_first() -> None:
    first = replace(FIRST, sealed_at=moment(CHANGED_ON, 12))
    assert codes(changed(Record(versions=(first,)), target=Decimal(30))) != []
    first = replace(FIRST, sealed_at=moment(CHANGED_ON, 13))
    assert codes(changed(Record(versions=(first,)), target=Decimal(30))) == []
    draft = Record(versions=(replace(FIRST, sealed_at=None),), development_on=CHANGED_ON)
    assert codes(changed(draft, target=Decimal(30))) == []


def test_another_writing_of_the_same_promise_is_no_change() -> None:
    assert codes(changed(target=Decimal("20.000"), name=" Waiting time ")) == []


# -- silent change or amendment -----------------------------------------------------------------------------------


def test_a_change_nobody_approved_is_told_once_with_old_and_new() -> None:
    found = changed(unit="hours")
    finding = only(found, "changed_without_approval")
    assert finding.sentence == (
        "Version 2 of 11 May 2026 changed the unit from days to hours. Nobody approved it."
    )
    assert [(one.field, one.old, one.new) for one in finding.changes] == [("unit", "days", "hours")]
    assert (finding.severity, finding.version, finding.on, finding.when) == (
        3,
        2,
        CHANGED_ON,
        moment(CHANGED_ON),
    )
    assert finding.clears_when == "Nothing: it stays on record."
    assert (found.silent_changes, found.amendments) == (1, 0)


@pytest.mark.parametrize("reason", list(ReasonCode))
def test_a_change_approved_for_a_reason_is_an_amendment_and_still_told(reason: ReasonCode) -> None:
    found = changed(said={**APPROVED, "reason": reason}, unit="hours")
    assert codes(found) == ["amended"]
    assert (found.silent_changes, found.amendments) == (0, 1)
    finding = only(found, "amended")
    assert (finding.approved, finding.reason, finding.severity) == (True, reason, 1)
    assert finding.sentence.startswith(
        "Version 2 of 11 May 2026 changed the unit from days to hours. Approved, reason:"
    )


@pytest.mark.parametrize(
    ("said", "because"),
    [
        ({}, "Nobody approved it."),
        ({**APPROVED, "approved_by": AUTHOR}, "Only its author approved it."),
        (
            {**APPROVED, "reason": None},
            "It was approved without a reason: user behaviour, market or product.",
        ),
        (
            {**APPROVED, "approved_on": CHANGED_ON + timedelta(days=1)},
            "It was approved only on 12 May 2026, after it came into force.",
        ),
    ],
)
def test_an_approval_that_is_none_leaves_the_change_silent_and_says_why(
    said: dict[str, Any], because: str
) -> None:
    found = changed(said=said, unit="hours")
    assert codes(found) == ["changed_without_approval"]
    finding = found.findings[0]
    assert finding.sentence.endswith(because)
    late = said["approved_on"] if "only on" in because else None
    assert (finding.approved, finding.approved_late_on) == (False, late)


def test_a_late_approval_softens_the_finding_and_does_not_take_it_away() -> None:
    late = CHANGED_ON + timedelta(days=30)
    finding = only(changed(said={**APPROVED, "approved_on": late}, unit="hours"), "changed_without_approval")
    assert (finding.severity, finding.approved_late_on) == (2, late)


def test_an_approval_before_the_change_comes_into_force_is_in_time() -> None:
    ahead = {
        **APPROVED,
        "effective_on": CHANGED_ON + timedelta(days=20),
        "approved_on": CHANGED_ON + timedelta(days=20),
    }
    assert codes(changed(said=ahead, unit="hours")) == ["amended"]
    back = {**APPROVED, "effective_on": SEALED_ON, "approved_on": CHANGED_ON + timedelta(days=1)}
    assert codes(changed(said=back, unit="hours")) == ["changed_without_approval"]


def test_an_imported_version_without_an_author_may_have_an_approver() -> None:
    assert codes(changed(said={**APPROVED, "recorded_by": None, "approved_on": None}, unit="hours")) == [
        "amended"
    ]


def test_a_change_of_words_alone_weighs_less() -> None:
    found = changed(replace(SEALED, first_observed_on=MEASURED_ON), name="Time to delivery")
    assert [(one.code.value, one.severity) for one in found.findings] == [
        ("changed_without_approval", 2),
        ("changed_after_first_measurement", 1),
    ]
    assert found.post_hoc is False


def test_many_changed_fields_are_named_three_and_counted() -> None:
    found = changed(unit="hours", window="week", source="survey", formula="a / b", definition="other")
    head = only(found, "changed_without_approval")
    assert "and 2 more fields. Nobody" in head.sentence
    assert len(head.changes) == 5


# -- after the first measurement ----------------------------------------------------------------------------------


def test_a_target_edited_after_the_first_measurement_makes_the_kpi_post_hoc_even_when_approved() -> None:
    measured = replace(SEALED, first_observed_on=MEASURED_ON, first_recorded_at=moment(MEASURED_ON))
    for said, severity in (({}, 3), (APPROVED, 2)):
        found = changed(measured, said=said, target=Decimal(30))
        assert found.post_hoc is True
        finding = only(found, "changed_after_first_measurement")
        assert finding.severity == severity
        assert "after the first measurement, true of 1 Mar 2026, was known." in finding.sentence


def test_what_was_measured_at_the_very_moment_was_not_known_before() -> None:
    def after(moment_of_measure: datetime | None, observed: date = CHANGED_ON) -> list[str]:
        record = replace(SEALED, first_observed_on=observed, first_recorded_at=moment_of_measure)
        return [code for code in codes(changed(record, unit="hours")) if "first" in code]

    second = timedelta(seconds=1)
    assert after(moment(CHANGED_ON)) == []
    assert after(moment(CHANGED_ON) + second) == []
    assert after(moment(CHANGED_ON) - second) == ["changed_after_first_measurement"]
    assert after(None) == ["changed_after_first_measurement"]  # known from the start


def test_a_measurement_of_an_earlier_day_that_was_recorded_later_is_told_as_what_it_is() -> None:
    record = replace(
        SEALED, first_observed_on=MEASURED_ON, first_recorded_at=moment(CHANGED_ON + timedelta(days=1))
    )
    found = changed(record, target=Decimal(30))
    finding = only(found, "changed_after_first_observation")
    assert (finding.severity, found.post_hoc) == (2, False)
    assert finding.sentence.startswith(
        "Version 2 of 11 May 2026 changed the target from 20 to 30; the first measurement is true of 1 Mar 2026 "
        "before it, and was recorded after it."
    )


# -- in the week before a gate ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ahead", "told"), [(-1, False), (0, True), (1, True), (7, True), (8, False)])
@pytest.mark.parametrize("which", ["planned_on", "decided_on"])
def test_a_change_in_the_week_before_a_gate_is_found_to_the_day(which: str, ahead: int, told: bool) -> None:
    gate = GateDay("G4", **{which: CHANGED_ON + timedelta(days=ahead)})
    assert ("changed_before_gate" in codes(changed(replace(SEALED, gates=(gate,)), unit="hours"))) is told


def test_a_gate_that_was_put_off_does_not_take_the_finding_away() -> None:
    gate = GateDay(
        "G4", planned_on=CHANGED_ON + timedelta(days=3), decided_on=CHANGED_ON + timedelta(days=40)
    )
    finding = only(changed(replace(SEALED, gates=(gate,)), unit="hours"), "changed_before_gate")
    assert ", 3 days before gate G4, planned for 14 May 2026." in finding.sentence
    assert finding.severity == 2


def test_the_nearest_of_several_gates_is_named_and_the_day_itself_too() -> None:
    gates = (
        GateDay("G4", CHANGED_ON + timedelta(days=5)),
        GateDay("G3", decided_on=CHANGED_ON),
        GateDay("G5"),
    )
    finding = only(changed(replace(SEALED, gates=gates), unit="hours"), "changed_before_gate")
    assert "on the day of gate G3, decided on 11 May 2026" in finding.sentence


# -- what was changed ---------------------------------------------------------------------------------------------


def test_a_direction_turned_round_is_found() -> None:
    found = changed(direction=Direction.HIGHER, target=Decimal(60))
    finding = only(found, "direction_flipped")
    assert finding.sentence.startswith("The direction was turned round from lower to higher on 11 May 2026.")
    assert [one.field for one in finding.changes] == ["direction"]
    assert "target_lowered" not in codes(found)  # easier has no meaning across directions


def test_a_population_is_narrowed_where_somebody_counted_and_changed_where_nobody_did() -> None:
    counted = replace(SEALED, versions=(replace(FIRST, population_size=5000),))
    north: dict[str, Any] = {"population": "Customers in the north"}
    finding = only(changed(counted, said={"population_size": 1200}, **north), "population_narrowed")
    assert (finding.severity, finding.changes[0].old) == (3, "All customers")
    assert "from 5,000 to 1,200 on 11 May 2026" in finding.sentence
    wider = only(changed(counted, said={"population_size": 6000}, **north), "population_changed")
    assert "it holds 6,000, before 5,000" in wider.sentence
    silent = only(changed(counted, **north), "population_changed")
    assert "whether it was narrowed was never recorded" in silent.sentence


def test_fewer_people_in_a_population_of_the_same_name_are_found_beside_another_change() -> None:
    counted = replace(SEALED, versions=(replace(FIRST, population_size=5000),))
    assert "population_narrowed" in codes(changed(counted, said={"population_size": 4999}, unit="hours"))
    assert "population_narrowed" not in codes(changed(counted, said={"population_size": 5000}, unit="hours"))


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


# -- baselines after the go-live ----------------------------------------------------------------------------------


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


# -- exchanging the KPI -------------------------------------------------------------------------------------------

PASSING = OtherKpi("Orders shipped", passed_on=date(2026, 4, 1), primary_since=CHANGED_ON)


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


# -- sealed when the result could be seen --------------------------------------------------------------------------


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


# -- the population by its count alone -----------------------------------------------------------------------------


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


# -- order, time, refusals ----------------------------------------------------------------------------------------


def test_a_change_not_yet_in_force_is_not_told_and_says_until_when() -> None:
    second = version(2, replace(WAITING, unit="hours"), CHANGED_ON, effective_on=date(2026, 7, 1))
    record = replace(SEALED, versions=(second, FIRST))
    waiting = review(record, as_of=date(2026, 6, 30))
    assert (waiting.findings, waiting.valid_until) == ((), date(2026, 6, 30))
    assert codes(review(record, as_of=date(2026, 7, 1))) == ["changed_without_approval"]


def test_a_change_taken_back_stays_found_both_times() -> None:
    second = version(2, replace(WAITING, target=Decimal(30)), CHANGED_ON)
    third = version(3, WAITING, CHANGED_ON + timedelta(days=1))
    found = review(replace(SEALED, versions=(FIRST, second, third)), as_of=LATE)
    assert [(one.version, one.code.value) for one in found.findings] == [
        (2, "changed_without_approval"),
        (2, "target_lowered"),
        (3, "changed_without_approval"),
    ]
    assert found.silent_changes == 2


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(RuleError) as refused:
        Record(versions=(FIRST, FIRST))
    assert refused.value.code == "duplicate_version"
    naive: Any = datetime(2026, 1, 1)  # noqa: DTZ001
    places: tuple[tuple[Any, str], ...] = (
        (FIRST, "recorded_at"),
        (FIRST, "sealed_at"),
        (SEALED, "first_recorded_at"),
    )
    for one, name in places:
        with pytest.raises(RuleError) as refused:
            replace(one, **{name: naive})
        assert (refused.value.code, refused.value.pointer) == ("naive_moment", f"/{name}")
    with pytest.raises(RuleError) as refused:
        changed(target=Decimal("NaN"))
    assert (refused.value.code, refused.value.pointer) == ("not_a_number", "/target")


# -- for every history --------------------------------------------------------------------------------------------

_contracts = st.builds(
    lambda **fields: replace(WAITING, **fields),
    name=st.sampled_from(["Waiting time", "Orders shipped"]),
    target=st.sampled_from([Decimal(20), Decimal(30), None]),
    target_on=st.sampled_from([date(2026, 12, 31), date(2027, 3, 31)]),
    red=st.sampled_from([Decimal("0.25"), Decimal("0.4")]),
    window=st.sampled_from(["", "week"]),
    direction=st.sampled_from(Direction),
    primary=st.booleans(),
    baseline=st.sampled_from([None, Decimal(40)]),
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    on, versions = SEALED_ON, []
    for number in range(1, draw(st.integers(2, 5)) + 1):
        on += timedelta(days=draw(st.integers(0, 40)))
        versions.append(
            version(
                number, draw(_contracts), on,
                effective_on=on + timedelta(days=draw(st.integers(-20, 20))),
                recorded_at=moment(on) + timedelta(minutes=number),
                sealed_at=draw(st.sampled_from([None, moment(on, 20)])),
                approved_by=draw(st.sampled_from([None, AUTHOR, APPROVER])),
                approved_on=on + timedelta(days=draw(st.integers(-3, 30))),
                reason=draw(st.sampled_from([None, ReasonCode.MARKET])),
                population_size=draw(st.sampled_from([None, 10, 20])),
            )
        )  # fmt: skip
    first = draw(st.sampled_from([None, SEALED_ON, CHANGED_ON]))
    return Record(
        versions=tuple(versions),
        first_observed_on=first,
        first_recorded_at=None if first is None else draw(st.sampled_from([None, moment(CHANGED_ON)])),
        development_on=draw(st.sampled_from([None, MEASURED_ON])),
        live_on=draw(st.sampled_from([None, MEASURED_ON])),
        gates=(GateDay("G4", draw(st.sampled_from([None, CHANGED_ON]))),),
        others=draw(st.sampled_from([(), (PASSING,)])),
    )


QUICK = settings(deadline=None, max_examples=80)
_days = st.integers(0, 260).map(lambda days: SEALED_ON + timedelta(days=days))


@QUICK
@given(records(), _days, _days)
def test_what_was_found_once_is_found_on_every_later_day(record: Record, one: date, other: date) -> None:
    early, late = sorted((one, other))
    assert set(review(record, as_of=early).findings) <= set(review(record, as_of=late).findings)


@QUICK
@given(records())
def test_another_version_and_another_gate_take_no_finding_away(record: Record) -> None:
    last = max(one.in_force_on for one in record.versions)
    told = {(one.code, one.version) for one in review(record, as_of=LATE).findings}
    more = version(9, WAITING, last)
    grown = replace(record, versions=(*record.versions, more), gates=(*record.gates, GateDay("G5", last)))
    assert told <= {(one.code, one.version) for one in review(grown, as_of=LATE).findings}


@QUICK
@given(records(), _days, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_asking_later_matters(record: Record, on: date, random: Any) -> None:
    shuffled = list(record.versions)
    random.shuffle(shuffled)
    found = review(record, as_of=on)
    assert review(replace(record, versions=tuple(shuffled)), as_of=on) == found
    if found.valid_until is not None:
        assert review(record, as_of=found.valid_until) == found
    else:
        assert review(record, as_of=LATE) == found


@QUICK
@given(records())
def test_every_counted_change_is_either_an_amendment_or_silent(record: Record) -> None:
    found = review(record, as_of=LATE)
    counted = {one.version for one in found.findings if one.code in {"amended", "changed_without_approval"}}
    assert len(counted) == found.amendments + found.silent_changes
    of_the_kpi = ("baseline_", "sealed_")
    from_changes = {one.version for one in found.findings if not one.code.startswith(of_the_kpi)} - {None}
    assert from_changes == counted
    for one in found.findings:
        assert 1 <= one.severity <= 3
        assert one.sentence.endswith(".")
        assert one.clears_when
