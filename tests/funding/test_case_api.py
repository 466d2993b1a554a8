"""Cases through the API: drafts, versions that stand, their figures, and what they were."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core import clock
from core.models import AuditEvent
from funding.models import BusinessCase
from funding.services.cases import cite_case
from portfolio.models import Initiative
from tests.cast import AT, Cast
from tests.domain.test_case_so_far import costs, worked
from tests.funding.build import published
from tests.funding.build import worked as drafted
from tests.kpis.build import claims_triage, make_kpi

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
Api = Callable[[str], APIClient]
Frozen = Callable[[Any], None]
URL = "/api/v1/business-cases/"


@pytest.fixture
def row(cast: Cast) -> Initiative:
    return claims_triage(cast)


def sent(row: Initiative, owner: int, **more: Any) -> dict[str, Any]:
    """The worked case as a body: the calculator's document with a person in it."""
    said = worked(**more)
    said["benefits"] = [{**one, "owner": owner} for one in said["benefits"]]
    return {**said, "initiative": row.pk, "starts_on": "2027-01-01"}


def begin(client: APIClient, row: Initiative, owner: int, **more: Any) -> dict[str, Any]:
    answer = client.post(URL, sent(row, owner, **more), format="json")
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def publish(client: APIClient, case: dict[str, Any], **body: Any) -> Any:
    tag = f'"v{case["version"]}"'
    return client.post(f"{URL}{case['id']}/publish/", body, format="json", headers={"If-Match": tag})


def errors(answer: Any) -> dict[str, str]:
    return {one["pointer"]: one["code"] for one in answer.json()["errors"]}


def test_a_case_is_begun_changed_published_and_read(cast: Cast, row: Initiative, api: Api) -> None:
    client = api("alice")
    made = begin(client, row, cast.alice.pk)
    assert (made["state"], made["number"], made["seal"]) == ("draft", 1, "")
    address = f"{URL}{made['ref']}/"
    assert client.patch(address, {"people": "3"}, format="json").status_code == 428
    changed = client.patch(address, {"people": "3"}, format="json", headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed["ETag"]) == (200, '"v2"')
    assert changed.json()["costs"] == made["costs"]
    assert (
        client.patch(address, {"people": "4"}, format="json", headers={"If-Match": '"v1"'}).status_code == 412
    )
    told = publish(client, changed.json())
    assert told.status_code == 200, told.content
    assert (told.json()["state"], told.json()["in_force"], len(told.json()["seal"])) == (
        "published",
        True,
        64,
    )
    late = client.patch(address, {"people": "4"}, format="json", headers={"If-Match": '"v3"'})
    assert (late.status_code, late.json()["code"]) == (409, "published")
    assert client.get(f"/api/v1/initiatives/{row.pk}/business-case/").json() == client.get(address).json()


def test_the_figures_of_a_stored_case_are_those_of_the_calculator(
    cast: Cast, row: Initiative, api: Api
) -> None:
    client = api("alice")
    more = {
        "rate": "0.0725", "delay_means": "sliding", "mid_year": True, "finance_rate": "0.05", "reinvest_rate": "0.03",
        "works": "0.4", "if_stopped": ["-1", "0", "0", "0", "0"], "if_carried_on": ["-1", "-2", "0", "0", "0.5"],
    }  # fmt: skip
    stored = begin(client, row, cast.alice.pk, **more)["appraisal"]
    asked = client.post("/api/v1/calculate/case-appraisal/", [worked(**more)], format="json")
    assert asked.status_code == 200, asked.content
    assert asked.json()[0] == stored
    assert stored["figures"]["npv_cost_of_one_year_delay"]["meant"] == "sliding"


def test_the_worked_figures_come_back_to_the_cent(cast: Cast, row: Initiative, api: Api) -> None:
    told = begin(api("alice"), row, cast.alice.pk)["appraisal"]
    assert told["complete"]
    found = told["figures"]
    assert (found["npv"], found["irr"], found["expected_npv"]) == ("163834.44", "0.226405", "105672.43")
    assert "Amounts are in EUR, in the prices of each year (nominal), before tax." in told["conventions"]
    assert "The horizon is 4 years, at 10 % a year." in told["conventions"]


