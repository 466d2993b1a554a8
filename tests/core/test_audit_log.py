"""The audit log: written with the change or not at all, and never changed."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from core import audit
from core.models import AuditEvent
from portfolio.models import Initiative, StrategicObjective
from portfolio.services.initiatives import create_initiative, edit_initiative
from tests.cast import AT, Cast


@pytest.fixture
def event(cast: Cast) -> AuditEvent:
    return audit.record(by=cast.actor("max"), at=AT, action="test.made", obj=cast.claims, after={"a": 1})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditevent SET actor_label = 'nobody' WHERE id = %s",
        "UPDATE core_auditevent SET \"after\" = '{}' WHERE id = %s",
        "DELETE FROM core_auditevent WHERE id = %s",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(event: AuditEvent, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [event.pk])
    assert AuditEvent.objects.get(pk=event.pk).actor_label == "Max"


def test_neither_does_the_application_get_around_it(event: AuditEvent) -> None:
    event.actor_label = "Somebody"
    for attempt in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(reason="x"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    assert AuditEvent.objects.count() == 1


def test_truncating_needs_what_only_tests_set(event: AuditEvent) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL throughline.allow_truncate = 'off'")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute("TRUNCATE core_auditevent")


def test_a_change_that_cannot_be_logged_does_not_happen(cast: Cast, monkeypatch: Any) -> None:
    def broken(**_: Any) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(DatabaseError):
        create_initiative(name="x", unit=cast.claims, by=cast.actor("max"), at=AT)
    assert not Initiative.objects.exists()


def test_one_change_is_one_event_that_says_who_through_which_door(cast: Cast, api: Any) -> None:
    answer = api("max").post("/api/v1/objectives/", {"name": "Grow"}, headers={"X-Request-Id": "abc-123"})
    event = AuditEvent.objects.get()
    assert (event.actor_id, event.actor_label, event.via, event.request_id) == (
        cast.max.pk,
        "Max",
        "api",
        "abc-123",
    )
    assert (event.object_type, event.object_id) == ("strategicobjective", answer.json()["id"])
    assert answer["X-Request-Id"] == "abc-123"


def test_a_forged_request_id_is_replaced(cast: Cast, api: Any) -> None:
    api("max").post("/api/v1/objectives/", {"name": "Grow"}, headers={"X-Request-Id": "a\u0007b; DROP"})
    assert AuditEvent.objects.get().request_id.count("-") == 4


def test_only_what_changed_is_in_before_and_after(cast: Cast) -> None:
    row = create_initiative(name="x", unit=cast.claims, by=cast.actor("max"), at=AT)
    edit_initiative(pk=row.pk, by=cast.actor("max"), at=AT, outcome="Faster", name="x")
    event = AuditEvent.objects.latest("id")
    assert (event.before, event.after) == ({"outcome": ""}, {"outcome": "Faster"})
    assert (event.initiative_id, event.unit_path) == (row.pk, cast.claims.path)


def test_nothing_changed_leaves_no_event(cast: Cast) -> None:
    row = create_initiative(name="x", unit=cast.claims, by=cast.actor("max"), at=AT)
    edit_initiative(pk=row.pk, by=cast.actor("max"), at=AT, name=" x ")
    assert AuditEvent.objects.count() == 1


def test_an_auditor_of_a_unit_reads_that_unit(cast: Cast, api: Any) -> None:
    create_initiative(name="x", unit=cast.claims, by=cast.actor("max"), at=AT)
    create_initiative(name="y", unit=cast.cards, by=cast.actor("max"), at=AT)
    StrategicObjective.objects.create(name="z")
    cast.vera.grants.create(role="auditor", unit=cast.claims, granted_at=AT)
    seen = api("vera").get("/api/v1/events/").json()["results"]
    assert [row["unit_path"] for row in seen] == [cast.claims.path]
    assert len(api("audrey").get("/api/v1/events/").json()["results"]) == 2
