"""Triage, frontier, gate value and optimism over the API: the same answers as the pages, for the same caller."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.cast import Cast
from tests.funding.portfolios import finished, initiative, published, weighed
from tests.funding.test_gate_value import staged

Api = Callable[[str], APIClient]
V1 = "/api/v1/"
TRIAGE, FRONTIER, GATES, OPTIMISM = (f"{V1}{name}/" for name in ("portfolio/triage", "portfolio/frontier", "portfolio/gate-value", "optimism"))  # fmt: skip


@pytest.fixture(autouse=True)
def _stopped(frozen: Any) -> None:
    """The clock stands at AT."""


def test_a_call_says_its_reason_its_flips_and_its_regret(cast: Cast, api: Api) -> None:
    row = weighed(cast, "Motor triage", 300)
    body = api("max").get(TRIAGE).json()
    (call,) = body["results"]
    assert (call["ref"], call["call"], call["reason"], call["place"]) == (row.ref, "wait", "below_line", 1)
    assert (call["to_go"], call["allotted"], call["regret"], call["loss"]) == (
        "100.00",
        "40.00",
        "40.00",
        "money_early",
    )
    assert call["flips"] == [{"code": "more_budget", "changes": {"budget": "100.00"}, "leads_to": "scale"}]
    assert call["flips_display"] == ["A budget €60 larger: scale."]
    assert call["run_cost_a_year"] == "60.00"
    assert (body["budget"], body["budget_today"], body["people"]) == ("40.00", "40.00", None)
    assert body["counts"] == {"scale": 0, "stop": 0, "fix": 0, "wait": 1}


def test_the_flip_it_says_is_what_happens(cast: Cast, api: Api) -> None:
    weighed(cast, "Motor triage", 300)
    (call,) = api("max").get(TRIAGE, {"budget": "100"}).json()["results"]
    assert (call["call"], call["regret"], call["loss"]) == ("scale", "180.00", "value_foregone")


def test_what_nobody_recorded_is_null(cast: Cast, api: Api) -> None:
    initiative(cast, "Card limits", approved=None, spent=None)
    (call,) = api("max").get(TRIAGE).json()["results"]
    assert [call[name] for name in ("value", "to_go", "allotted", "regret", "people")] == [None] * 5


def test_sums_say_how_many_they_leave_out(cast: Cast, api: Api) -> None:
    weighed(cast, "Voice bot", -50, people=None)
    weighed(cast, "Chat", -50, people=None, approved=None)
    body = api("max").get(TRIAGE).json()
    assert body["freed_by_stops"] == {
        "money": "40.00", "people": None, "money_unknown": 1, "people_unknown": 2,
    }  # fmt: skip
    assert (body["regret"]["money_burnt"], body["regret_unknown"]["money_burnt"]) == ("40.00", 1)
    assert (body["regret"]["value_foregone"], body["regret_unknown"]["value_foregone"]) == ("0.00", 0)


def test_the_frontier_says_what_it_adds_and_what_is_to_be_fixed_first(cast: Cast, api: Api) -> None:
    weighed(cast, "Motor triage", 300)
    blind = weighed(cast, "Fraud rings", 900, kpi_status="blind", years=5, rate="0.08")
    body = api("edith").get(FRONTIER, {"budget": "100"}).json()
    assert [(one["name"], one["call"]) for one in body["points"]] == [
        ("Fraud rings", "fix"), ("Motor triage", "scale"),
    ]  # fmt: skip
    assert (body["held_back"], body["by_value_alone"]) == ([blind.ref], True)
    assert (body["horizons"], body["rates"]) == ([3, 5], ["0.080000", "0.100000"])
    assert body["basis"].startswith("Cases of 2 horizons and 2 rates are added as they stand")


def test_calls_come_page_by_page(cast: Cast, api: Api) -> None:
    for number in range(3):
        weighed(cast, f"Initiative {number}", 300 + number)
    body = api("max").get(TRIAGE, {"page_size": "2", "page": "2", "ordering": "value"}).json()
    assert (body["count"], body["pages"], [one["name"] for one in body["results"]]) == (
        3,
        2,
        ["Initiative 2"],
    )


def test_the_frontier_says_today_and_what_the_same_money_buys(cast: Cast, api: Api) -> None:
    weighed(cast, "Motor triage", 300)
    weighed(cast, "Fraud rings", 900, haircut=None)
    none = initiative(cast, "Card limits")
    weighed(cast, "Voice bot", -1)
    body = api("edith").get(FRONTIER, {"budget": "100"}).json()
    assert [(one["name"], one["funded"], one["adjusted_for_risk"]) for one in body["points"]] == [
        ("Fraud rings", True, False), ("Motor triage", False, True),
    ]  # fmt: skip
    assert body["today"] == {"cost": "80.00", "value": "480.00"}
    assert (body["same_money_buys"], body["more"], body["years"]) == ("720.00", "240.00", 3)
    assert body["no_case"] == [none.ref]
    assert list(body["not_drawn"]) == ["worth nothing by their case"]


def test_the_gate_of_the_worked_case(cast: Cast, api: Api) -> None:
    staged(cast)
    body = api("edith").get(GATES).json()
    (one,) = body["cases"]
    assert (one["gated"], one["ungated"], one["gate_is_worth"]) == ("97061.43", "-97449.13", "194510.56")
    assert (one["break_even_gated"][:6], one["break_even_ungated"][:6]) == ("0.1807", "0.5270")
    assert body["sums"][0]["cases"] == 1


def test_the_ledger_and_the_haircut_it_offers(cast: Cast, api: Api) -> None:
    for number in range(5):
        finished(cast, f"Finished {number}", 100, 41)
    following = initiative(cast, "Next", stage="idea")
    body = api("edith").get(OPTIMISM).json()
    assert body["classes"][0] == {
        "kind": "all", "name": "All cases", "cases": 5, "realised_share": "0.410000", "haircut": "0.590000",
    }  # fmt: skip
    assert len(body["cases"]) == 5
    found = (
        api("edith").get(f"{V1}initiatives/{following.ref}/reference-haircut/", {"type": "cashable"}).json()
    )
    assert (found["haircut"], found["of"]["name"]) == ("0.590000", "Claims")
    assert found["sentence"].startswith("Cases like this realised 41")


def test_each_caller_is_answered_for_what_they_may_see(cast: Cast, api: Api) -> None:
    weighed(cast, "Motor triage", 300)
    weighed(cast, "Card limits", 300, cast.cards)
    published(initiative(cast, "Old", stage="idea"))
    seen = {name: api(name).get(TRIAGE).json()["count"] for name in ("max", "vera", "ursula", "alice")}
    assert seen == {"max": 3, "vera": 2, "ursula": 1, "alice": 0}


@pytest.mark.parametrize("address", [TRIAGE, FRONTIER, GATES, OPTIMISM])
def test_a_past_day_is_refused_with_a_sentence(cast: Cast, api: Api, address: str) -> None:
    response = api("max").get(address, {"as_of": "2026-10-01"})
    assert (response.status_code, response.json()["code"]) == (400, "not_replayable")
    assert "of today only" in response.json()["detail"]


@pytest.mark.parametrize(
    ("address", "params", "status"),
    [
        (TRIAGE, {"budget": "lots"}, 400), (TRIAGE, {"people": "-1"}, 400), (TRIAGE, {"call": "go"}, 400),
        (TRIAGE, {"page": "2"}, 404), (TRIAGE, {"page_size": "0"}, 400), (TRIAGE, {"colour": "red"}, 400),
        (FRONTIER, {"people": "3"}, 400), (GATES, {"budget": "3"}, 400), (OPTIMISM, {"page": "1"}, 400),
        (f"{V1}initiatives/AI-9999/reference-haircut/", {}, 404),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_a_problem_that_names_it(
    cast: Cast, api: Api, address: str, params: dict[str, str], status: int
) -> None:
    response = api("max").get(address, params)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    if status == 400:
        assert response.json()["errors"][0]["pointer"] == f"?{next(iter(params))}"


def test_a_type_nobody_knows_is_refused(cast: Cast, api: Api) -> None:
    row = initiative(cast, "Next")
    assert (
        api("max").get(f"{V1}initiatives/{row.ref}/reference-haircut/", {"type": "luck"}).status_code == 400
    )
