"""The calculators' doors: what they read, and how they refuse: the place and the remedy."""

import json
from decimal import Decimal
from typing import Any

import pytest

from domain.calculate import CALCULATORS
from domain.errors import RuleError

STATUS, ROLLUP = CALCULATORS["kpi-status"], CALCULATORS["kpi-rollup"]
KPI = {
    "shape": "trajectory",
    "direction": "higher",
    "baseline": 100,
    "baseline_on": "2026-01-01",
    "target": 200,
    "target_on": "2026-04-11",
    "cadence_days": 30,
}
ROW = {"id": 1, "observed_on": "2026-02-20", "value": 140}
ITEM = {"status": "on_track", "reason": None, "weight": "1", "primary": True}


def case(kpi: dict[str, Any] | None = None, row: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
    said = {"kpi": {**KPI, **(kpi or {})}, "measurements": [{**ROW, **(row or {})}], "as_of": "2026-02-20"}
    return {**said, **rest}


def without(said: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key != name}


def told(said: dict[str, Any]) -> dict[str, Any]:
    answers: Any = STATUS([said])
    assert len(answers) == 1
    return dict(answers[0])


def test_the_answer_has_exactly_the_written_keys() -> None:
    keys = {"status", "reason", "progress", "expected", "shortfall", "last_known", "pending", "flags"}
    keys |= {"forecast", "valid_until"}
    assert set(told(case())) == keys
    stale = told(case(as_of="2026-04-10"))
    assert set(stale) == keys | {"age_days"}
    assert (stale["reason"], stale["age_days"]) == ("measurement_too_old", 49)


@pytest.mark.parametrize("value", [140, "140", Decimal("140"), "1.4e2", "+140.0", "140."])
def test_a_number_may_be_written_in_any_exact_way(value: object) -> None:
    assert told(case(row={"value": value}))["shortfall"] == "0.100000"


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "n/a", "", "1_000", "٣", None, float("nan"), float("inf")]
)
def test_a_value_that_is_no_finite_number_is_kept_and_flagged(value: object) -> None:
    found = told(case(row={"value": value}))
    assert (found["status"], found["flags"]) == ("no_data", ["rejected_value"])


def test_a_target_that_is_no_number_is_an_invalid_kpi_not_an_error() -> None:
    assert told(case(kpi={"target": "soon"}))["reason"] == "target_missing_or_not_a_number"
    assert told(case(kpi={"baseline": "NaN"}))["reason"] == "baseline_not_a_number"
    assert told({**case(), "kpi": without(KPI, "target")})["reason"] == "target_missing_or_not_a_number"


def test_moments_are_utc_unless_they_say_otherwise() -> None:
    for recorded_at, status in [
        ("2026-02-22 09:00:00", "on_track"),
        ("2026-02-22T10:00:00+01:00", "on_track"),
        ("2026-02-22T09:00:00.000001Z", "no_data"),
    ]:
        said = case(row={"recorded_at": recorded_at}, known_at="2026-02-22 09:00:00", as_of="2026-02-22")
        assert told(said)["status"] == status