def test_a_draft_says_what_it_still_lacks(cast: Cast, row: Initiative, api: Api) -> None:
    said = {"initiative": f"AI-{row.pk:04d}", "starts_on": "2027-01-01", "years": 4, "rate": "0.1"}
    made = api("alice").post(URL, said, format="json").json()
    assert [one["pointer"] for one in made["appraisal"]["missing"]] == ["/costs"]
    assert made["appraisal"]["figures"] is None
    refused = publish(api("alice"), made)
    assert (refused.status_code, errors(refused)) == (400, {"/costs": "cost_category_missing"})


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"rate": "NaN"}, "/rate"),
        ({"rate": "1e30"}, "/rate"),
        ({"currency": "USD"}, "/currency"),
        ({"costs": [{"category": "party"}]}, "/costs/0/category"),
        ({"costs": [{"category": "build", "amounts": ["1", "0.001", "0", "0", "0"]}]}, "/costs/0/amounts/1"),
        ({"costs": [{"category": "build", "colour": 1}]}, "/costs/0/colour"),
        ({"costs": [{"category": "build", "currency": "USD"}]}, "/costs/0/currency"),
        ({"scenarios": [{"name": "pilot", "haircut": "1.5"}]}, "/scenarios/0/haircut"),
        ({"benefits": [{"owner": 999_999}]}, "/benefits/0/owner"),
        ({"benefits": [{"kpi": "K-9999"}]}, "/benefits/0/kpi"),
        ({"do_nothing": ["0"]}, "/do_nothing"),
        ({"works": 1.5}, "/works"),
    ],
)
def test_a_body_that_cannot_be_right_is_refused_at_its_place(
    cast: Cast, row: Initiative, api: Api, more: dict[str, Any], pointer: str
) -> None:
    body = {"initiative": row.pk, "starts_on": "2027-01-01", "years": 4, "rate": "0.1", **more}
    answer = api("alice").post(URL, body, format="json")
    assert answer.status_code == 400
    assert pointer in errors(answer)
    assert not BusinessCase.objects.exists()


def test_a_second_draft_is_refused_and_the_next_begins_from_the_version_in_force(
    cast: Cast, row: Initiative, api: Api
) -> None:
    client = api("alice")
    first = begin(client, row, cast.alice.pk)
    again = client.post(URL, sent(row, cast.alice.pk), format="json")
    assert (again.status_code, again.json()["code"]) == (409, "draft_exists")
    publish(client, first)
    body = {
        "initiative": row.pk,
        "from_in_force": True,
        "starts_on": "2027-02-01",
        "years": 4,
        "rate": "0.12",
    }
    second = client.post(URL, body, format="json").json()
    assert (second["number"], second["costs"]) == (2, first["costs"])
    silent = publish(client, second)
    assert (silent.status_code, errors(silent)) == (400, {"/because": "required"})
    told = publish(client, second, because="The rate was set again")
    assert told.json()["because"] == "The rate was set again"
    found = client.get(f"{URL}{second['id']}/compare/").json()
    assert (found["before"], found["after"]) == (first["ref"], second["ref"])
    assert [one["field"] for one in found["fields"]] == ["starts_on", "rate"]
    npv = next(one for one in found["figures"] if one["figure"] == "npv")
    assert npv == {
        "figure": "npv", "label": "NPV", "before": "163834.44", "after": "132823.08", "difference": "-31011.36",
    }  # fmt: skip
    assert client.get(f"{URL}{first['id']}/compare/").status_code == 404
    back = client.get(f"{URL}{first['id']}/compare/", {"with": second["ref"]}).json()
    assert next(one for one in back["figures"] if one["figure"] == "npv")["difference"] == "31011.36"


def test_lines_are_compared_by_what_names_them(cast: Cast, row: Initiative, api: Api) -> None:
    client = api("alice")
    publish(client, begin(client, row, cast.alice.pk))
    body = sent(row, cast.alice.pk, costs=costs("400000"), scenarios=[])
    body["benefits"] = [{"description": "Trust", "type": "risk", "evidence": "assumed", "owner": cast.bob.pk}]
    second = client.post(URL, body, format="json").json()
    found = client.get(f"{URL}{second['id']}/compare/").json()
    assert [(one["lines"], one["key"], one["change"]) for one in found["lines"]] == [
        ("costs", "build", "changed"), ("benefits", 1, "removed"), ("benefits", 2, "added"),
        ("scenarios", "conservative", "removed"), ("scenarios", "pilot", "removed"), ("scenarios", "optimistic", "removed"),
    ]  # fmt: skip


