"""Defining KPIs: what is taken, what contradicts itself, what stands once there are readings."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.access import system
from core.errors import Problem
from core.models import AuditEvent
from kpis.models import Kpi, KpiSpell, KpiVersion
from kpis.services.define import edit_kpi
from kpis.services.states import pause_kpi, resume_kpi, retire_kpi
from portfolio.models import Flag
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_initiative, make_kpi, read, trajectory

URL = "/api/v1/kpis/"
Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db
SUCCESS = {
    "shape": "trajectory", "direction": "lower", "baseline": "10", "baseline_on": "2026-01-01", "target": "5.0",
    "target_on": "2026-12-31", "cadence_days": 30,
}  # fmt: skip


def body(initiative: Any, **more: Any) -> dict[str, Any]:
    return {"initiative": initiative.ref, "name": "Days to decision", "success": SUCCESS, **more}


def test_a_new_kpi_has_version_one_and_is_judged_at_once(cast: Cast, api: Api, frozen: Any) -> None:
    initiative = claims_triage(cast)
    answer = api("alice").post(URL, body(initiative, unit_of_measure="days", primary=True))
    assert answer.status_code == 201
    said = answer.json()
    assert answer["ETag"] == '"v1"'
    assert answer["Location"].endswith(f"{URL}{said['id']}/")
    assert (said["ref"], said["status"], said["reason"]) == (
        f"K-{said['id']:04d}", "no_data", "first_measurement_overdue",
    )  # fmt: skip
    assert (said["success"]["number"], said["success"]["target"], said["success"]["direction_display"]) == (
        1, "5", "Lower is better",
    )  # fmt: skip
    assert said["why"]["clears"] == "The first reading."
    initiative.refresh_from_db()
    assert initiative.kpi_status == "blind"
    assert AuditEvent.objects.filter(action="kpi.created", object_id=said["id"]).count() == 1


@pytest.mark.parametrize(
    ("who", "status"),
    [("alice", 201), ("max", 201), ("bob", 403), ("dana", 403), ("vera", 403), ("charlie", 400)],
)
def test_a_kpi_is_defined_by_who_runs_the_initiative(cast: Cast, api: Api, who: str, status: int) -> None:
    initiative = claims_triage(cast)
    make_initiative(cast.retail, "Something else", lead=cast.charlie)
    assert api(who).post(URL, body(initiative)).status_code == status
    assert Kpi.objects.count() == (1 if status == 201 else 0)


def test_what_is_not_said_yet_is_kept_and_judged_as_such(cast: Cast) -> None:
    initiative = claims_triage(cast)
    told = {}
    for name, success in (
        ("no baseline", trajectory(baseline=None)),
        ("no target", trajectory(target=None)),
        ("no target date", trajectory(target_on=None)),
        ("no start", trajectory(baseline_on=None)),
        ("no bound", {"shape": "band", "baseline_on": date(2026, 1, 1)}),
        ("nothing", {"shape": "trajectory"}),
    ):
        kpi = make_kpi(initiative, name, success=success)
        told[name] = (kpi.status, kpi.reason)
    assert told == {
        "no baseline": ("no_baseline", "progress_cannot_be_computed"),
        "no target": ("invalid", "target_missing_or_not_a_number"),
        "no target date": ("invalid", "target_date_missing"),
        "no start": ("invalid", "baseline_date_missing"),
        "no bound": ("invalid", "no_bound"),
        "nothing": ("invalid", "target_missing_or_not_a_number"),
    }
    assert Flag.objects.filter(rule="kpi_invalid", cleared_at=None).count() == 5


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"direction": "higher"}, "/success/target", "target_on_wrong_side_of_baseline"),
        ({"target": "10"}, "/success/target", "baseline_equals_target"),
        ({"target_on": "2026-01-01"}, "/success/target_on", "target_date_not_after_baseline_date"),
        ({"amber": "0.3", "red": "0.2"}, "/success/red", "red_below_amber"),
        ({"hysteresis": "0.2"}, "/success/hysteresis", "hysteresis_invalid"),
        ({"curve": [["0.5", "0.5"], ["0.4", "0.6"]]}, "/success/curve", "curve_invalid"),
        ({"curve": [["0.5", "1.5"]]}, "/success/curve", "not_a_share"),
        ({"amber": "1.5"}, "/success/amber", "not_a_share"),
        ({"amber": "0.1234567"}, "/success/amber", "not_a_share"),
        ({"shape": "band", "lower": "5", "upper": "4"}, "/success/lower", "floor_above_cap"),
        ({"shape": "circle"}, "/success/shape", "invalid_choice"),
        ({"direction": "sideways"}, "/success/direction", "invalid_choice"),
        ({"cadence_days": 0}, "/success/cadence_days", "min_value"),
        ({"cadence_days": 99_999}, "/success/cadence_days", "max_value"),
        ({"cadence_days": 2.5}, "/success/cadence_days", "invalid"),
        ({"baseline": "NaN"}, "/success/baseline", "not_a_number"),
        ({"target": "1e30"}, "/success/target", "not_a_number"),
        ({"target_on": "2300-01-01"}, "/success/target_on", "out_of_range"),
        ({"curve": [["0.5"]]}, "/success/curve/0", "min_length"),
        ({"curve": "steep"}, "/success/curve", "not_a_list"),
        ({"number": 7}, "/success/number", "field_not_writable"),
        ({"colour": "red"}, "/success/colour", "field_not_writable"),
    ],
)
def test_a_definition_that_contradicts_itself_is_refused_at_its_place(
    cast: Cast, api: Api, wrong: dict[str, Any], pointer: str, code: str
) -> None:
    answer = api("alice").post(URL, body(claims_triage(cast), success={**SUCCESS, **wrong}))
    assert answer.status_code == 400
    assert (answer.json()["errors"][0]["pointer"], answer.json()["errors"][0]["code"]) == (pointer, code)
    assert not Kpi.objects.exists()
    assert not KpiVersion.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"kind": "vanity"}, "/kind"),
        ({"weight": "-1"}, "/weight"),
        ({"weight": "100000"}, "/weight"),
        ({"weight": "0.12345"}, "/weight"),
        ({"owner": 987_654}, "/owner"),
        ({"status": "achieved"}, "/status"),
        ({"current": 1}, "/current"),
        ({"version": 3}, "/version"),
        ({"initiative": "AI-9999"}, "/initiative"),
    ],
)
def test_other_facts_are_refused_at_their_place(
    cast: Cast, api: Api, wrong: dict[str, Any], pointer: str
) -> None:
    answer = api("alice").post(URL, {**body(claims_triage(cast)), **wrong})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_name_is_unique_within_its_initiative_only(cast: Cast, api: Api) -> None:
    initiative, other = claims_triage(cast), make_initiative(cast.claims, "Another", lead=cast.alice)
    assert api("alice").post(URL, body(initiative)).status_code == 201
    again = api("alice").post(URL, body(initiative))
    assert (again.status_code, again.json()["errors"][0]["pointer"]) == (400, "/name")
    assert api("alice").post(URL, body(other)).status_code == 201


def test_an_outside_key_is_used_once_by_its_source(cast: Cast, api: Api) -> None:
    initiative = claims_triage(cast)
    keyed = {"source": "jira", "external_id": "K-1"}
    assert api("alice").post(URL, body(initiative, **keyed)).status_code == 201
    answer = api("alice").post(URL, body(initiative, **{**keyed, "name": "Other"}))
    assert (answer.status_code, answer.json()["code"]) == (409, "external_id_used")


class TestServing:
    """A model metric serves a business measure, and says why."""

    def test_it_names_a_business_measure_of_its_initiative(self, cast: Cast) -> None:
        initiative = claims_triage(cast)
        business = make_kpi(initiative)
        metric = make_kpi(
            initiative,
            "Ranking AUC",
            kind="model_metric",
            serves=business,
            serves_because="A wrong order delays simple claims.",
        )
        assert metric.serves == business

    @pytest.mark.parametrize("wrong", ["not a metric", "serves a metric", "elsewhere", "without reason"])
    def test_anything_else_is_refused(self, cast: Cast, wrong: str) -> None:
        initiative = claims_triage(cast)
        business = make_kpi(initiative)
        metric = make_kpi(initiative, "AUC", kind="model_metric")
        foreign = make_kpi(make_initiative(cast.claims, "Another"))
        said: dict[str, Any] = {"kind": "model_metric", "serves": business, "serves_because": "because"}
        changes: dict[str, dict[str, Any]] = {
            "not a metric": {"kind": "operational"},
            "serves a metric": {"serves": metric},
            "elsewhere": {"serves": foreign},
            "without reason": {"serves_because": ""},
        }
        said |= changes[wrong]
        with pytest.raises(Problem) as refused:
            make_kpi(initiative, "New", **said)
        assert refused.value.status == 400


class TestEditing:
    def test_facts_are_edited_and_the_rest_stays(self, cast: Cast, api: Api) -> None:
        kpi = make_kpi(claims_triage(cast))
        answer = api("alice").patch(
            f"{URL}{kpi.ref}/", {"population": "Motor claims"}, headers={"If-Match": '"v1"'}
        )
        assert (answer.status_code, answer["ETag"]) == (200, '"v2"')
        assert (answer.json()["population"], answer.json()["name"]) == ("Motor claims", kpi.name)
        event = AuditEvent.objects.get(action="kpi.edited")
        assert (event.before, event.after) == ({"population": ""}, {"population": "Motor claims"})

    def test_saying_what_stands_already_writes_nothing(self, cast: Cast, api: Api) -> None:
        kpi = make_kpi(claims_triage(cast))
        same = {"name": kpi.name, "weight": "1.0", "success": {"target": "5.00", "amber": "0.1"}}
        answer = api("alice").patch(f"{URL}{kpi.ref}/", same, headers={"If-Match": '"v1"'})
        assert (answer.status_code, answer["ETag"]) == (200, '"v1"')
        assert not AuditEvent.objects.filter(action="kpi.edited").exists()

    @pytest.mark.parametrize(
        ("tag", "status"), [(None, 428), ('"v0"', 412), ('"v2"', 412), ("nonsense", 412)]
    )
    def test_a_stale_version_is_refused(self, cast: Cast, api: Api, tag: str | None, status: int) -> None:
        kpi = make_kpi(claims_triage(cast))
        headers = {} if tag is None else {"If-Match": tag}
        answer = api("alice").patch(f"{URL}{kpi.ref}/", {"name": "New"}, headers=headers)
        assert answer.status_code == status
        kpi.refresh_from_db()
        assert kpi.name == "Days to decision"

    def test_the_definition_is_edited_while_there_are_no_readings(self, cast: Cast, api: Api) -> None:
        kpi = make_kpi(claims_triage(cast), success=trajectory(target=None))
        answer = api("alice").patch(
            f"{URL}{kpi.ref}/", {"success": {"target": "4"}}, headers={"If-Match": '"v1"'}
        )
        assert answer.json()["success"]["target"] == "4"
        assert answer.json()["status"] == "no_data"
        assert KpiVersion.objects.filter(kpi=kpi).count() == 1

    def test_with_readings_the_definition_stands(self, cast: Cast, api: Api) -> None:
        kpi = make_kpi(claims_triage(cast))
        read(kpi, 9)
        answer = api("alice").patch(
            f"{URL}{kpi.ref}/", {"success": {"target": "8"}, "name": "Other"}, headers={"If-Match": '"v1"'}
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "definition_settled")
        kpi.refresh_from_db()
        assert kpi.current is not None
        assert (kpi.name, kpi.current.target) == ("Days to decision", Decimal(5))

    def test_a_new_owner_takes_over_the_open_flag(self, cast: Cast) -> None:
        kpi = make_kpi(claims_triage(cast))
        read(kpi, 9.9)
        edit_kpi(pk=kpi.pk, expected_version=None, facts={"owner": cast.mona}, by=system(), at=AT)
        assert Flag.objects.get(subject_type="kpi", cleared_at=None).owner == cast.mona

    def test_a_new_name_is_the_one_the_open_flag_says(self, cast: Cast) -> None:
        kpi = make_kpi(claims_triage(cast), success=trajectory(baseline=None))
        edit_kpi(pk=kpi.pk, expected_version=None, facts={"name": "Days"}, by=system(), at=AT)
        assert Flag.objects.get(subject_type="kpi", cleared_at=None).sentence.startswith("Days: ")

    def test_somebody_who_left_owns_nothing(self, cast: Cast) -> None:
        cast.mona.is_active = False
        cast.mona.save()
        with pytest.raises(Problem) as refused:
            make_kpi(claims_triage(cast), owner=cast.mona)
        assert refused.value.items[0].pointer == "/owner"


class TestSpells:
    def test_a_pause_needs_a_reason_and_an_end_to_come(self, cast: Cast, api: Api, frozen: Any) -> None:
        kpi = make_kpi(claims_triage(cast))
        for said in (
            {"until": str(TODAY), "because": "moving"},
            {"until": str(TODAY - timedelta(days=1)), "because": "moving"},
            {"until": "2026-12-31", "because": " "},
            {"until": "2026-12-31"},
            {"because": "moving"},
            {"until": "2300-01-01", "because": "moving"},
        ):
            assert api("alice").post(f"{URL}{kpi.ref}/pause/", said).status_code == 400
        assert not KpiSpell.objects.exists()

    def test_pausing_twice_changes_nothing(self, cast: Cast) -> None:
        kpi = make_kpi(claims_triage(cast))
        until = TODAY + timedelta(days=9)
        for _ in range(2):
            pause_kpi(pk=kpi.pk, until=until, because="moving", by=system(), at=AT)
        assert KpiSpell.objects.count() == 1
        assert AuditEvent.objects.filter(action="kpi.paused").count() == 1

    def test_a_retired_kpi_stays_retired(self, cast: Cast, api: Api) -> None:
        kpi = make_kpi(claims_triage(cast))
        assert (
            api("alice").post(f"{URL}{kpi.ref}/retirement/", {"because": "wrong"}).json()["status"]
            == "retired"
        )
        for act, said in (
            ("resumption", {"because": "x"}),
            ("pause", {"until": "2027-01-01", "because": "x"}),
        ):
            answer = api("alice").post(f"{URL}{kpi.ref}/{act}/", said)
            assert (answer.status_code, answer.json()["code"]) == (409, "kpi_retired")

    def test_a_pause_is_ended_early_with_a_reason(self, cast: Cast) -> None:
        kpi = make_kpi(claims_triage(cast))
        pause_kpi(pk=kpi.pk, until=TODAY + timedelta(days=9), because="moving", by=system(), at=AT)
        kpi = resume_kpi(pk=kpi.pk, because="moved", by=system(), at=AT)
        assert (kpi.state, kpi.status, kpi.paused_until) == ("active", "no_data", None)

    def test_each_turn_is_on_the_audit_log_with_its_reason(self, cast: Cast) -> None:
        kpi = make_kpi(claims_triage(cast))
        retire_kpi(pk=kpi.pk, because="The process is gone.", by=cast.actor("alice"), at=AT)
        event = AuditEvent.objects.get(action="kpi.retired")
        assert (event.reason, event.actor_id, event.after["state"]) == (
            "The process is gone.",
            cast.alice.pk,
            "retired",
        )
