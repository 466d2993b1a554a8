"""Every reference case of purgatory, asked through stored rows instead of a dictionary."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pilots.models import Pilot
from pilots.services.evaluate import evaluate_all
from tests.cast import AT, TODAY, Cast
from tests.pilots.stored import store, why_not_stored

OWN = Path(__file__).parents[1] / "domain" / "cases" / "purgatory.json"
SHARED = Path(__file__).parents[3] / "shared" / "oracles" / "purgatory.json"


def cases(path: Path) -> list[Any]:
    """The cases of a file, none where it is absent."""
    found = json.loads(path.read_text()) if path.exists() else []
    return [pytest.param(case, id=f"{place}-{case['case']}") for place, case in enumerate(found)]


CONTRADICTIONS = {"one extension has one reason": 6}


def stored(pilot: Pilot) -> dict[str, Any]:
    return {
        "level": pilot.level,
        "rules": pilot.rules,
        "remedy": {"code": pilot.remedy, **pilot.remedy_detail},
    }


@pytest.mark.parametrize("case", cases(OWN))
def test_a_case_comes_out_the_same_from_stored_facts(case: dict[str, Any], cast: Cast) -> None:
    asked_through_the_store(case, cast)


@pytest.mark.oracle
@pytest.mark.parametrize("case", cases(SHARED))
def test_a_reference_case_comes_out_the_same_from_stored_facts(case: dict[str, Any], cast: Cast) -> None:
    asked_through_the_store(case, cast)


def asked_through_the_store(case: dict[str, Any], cast: Cast) -> None:
    """A case whose facts contradict each other cannot be on record: then the record refuses it."""
    facts = {
        key: value for key, value in case["input"].items() if key not in case["input"].get("unknown", [])
    }
    today = date.fromisoformat(facts.pop("as_of", TODAY.isoformat()))
    if why_not_stored(facts):
        pytest.skip(why_not_stored(facts))
    pilot = store(cast, facts, today)
    evaluate_all(at=AT, as_of=today)
    pilot.refresh_from_db()
    expected = case["expected"]
    assert stored(pilot) == {key: expected[key] for key in ("level", "rules", "remedy")}


@pytest.mark.oracle
@pytest.mark.skipif(not SHARED.exists(), reason="the reference cases are not here")
def test_only_contradictory_cases_cannot_be_stored() -> None:
    said = [why_not_stored(case.values[0]["input"]) for case in cases(SHARED)]
    assert {why: said.count(why) for why in set(said) if why} == CONTRADICTIONS