def test_a_case_of_another_initiative_is_no_version_of_this_one(
    cast: Cast, row: Initiative, api: Api
) -> None:
    one, other = published(row), published(claims_triage(cast, "Letters"))
    answer = api("alice").get(f"{URL}{one.pk}/compare/", {"with": other.ref})
    assert answer.status_code == 400


def test_publishing_with_one_key_twice_publishes_once(cast: Cast, row: Initiative, api: Api) -> None:
    client = api("alice")
    made = begin(client, row, cast.alice.pk)
    headers = {"If-Match": '"v1"', "Idempotency-Key": "publish-1"}
    answers = [
        client.post(f"{URL}{made['id']}/publish/", {}, format="json", headers=headers) for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert AuditEvent.objects.filter(action="case.published").count() == 1


def test_a_draft_is_discarded_with_its_tag(cast: Cast, row: Initiative, api: Api) -> None:
    client = api("alice")
    made = begin(client, row, cast.alice.pk)
    address = f"{URL}{made['id']}/discard/"
    assert client.post(address).status_code == 428
    assert client.post(address, headers={"If-Match": '"v2"'}).status_code == 412
    assert client.post(address, headers={"If-Match": '"v1"'}).status_code == 204
    assert client.get(f"{URL}{made['id']}/").status_code == 404


def test_the_past_is_what_had_been_published_by_then(
    cast: Cast, row: Initiative, api: Api, frozen: Frozen
) -> None:
    first = published(row, at=AT)
    second = published(row, at=AT + timedelta(days=10), because="Again")
    frozen(AT + timedelta(days=20))
    client = api("alice")
    address = f"/api/v1/initiatives/{row.pk}/business-case/"

    def numbers(**asked: str) -> list[tuple[int, bool]]:
        found = client.get(URL, {"ordering": "number", **asked}).json()["results"]
        return [(one["number"], one["in_force"]) for one in found]

    assert numbers() == [(1, False), (2, True)]
    then = (clock.day_of(AT) + timedelta(days=5)).isoformat()
    assert numbers(as_of=then) == [(1, True)]
    assert client.get(address, {"as_of": then}).json()["ref"] == first.ref
    assert client.get(address).json()["ref"] == second.ref
    known = (AT + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    assert client.get(address, {"known_at": known}).json()["ref"] == first.ref
    assert client.get(f"{URL}{second.pk}/", {"as_of": then}).status_code == 404
    before = (clock.day_of(AT) - timedelta(days=1)).isoformat()
    assert client.get(address, {"as_of": before}).status_code == 404
    assert numbers(in_force="true") == [(2, True)]


def test_what_cites_a_version_is_listed(cast: Cast, row: Initiative, api: Api) -> None:
    case = published(row)
    cite_case(case_id=case.pk, cited_by="gate", ref="G4", by=cast.actor("max"), at=AT)
    found = api("alice").get(f"{URL}{case.pk}/citations/").json()
    assert [(one["cited_by"], one["ref"], one["recorded_by"]) for one in found] == [
        ("gate", "G4", cast.max.pk)
    ]


def test_a_case_is_found_by_the_kpi_it_names_and_once(cast: Cast, row: Initiative, api: Api) -> None:
    kpi = make_kpi(row)
    half = {**worked()["benefits"][0], "kpi": kpi.ref, "attribution": "0.5"}
    made = begin(api("alice"), row, cast.alice.pk, benefits=[half, half])
    found = api("alice").get(URL, {"kpi": kpi.ref}).json()["results"]
    assert [one["id"] for one in found] == [made["id"]]
    assert "appraisal" not in found[0]


def test_reading_a_case_takes_as_many_statements_however_many_lines(
    cast: Cast, row: Initiative, api: Api
) -> None:
    client = api("alice")
    few = published(row)
    line = drafted(cast.alice.pk).benefits[0]
    many = published(row, drafted(cast.alice.pk, benefits=(line,) * 20), because="More of it")
    counts = []
    for case in (few, few, many):
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"{URL}{case.pk}/").status_code == 200
        counts.append(len(caught))
    assert counts[1] == counts[2] <= 8


def test_the_calculator_says_what_is_missing_and_reads_no_record(api: Api) -> None:
    answer = api("vera").post(
        "/api/v1/calculate/case-appraisal/", json.loads('[{"years": 4}]'), format="json"
    )
    assert answer.status_code == 200
    assert answer.json()[0]["figures"] is None
    assert {one["pointer"] for one in answer.json()[0]["missing"]} >= {"/rate", "/costs"}
