"""Incidents: their clocks, their moves as rows that stand, who rates them lower, and who hears of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from assurance import tasks  # noqa: F401  the worker loads it; it hears the news
from assurance.models import Incident, IncidentClock, IncidentEvent
from assurance.services import incidents
from core import outbox
from core.errors import Problem
from core.models import AuditEvent, Notice, Policy
from domain.incident_clocks import is_lowered
from governance.models import AiModel
from tests.assurance.living import (
    back,
    incident,
    living,
    refused,
)
from tests.assurance.test_life_duties import Frozen, moved, told
from tests.cast import AT, TODAY, Cast

pytestmark = pytest.mark.django_db


def test_an_incident_starts_the_clocks_of_its_severity_and_consequence_from_its_detection(cast: Cast) -> None:
    row = incident(cast, living(cast), consequence="death")
    due = {one.code: one.due_at - row.detected_at for one in row.clocks.all()}
    assert due == {
        "contain_3": timedelta(hours=24), "resolve_3": timedelta(days=30), "post_mortem": timedelta(days=30),
        "report_death": timedelta(days=10),
    }  # fmt: skip
    assert [one.kind for one in row.events.all()] == ["detected"]


def test_each_move_is_a_row_that_stands_and_stops_its_clock(cast: Cast) -> None:
    row = incident(cast, living(cast), consequence="serious")
    assert refused(lambda: moved(cast, row, incidents.resolve)) == (409, "not_contained")
    assert moved(cast, row, incidents.contain, hours=1).state == "contained"
    assert refused(lambda: moved(cast, row, incidents.contain, hours=1)) == (409, "contained")
    assert refused(lambda: moved(cast, row, incidents.hold_post_mortem, hours=1)) == (409, "not_resolved")
    moved(cast, row, incidents.report_to_authority, hours=2)
    assert refused(lambda: moved(cast, row, incidents.report_to_authority, hours=2)) == (409, "no_clock")
    assert moved(cast, row, incidents.resolve, hours=3).state == "resolved"
    moved(cast, row, incidents.hold_post_mortem, hours=50, url="https://wiki.example/pm-1")
    moved(cast, row, incidents.note, hours=51)
    assert not row.clocks.filter(met_at=None).exists()
    kinds = ["detected", "contained", "reported", "resolved", "post_mortem", "noted"]
    assert [one.kind for one in row.events.all()] == kinds
    for change_ in ({"said": "Otherwise"}, {"happened_at": AT}):
        with pytest.raises(DatabaseError), transaction.atomic():
            IncidentEvent.objects.update(**change_)
    with pytest.raises(DatabaseError), transaction.atomic():
        IncidentEvent.objects.all()._raw_delete(using="default")
    with pytest.raises(DatabaseError), transaction.atomic():
        IncidentClock.objects.update(due_at=AT + timedelta(days=900))


def test_rated_anew_its_clocks_follow_and_those_that_stop_stay_on_record(cast: Cast) -> None:
    row = incident(cast, living(cast), severity=1)
    assert not row.clocks.exists()
    said: dict[str, Any] = {"said": "Customers in four states", "by": cast.actor("mona"), "at": AT}
    incidents.rate(pk=row.pk, severity=3, consequence="widespread", **said)
    assert set(row.clocks.values_list("code", flat=True)) == {
        "contain_3", "resolve_3", "post_mortem", "report_widespread",
    }  # fmt: skip
    said["by"] = cast.actor("max")  # rated lower by somebody else
    incidents.rate(pk=row.pk, severity=2, consequence="none", **said)
    off = set(row.clocks.exclude(off_at=None).values_list("code", flat=True))
    assert off == {"contain_3", "resolve_3", "report_widespread"}
    assert refused(lambda: incidents.rate(pk=row.pk, severity=2, consequence="none", **said)) == (409, "same")


@pytest.mark.pure
@pytest.mark.parametrize(
    ("was", "now", "lowered"),
    [
        ((2, "serious"), (1, "serious"), True), ((2, "serious"), (2, "none"), True), ((1, "death"), (3, "serious"), True),
        ((1, "widespread"), (3, "death"), True), ((2, "serious"), (2, "death"), False), ((1, "none"), (3, "none"), False),
    ],
)  # fmt: skip
def test_whatever_takes_gravity_from_an_incident_lowers_it(
    was: tuple[int, str], now: tuple[int, str], lowered: bool
) -> None:
    assert is_lowered(*was, to_severity=now[0], to_consequence=now[1]) is lowered


@pytest.mark.parametrize("who", ["mona", "max"])
def test_whoever_owns_reported_or_leads_an_incident_does_not_rate_it_lower(who: str, cast: Cast) -> None:
    model = living(cast)
    row = incident(cast, model, "max", consequence="serious", severity=2)
    asked: dict[str, Any] = {"pk": row.pk, "said": "Not serious after all.", "by": cast.actor(who), "at": AT}
    before = row.clocks.filter(off_at=None).count()
    assert refused(lambda: incidents.rate(severity=1, consequence="none", **asked)) == (403, "four_eyes")
    assert row.clocks.filter(off_at=None).count() == before
    assert incidents.rate(severity=3, consequence="death", **asked).severity == 3, (
        "graver is everybody's word"
    )


def test_a_rating_says_from_what_to_what_on_the_record_and_in_the_log(cast: Cast) -> None:
    row = incident(cast, living(cast), consequence="serious", severity=2)
    incidents.rate(
        pk=row.pk, severity=1, consequence="none", said="A false alarm.", by=cast.actor("max"), at=AT
    )
    event = row.events.get(kind="rated")
    assert event.said == (
        "From severity 2, serious incident to severity 1, no serious consequence. A false alarm."
    )
    logged = AuditEvent.objects.filter(action="model.incident_rated").latest("pk")
    assert logged.before == {"severity": 2, "consequence": "serious"}
    assert (logged.after["severity"], logged.after["consequence"]) == (1, "none")


@pytest.mark.parametrize(
    "url", ["//evil.example/x", "/wiki/1", "/\\evil.example", "javascript:alert(1)", "https://a@b.example/"]
)
def test_a_post_mortem_is_linked_by_a_whole_web_address_alone(url: str, cast: Cast) -> None:
    row = incident(cast, living(cast))
    moved(cast, row, incidents.contain, hours=1)
    moved(cast, row, incidents.resolve, hours=2)
    with pytest.raises(Problem) as problem:
        moved(cast, row, incidents.hold_post_mortem, hours=3, url=url)
    assert (problem.value.status, [one.pointer for one in problem.value.items]) == (400, ["/url"])
    row.refresh_from_db()
    assert row.post_mortem == ""


def test_the_clocks_are_the_policy_in_force(cast: Cast) -> None:
    clock = {"code": "own", "words": "Call the board", "ends": "contained", "hours": 4, "severity": 1, "consequences": [],
             "basis": "House rule"}  # fmt: skip
    Policy.objects.create(
        kind="incident_clocks", number=2, effective_on=back(1), data={"clocks": [clock]}, recorded_at=AT
    )
    row = incident(cast, living(cast))
    assert [(one.code, one.words) for one in row.clocks.all()] == [("own", "Call the board")]
    assert row.policy_number == 2


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"title": ""}, "required"), ({"description": " "}, "required"), ({"severity": 4}, "invalid_choice"),
        ({"consequence": "boredom"}, "invalid_choice"), ({"detected_at": AT + timedelta(minutes=1)}, "in_the_future"),
    ],
)  # fmt: skip
def test_an_incident_that_cannot_be_is_refused_whole(more: dict[str, Any], code: str, cast: Cast) -> None:
    model = living(cast)
    assert refused(lambda: incident(cast, model, **more)) == (400, code)
    assert not Incident.objects.exists()


def test_who_may_not_report_reports_nothing_and_a_retired_model_has_incidents_too(cast: Cast) -> None:
    model = living(cast)
    assert refused(lambda: incident(cast, model, "vera"))[0] == 403
    assert refused(lambda: incident(cast, model, "charlie"))[0] == 404
    AiModel.objects.filter(pk=model.pk).update(stage="retired", retired_on=TODAY)
    assert incident(cast, model).state == "open"


def test_nothing_of_an_incident_happened_before_it_or_after_now(cast: Cast) -> None:
    row = incident(cast, living(cast))
    early = row.detected_at - timedelta(minutes=1)
    assert refused(lambda: moved(cast, row, incidents.contain, happened_at=early)) == (400, "too_early")
    late = AT + timedelta(minutes=1)
    assert refused(lambda: moved(cast, row, incidents.contain, happened_at=late)) == (400, "in_the_future")


def test_lead_owner_and_manager_hear_of_an_incident_once_with_its_first_clock(
    cast: Cast, frozen: Frozen
) -> None:
    incident(cast, living(cast), "max", lead=cast.alice)
    outbox.drain()
    for user in (cast.alice, cast.mona):
        assert [title.partition(", ")[2].split(":")[0] for title in told(user)] == ["severity 3, detected"]
    assert "Contain it: 22 hours left" in Notice.objects.get(user=cast.mona).body
    assert told(cast.max) == [], "who reported it knows"
    outbox.drain()
    assert len(told(cast.alice)) == 1


def test_the_other_models_an_incident_touched_are_told_as_far_as_they_are_seen(
    cast: Cast, api: Any, frozen: Any
) -> None:
    far = living(cast, "Card limits", unit=cast.cards, owner=cast.ursula)
    row = incident(cast, living(cast), "max", others=(far,))
    address = "/api/v1/incidents/"
    for who, seen in (("max", [far.pk]), ("mona", [])):
        client = api(who)
        assert client.get(f"{address}{row.pk}/").json()["others"] == seen
        assert client.get(address).json()["results"][0]["others"] == seen
