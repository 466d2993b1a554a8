"""The API of the model inventory: what it shows, takes and refuses, for whom, and at what cost."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from domain.model_record import FROM_RECORDS
from governance.models import AiModel, ModelReview
from governance.services.evaluate import evaluate_all
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import back, initiative, reviewer, sound_model

Api = Callable[[str], APIClient]
URL = "/api/v1/models/"


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


def patch(client: APIClient, model: AiModel, body: Any, version: int | None = 1) -> Any:
    headers = {} if version is None else {"If-Match": f'"v{version}"'}
    return client.patch(f"{URL}{model.pk}/", body, format="json", headers=headers)


def test_a_model_names_its_causes_since_when_and_what_clears_them(cast: Cast, api: Api) -> None:
    model = sound_model(cast, last_heartbeat_on=back(40))
    evaluate_all(at=AT)
    body = api("mona").get(f"{URL}{model.ref}/").json()
    assert (body["ref"], body["status"], body["status_display"]) == (model.ref, "stale", "Stale")
    (cause,) = body["causes"]
    assert (cause["code_display"], cause["since"]) == ("No heartbeat", back(9).isoformat())
    assert body["stale_since"] == back(9).isoformat()
    assert "deployment reports" in cause["clears_when"]
    assert api("max").get(f"{URL}{model.ref}/").json()["initiatives"] == [model.initiatives.get().pk]
    assert body["initiatives"] == [], "an initiative the owner may not see"


def test_a_day_is_asked_about(cast: Cast, api: Api) -> None:
    model = sound_model(cast, last_heartbeat_on=back(40))
    AiModel.objects.update(created_at=AT - timedelta(days=20))
    evaluate_all(at=AT)
    assert api("mona").get(f"{URL}{model.pk}/?as_of={back(10)}").json()["status"] == "current"
    assert api("mona").get(f"{URL}{model.pk}/?as_of={back(21)}").status_code == 404
    assert AiModel.objects.get().status == "stale"
    assert api("mona").get(f"{URL}{model.pk}/?as_of=2026-11-25").status_code == 400


def test_registering_a_model_answers_with_where_it_is(cast: Cast, api: Api) -> None:
    goal = initiative(cast)
    answer = api("max").post(
        URL, {"name": "Ranker", "unit": cast.claims.pk, "owner": cast.mona.pk, "risk_tier": 1, "stage": "production",
              "in_production_since": "2026-01-01", "next_review_on": "2026-12-01", "initiatives": [goal.ref],
              "dossier_sections": {"limits": "2026-10-01"}},
        format="json",
    )  # fmt: skip
    assert answer.status_code == 201, answer.content
    row = AiModel.objects.get()
    assert answer["Location"].endswith(f"{URL}{row.pk}/")
    assert answer["ETag"] == '"v1"'
    assert (row.status, row.dossier_sections) == ("stale", {"limits": "2026-10-01"})
    found = ["review_overdue", "no_heartbeat", "fallback_untested"]  # never done since the first of January
    assert [c["code"] for c in answer.json()["causes"]] == found


@pytest.mark.parametrize("name", [*FROM_RECORDS, "risk_tier"])
def test_what_a_record_writes_is_no_field_of_an_edit(name: str, cast: Cast, api: Api) -> None:
    model = sound_model(cast)
    value: Any = {"dossier_sections": {"limits": "2026-10-01"}, "risk_tier": 3}.get(name, "2026-11-20")
    for who in ("mona", "max"):
        answer = patch(api(who), model, {name: value})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "field_not_writable")
    assert AiModel.objects.get().version == 1


def test_a_reviewer_puts_a_record_right_over_the_api(cast: Cast, api: Api) -> None:
    reviewer(cast)
    model = sound_model(cast, last_heartbeat_on=back(40))
    url = f"{URL}{model.ref}/correct/"
    said = {"because": "Its cluster reports elsewhere.", "last_heartbeat_on": back(2).isoformat(),
            "dossier_sections": {"limits": "2026-10-01"}}  # fmt: skip
    assert api("mona").post(url, said, format="json").status_code == 403
    assert api("rita").post(url, {**said, "because": ""}, format="json").status_code == 400
    assert api("rita").post(url, {**said, "risk_tier": 3}, format="json").status_code == 400
    answer = api("rita").post(url, said, format="json")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["status"], body["last_heartbeat_on"]) == ("current", back(2).isoformat())
    assert body["dossier_sections"] == {"limits": "2026-10-01"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, None),
        ({"name": "A"}, "/unit"),
        ({"unit": 1}, None),
        ({"name": "", "unit": "U"}, None),
        ({"name": "A", "unit": "U", "risk_tier": 4}, "/risk_tier"),
        ({"name": "A", "unit": "U", "stage": "retired"}, "/stage"),
        ({"name": "A", "unit": "U", "status": "current"}, "/status"),
        ({"name": "A", "unit": "U", "owner": 99999}, "/owner"),
        ({"name": "A", "unit": "U", "initiatives": ["AI-9999"]}, None),
        ({"name": "A", "unit": "U", "initiatives": "AI-0001"}, None),
        ({"name": "A", "unit": "U", "technique": "magic"}, "/technique"),
        ({"name": "A", "unit": "U", "in_production_since": "2027-01-01"}, "/in_production_since"),
        ({"name": "A", "unit": "U", "dossier_sections": {"poetry": "2026-01-01"}}, None),
        ({"name": "A", "unit": "U", "dossier_sections": {"limits": "soon"}}, None),
        ({"name": "A", "unit": "U", "dossier_sections": []}, "/dossier_sections"),
        ({"name": "A\u0000", "unit": "U"}, None),
        ({"name": "A" * 301, "unit": "U"}, "/name"),
        ([], None),
    ],
)  # fmt: skip
def test_a_wrong_body_is_refused_and_nothing_is_registered(
    body: Any, pointer: str | None, cast: Cast, api: Api
) -> None:
    if isinstance(body, dict) and body.get("unit") == "U":
        body = {**body, "unit": cast.claims.pk}
    answer = api("max").post(URL, body, format="json")
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    if pointer is not None:
        assert [item["pointer"] for item in answer.json()["errors"]] == [pointer]
    assert not AiModel.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"), [("mona", 403), ("dana", 403), ("charlie", 400), ("nobody", 403), ("alice", 201)]
)
def test_who_registers_a_model(who: str, status: int, cast: Cast, api: Api) -> None:
    assert api(who).post(URL, {"name": "A", "unit": cast.claims.pk}, format="json").status_code == status


def test_an_owner_edits_their_own_models_only(cast: Cast, api: Api) -> None:
    mine, other = sound_model(cast), sound_model(cast, "Other", owner=cast.max)
    client = api("mona")
    assert patch(client, mine, {"vendor": "Acme"}).json()["vendor"] == "Acme"
    assert patch(client, other, {"vendor": "Acme"}).status_code == 404
    assert patch(api("dana"), mine, {"vendor": "X"}, 2).status_code == 403
    assert patch(api("charlie"), mine, {"vendor": "X"}, 2).status_code == 403
    assert patch(api("ursula"), mine, {"vendor": "X"}, 2).status_code == 404
    assert patch(client, mine, {"vendor": "X"}, None).status_code == 428
    assert patch(client, mine, {"vendor": "X"}, 1).status_code == 412
    assert patch(client, mine, {"source": "mlflow"}, 2).status_code == 400
    assert APIClient().get(URL).status_code == 401


def test_retiring_is_an_act_with_a_reason(cast: Cast, api: Api) -> None:
    served = sound_model(cast, "Serving")
    model = sound_model(cast, stage="pilot", in_production_since=None)
    asked = api("mona").post(f"{URL}{served.pk}/retire/", {"because": "Replaced."}, format="json")
    assert (asked.status_code, asked.json()["code"]) == (409, "retirement_needed")
    client = api("mona")
    assert client.post(f"{URL}{model.pk}/retire/", {}, format="json").status_code == 400
    answer = client.post(f"{URL}{model.pk}/retire/", {"because": "Replaced."}, format="json")
    assert (answer.status_code, answer.json()["stage"], answer.json()["status"]) == (
        200,
        "retired",
        "retired",
    )
    assert client.post(f"{URL}{model.pk}/retire/", {"because": "Again."}, format="json").status_code == 409
    assert patch(client, model, {"vendor": "X"}, 2).status_code == 409


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("status=stale", {"Old"}),
        ("cause=no_heartbeat", {"Old"}),
        ("orphan=true", {"Lost"}),
        ("risk_tier=1", {"Lost"}),
        ("q=los", {"Lost"}),
        ("owner__isnull=true", {"Old"}),
        ("stage=production&status=current", {"Lost", "Sound"}),
        ("ordering=-name&page_size=1", {"Sound"}),
    ],
)
def test_lists_are_filtered(query: str, names: set[str], cast: Cast, api: Api) -> None:
    sound_model(cast, "Sound")
    sound_model(cast, "Old", last_heartbeat_on=back(99), owner=None)
    sound_model(cast, "Lost", goal=False, risk_tier=1, last_review_on=back(30), last_validated_on=back(30))
    evaluate_all(at=AT)
    assert {row["name"] for row in api("max").get(f"{URL}?{query}").json()["results"]} == names


@pytest.mark.parametrize("query", ["nonsense=1", "status=old", "cause=boredom", "cause=no_heartbeat&cause=owner_missing",
                                   "risk_tier=9", "ordering=-colour", "expand=secret"])  # fmt: skip
def test_a_parameter_that_means_nothing_is_refused(query: str, cast: Cast, api: Api) -> None:
    assert api("max").get(f"{URL}?{query}").status_code == 400


def test_a_list_of_fifty_costs_what_a_list_of_one_costs(cast: Cast, api: Api) -> None:
    client = api("max")

    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"{URL}?expand=owner,unit").status_code == 200
        return len(caught)

    sound_model(cast)
    cost()
    first = cost()
    for number in range(49):
        sound_model(cast, f"Model {number}")
    assert cost() == first <= 6


def test_a_review_is_recorded_by_somebody_else_than_the_owner(cast: Cast, api: Api) -> None:
    rita = reviewer(cast)
    model, own = sound_model(cast), sound_model(cast, "Own", owner=rita)
    url = "/api/v1/model-reviews/"
    body = {
        "model": model.ref,
        "reviewed_on": TODAY.isoformat(),
        "outcome": "fit_with_conditions",
        "findings": "Drift.",
    }
    answer = api("rita").post(url, body, format="json")
    assert answer.status_code == 201, answer.content
    assert (answer.json()["reviewer"], answer.json()["next_review_on"]) == (rita.pk, "2027-11-24")
    refused = api("rita").post(url, {**body, "model": own.pk}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "four_eyes")
    assert api("mona").post(url, body, format="json").status_code == 403
    assert api("charlie").get(url).json()["results"] == []
    assert (
        api("mona").get(f"{url}?model={model.ref}&expand=reviewer").json()["results"][0]["reviewer"]["name"]
        == "Rita"
    )
    assert ModelReview.objects.count() == 1


@pytest.mark.parametrize("body", [{}, {"model": "M-9999"}, {"outcome": "great"}, {"reviewed_on": "2027-01-01"},
                                  {"reviewer": 1}, {"next_review_on": "2020-01-01"}, {"reviewed_on": "x"}])  # fmt: skip
def test_a_wrong_review_is_refused(body: dict[str, Any], cast: Cast, api: Api) -> None:
    reviewer(cast)
    model = sound_model(cast)
    good = {"model": model.pk, "reviewed_on": TODAY.isoformat(), "outcome": "fit"}
    sent = {**good, **body} if body else {}
    assert api("rita").post("/api/v1/model-reviews/", sent, format="json").status_code == 400
    assert not ModelReview.objects.exists()
