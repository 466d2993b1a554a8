"""Reference cases: the committed ones, and the shared oracles where they lie beside the project."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.calculate import CALCULATORS
from tests.oracles import shared

OWN = Path(__file__).parent / "cases"
BESIDE = {"kpi_status": {"forecast", "valid_until"}, "kpi_rollup": set[str]()}


def load(path: Path) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return cases


def calculator(name: str) -> Callable[[object], Any]:
    return CALCULATORS[name.replace("_", "-")]


def named(name: str) -> list[Any]:
    return [pytest.param(name, case, id=f"{name}: {case['case']}") for case in load(OWN / f"{name}.json")]


@pytest.mark.parametrize(("name", "case"), [*named("kpi_status"), *named("kpi_rollup")])
def test_a_reference_case_comes_out_to_the_digit(name: str, case: dict[str, Any]) -> None:
    (found,) = calculator(name)([case["input"]])
    assert found == case["expected"]


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["kpi_status", "kpi_rollup"])
def test_every_shared_oracle_case_comes_out_to_the_digit(name: str) -> None:
    path = shared(name)
    cases = load(path)
    answers = calculator(name)([case["input"] for case in cases])
    assert len(answers) == len(cases) > 0
    for case, found in zip(cases, answers, strict=True):
        assert {key: found[key] for key in case["expected"]} == case["expected"], case["id"]
        assert set(found) - set(case["expected"]) == BESIDE[name], case["id"]


def test_every_answer_is_plain_json() -> None:
    cases = [case["input"] for case in load(OWN / "kpi_status.json")]
    answers = calculator("kpi_status")(cases)
    assert json.loads(json.dumps(answers)) == answers
    assert {type(value) for found in answers for value in found.values()} <= {str, int, list, type(None)}
