"""Readings by the thousand: each heard once, each with its own outcome, all or none where asked."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import outbox
from core.models import AuditEvent, Outbox
from kpis.models import Arrival, Kpi, Measurement
from kpis.services.bulk import record_many
from kpis.services.evaluate import evaluate_due
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_initiative, make_kpi, read

URL = "/api/v1/measurements/bulk/"
Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db


@pytest.fixture
def kpis(cast: Cast) -> list[Kpi]:
    """Three of Alice's KPIs, and Charlie's initiative beside them."""
    initiative = claims_triage(cast)
    make_initiative(cast.retail, "Something else", lead=cast.charlie)
    return [make_kpi(initiative, name) for name in ("One", "Two", "Three")]


def row(kpi: Kpi | int | str, value: Any = "5.4", on: str = "2026-11-20", **more: Any) -> dict[str, Any]:
    return {"kpi": kpi.ref if isinstance(kpi, Kpi) else kpi, "observed_on": on, "value": value, **more}


def test_each_row_gets_its_outcome_in_order(api: Api, kpis: list[Kpi]) -> None:
    one, two, _ = kpis
    read(one, 5.4, TODAY - timedelta(days=9), source="p", source_key="before")
    rows = [
        row(one, source="p", source_key="new"),
        row(one, "5.40", str(TODAY - timedelta(days=9)), source="p", source_key="before"),
        row(one, "9.9", str(TODAY - timedelta(days=9)), source="p", source_key="before"),
        row(two.pk),
        row(987_654),
        row(two, "many"),
        row(one, source="p", source_key="new"),
        row(one, "7", source="p", source_key="new"),
        "not an object",
    ]
    answer = api("alice").post(URL, {"rows": rows})
    assert answer.status_code == 200
    said = answer.json()
    assert (said["created"], said["unchanged"], said["refused"]) == (2, 2, 5)
    assert [r["index"] for r in said["results"]] == list(range(9))
    assert [r["outcome"] for r in said["results"]] == [
        "created", "unchanged", "refused", "created", "refused", "refused", "unchanged", "refused", "refused",
    ]  # fmt: skip
    assert said["results"][6]["id"] == said["results"][0]["id"]
    assert [r["error"]["code"] for r in said["results"] if r["error"]] == [
        "source_key_used", "does_not_exist", "not_a_number", "source_key_used", "invalid",
    ]  # fmt: skip
    assert said["results"][2]["error"]["pointer"] == "/rows/2/source_key"
    assert Measurement.objects.count() == 3


def test_what_is_recorded_is_stored_exactly_as_it_was_said(cast: Cast, api: Api, kpis: list[Kpi]) -> None:
    said = row(
        kpis[0],
        "-0.123456789012",
        source=" guidewire ",
        source_key="k",
        note="späte Zählung",
        evidence="https://x/1",
    )
    pk = api("alice").post(URL, {"rows": [said]}).json()["results"][0]["id"]
    stored = Measurement.objects.get(pk=pk)
    assert stored.value == Decimal("-0.123456789012")
    assert (stored.source, stored.source_key, stored.note, stored.evidence) == (
        "guidewire", "k", "späte Zählung", "https://x/1",
    )  # fmt: skip
    assert (stored.recorded_by, stored.kpi_version_id, stored.void) == (cast.alice, kpis[0].current_id, False)


def test_all_or_none_when_asked(api: Api, kpis: list[Kpi]) -> None:
    rows = [row(kpis[0]), row(kpis[1], "NaN"), row(kpis[2]), row(99_999)]
    answer = api("alice").post(URL, {"rows": rows, "atomic": True})
    assert answer.status_code == 400
    assert answer.json()["code"] == "rows_refused"
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/rows/1/value", "/rows/3/kpi"]
    assert not Measurement.objects.exists()
    assert not Arrival.objects.exists()
    assert not Outbox.objects.filter(kind="kpis.refold").exists()
    rows = [row(kpis[0]), row(kpis[1])]
    assert api("alice").post(URL, {"rows": rows, "atomic": True}).json()["created"] == 2


def test_a_used_key_refuses_an_atomic_request_too(api: Api, kpis: list[Kpi]) -> None:
    read(kpis[0], 1, source="p", source_key="k")
    rows = [row(kpis[1]), row(kpis[0], "2", source="p", source_key="k")]
    assert api("alice").post(URL, {"rows": rows, "atomic": True}).status_code == 400
    assert Measurement.objects.count() == 1


def test_sending_everything_again_changes_nothing(api: Api, kpis: list[Kpi]) -> None:
    rows = [
        row(kpi, source="p", source_key=f"{day}", on=f"2026-11-{day:02d}")
        for kpi in kpis
        for day in range(1, 21)
    ]
    first = api("alice").post(URL, {"rows": rows}).json()
    audits, owed = AuditEvent.objects.count(), Outbox.objects.count()
    again = api("alice").post(URL, {"rows": list(reversed(rows))}).json()
    assert (first["created"], again["created"], again["unchanged"]) == (60, 0, 60)
    assert {r["id"] for r in first["results"]} == {r["id"] for r in again["results"]}
    assert Measurement.objects.count() == 60
    assert (AuditEvent.objects.count(), Outbox.objects.count()) == (audits, owed)


def test_rows_without_a_key_are_readings_of_their_own(api: Api, kpis: list[Kpi]) -> None:
    assert api("alice").post(URL, {"rows": [row(kpis[0]), row(kpis[0])]}).json()["created"] == 2


@pytest.mark.parametrize(
    ("who", "code"), [("charlie", "does_not_exist"), ("bob", None), ("ursula", "does_not_exist")]
)
def test_each_row_is_for_those_who_may_measure_its_kpi(
    api: Api, kpis: list[Kpi], who: str, code: str | None
) -> None:
    result = api(who).post(URL, {"rows": [row(kpis[0])]}).json()["results"][0]
    assert (result["error"] or {}).get("code") == code


def test_a_kpi_one_may_see_and_not_measure_is_forbidden(cast: Cast, kpis: list[Kpi]) -> None:
    found = record_many(rows=[row(kpis[0])], atomic=False, by=cast.actor("dana"), at=AT)
    assert found[0].error is not None
    assert found[0].error.code == "forbidden"


@pytest.mark.parametrize(("who", "status"), [("dana", 403), ("edith", 403), ("vera", 403), ("audrey", 403)])
def test_a_role_that_never_measures_is_refused_at_the_door(
    api: Api, kpis: list[Kpi], who: str, status: int
) -> None:
    assert api(who).post(URL, {"rows": [row(kpis[0])]}).status_code == status
    assert not Measurement.objects.exists()


def test_nobody_sends_readings_without_signing_in(kpis: list[Kpi]) -> None:
    assert APIClient().post(URL, {"rows": [row(kpis[0])]}).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        [], {}, {"rows": []}, {"rows": None}, {"rows": "x"}, {"rows": {}}, {"rows": [1], "atomic": "yes"},
        {"rows": [1], "other": 1}, "text", 5,
    ],
)  # fmt: skip
def test_a_body_of_another_shape_is_refused(api: Api, kpis: list[Kpi], wrong: object) -> None:
    answer = api("alice").post(URL, wrong)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_more_than_five_thousand_rows_are_refused(api: Api, kpis: list[Kpi]) -> None:
    answer = api("alice").post(URL, {"rows": [row(kpis[0])] * 5_001})
    assert answer.status_code == 400
    assert answer.json()["code"] == "too_many_rows"


@pytest.mark.parametrize(
    ("wrong", "place", "code"),
    [
        ({"value": True}, "value", "not_a_number"),
        ({"value": None}, "value", "required"),
        ({"value": "1e400"}, "value", "not_a_number"),
        ({"value": [1]}, "value", "not_a_number"),
        ({"value": "１２"}, "value", "not_a_number"),
        ({"observed_on": "1899-12-31"}, "observed_on", "out_of_range"),
        ({"observed_on": "2201-01-01"}, "observed_on", "out_of_range"),
        ({"observed_on": "2026-13-01"}, "observed_on", "invalid"),
        ({"observed_on": 20261120}, "observed_on", "invalid"),
        ({"kpi": "AI-1"}, "kpi", "does_not_exist"),
        ({"kpi": "K-"}, "kpi", "does_not_exist"),
        ({"kpi": 0}, "kpi", "does_not_exist"),
        ({"kpi": 10**40}, "kpi", "does_not_exist"),
        ({"kpi": {}}, "kpi", "does_not_exist"),
        ({"source": "x" * 81}, "source", "max_length"),
        ({"note": 5}, "note", "invalid"),
        ({"supersedes": 1}, "supersedes", "field_not_writable"),
        ({"void": True}, "void", "field_not_writable"),
        ({"id": 7}, "id", "field_not_writable"),
    ],
)
def test_a_wrong_row_says_what_is_wrong_and_keeps_no_other_back(
    api: Api, kpis: list[Kpi], wrong: dict[str, object], place: str, code: str
) -> None:
    said = api("alice").post(URL, {"rows": [{**row(kpis[0]), **wrong}, row(kpis[1])]}).json()
    assert [r["outcome"] for r in said["results"]] == ["refused", "created"]
    assert said["results"][0]["error"]["pointer"] == f"/rows/0/{place}"
    assert said["results"][0]["error"]["code"] == code


def test_a_request_is_one_event_on_the_audit_log(cast: Cast, api: Api, kpis: list[Kpi]) -> None:
    ids = [r["id"] for r in api("bob").post(URL, {"rows": [row(k) for k in kpis]}).json()["results"]]
    event = AuditEvent.objects.get(action="measurements.recorded")
    assert event.actor_id == cast.bob.pk
    assert event.after == {"readings": 3, "kpis": 3, "first": min(ids), "last": max(ids)}


def test_a_worker_judges_what_came_in_bulk(
    cast: Cast, api: Api, kpis: list[Kpi], at: datetime, frozen: object
) -> None:
    api("alice").post(URL, {"rows": [row(kpi, "9.9") for kpi in kpis]})
    assert Arrival.objects.count() == 3
    outbox.drain()
    assert not Arrival.objects.exists()
    assert set(Kpi.objects.values_list("status", flat=True)) == {"off_track"}
    kpis[0].initiative.refresh_from_db()
    assert kpis[0].initiative.kpi_status == "off_track"


def test_a_single_reading_in_between_hears_what_came_in_bulk(api: Api, kpis: list[Kpi], at: datetime) -> None:
    kpi = kpis[0]
    api("alice").post(URL, {"rows": [row(kpi, "9.9", "2026-11-18"), row(kpi, "9.8", "2026-11-22")]})
    read(kpi, 9.7, TODAY - timedelta(days=4))
    kpi.refresh_from_db()
    assert (kpi.last_value, kpi.status) == (Decimal("9.8"), "off_track")
    assert not Arrival.objects.filter(kpi=kpi).exists()
    assert evaluate_due(at=at).changed == 0


def test_a_repeat_with_an_idempotency_key_gives_the_same_bytes(api: Api, kpis: list[Kpi]) -> None:
    first = api("alice").post(URL, {"rows": [row(kpis[0])]}, headers={"Idempotency-Key": "b"})
    again = api("alice").post(URL, {"rows": [row(kpis[0])]}, headers={"Idempotency-Key": "b"})
    assert first.content == again.content
    assert Measurement.objects.count() == 1


def test_a_thousand_rows_cost_as_many_statements_as_ten(
    api: Api, kpis: list[Kpi], django_assert_max_num_queries: Any
) -> None:
    client = api("alice")
    for count in (10, 1_000):
        rows = [row(kpis[n % 3], source="p", source_key=f"{count}-{n}") for n in range(count)]
        with django_assert_max_num_queries(22):
            assert client.post(URL, {"rows": rows}).json()["created"] == count
