"""A pilot is planned before its gate, in as much as is known, and starts from its plan."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from core.errors import Problem
from core.models import AuditEvent, User
from domain.stages import Stage
from pilots.models import CharterVersion, Pilot, PilotPlan
from pilots.services.opening import ensure_pilot
from pilots.services.plan import save_plan
from portfolio.models import Initiative
from portfolio.services.stages import move_stage
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import idea
from tests.kpis.build import make_kpi, version_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(frozen: Any) -> None:
    frozen(AT)


def whole(cast: Cast) -> dict[str, Any]:
    """Every part of a charter and of a transition plan."""
    return {
        "scope_units": "Motor claims", "scope_sites": "Utrecht", "scope_users": "40 handlers", "scope_systems": "Case system",
        "users_count": 40, "sites_count": 1, "hypotheses": "Half the time\nNo more errors", "sample": "400 claims",
        "stop_threshold": "No faster after 30 days", "starts_on": TODAY, "ends_on": TODAY + timedelta(days=90),
        "decision_on": TODAY + timedelta(days=97), "production_owner": cast.mona,
        "transition_run_cost": Decimal("40000"), "transition_integration": "Behind a switch",
        "transition_support": "Second line", "transition_on": TODAY + timedelta(days=150),
    }  # fmt: skip


def planned(cast: Cast, row: Initiative, **facts: Any) -> PilotPlan:
    return save_plan(initiative_id=row.pk, by=cast.actor("alice"), at=AT, **facts)


def begin(cast: Cast, row: Initiative, at: datetime = AT) -> Pilot:
    row.refresh_from_db()
    move_stage(initiative=row, to=Stage.PILOT, on=TODAY, by=cast.actor("max"), at=at, because="Decided.")
    pilot = ensure_pilot(initiative=row, by=cast.actor("max"), at=at)
    assert pilot is not None
    return pilot


def test_a_plan_is_written_in_parts_and_each_change_is_on_record(cast: Cast) -> None:
    row = idea(cast, stage="development")
    assert planned(cast, row, sample="400 claims").version == 1
    again = planned(cast, row, sample="400 claims")
    assert again.version == 1
    plan = planned(cast, row, hypotheses="Half the time", ends_on=TODAY + timedelta(days=9))
    assert (plan.version, plan.sample) == (2, "400 claims")
    assert PilotPlan.objects.count() == 1
    events = AuditEvent.objects.filter(action="pilot.planned").order_by("id")
    assert next(one.after for one in events) == {"sample": "400 claims"}
    assert events.count() == 2


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"starts_on": TODAY, "ends_on": TODAY}, "/ends_on"),
        ({"starts_on": TODAY, "ends_on": TODAY + timedelta(days=4000)}, "/ends_on"),
        ({"starts_on": TODAY, "decision_on": TODAY - timedelta(days=1)}, "/decision_on"),
        ({"users_count": -1}, "/users_count"),
        ({"transition_run_cost": Decimal(-1)}, "/transition_run_cost"),
    ],
)
def test_what_contradicts_itself_is_refused_at_its_field_and_nothing_is_kept(
    cast: Cast, facts: dict[str, Any], field: str
) -> None:
    row = idea(cast, stage="development")
    with pytest.raises(Problem) as caught:
        planned(cast, row, **facts)
    assert (caught.value.status, caught.value.items[0].pointer) == (400, field)
    assert not PilotPlan.objects.exists()


def test_an_owner_who_is_not_here_is_refused(cast: Cast) -> None:
    row = idea(cast, stage="development")
    gone = User.objects.create_user("gone@x.example", name="Gone", is_active=False, created_at=AT)
    with pytest.raises(Problem) as caught:
        planned(cast, row, production_owner=gone)
    assert caught.value.items[0].code == "not_active"


@pytest.mark.parametrize("stage", ["pilot", "scale_up", "production", "retired", "stopped"])
def test_nobody_plans_a_pilot_that_has_begun_or_is_past(cast: Cast, stage: str) -> None:
    row = idea(cast, stage=stage)
    with pytest.raises(Problem) as caught:
        planned(cast, row, sample="400 claims")
    assert (caught.value.status, caught.value.code) == (409, "not_before_pilot")


@pytest.mark.parametrize(("who", "status"), [("charlie", 404), ("bob", 403), ("dana", 403)])
def test_who_does_not_lead_plans_nothing(cast: Cast, who: str, status: int) -> None:
    row = idea(cast, stage="development")
    row.members.create(user=cast.bob, added_at=AT)
    with pytest.raises(Problem) as caught:
        save_plan(initiative_id=row.pk, by=cast.actor(who), at=AT, sample="x")
    assert caught.value.status == status


def test_an_old_version_is_refused_also_where_nothing_was_written(cast: Cast) -> None:
    row = idea(cast, stage="development")
    save_plan(initiative_id=row.pk, by=cast.actor("alice"), at=AT, expected_version=0, sample="x")
    for old in (0, 7):
        with pytest.raises(Problem) as caught:
            save_plan(initiative_id=row.pk, by=cast.actor("alice"), at=AT, expected_version=old, sample="y")
        assert caught.value.status == 412
    assert PilotPlan.objects.get().sample == "x"


def test_a_pilot_starts_with_the_charter_planned_for_it(cast: Cast) -> None:
    row = idea(cast, stage="development")
    plan = planned(cast, row, **whole(cast))
    pilot = begin(cast, row)
    assert (pilot.scope_sites, pilot.users_count, pilot.planned_days) == ("Utrecht", 40, 90)
    assert (pilot.production_owner_id, pilot.transition_run_cost) == (cast.mona.pk, Decimal("40000"))
    assert (pilot.planned_end_on, pilot.decision_on) == (
        TODAY + timedelta(days=90),
        TODAY + timedelta(days=97),
    )
    version = CharterVersion.objects.get(pilot=pilot)
    assert (version.number, version.because, version.sample) == (1, "As planned", "400 claims")
    assert [one.text for one in version.hypotheses.all()] == ["Half the time", "No more errors"]
    plan.refresh_from_db()
    assert plan.pilot_id == pilot.pk
    assert AuditEvent.objects.filter(action="pilot.began_as_planned").count() == 1


def test_a_pilot_nobody_planned_starts_with_nothing(cast: Cast) -> None:
    pilot = begin(cast, idea(cast, stage="development"))
    assert (pilot.charter_version, pilot.planned_days, pilot.sample) == (0, None, "")
    assert not CharterVersion.objects.exists()


@pytest.mark.parametrize(
    ("sealed", "threshold", "agreed"),
    [(True, "No faster", True), (False, "No faster", None), (True, "", None)],
)
def test_criteria_are_agreed_before_the_start_only_where_the_record_says_so(
    cast: Cast, sealed: bool, threshold: str, agreed: bool | None
) -> None:
    row = idea(cast, stage="development")
    kpi = make_kpi(row, "Days", kind="business", primary=True)
    if sealed:
        version = version_of(kpi)
        type(version).objects.filter(pk=version.pk).update(seal="s" * 64, sealed_at=AT)
    planned(cast, row, **{**whole(cast), "stop_threshold": threshold})
    assert begin(cast, row).success_criteria_agreed is agreed


def test_a_started_plan_stands_and_the_next_stay_is_planned_anew(cast: Cast) -> None:
    row = idea(cast, stage="development")
    plan = planned(cast, row, **whole(cast))
    begin(cast, row)
    for change in ({"sample": "Another"}, {"pilot": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PilotPlan.objects.filter(pk=plan.pk).update(**change)
    row.refresh_from_db()
    move_stage(initiative=row, to=Stage.DEVELOPMENT, on=TODAY, by=cast.actor("max"), at=AT, because="Back.")
    assert planned(cast, row, sample="Fresh").pk != plan.pk
    assert PilotPlan.objects.count() == 2


def test_a_lead_plans_on_the_page_and_the_tab_names_what_is_missing(cast: Cast, signed_in: Any) -> None:
    row = idea(cast, stage="development")
    lead = signed_in("alice")
    tab, form = f"/pilots/initiative/{row.ref}/", f"/pilots/initiative/{row.ref}/plan/"
    assert "Plan the pilot" in lead.get(tab).content.decode()
    assert 'id="id_stop_threshold"' in lead.get(form).content.decode()
    sent = lead.post(form, {"version": 0, "sample": "400 claims", "starts_on": TODAY.isoformat()})
    assert sent["Location"] == tab
    page = lead.get(tab).content.decode()
    assert "13 of 15" in page
    assert f"{form}#id_stop_threshold" in page
    assert f"{form}#id_sample" not in page
    reader = signed_in("vera").get(tab).content.decode()
    assert "400 claims" in reader
    assert f"{form}#id_stop_threshold" not in reader


def test_two_tabs_get_both_versions_of_a_plan(cast: Cast, signed_in: Any) -> None:
    row = idea(cast, stage="development")
    planned(cast, row, sample="400 claims")
    planned(cast, row, sample="500 claims")
    page = signed_in("alice").post(
        f"/pilots/initiative/{row.ref}/plan/", {"version": 1, "sample": "600 claims"}
    )
    assert page.status_code == 412
    assert "500 claims" in page.content.decode()
    assert "600 claims" in page.content.decode()


def test_the_api_reads_and_writes_the_plan_under_its_version(cast: Cast, api: Any) -> None:
    row = idea(cast, stage="development")
    url = f"/api/v1/initiatives/{row.ref}/pilot-plan/"
    client = api("alice")
    first = client.get(url)
    assert (first["ETag"], first.json()["version"], len(first.json()["lacks"])) == ('"v0"', 0, 15)
    body = {"sample": "400 claims", "starts_on": TODAY.isoformat(), "production_owner": cast.mona.pk}
    done = client.patch(url, body, format="json", HTTP_IF_MATCH='"v0"')
    assert (done.status_code, done["ETag"]) == (200, '"v1"')
    assert done.json()["production_owner"] == cast.mona.pk
    assert "sample" not in done.json()["lacks"]
    assert client.patch(url, body, format="json", HTTP_IF_MATCH='"v0"').status_code == 412
    assert client.patch(url, body, format="json").status_code == 428
    wrong = client.patch(url, {"smaple": "x"}, format="json", HTTP_IF_MATCH='"v1"')
    assert wrong.status_code == 400
