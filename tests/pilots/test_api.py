"""The API of pilots: what it shows, takes and refuses, for whom, and at what cost."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from pilots.models import Pilot, PilotExtension
from pilots.services.evaluate import evaluate_all
from tests.cast import AT, TODAY, Cast
from tests.pilots.stored import HEALTHY, back, bare_pilot, store

Api = Callable[[str], APIClient]
URL = "/api/v1/pilots/"


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


def patch(client: APIClient, pilot: Pilot, body: Any, version: int | None = 1) -> Any:
    headers = {} if version is None else {"If-Match": f'"v{version}"'}
    return client.patch(f"{URL}{pilot.pk}/", body, format="json", headers=headers)


def test_a_pilot_says_what_it_is_judged_from_and_what_was_found(cast: Cast, api: Api) -> None:
    pilot = store(cast, {**HEALTHY, "decision_due_in_days": -20})
    evaluate_all(at=AT)
    body = api("alice").get(f"{URL}{pilot.ref}/").json()
    assert (body["ref"], body["initiative"], body["level"], body["level_display"]) == (
        pilot.ref, pilot.initiative_id, "watch", "Watch",
    )  # fmt: skip
    assert body["rules"] == {"R02": 2}
    (finding,) = body["findings"]
    assert finding["sentence"] == "Decision overdue by 20 days (limit 14)."
    assert (finding["since"], finding["clears_when"]) == (back(19).isoformat(), "Record the decision.")
    assert (body["entered_on"], body["decision_on"]) == (back(60).isoformat(), back(20).isoformat())
    assert (body["remedy_display"], body["decision_waits"]) == ("Continue and clear the flags", True)
    assert body["transition_run_cost"] == "5000.00"
    assert body["scope_change"] == "0"


def test_what_nobody_recorded_is_null_and_listed(cast: Cast, api: Api) -> None:
    pilot = bare_pilot(cast, days=None)
    evaluate_all(at=AT)
    body = api("max").get(f"{URL}{pilot.pk}/").json()
    assert (body["level"], body["entered_on"], body["decision_on"]) == ("undated", None, None)
    assert "decision_due_in_days" in body["unknown"]
    assert body["no_decision_date"] is False


def test_a_past_day_is_answered_from_the_facts_with_that_day_s_clock(cast: Cast, api: Api) -> None:
    pilot = bare_pilot(cast, days=300)
    evaluate_all(at=AT)
    client = api("max")
    assert client.get(f"{URL}{pilot.pk}/").json()["level"] == "purgatory"
    then = client.get(f"{URL}{pilot.pk}/?as_of={back(100)}").json()
    assert (then["level"], then["rules"], then["judged_on"]) == (
        "watch",
        {"R00": 2, "R04": 1},
        back(100).isoformat(),
    )
    assert [f["rule"] for f in then["findings"]] == ["R00", "R04"]
    assert Pilot.objects.get().level == "purgatory"
    for wrong in ("2026-11-25", "yesterday", "1899-12-31"):
        assert client.get(f"{URL}{pilot.pk}/?as_of={wrong}").status_code == 400


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("level=purgatory", {"Old"}),
        ("level__in=purgatory,healthy", {"Old", "Fine"}),
        ("rule=R04", {"Old"}),
        ("due=true", {"Old"}),
        ("due=false", {"Fine", "Retail"}),
        ("remedy=continue", {"Fine"}),
        ("q=ret", {"Retail"}),
        ("q=cards retail", {"Retail"}),
        ("open=false", set()),
        ("decision_on__isnull=false", {"Fine"}),
        ("ordering=-name&page_size=1", {"Retail"}),
    ],
)
def test_lists_are_filtered(query: str, names: set[str], cast: Cast, api: Api) -> None:
    bare_pilot(cast, days=300, name="Old")
    store(cast, HEALTHY, name="Fine")
    bare_pilot(cast, days=3, name="Retail", unit=cast.cards)
    evaluate_all(at=AT)
    found = api("max").get(f"{URL}?{query}&expand=initiative").json()["results"]
    assert {row["initiative"]["name"] for row in found} == names


@pytest.mark.parametrize(
    "query",
    ["nonsense=1", "level=great", "rule=R99", "rule=R01&rule=R02", "due=maybe", "ordering=colour", "page_size=0",
     "decision_on=tomorrow", "unit=x", "cursor=abc", "fields=nonsense", "as_of=2026-01-01"],
)  # fmt: skip
def test_a_parameter_that_means_nothing_is_refused(query: str, cast: Cast, api: Api) -> None:
    bare_pilot(cast)
    answer = api("max").get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_a_list_of_fifty_costs_what_a_list_of_one_costs(cast: Cast, api: Api) -> None:
    client = api("max")

    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"{URL}?expand=initiative").status_code == 200
        return len(caught)

    bare_pilot(cast, days=300)
    evaluate_all(at=AT)
    cost()
    first = cost()
    for number in range(49):
        bare_pilot(cast, days=300, name=f"Pilot {number}")
    evaluate_all(at=AT)
    assert cost() == first <= 6


def test_a_lead_edits_their_own_pilot(cast: Cast, api: Api) -> None:
    pilot = bare_pilot(cast, days=20)
    answer = patch(api("alice"), pilot, {"decision_on": "2026-12-20", "success_criteria_agreed": False})
    assert answer.status_code == 200
    assert answer["ETag"] == '"v2"'
    body = answer.json()
    assert (body["rules"], body["level"]) == ({"R07": 3}, "drifting")
    assert body["findings"][0]["cause"] == "No success criteria"


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("charlie", 404),
        ("dana", 403),
        ("edith", 403),
        ("vera", 403),
        ("audrey", 403),
        ("mona", 403),
        ("nobody", 403),
    ],
)
def test_who_may_not_edit_changes_nothing(who: str, status: int, cast: Cast, api: Api) -> None:
    pilot = bare_pilot(cast)
    assert patch(api(who), pilot, {"planned_days": 5}).status_code == status
    assert Pilot.objects.get().planned_days is None


def test_a_stranger_is_asked_to_sign_in(cast: Cast) -> None:
    pilot = bare_pilot(cast)
    for answer in (APIClient().get(URL), patch(APIClient(), pilot, {"planned_days": 5})):
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"


def test_a_foreign_pilot_does_not_exist(cast: Cast, api: Api) -> None:
    pilot = bare_pilot(cast)
    client = api("charlie")
    assert client.get(URL).json()["results"] == []
    assert client.get(f"{URL}{pilot.pk}/").status_code == 404
    assert client.get(f"{URL}{pilot.pk}/extensions/").status_code == 404
    assert client.post(
        f"{URL}{pilot.pk}/extensions/", {"days": 3, "reason_code": "data_late"}
    ).status_code in {403, 404}


@pytest.mark.parametrize("pk", ["0", "99999999999999999999", "P-", "P-x", "AI-0001", "-1", "1.5"])
def test_a_pilot_that_is_not_there_is_not_found(pk: str, cast: Cast, api: Api) -> None:
    assert api("max").get(f"{URL}{pk}/").status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"planned_days": "many"}, "/planned_days"),
        ({"planned_days": 0}, "/planned_days"),
        ({"planned_days": 10**30}, "/planned_days"),
        ({"decision_on": "31.12.2026"}, "/decision_on"),
        ({"decision_on": "2026-02-30"}, "/decision_on"),
        ({"decision_on": "1066-10-14"}, "/decision_on"),
        ({"decision_on": "2026-12-01", "no_decision_date": True}, "/decision_on"),
        ({"level": "healthy"}, "/level"),
        ({"rules": {}}, "/rules"),
        ({"nonsense": 1}, "/nonsense"),
        ({"production_owner": 999}, "/production_owner"),
        ({"production_owner": True}, "/production_owner"),
        ({"scope_change": "0.12345"}, "/scope_change"),
        ({"scope_change": "NaN"}, "/scope_change"),
        ({"transition_run_cost": "-1"}, "/transition_run_cost"),
        ({"sample": 5}, "/sample"),
        ({"weekly_active_users": 5, "invited_users": 4}, "/weekly_active_users"),
        ({"success_criteria_agreed": "perhaps"}, "/success_criteria_agreed"),
    ],
)
def test_a_wrong_body_is_refused_at_its_place_and_changes_nothing(
    body: dict[str, Any], pointer: str, cast: Cast, api: Api
) -> None:
    pilot = bare_pilot(cast)
    answer = patch(api("alice"), pilot, body)
    assert answer.status_code == 400, answer.content
    assert [item["pointer"] for item in answer.json()["errors"]] == [pointer]
    assert Pilot.objects.get().version == 1


def test_a_change_needs_the_version_it_was_read_at(cast: Cast, api: Api) -> None:
    pilot = bare_pilot(cast)
    client = api("alice")
    assert patch(client, pilot, {"planned_days": 90}, version=None).status_code == 428
    assert patch(client, pilot, {"planned_days": 90}).status_code == 200
    assert patch(client, pilot, {"deferrals": 1}).status_code == 412
    assert patch(client, pilot, [1]).status_code == 400


def test_nobody_makes_or_deletes_a_pilot_by_hand(cast: Cast, api: Api) -> None:
    pilot = bare_pilot(cast)
    client = api("max")
    assert client.post(URL, {}).status_code == 405
    assert client.delete(f"{URL}{pilot.pk}/").status_code == 405
    assert client.put(f"{URL}{pilot.pk}/", {}).status_code == 405


# Extensions


def extend(client: APIClient, pilot: Pilot, body: Any = None, **headers: str) -> Any:
    body = {"days": 30, "reason_code": "data_late"} if body is None else body
    if isinstance(body, dict):
        body = {"evidence": "A month more.", "decision_changes": "0.25"} | body
    return client.post(f"{URL}{pilot.ref}/extensions/", body, format="json", headers=headers)


def test_the_manager_extends_and_everybody_sees_it(cast: Cast, api: Api) -> None:
    pilot = bare_pilot(cast)
    answer = extend(
        api("max"),
        pilot,
        {"days": 30, "reason_code": "other", "note": "Holidays", "new_decision_on": "2027-01-10"},
    )
    assert answer.status_code == 201
    assert answer.json()["number"] == 1
    (row,) = api("vera").get(f"{URL}{pilot.pk}/extensions/").json()["results"]
    assert (row["reason_code_display"], row["new_end_on"]) == (
        "Other",
        (TODAY + timedelta(days=30)).isoformat(),
    )
    body = api("vera").get(f"{URL}{pilot.pk}/").json()
    assert (body["decision_on"], body["rules"]) == ("2027-01-10", {"R05": 1})


def test_the_same_request_twice_extends_once(cast: Cast, api: Api) -> None:
    pilot = bare_pilot(cast)
    client = api("max")
    first = extend(client, pilot, **{"Idempotency-Key": "k1"})
    second = extend(client, pilot, **{"Idempotency-Key": "k1"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert PilotExtension.objects.count() == 1
    assert (
        extend(
            client, pilot, {"days": 9, "reason_code": "data_late"}, **{"Idempotency-Key": "k1"}
        ).status_code
        == 422
    )


def test_the_third_extension_is_refused_with_who_decides(cast: Cast, api: Api) -> None:
    pilot = bare_pilot(cast)
    client = api("max")
    for code in ("data_late", "integration_late"):
        assert extend(client, pilot, {"days": 10, "reason_code": code}).status_code == 201
    answer = extend(client, pilot)
    assert answer.status_code == 409
    assert answer.json()["code"] == "council_decides"
    assert "AI council" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("who", "status"), [("alice", 403), ("dana", 403), ("charlie", 403), ("nobody", 403)]
)
def test_only_the_manager_extends(who: str, status: int, cast: Cast, api: Api) -> None:
    pilot = bare_pilot(cast)
    assert extend(api(who), pilot).status_code == status
    assert not PilotExtension.objects.exists()


@pytest.mark.parametrize(
    "body",
    [{}, {"days": 30}, {"reason_code": "data_late"}, {"days": 0, "reason_code": "data_late"},
     {"days": 30, "reason_code": "no reason"}, {"days": 30, "reason_code": "other"}, [],
     {"days": 30, "reason_code": "data_late", "number": 7},
     {"days": 30, "reason_code": "data_late", "evidence": ""},
     {"days": 30, "reason_code": "data_late", "decision_changes": None},
     {"days": 30, "reason_code": "data_late", "new_decision_on": "2020-01-01"}],
)  # fmt: skip
def test_a_wrong_extension_is_refused(body: Any, cast: Cast, api: Api) -> None:
    pilot = bare_pilot(cast)
    assert extend(api("max"), pilot, body).status_code == 400
    assert not PilotExtension.objects.exists()


def test_findings_are_a_list_of_their_own(cast: Cast, api: Api) -> None:
    bare_pilot(cast, days=300)
    evaluate_all(at=AT)
    rows = api("alice").get("/api/v1/pilot-findings/?open=true&rule=R04").json()["results"]
    assert [row["sentence"] for row in rows] == ["The pilot is 300 days old (limit 270)."]
    assert api("charlie").get("/api/v1/pilot-findings/").json()["results"] == []
