"""The doors of monitoring: single and bulk, once by key, one clear error each, lists and what a token may."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from assurance.models import MonitorObservation
from core.tokens import create_token
from tests.assurance.watching import SIGNIFICANT, STABLE, back, monitor, performance
from tests.cast import AT, Cast
from tests.governance.stored import sound_model


def day(days: int) -> str:
    return back(days).isoformat()


def test_an_observation_is_created_once_and_found_again_by_its_key(cast: Cast, api: Any, frozen: Any) -> None:
    row = monitor(cast)
    client: APIClient = api("mona")
    url = f"/api/v1/monitors/{row.pk}/observations/"
    sent = {"observed_on": day(1), "counts": SIGNIFICANT, "source": "feed", "source_key": "w1"}
    first, again = client.post(url, sent, format="json"), client.post(url, sent, format="json")
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, first.json()["id"])
    other = client.post(url, {**sent, "counts": STABLE}, format="json")
    assert (other.status_code, other.json()["code"]) == (409, "source_key_used")
    listed = client.get(f"{url}?source_key=w1").json()["results"]
    assert [one["band"] for one in listed] == ["significant"]


def test_many_are_recorded_together_or_not_at_all(cast: Cast, api: Any, frozen: Any) -> None:
    row = monitor(cast)
    client: APIClient = api("mona")
    url = f"/api/v1/monitors/{row.pk}/observations/bulk/"
    rows = [{"observed_on": day(n + 1), "counts": STABLE, "source_key": f"k{n}"} for n in range(40)]
    wrong = client.post(url, {"rows": [*rows, {"observed_on": day(0), "counts": [1, 2]}]}, format="json")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/rows/40/counts")
    assert not MonitorObservation.objects.exists()
    done = client.post(url, {"rows": [*rows, rows[0]]}, format="json").json()
    assert (done["created"], done["unchanged"], len(done["results"])) == (40, 1, 41)
    bodies: list[Any] = [[], {"rows": {}}, {"rows": [], "more": 1}]
    for body in bodies:
        assert client.post(url, body, format="json").status_code == 400


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_json_number_is_refused_whole(cast: Cast, api: Any, frozen: Any, value: str) -> None:
    row = performance(cast)
    body = f'{{"observed_on": "{day(1)}", "value": {value}}}'
    answer = api("mona").post(
        f"/api/v1/monitors/{row.pk}/observations/", body, content_type="application/json"
    )
    assert answer.status_code == 400
    assert not MonitorObservation.objects.exists()


def test_the_answer_carries_its_convention_and_never_sent_is_null(cast: Cast, api: Any, frozen: Any) -> None:
    row = monitor(cast)
    shown = api("vera").get(f"/api/v1/monitors/{row.pk}/").json()
    assert (shown["band"], shown["value"], shown["convention"][:20]) == (None, None, "PSI below 0.10 is st")


def test_a_report_that_is_none_is_refused_at_its_place(cast: Cast, api: Any, frozen: Any) -> None:
    model = sound_model(cast)
    sent = {"model": model.pk, "observed_on": day(0), "report": {"metrics": {}}}
    answer = api("mona").post("/api/v1/drift-reports/", sent, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/report/metrics")


def test_a_pipeline_sends_with_a_token_that_may_write_and_reads_with_less(cast: Cast, frozen: Any) -> None:
    row = monitor(cast)
    sent = {"observed_on": day(1), "counts": STABLE}
    for scope, status in (("governance:read", 403), ("governance:write", 201)):
        _, secret = create_token(user=cast.mona, name=scope, scopes=[scope], by=cast.actor("mona"), at=AT)
        client = APIClient(headers={"Authorization": f"Bearer {secret}"})
        assert (
            client.post(f"/api/v1/monitors/{row.pk}/observations/", sent, format="json").status_code == status
        )


def test_the_list_of_alerts_costs_the_same_for_one_and_for_many(
    cast: Cast, api: Any, frozen: Any, django_assert_max_num_queries: Any
) -> None:
    client: APIClient = api("max")
    model = sound_model(cast)
    for number in range(12):
        row = monitor(cast, model, name=f"Monitor {number}")
        client.post(
            f"/api/v1/monitors/{row.pk}/observations/",
            {"observed_on": day(1), "counts": SIGNIFICANT},
            format="json",
        )
    with django_assert_max_num_queries(6):
        found = client.get("/api/v1/monitor-alerts/?open=true&kind=input_drift").json()
    assert len(found["results"]) == 12
