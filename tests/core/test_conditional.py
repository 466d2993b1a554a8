"""Repeats and versions: Idempotency-Key, ETag and If-Match, as every endpoint keeps them."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from core.locks import try_hold
from core.models import AuditEvent, BusinessUnit, IdempotencyKey
from core.tasks import housekeeping
from portfolio.models import Initiative, StrategicObjective
from tests.cast import AT, Cast, make_cast
from tests.core.access_table import furnished

URL = "/api/v1/objectives/"


def test_a_repeat_gets_the_first_answer_to_the_byte_and_one_effect(api: Any, cast: Cast) -> None:
    client, key = api("max"), {"Idempotency-Key": "k1"}
    first = client.post(URL, {"name": "Grow"}, headers=key)
    again = client.post(URL, {"name": "Grow"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert (first["Location"], first["ETag"]) == (again["Location"], again["ETag"])
    assert again["Idempotency-Replayed"] == "true"
    assert StrategicObjective.objects.count() == AuditEvent.objects.count() == 1


def test_the_same_key_with_another_body_is_422(api: Any, cast: Cast) -> None:
    client, key = api("max"), {"Idempotency-Key": "k1"}
    client.post(URL, {"name": "Grow"}, headers=key)
    answer = client.post(URL, {"name": "Shrink"}, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert StrategicObjective.objects.count() == 1


def test_a_key_belongs_to_its_caller(api: Any, cast: Cast) -> None:
    body = {"name": "feed", "scopes": ["kpis:write"]}
    one = api("max").post("/api/v1/tokens/", body, headers={"Idempotency-Key": "k1"})
    other = api("alice").post("/api/v1/tokens/", body, headers={"Idempotency-Key": "k1"})
    assert one.json()["id"] != other.json()["id"]


def test_failed_work_is_not_kept_so_that_the_repeat_tries_again(api: Any, cast: Cast) -> None:
    client, key = api("max"), {"Idempotency-Key": "k1"}
    assert client.post(URL, {"name": ""}, headers=key).status_code == 400
    assert IdempotencyKey.objects.count() == 0
    assert client.post(URL, {"name": "Grow"}, headers=key).status_code == 201


@pytest.mark.parametrize("key", ["x" * 256, "tab\there", "\u0007"])
def test_a_key_nobody_could_send_again_is_refused(api: Any, cast: Cast, key: str) -> None:
    answer = api("max").post(URL, {"name": "Grow"}, headers={"Idempotency-Key": key})
    assert answer.status_code == 400
    assert not StrategicObjective.objects.exists()


def test_after_a_day_a_key_is_free_again(api: Any, cast: Cast, frozen: Any) -> None:
    client, key = api("max"), {"Idempotency-Key": "k1"}
    client.post(URL, {"name": "Grow"}, headers=key)
    frozen(AT + timedelta(hours=24, seconds=1))
    assert client.post(URL, {"name": "Shrink"}, headers=key).status_code == 201
    frozen(AT + timedelta(days=3))
    housekeeping()
    assert not IdempotencyKey.objects.exists()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_second_request_while_the_first_is_at_work_is_409() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: the second waits instead")
    client, cast = Client(), make_cast()
    client.force_login(cast.max)
    held, done = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            try_hold(f"idempotency u{cast.max.pk} k1")
            held.set()
            done.wait(10)
        connection.close()

    worker = threading.Thread(target=first)
    worker.start()
    held.wait(10)
    answer = client.post(
        URL, {"name": "Grow"}, content_type="application/json", headers={"Idempotency-Key": "k1"}
    )
    done.set()
    worker.join(10)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_flight")
    assert not StrategicObjective.objects.exists()


PATCHED = {
    "initiatives": ("initiative.claims", {"outcome": "Faster"}),
    "objectives": ("objective.cost", {"description": "Less"}),
    "business-units": ("unit.claims", {"code": "CL"}),
    "users": ("user.vera", {"title": "Reader"}),
}


@pytest.mark.parametrize("noun", PATCHED)
def test_a_change_names_the_version_it_was_made_on(noun: str, api: Any, cast: Cast) -> None:
    kind, body = PATCHED[noun]
    url = f"/api/v1/{noun}/{furnished(cast).ids[kind]}/"
    client = api("adam" if noun == "users" else "max")
    tag = client.get(url)["ETag"]
    assert client.patch(url, body).status_code == 428
    assert client.patch(url, body, headers={"If-Match": '"v99"'}).status_code == 412
    assert client.patch(url, body, headers={"If-Match": "nonsense"}).status_code == 412
    done = client.patch(url, body, headers={"If-Match": tag})
    assert done.status_code == 200
    assert done["ETag"] != tag
    assert client.patch(url, body, headers={"If-Match": tag}).status_code == 412, "the old version is gone"
    again = client.patch(url, body, headers={"If-Match": done["ETag"]})
    assert (again.status_code, again["ETag"]) == (200, done["ETag"]), "a change of nothing is no new version"


def test_a_new_record_says_where_it_is_and_which_version(api: Any, cast: Cast) -> None:
    answer = api("max").post("/api/v1/initiatives/", {"name": "Call summaries", "unit": cast.claims.pk})
    row = Initiative.objects.get()
    assert answer.status_code == 201
    assert answer["Location"].endswith(f"/api/v1/initiatives/{row.pk}/")
    assert answer["ETag"] == '"v1"'
    assert api("max").get(answer["Location"]).json() == answer.json()


def test_what_was_refused_leaves_nothing_half_written(api: Any, cast: Cast) -> None:
    before = BusinessUnit.objects.count(), AuditEvent.objects.count()
    answer = api("max").post("/api/v1/business-units/", {"name": "claims"})
    assert answer.status_code == 400
    assert (BusinessUnit.objects.count(), AuditEvent.objects.count()) == before