@pytest.mark.parametrize(
    ("document", "pointer", "remedy"),
    [
        ({}, "", "Give a list"),
        ("[]", "", "Give a list"),
        ([[]], "/0", "Give an object"),
        ([case(), {}], "/1", "as_of"),
        ([without(case(), "measurements")], "/0", "measurements"),
        ([case(extra=1)], "/0/extra", "Remove it"),
        ([{**case(), "a/b~": 1}], "/0/a~1b~0", "Remove it"),
        ([case(measurements={})], "/0/measurements", "Give a list"),
        ([case(as_of="20.2.2026")], "/0/as_of", "YYYY-MM-DD"),
        ([case(as_of="2026-02-30")], "/0/as_of", "YYYY-MM-DD"),
        ([case(as_of="20260220")], "/0/as_of", "YYYY-MM-DD"),
        ([case(as_of=None)], "/0/as_of", "YYYY-MM-DD"),
        ([case(known_at="2026-02-20")], "/0/known_at", "HH:MM:SS"),
        ([case(known_at="2026-02-20 25:00:00")], "/0/known_at", "HH:MM:SS"),
        ([case(kpi={"shape": "circle"})], "/0/kpi/shape", "trajectory, band"),
        ([case(kpi={"shape": None})], "/0/kpi/shape", "trajectory, band"),
        ([case(kpi={"direction": None})], "/0/kpi", "higher or lower"),
        ([case(kpi={"direction": "up"})], "/0/kpi/direction", "higher, lower"),
        ([case(kpi={"state": "Active"})], "/0/kpi/state", "active, paused, retired"),
        ([case(kpi={"cadence_days": "30"})], "/0/kpi/cadence_days", "whole number"),
        ([case(kpi={"cadence_days": True})], "/0/kpi/cadence_days", "whole number"),
        ([case(kpi={"cadence_days": Decimal("7.5")})], "/0/kpi/cadence_days", "whole number"),
        ([case(kpi={"settle_days": -1})], "/0/kpi/settle_days", "0 or more"),
        ([case(kpi={"stale_after_days": -1})], "/0/kpi/stale_after_days", "0 or more"),
        ([case(kpi={"confirm_worse": 0})], "/0/kpi/confirm_worse", "1 or more"),
        ([case(kpi={"amber": None})], "/0/kpi/amber", "number"),
        ([case(kpi={"red": "NaN"})], "/0/kpi/red", "number"),
        ([case(kpi={"baseline": []})], "/0/kpi/baseline", "number"),
        ([case(kpi={"curve": "straight"})], "/0/kpi/curve", "list"),
        ([case(kpi={"curve": [["0.5"]]})], "/0/kpi/curve/0", "two numbers"),
        ([case(kpi={"curve": [["0.5", "half"]]})], "/0/kpi/curve/0/1", "number"),
        ([case(row={"value": 0.5})], "/0/measurements/0/value", "in quotes"),
        ([case(row={"value": True})], "/0/measurements/0/value", "number"),
        ([case(row={"value": "1e9999"})], "/0/measurements/0/value", "digits"),
        ([case(row={"value": "9" * 101})], "/0/measurements/0/value", "characters"),
        ([case(row={"id": "1"})], "/0/measurements/0/id", "whole number"),
        ([case(row={"void": 0})], "/0/measurements/0/void", "true or false"),
        ([case(row={"supersedes": 1})], "/0/measurements/0/supersedes", "replaces"),
        ([case(row={"recorded_at": 5})], "/0/measurements/0/recorded_at", "HH:MM:SS"),
        ([case(measurements=[ROW, ROW])], "/0/measurements/1/id", "its own"),
        ([case(measurements=[without(ROW, "value")])], "/0/measurements/0", "value"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_with_its_place_and_remedy(
    document: object, pointer: str, remedy: str
) -> None:
    with pytest.raises(RuleError) as refused:
        STATUS(document)
    assert refused.value.pointer == pointer
    assert remedy in refused.value.message


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"weight": "-0.5"}, "/0/kpis/1/weight", "negative_weight"),
        ({"weight": "heavy"}, "/0/kpis/1/weight", "not_a_number"),
        ({"weight": None}, "/0/kpis/1/weight", "not_a_number"),
        ({"status": "blind"}, "/0/kpis/1/status", "not_a_known_word"),
        ({"primary": "yes"}, "/0/kpis/1/primary", "not_true_or_false"),
        ({"reason": 5}, "/0/kpis/1/reason", "not_a_known_word"),
        ({"name": "x"}, "/0/kpis/1/name", "member_unknown"),
    ],
)
def test_a_rollup_that_cannot_be_read_is_refused(change: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(RuleError) as refused:
        ROLLUP([{"kpis": [ITEM, {**ITEM, **change}]}])
    assert (refused.value.pointer, refused.value.code) == (pointer, code)


def test_a_rollup_answers_with_three_keys() -> None:
    assert ROLLUP([{"kpis": [ITEM, {**ITEM, "status": "stale", "weight": 2}]}]) == [
        {"status": "blind", "reason": "unknown_weight", "share": "0.67"}
    ]
    assert ROLLUP([]) == []


def test_a_document_read_with_exact_numbers_needs_no_quotes() -> None:
    document = json.loads(json.dumps([case(row={"value": 139.9})]), parse_float=Decimal)
    assert told(document[0])["shortfall"] == "0.101000"
