"""The purgatory calculator and its policy rows: strict in, plain out, and sentences that carry their numbers."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.calculate import CALCULATORS
from domain.calculate.purgatory import READERS, calculate
from domain.errors import RuleError
from domain.purgatory import DEFAULT, UNKNOWN, Policy, judge
from domain.purgatory_facts import FACT_NAMES
from tests.domain.pilot_facts import HEALTHY


def refusal(document: object) -> RuleError:
    with pytest.raises(RuleError) as caught:
        calculate(document)
    return caught.value


def test_the_calculator_stands_in_the_table_under_its_kind() -> None:
    assert CALCULATORS["purgatory"]([]) == []


def test_an_answer_has_the_keys_that_were_promised_and_is_json() -> None:
    (answer,) = calculate([{"days_in_stage": 300, "as_of": "2026-11-24"}])
    assert set(answer) == {"level", "rules", "hits", "unknown", "remedy", "valid_until"}
    assert set(answer["hits"][0]) == {"rule", "severity", "cause", "sentence", "clears_when"}
    assert json.loads(json.dumps(answer)) == answer
    assert answer["valid_until"] == "2027-01-28"


def test_without_as_of_nothing_expires() -> None:
    assert calculate([{"days_in_stage": 300}])[0]["valid_until"] is None
    assert calculate([{"days_in_stage": 300, "as_of": None}])[0]["valid_until"] is None


def test_every_fact_has_a_reader() -> None:
    assert tuple(READERS) == FACT_NAMES


def test_absent_named_and_null_facts_are_listed_in_the_order_of_the_record() -> None:
    known: dict[str, Any] = dict.fromkeys(("adoption", "planned_days", "scope_change"))
    answer = calculate([{**known, "production_owner": None, "unknown": ["adoption"]}])[0]
    assert answer["unknown"] == [
        name for name in FACT_NAMES if name not in ("planned_days", "scope_change", "primary_kpi_reason")
    ]


def test_a_reason_that_is_absent_is_not_missed() -> None:
    assert "primary_kpi_reason" not in calculate([{}])[0]["unknown"]


def test_numbers_may_come_as_text_or_as_exact_numbers() -> None:
    for share in ("0.1", Decimal("0.1")):
        answer = calculate([{"adoption": share, "days_in_stage": 50, "planned_days": 60}])[0]
        assert answer["rules"]["R20"] == 2


REFUSED: list[tuple[object, str]] = [
    ({}, ""),
    ("x", ""),
    ([1], "/0"),
    ([{}, {"sponser": 1}], "/1/sponser"),
    ([{"a/b": 1}], "/0/a~1b"),
    ([{"days_in_stage": "60"}], "/0/days_in_stage"),
    ([{"days_in_stage": True}], "/0/days_in_stage"),
    ([{"days_in_stage": Decimal("60.5")}], "/0/days_in_stage"),
    ([{"days_in_stage": -1}], "/0/days_in_stage"),
    ([{"days_in_stage": 200_001}], "/0/days_in_stage"),
    ([{"decision_due_in_days": -200_001}], "/0/decision_due_in_days"),
    ([{"extensions": -1}], "/0/extensions"),
    ([{"production_owner": "yes"}], "/0/production_owner"),
    ([{"production_owner": 1}], "/0/production_owner"),
    ([{"primary_kpi_status": "fine"}], "/0/primary_kpi_status"),
    ([{"primary_kpi_status": ["on_track"]}], "/0/primary_kpi_status"),
    ([{"primary_kpi_reason": 3}], "/0/primary_kpi_reason"),
    ([{"adoption": "many"}], "/0/adoption"),
    ([{"adoption": "NaN"}], "/0/adoption"),
    ([{"adoption": 0.1}], "/0/adoption"),
    ([{"spend_ratio": "1e300"}], "/0/spend_ratio"),
    ([{"unknown": "adoption"}], "/0/unknown"),
    ([{"unknown": ["adoption", "adoptoin"]}], "/0/unknown/1"),
    ([{"unknown": [["adoption"]]}], "/0/unknown/0"),
    ([{"as_of": "24.11.2026"}], "/0/as_of"),
    ([{"as_of": "2026-W48-2"}], "/0/as_of"),
    ([{"as_of": "2026-02-30"}], "/0/as_of"),
    ([{"as_of": "1899-12-31"}], "/0/as_of"),
    ([{"as_of": "2201-01-01"}], "/0/as_of"),
    ([{"as_of": 20261124}], "/0/as_of"),
]


@pytest.mark.parametrize(("document", "pointer"), REFUSED)
def test_what_it_cannot_read_is_refused_with_the_place(document: object, pointer: str) -> None:
    error = refusal(document)
    assert error.pointer == pointer
    assert error.message
    assert error.code.islower()


def test_a_policy_survives_its_row() -> None:
    policy = Policy(age_days=(10, 20, 30), spend_ratios=(Decimal("1.05"), Decimal("1.5")))
    assert Policy.from_json(json.loads(json.dumps(policy.to_json()))) == policy
    assert Policy.from_json({}) == DEFAULT


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        ([], ""),
        ({"age": [1, 2, 3]}, "/age"),
        ({"age_days": [180, 270]}, "/age_days"),
        ({"age_days": [180, 180, 365]}, "/age_days"),
        ({"age_days": [180, "270", 365]}, "/age_days/1"),
        ({"age_days": 180}, "/age_days"),
        ({"won_days": True}, "/won_days"),
        ({"won_days": -1}, "/won_days"),
        ({"won_days": 200_001}, "/won_days"),
        ({"extensions": [0, 1, 2]}, "/extensions"),
        ({"extend_divisor": 0}, "/extend_divisor"),
        ({"adoption_share": 0.2}, "/adoption_share"),
        ({"adoption_share": "a fifth"}, "/adoption_share"),
        ({"adoption_share": "NaN"}, "/adoption_share"),
    ],
)
def test_a_policy_row_that_cannot_be_meant_is_refused(row: object, pointer: str) -> None:
    with pytest.raises(RuleError) as caught:
        Policy.from_json(row)
    assert caught.value.pointer == pointer


SENTENCES: list[tuple[dict[str, Any], str, str]] = [
    (
        {"decision_due_in_days": None, "days_in_stage": 40},
        "R01",
        "No decision date, 40 days into the pilot (limit 14)",
    ),
    ({"decision_due_in_days": -55}, "R02", "Decision overdue by 55 days (limit 30)"),
    ({"decision_due_in_days": -1}, "R02", "Decision overdue by 1 day (limit 0)"),
    ({"days_in_stage": 100}, "R03", "100 days in the pilot against 90 approved: 1.11 times (limit 1.0)"),
    (
        {"days_in_stage": 10_001, "planned_days": 5_000},
        "R03",
        "10001 days in the pilot against 5000 approved: 2.0002 times (limit 2.0)",
    ),
    ({"extensions": 2}, "R05", "Extended twice (threshold 2)"),
    (
        {"extensions": 2, "same_extension_reason": True},
        "R05",
        "Extended twice, one reason given more than once (threshold 3, or one reason twice)",
    ),
    ({"deferrals": 3}, "R06", "Held or not decided 3 times at this gate (threshold 3)"),
    (
        {"primary_kpi_status": "off_track", "primary_progress": Decimal("-0.06")},
        "R08",
        "Primary KPI is off track, −6 % of the way to its target, no better than the baseline (limit above 0 %)",
    ),
    (
        {"primary_kpi_status": "no_baseline"},
        "R09",
        "The primary KPI has no baseline, so no progress can be claimed",
    ),
    ({"sponsor_silent_days": 75}, "R11", "The sponsor has been silent for 75 days (limit 60)"),
    ({"sponsor_silent_days": None}, "R11", "There is no sponsor"),
    (
        {"production_owner": False},
        "R12",
        "There is no production owner on day 60 of 90 (half time is day 45)",
    ),
    ({"scope_change": Decimal("0.255")}, "R14", "The scope is 25.5 % above the charter (limit 25 %)"),
    (
        {"scope_change": Decimal("-0.1"), "scope_approved": False},
        "R14",
        "The scope is not approved, 10 % below the charter (limit: none unapproved)",
    ),
    (
        {"scope_change": UNKNOWN, "scope_approved": False},
        "R14",
        "The scope is not approved, its size against the charter is not known",
    ),
    (
        {"success_measure_changes": 1},
        "R15",
        "Success measure or target changed once after the start (threshold 1)",
    ),
    ({"spend_ratio": Decimal("1.1001")}, "R16", "Spend is 1.1001 times the released tranche (limit 1.10)"),
    (
        {"worst_condition_overdue_days": 3, "overdue_condition_blocks": True},
        "R17",
        "An approval condition is overdue by 3 days and blocks (limit 0)",
    ),
    ({"days_since_criteria_met": 57}, "R18", "Criteria met for 57 days, no gate requested (threshold 30)"),
    (
        {"adoption": Decimal("0.12")},
        "R20",
        "12 % of the invited are active each week (limit 20 %), day 60 of 90 (half time is day 45)",
    ),
]


@pytest.mark.parametrize(("changes", "rule", "sentence"), SENTENCES)
def test_a_sentence_carries_its_numbers_and_the_limit(
    changes: dict[str, Any], rule: str, sentence: str
) -> None:
    hits = {hit.rule: hit for hit in judge(replace(HEALTHY, **changes)).hits}
    assert hits[rule].sentence == sentence


def test_the_numbers_of_a_hit_stand_beside_its_sentence() -> None:
    (hit,) = judge(replace(HEALTHY, decision_due_in_days=-55)).hits
    assert hit.numbers == {"overdue_days": 55, "limit": 30}
    assert (hit.cause, hit.group) == ("Decision overdue", "time")
