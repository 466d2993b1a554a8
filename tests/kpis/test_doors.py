"""What is refused at the doors of a KPI, and where the refusal points."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from core.errors import Problem
from core.models import AuditEvent, RoleGrant, User
from kpis.models import Kpi, Measurement
from kpis.services.sealing import sign_off
from portfolio.models import InitiativeMember
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import amend, ask, claims_triage, make_kpi, promise, read

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db
URL = "/api/v1/kpis/"
BAND = {
    "shape": "band",
    "lower": "3",
    "baseline_on": str(TODAY),
    "cadence_days": 30,
    "scale_low": "1",
    "scale_high": "5",
}


def judged_by(cast: Cast, api: Api, name: str) -> Any:
    said = {
        "initiative": claims_triage(cast, f"By {name}").ref,
        "name": "Explained well",
        "judge": cast.people[name].pk,
    }
    return api("alice").post(URL, {**said, "success": BAND})


@pytest.mark.parametrize("name", ["edith", "dana", "audrey", "adam", "vera", "ursula", "nobody"])
def test_nobody_is_named_judge_who_could_never_record(
    cast: Cast, api: Api, frozen: object, name: str
) -> None:
    answer = judged_by(cast, api, name)
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert (error["pointer"], error["code"]) == ("/judge", "cannot_record")
    assert error["detail"].startswith(f"{name.capitalize()} holds no role that records readings")
    assert not Kpi.objects.exists()


@pytest.mark.parametrize("name", ["bob", "charlie", "mona", "max"])
def test_whoever_may_be_named_judge_can_record_at_once(
    cast: Cast, api: Api, frozen: object, name: str
) -> None:
    """Also somebody of another unit: being named is what lets a contributor measure."""
    ref = judged_by(cast, api, name).json()["ref"]
    reading = {"kpi": ref, "observed_on": str(TODAY), "value": "4"}
    assert api(name).post("/api/v1/measurements/", reading).status_code == 201
    assert api(name).post("/api/v1/measurements/bulk/", {"rows": [reading]}).json()["created"] == 1


def test_a_change_of_the_judge_is_held_to_the_same(cast: Cast, api: Api, frozen: object) -> None:
    kpi = make_kpi(claims_triage(cast))
    read(kpi, 9)
    with pytest.raises(Problem) as refused:
        amend(kpi, cast, judge=cast.edith)
    assert refused.value.items[0].pointer == "/judge"
    edited = api("alice").patch(f"{URL}{make_kpi(kpi.initiative, 'Draft').ref}/", {"judge": cast.edith.pk}, headers={"If-Match": '"v1"'})  # fmt: skip
    assert edited.json()["errors"][0]["code"] == "cannot_record"


@pytest.mark.parametrize(
    "day", ["2026-W47-5", "2026-W47", "20261120", "2026-11-2", "2026-11-20 ", "２026-11-20"]
)
def test_only_a_day_written_in_full_is_one(cast: Cast, api: Api, frozen: object, day: str) -> None:
    kpi = make_kpi(claims_triage(cast))
    reading = {"kpi": kpi.ref, "observed_on": day, "value": "4"}
    single = api("alice").post("/api/v1/measurements/", reading)
    assert (single.status_code, single.json()["errors"][0]["pointer"]) == (400, "/observed_on")
    row = api("alice").post("/api/v1/measurements/bulk/", {"rows": [reading]}).json()["results"][0]
    assert (row["outcome"], row["error"]["detail"]) == ("refused", "No such day. Write YYYY-MM-DD.")
    assert api("alice").get(f"{URL}{kpi.ref}/", {"as_of": day}).status_code == 400
    assert not Measurement.objects.exists()


@pytest.mark.parametrize(
    ("success", "name"),
    [
        ({"target": "12", "baseline": "10", "direction": "lower"}, "target"),
        ({"curve": [["0.5", "0.2"], ["0.4", "0.3"]]}, "curve"),
        ({"hysteresis": "0.9"}, "hysteresis"),
        ({"cadence_days": 0}, "cadence_days"),
        ({"benchmark": "3"}, "benchmark_source"),
    ],
)  # fmt: skip
def test_a_refusal_of_what_success_is_points_into_success(cast: Cast, api: Api, frozen: object, success: dict[str, Any], name: str) -> None:  # fmt: skip
    """Whether the field refuses it or the rule behind it, at the door of a definition, an edit and a change."""
    whole = {"shape": "trajectory", "baseline": "10", "baseline_on": "2026-01-01", "target": "5", "target_on": "2026-12-31",
             "direction": "lower"} | success  # fmt: skip
    initiative = claims_triage(cast)
    used, draft = make_kpi(initiative, "Used"), make_kpi(initiative, "Draft")
    read(used, 9)
    said = {"because": "It was wrong.", "reason_code": "product", "success": whole}
    for answer in (
        api("alice").post(URL, {"initiative": initiative.ref, "name": "New", "success": whole}),
        api("alice").patch(f"{URL}{draft.ref}/", {"success": whole}, headers={"If-Match": '"v1"'}),
        api("alice").post(f"{URL}{used.ref}/changes/", said),
        api("alice").post(f"{URL}{used.ref}/unapproved-changes/", said),
    ):
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"/success/{name}")


def test_a_refusal_of_what_is_measured_points_at_the_top(cast: Cast, api: Api, frozen: object) -> None:
    answer = api("alice").post(URL, {"initiative": claims_triage(cast).ref, "name": "New", "weight": "-1"})
    assert answer.json()["errors"][0]["pointer"] == "/weight"


@pytest.mark.parametrize(("days", "status"), [(366, 200), (367, 400), (60_000, 400)])
def test_a_pause_is_no_hiding_place(cast: Cast, api: Api, frozen: object, days: int, status: int) -> None:
    kpi = make_kpi(claims_triage(cast))
    until = str(TODAY + timedelta(days=days))
    answer = api("alice").post(f"{URL}{kpi.ref}/pause/", {"until": until, "because": "The source moves."})
    assert answer.status_code == status
    kpi.refresh_from_db()
    assert kpi.state == ("paused" if status == 200 else "active")
    if status == 400:
        assert answer.json()["errors"][0] == {
            "pointer": "/until", "code": "too_long",
            "detail": "A pause lasts 366 days at most: give a day up to 2027-11-25, and pause it again then, or retire it.",
        }  # fmt: skip


def test_a_model_metric_is_never_primary(cast: Cast, api: Api, frozen: object) -> None:
    """Not defined so, not edited so, not changed so, and a primary KPI does not become one."""
    initiative = claims_triage(cast)
    said = {"initiative": initiative.ref, "name": "AUC", "kind": "model_metric", "primary": True}
    answers = [api("alice").post(URL, said)]
    metric, business = make_kpi(initiative, "F1", kind="model_metric"), make_kpi(initiative, "Days")
    for kpi, wrong in ((metric, {"primary": True}), (business, {"kind": "model_metric"})):
        answers.append(api("alice").patch(f"{URL}{kpi.ref}/", wrong, headers={"If-Match": '"v1"'}))
        read(kpi, 9)
        answers.append(
            api("alice").post(f"{URL}{kpi.ref}/changes/", {"because": "x", "reason_code": "product", **wrong})
        )
    for answer in answers:
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/primary")
    assert not Kpi.objects.filter(kind="model_metric", primary=True).exists()
    assert api("alice").patch(f"{URL}{metric.ref}/", {"parent_weight": "1"}, headers={"If-Match": '"v1"'}).status_code == 200  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"value": Decimal(1)},
        {"value": None},
        {"observed_on": TODAY - timedelta(days=1)},
        {"recorded_at": AT - timedelta(days=1)},
        {"void": True},
        {"source": "elsewhere"},
        {"source_key": "other"},
        {"note": "We meant well."},
        {"evidence": "none"},
    ],
)
def test_a_reading_is_not_changed_below_the_application_either(cast: Cast, changed: dict[str, Any]) -> None:
    kpi = make_kpi(claims_triage(cast))
    read(kpi, 9)
    before = Measurement.objects.values().get()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Measurement.objects.update(**changed)
    assert Measurement.objects.values().get() == before


def test_a_reading_goes_to_no_other_kpi_version_or_predecessor(cast: Cast) -> None:
    initiative = claims_triage(cast)
    kpi, other = make_kpi(initiative), make_kpi(initiative, "Another")
    first, last = read(kpi, 9).measurement, read(kpi, 8).measurement
    for changed in ({"kpi": other}, {"kpi_version": other.current}, {"supersedes": first}):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Measurement.objects.filter(pk=last.pk).update(**changed)


def test_who_recorded_it_may_be_forgotten_and_the_reading_stays(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    gone = User.objects.create_user("gone@calder.example", name="Gone", created_at=AT)
    made = read(kpi, 9).measurement
    assert Measurement.objects.filter(pk=made.pk).update(recorded_by=gone) == 1
    assert Measurement.objects.filter(pk=made.pk).update(recorded_by=None) == 1


class TestSigners:
    """Four roles are signed by those who work on it or answer for it."""

    @pytest.mark.parametrize(
        ("role", "name"),
        [
            ("product", "audrey"),
            ("data_science", "adam"),
            ("engineering", "vera"),
            ("executive", "vera"),
            ("executive", "max"),
            ("executive", "bob"),
            ("executive", "audrey"),
        ],
    )
    def test_who_only_looks_on_is_not_asked(self, cast: Cast, role: str, name: str) -> None:
        kpi = promise(claims_triage(cast))
        with pytest.raises(Problem) as refused:
            ask(kpi, cast, **dict[str, Any]({role: name}))
        item = refused.value.items[0]
        assert (refused.value.status, item.pointer, item.code) == (400, f"/{role}", "not_in_that_role")
        assert item.detail.startswith(f"{name.capitalize()} ")

    @pytest.mark.parametrize(
        ("role", "name"),
        [("product", "alice"), ("engineering", "bob"), ("data_science", "dana"), ("engineering", "max"),
         ("executive", "edith"), ("executive", "dana")],
    )  # fmt: skip
    def test_who_works_on_it_or_answers_for_it_is_asked(self, cast: Cast, role: str, name: str) -> None:
        asked = ask(promise(claims_triage(cast)), cast, **dict[str, Any]({role: name}))
        assert asked[role].person == cast.people[name]

    def test_a_sponsor_signs_as_the_executive_and_a_viewer_who_works_on_it_for_engineering(self, cast: Cast) -> None:  # fmt: skip
        initiative = claims_triage(cast)
        initiative.sponsor = cast.audrey
        initiative.save(update_fields=["sponsor"])
        InitiativeMember.objects.create(initiative=initiative, user=cast.vera, added_at=AT)
        asked = ask(promise(initiative), cast, executive="audrey", engineering="vera")
        assert sign_off(pk=asked["executive"].pk, verdict="approved", by=cast.actor("audrey"), at=AT).verdict

    def test_whose_role_was_taken_since_does_not_sign(self, cast: Cast) -> None:
        asked = ask(promise(claims_triage(cast)), cast)
        RoleGrant.objects.filter(user=cast.edith).update(role="viewer")
        with pytest.raises(Problem) as refused:
            sign_off(pk=asked["executive"].pk, verdict="approved", by=cast.actor("edith"), at=AT)
        assert (refused.value.status, refused.value.code) == (403, "not_in_that_role")


def test_a_judgement_a_band_and_a_model_metric_that_say_all_are_signed(cast: Cast) -> None:
    """A judgement needs no formula, unit or source; a metric says whom it serves; a band says until when."""
    initiative = claims_triage(cast)
    days = promise(initiative)
    whole = (
        promise(initiative, "Explained", formula="", unit_of_measure="", data_source="", judge=cast.bob,
                success={"scale_low": Decimal(1), "scale_high": Decimal(10)}),
        promise(initiative, "AUC", kind="model_metric", serves=days, serves_because="Order decides."),
        promise(initiative, "Complaints", success={"shape": "band", "upper": Decimal(3)}),
    )  # fmt: skip
    for kpi in whole:
        assert len(ask(kpi, cast)) == 4


class TestParts:
    """A KPI and those that break it down, together."""

    @pytest.fixture
    def top(self, cast: Cast) -> Kpi:
        """Handling time, of two parts: one on the way by half, one by a tenth and three times as heavy."""
        initiative = claims_triage(cast)
        top = make_kpi(initiative, "Handling time")
        for name, value, weight in (("Letters", "7.5", 1), ("Calls", "9.5", 3)):
            part = make_kpi(initiative, name, parent=top, parent_weight=Decimal(weight), primary=False)
            read(part, value)
        return top

    def test_each_part_is_told_with_its_weight_and_what_they_say_together(self, cast: Cast, api: Api, top: Kpi, frozen: object) -> None:  # fmt: skip
        said = api("vera").get(f"{URL}{top.ref}/parts/").json()
        assert [(one["name"], one["weight"], one["progress"], one["counts_as"]) for one in said["parts"]] == [
            ("Letters", "1", "0.500000", "off_track"), ("Calls", "3", "0.100000", "off_track"),
        ]  # fmt: skip
        together = said["together"]
        assert (together["way"], together["status"], together["progress"]) == (
            "weighted_mean",
            "at_risk",
            "0.200000",
        )
        assert (together["worst"], together["counted"]) == (said["parts"][1]["ref"], 2)
        assert together["sentence"].startswith("20 % of the way on average over 2 KPIs below")

    def test_what_was_declared_of_a_part_counts_here_as_it_does_for_the_initiative(self, cast: Cast, api: Api, top: Kpi, frozen: object) -> None:  # fmt: skip
        for part in top.children.all():
            Kpi.objects.filter(pk=part.pk).update(declared_status="on_track", declared_until=TODAY)
        said = api("vera").get(f"{URL}{top.ref}/parts/").json()
        assert [(one["computed_status"], one["counts_as"]) for one in said["parts"]] == [
            ("off_track", "on_track")
        ] * 2
        assert said["together"]["status"] == "on_track"

    def test_without_parts_nothing_is_said_together(self, cast: Cast, api: Api, frozen: object) -> None:
        kpi = make_kpi(claims_triage(cast))
        said = api("vera").get(f"{URL}{kpi.ref}/parts/").json()
        assert (said["parts"], said["together"]) == ([], None)
        assert api("charlie").get(f"{URL}{kpi.ref}/parts/").status_code == 404
        assert api("vera").get(f"{URL}{kpi.ref}/parts/?colour=red").status_code == 400

    def test_another_weight_among_the_parts_is_for_who_may_define_and_stands_in_the_log(self, cast: Cast, api: Api, top: Kpi, frozen: object) -> None:  # fmt: skip
        part = top.children.get(name="Calls")
        for name, status in (("bob", 403), ("edith", 403), ("charlie", 404), ("alice", 200)):
            answer = api(name).patch(
                f"{URL}{part.ref}/", {"parent_weight": "0"}, headers={"If-Match": '"v1"'}
            )
            assert answer.status_code == status
        event = AuditEvent.objects.get(action="kpi.edited", object_id=part.pk)
        assert event.actor_id == cast.alice.pk
        assert (event.before, event.after) == ({"parent_weight": "3.0000"}, {"parent_weight": "0"})
