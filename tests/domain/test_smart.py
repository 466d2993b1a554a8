"""The SMART check: three items read off the record, two that only a person's word can tick."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from domain.errors import RuleError
from domain.kpi_contract import Contract
from domain.smart import Item, Judged, Mark, Signature, missing, smart
from tests.domain.contracts import UPTIME, WAITING, contracts, with_

AS_OF = date(2026, 6, 1)
SIGNED = (
    Signature(Item.ACHIEVABLE, True, "Ines Roth", date(2026, 5, 1)),
    Signature(Item.RELEVANT, True, "Olu Ade", date(2026, 5, 2)),
)


def item(which: str, contract: Contract = WAITING, *signatures: Signature, **said: Any) -> Judged:
    [found] = [one for one in smart(contract, signatures, as_of=AS_OF, **said).items if one.item == which]
    return found


def test_a_full_contract_with_both_signatures_scores_five() -> None:
    found = smart(WAITING, SIGNED, as_of=AS_OF)
    assert (found.score, found.no, found.unknown) == (5, 0, 0)
    assert [one.item.value[0] for one in found.items] == ["s", "m", "a", "r", "t"]
    assert found.items[2].sentence == "Signed by Ines Roth on 1 May 2026."
    assert (found.items[2].person, found.items[2].on) == ("Ines Roth", date(2026, 5, 1))


def test_without_a_signature_two_items_are_unknown_and_not_no() -> None:
    found = smart(WAITING, as_of=AS_OF)
    assert (found.score, found.no, found.unknown) == (3, 0, 2)
    assert found.sentence == "3 of 5 are yes, 0 no, 2 unknown."
    assert item("achievable").clears_when == "A person signs that the target is achievable."


@pytest.mark.parametrize(
    ("which", "fields", "lacking"),
    [
        ("specific", {"definition": "  "}, "the definition"),
        ("specific", {"formula": ""}, "the formula"),
        ("specific", {"population": ""}, "the population"),
        ("measurable", {"unit": ""}, "the unit"),
        ("measurable", {"source": ""}, "the source of the readings"),
        ("measurable", {"baseline": None}, "the baseline"),
        ("measurable", {"baseline": Decimal("NaN")}, "the baseline"),
        ("measurable", {"baseline_source": ""}, "the source of the baseline"),
        ("measurable", {"target": None}, "the target"),
        ("time_bound", {"window": ""}, "the window"),
        ("time_bound", {"target_on": None}, "the target date"),
        ("time_bound", {"baseline_on": None}, "the start date"),
        ("time_bound", {"cadence_days": 0}, "the rhythm of readings"),
    ],
)
def test_what_is_missing_is_named(which: str, fields: dict[str, Any], lacking: str) -> None:
    found = item(which, with_(**fields))
    assert (found.mark, found.missing) == (Mark.NO, (lacking,))
    assert (found.sentence, found.clears_when) == (f"Missing: {lacking}.", f"Record {lacking}.")


def test_a_kpi_is_complete_when_nothing_is_missing_for_the_items_read_off_the_record() -> None:
    assert missing(WAITING) == ()
    assert missing(with_(definition="", target_on=None)) == ("the definition", "the target date")


def test_several_missing_fields_stand_in_one_sentence() -> None:
    found = item("specific", with_(definition="", formula="", population=""))
    assert found.sentence == "Missing: the definition, the formula and the population."


def test_a_judgement_needs_a_judge_and_a_scale_where_a_measure_needs_formula_and_unit() -> None:
    judged = with_(judged=True, formula="", unit="")
    assert item("specific", judged).missing == ("the named judge",)
    assert item("measurable", replace(judged, scale=("bad",))).missing == ("the rating scale",)
    complete = replace(judged, judge=7, scale=("bad", "good"))
    assert (item("specific", complete).mark, item("measurable", complete).mark) == (Mark.YES, Mark.YES)


def test_a_band_is_measurable_by_its_bounds_and_needs_no_baseline() -> None:
    band = replace(UPTIME, unit="%", source="monitor")
    assert item("measurable", band).mark is Mark.YES
    assert item("measurable", replace(band, upper=None)).mark is Mark.YES
    assert item("measurable", replace(band, lower=None, upper=None)).missing == ("a lower or upper bound",)
    assert item("measurable", replace(band, lower=Decimal("NaN"))).mark is Mark.NO


def test_the_last_word_of_an_item_counts_and_a_denial_is_no() -> None:
    yes = SIGNED[0]
    no = replace(yes, agrees=False, on=date(2026, 5, 20), person="Olu Ade")
    assert item("achievable", WAITING, no, yes).mark is Mark.NO
    assert item("achievable", WAITING, no, yes).sentence == "Denied by Olu Ade on 20 May 2026."
    same_day = replace(no, on=yes.on)
    assert item("achievable", WAITING, yes, same_day).mark is Mark.NO
    assert item("achievable", WAITING, same_day, yes).mark is Mark.YES
    assert smart(WAITING, (yes, no), as_of=AS_OF).no == 1


def test_a_signature_counts_from_its_day_and_for_the_contract_that_was_signed() -> None:
    assert item("achievable", WAITING, replace(SIGNED[0], on=AS_OF)).mark is Mark.YES
    assert item("achievable", WAITING, replace(SIGNED[0], on=AS_OF + timedelta(days=1))).mark is Mark.UNKNOWN
    sealed = replace(SIGNED[0], seal="a" * 64)
    assert item("achievable", WAITING, sealed, seal="a" * 64).mark is Mark.YES
    assert item("achievable", WAITING, sealed).mark is Mark.YES
    other = item("achievable", WAITING, sealed, seal="b" * 64)
    assert (other.mark, other.sentence) == (
        Mark.UNKNOWN,
        "Signed by Ines Roth on 1 May 2026, for a definition that has changed since.",
    )


@pytest.mark.parametrize("which", [Item.SPECIFIC, Item.MEASURABLE, Item.TIME_BOUND])
def test_nobody_signs_what_the_record_says(which: Item) -> None:
    with pytest.raises(RuleError) as refused:
        Signature(which, True, "Ines Roth", AS_OF)
    assert (refused.value.code, refused.value.pointer) == ("not_signed_by_hand", "/item")


def test_nobody_signs_without_a_name() -> None:
    with pytest.raises(RuleError) as refused:
        Signature(Item.RELEVANT, True, " ", AS_OF)
    assert (refused.value.code, refused.value.pointer) == ("signer_missing", "/person")


@settings(deadline=None, max_examples=60)
@given(contracts())
def test_no_contract_ever_ticks_what_a_person_must_sign(contract: Contract) -> None:
    found = smart(contract, as_of=AS_OF)
    marks = {one.item: one.mark for one in found.items}
    assert marks[Item.ACHIEVABLE] is marks[Item.RELEVANT] is Mark.UNKNOWN
    assert found.score <= 3
    assert found.score + found.no + found.unknown == 5
    for one in found.items:
        assert bool(one.missing) is (one.mark is Mark.NO)
