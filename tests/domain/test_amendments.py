"""Post-hoc goal-setting: each way of moving a goal is found, drafts are free, and what was found stays found."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.amendments import (
    Discipline,
    GateDay,
    ReasonCode,
    Record,
    review,
)
from domain.errors import RuleError
from domain.kpi import Direction
from tests.domain.amendment_records import (
    APPROVED,
    AUTHOR,
    CHANGED_ON,
    FIRST,
    LATE,
    MEASURED_ON,
    SEALED,
    SEALED_ON,
    changed,
    codes,
    moment,
    only,
    version,
)
from tests.domain.contracts import WAITING

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
