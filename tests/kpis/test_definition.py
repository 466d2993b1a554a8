"""What a definition says beside its target: window, judge, benchmark, baseline, relative target, tree, quality."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import outbox
from core.access import system
from core.models import AuditEvent
from domain.stages import Stage
from kpis.models import ExpectedInfluence, Kpi, KpiVersion, SmartSignature
from kpis.services.baseline import lock_baseline
from kpis.services.define import edit_kpi
from kpis.services.influence import expect_influence, freeze_influences
from kpis.services.smart import sign_smart
from portfolio.models import Initiative, StageSpell, StrategicObjective
from portfolio.services.locks import lock_initiative
from portfolio.services.stages import move_stage
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import (
    amend,
    ask,
    claims_triage,
    make_initiative,
    make_kpi,
    promise,
    read,
    seal,
    trajectory,
    version_of,
)
from tests.kpis.test_sealing import refused

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db
URL = "/api/v1/kpis/"
BODY: dict[str, Any] = {
    "name": "Ease of use", "kind": "user", "window": "calendar month", "data_source": "Survey tool",
    "population": "All handlers", "population_size": 240, "rolls_up_by": "worst", "weight": "0.5",
    "success": {
        "shape": "trajectory", "direction": "higher", "baseline": "2.5", "baseline_on": "2026-01-01",
        "baseline_source": "Survey of December", "baseline_method": "Mean of all answers", "baseline_from": "2025-12-01",
        "baseline_to": "2025-12-31", "target": "4", "target_on": "2026-12-31", "benchmark": "3.8",
        "benchmark_source": "Industry survey 2025", "benchmark_on": "2025-06-30", "scale_low": "1", "scale_high": "5",
        "scale_words": "unusable\nhard\nso-so\ngood\na pleasure",
    },
}  # fmt: skip


def made(cast: Cast, api: Api, **more: Any) -> dict[str, Any]:
    initiative = claims_triage(cast)
    success = {**BODY["success"], **more.pop("success", {})}
    answer = api("alice").post(
        URL, {**BODY, "initiative": initiative.ref, "judge": cast.bob.pk, **more, "success": success}
    )
    assert answer.status_code == 201, answer.json()
    said: dict[str, Any] = answer.json()
    return said


class TestFields:
    def test_all_of_it_is_kept_and_told(self, cast: Cast, api: Api) -> None:
        said = made(cast, api)
        for name, value in BODY.items():
            if name not in {"success", "population_size"}:
                assert said[name] == value, name
        assert said["judge"] == cast.bob.pk
        for name, value in BODY["success"].items():
            assert said["success"][name] == value, name
        version = api("vera").get(f"/api/v1/kpi-versions/?kpi={said['ref']}").json()["results"][0]
        assert (version["population_size"], version["judge"], version["state"], version["series"]) == (
            240, cast.bob.pk, "in_force", 1,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("success", "pointer", "code"),
        [
            ({"benchmark_source": ""}, "/success/benchmark_source", "required"),
            ({"benchmark": None}, "/success/benchmark", "required"),
            ({"baseline_to": "2025-11-30"}, "/success/baseline_to", "not_after"),
            ({"scale_high": None}, "/success/scale_high", "required"),
            ({"scale_low": None}, "/success/scale_low", "required"),
            ({"scale_low": None, "scale_high": None}, "/success/scale_low", "required"),
            ({"scale_high": "1"}, "/success/scale_high", "not_above"),
            ({"target": "6"}, "/success/target", "outside_the_scale"),
            ({"baseline": "0.5"}, "/success/baseline", "outside_the_scale"),
            ({"target_change": "0.5"}, "/success/target_change", "two_targets"),
            ({"target": None, "target_change": "-0.5"}, "/success/target_change", "direction_against_sign"),
            ({"target": None, "target_change": "0"}, "/success/target_change", "no_change"),
            ({"target": None, "target_change": "0.1234567"}, "/success/target_change", "not_a_share"),
            (
                {"shape": "band", "target": None, "target_change": "0.5", "upper": "4"},
                "/success/target_change",
                "no_target",
            ),
            ({"baseline_method": "x" * 301}, "/success/baseline_method", "max_length"),
        ],
    )
    def test_what_contradicts_itself_is_refused_at_its_place(
        self, cast: Cast, api: Api, success: dict[str, Any], pointer: str, code: str
    ) -> None:
        body = {**BODY, "initiative": claims_triage(cast).ref, "success": {**BODY["success"], **success}}
        answer = api("alice").post(URL, body)
        assert answer.status_code == 400
        found = answer.json()["errors"][0]
        assert (found["pointer"], found["code"]) == (pointer, code)
        assert not KpiVersion.objects.exists()

    @pytest.mark.parametrize(
        ("facts", "pointer"),
        [
            ({"metric": "recall"}, "/metric"),
            ({"minority_share": "0.03"}, "/minority_share"),
            ({"kind": "model_metric", "minority_share": "0.6"}, "/minority_share"),
            ({"kind": "model_metric", "minority_share": "0"}, "/minority_share"),
            ({"kind": "model_metric", "metric": "charm"}, "/metric"),
            ({"population_size": -1}, "/population_size"),
            ({"rolls_up_by": "best"}, "/rolls_up_by"),
            ({"parent_weight": "-1"}, "/parent_weight"),
            ({"judge": 987_654}, "/judge"),
            ({"seal": "a" * 64}, "/seal"),
            ({"promised": 1}, "/promised"),
        ],
    )
    def test_other_facts_are_refused_at_theirs(
        self, cast: Cast, api: Api, facts: dict[str, Any], pointer: str
    ) -> None:
        answer = api("alice").post(URL, {"name": "AUC", "initiative": claims_triage(cast).ref, **facts})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)

    def test_a_served_kpi_does_not_become_a_model_metric(self, cast: Cast) -> None:
        initiative = claims_triage(cast)
        business = make_kpi(initiative)
        make_kpi(initiative, "AUC", kind="model_metric", serves=business, serves_because="Order.")
        assert refused(
            lambda: edit_kpi(
                pk=business.pk, expected_version=None, facts={"kind": "model_metric"}, by=system(), at=AT
            )
        ) == (400, "is_served")


class TestRelativeTargets:
    def relative(self, cast: Cast, **success: Any) -> Kpi:
        return promise(
            claims_triage(cast), success={"target": None, "target_change": Decimal("-0.3"), **success}
        )

    def test_there_is_no_target_before_the_baseline_is_locked(self, cast: Cast, api: Api) -> None:
        kpi = self.relative(cast, baseline=Decimal(100))
        assert (version_of(kpi).target, kpi.status, kpi.reason) == (
            None,
            "invalid",
            "target_missing_or_not_a_number",
        )
        answer = api("alice").post(f"{URL}{kpi.ref}/baseline-lock/")
        assert (answer.status_code, answer.json()["success"]["target"], answer.json()["status"]) == (
            200,
            "70",
            "no_data",
        )
        assert answer.json()["success"]["baseline_locked_by"] == cast.alice.pk
        event = AuditEvent.objects.get(action="kpi.baseline_locked")
        assert (event.actor_id, event.after["target"]) == (cast.alice.pk, "70")

    def test_it_follows_a_baseline_that_moves_until_then(self, cast: Cast) -> None:
        kpi = self.relative(cast, baseline=Decimal(100))
        edit_kpi(pk=kpi.pk, expected_version=None, success={"baseline": Decimal(200)}, by=system(), at=AT)
        assert version_of(lock_baseline(pk=kpi.pk, by=system(), at=AT)).target == Decimal(140)

    def test_locking_twice_changes_nothing(self, cast: Cast) -> None:
        kpi = self.relative(cast)
        for _ in range(2):
            lock_baseline(pk=kpi.pk, by=system(), at=AT)
        assert AuditEvent.objects.filter(action="kpi.baseline_locked").count() == 1

    @pytest.mark.parametrize("name", ["baseline", "baseline_on", "baseline_source"])
    def test_what_was_never_recorded_is_not_locked(self, cast: Cast, name: str) -> None:
        kpi = promise(claims_triage(cast), success={name: "" if name == "baseline_source" else None})
        assert refused(lambda: lock_baseline(pk=kpi.pk, by=system(), at=AT)) == (400, "required")

    @pytest.mark.parametrize(
        ("baseline", "code"), [(Decimal(0), "baseline_is_zero"), (Decimal("0.000000000001"), "out_of_range")]
    )
    def test_a_baseline_that_makes_no_number_is_refused(
        self, cast: Cast, baseline: Decimal, code: str
    ) -> None:
        kpi = self.relative(cast, baseline=baseline)
        assert refused(lambda: lock_baseline(pk=kpi.pk, by=system(), at=AT)) == (400, code)
        assert version_of(Kpi.objects.get(pk=kpi.pk)).baseline_locked_at is None

    def test_a_locked_baseline_is_not_edited_and_the_rest_of_a_draft_is(self, cast: Cast) -> None:
        kpi = self.relative(cast)
        lock_baseline(pk=kpi.pk, by=system(), at=AT)
        for name, value in (
            ("baseline", Decimal(11)),
            ("baseline_on", date(2026, 2, 1)),
            ("baseline_source", "Other"),
        ):
            success: Any = {name: value}
            work = partial(edit_kpi, pk=kpi.pk, expected_version=None, success=success, by=system(), at=AT)
            assert refused(work) == (409, "baseline_locked")
        kpi = edit_kpi(
            pk=kpi.pk, expected_version=None, success={"target_change": Decimal("-0.5")}, by=system(), at=AT
        )
        assert version_of(kpi).target == Decimal(5)

    def test_another_baseline_is_proposed_and_makes_another_number(self, cast: Cast) -> None:
        kpi = self.relative(cast, baseline=Decimal(100))
        lock_baseline(pk=kpi.pk, by=system(), at=AT)
        version = version_of(amend(kpi, cast, baseline=Decimal(50)))
        assert (version.number, version.target, version.baseline_locked_by) == (2, Decimal(35), cast.alice)

    def test_a_sealed_baseline_is_locked_by_its_seal(self, cast: Cast) -> None:
        kpi = seal(promise(claims_triage(cast)), cast)
        assert refused(lambda: lock_baseline(pk=kpi.pk, by=system(), at=AT)) == (409, "sealed")

    def test_with_readings_it_is_locked_still_and_that_moves_no_goalpost(self, cast: Cast) -> None:
        kpi = self.relative(cast)
        read(kpi, 8)
        kpi = lock_baseline(pk=kpi.pk, by=system(), at=AT)
        assert (version_of(kpi).target, kpi.progress, kpi.flags) == (Decimal(7), Decimal("0.666667"), [])

    @pytest.mark.parametrize(("who", "status"), [("bob", 403), ("edith", 403), ("charlie", 404)])
    def test_only_who_may_define_locks(self, cast: Cast, who: str, status: int) -> None:
        kpi = self.relative(cast)
        assert refused(lambda: lock_baseline(pk=kpi.pk, by=cast.actor(who), at=AT))[0] == status


class TestTree:
    def test_a_kpi_hangs_below_another_of_its_initiative(self, cast: Cast, api: Api) -> None:
        initiative = claims_triage(cast)
        top = make_kpi(initiative, "Top")
        answer = api("alice").post(
            URL, {"name": "Part", "initiative": initiative.ref, "parent": top.ref, "parent_weight": "2"}
        )
        assert (answer.json()["parent"], answer.json()["parent_weight"]) == (top.pk, "2")
        found = api("vera").get(f"{URL}?parent={top.ref}&expand=parent").json()["results"]
        assert [one["parent"]["name"] for one in found] == ["Top"]

    def test_a_circle_is_refused_by_name(self, cast: Cast, api: Api) -> None:
        initiative = claims_triage(cast)
        top = make_kpi(initiative, "Top")
        middle = make_kpi(initiative, "Middle", parent=top)
        low = make_kpi(initiative, "Low", parent=middle)
        for parent in (low, middle, top):
            answer = api("alice").patch(
                f"{URL}{top.ref}/", {"parent": parent.ref}, headers={"If-Match": '"v1"'}
            )
            assert (answer.status_code, answer.json()["code"]) == (400, "kpi_loop")
            assert answer.json()["errors"][0]["pointer"] == "/parent"
        top.refresh_from_db()
        assert top.parent is None

    @pytest.mark.parametrize("wrong", ["elsewhere", "a metric", "of a metric"])
    def test_what_is_no_part_of_it_is_refused(self, cast: Cast, wrong: str) -> None:
        initiative = claims_triage(cast)
        metric = make_kpi(initiative, "AUC", kind="model_metric")
        foreign = make_kpi(make_initiative(cast.claims, "Another"))
        every: dict[str, dict[str, Any]] = {
            "elsewhere": {"parent": foreign}, "a metric": {"parent": metric},
            "of a metric": {"parent": make_kpi(initiative, "Top"), "kind": "model_metric"},
        }  # fmt: skip
        said = every[wrong]
        assert refused(lambda: make_kpi(initiative, "New", **said))[0] == 400

    def test_a_kpi_of_another_unit_does_not_exist_for_who_may_not_see_it(self, cast: Cast, api: Api) -> None:
        foreign = make_kpi(make_initiative(cast.cards, "Cards"))
        answer = api("alice").post(
            URL, {"name": "Part", "initiative": claims_triage(cast).ref, "parent": foreign.ref}
        )
        assert answer.json()["errors"][0] == {
            "pointer": "/parent", "code": "does_not_exist", "detail": answer.json()["errors"][0]["detail"],
        }  # fmt: skip


class TestQuality:
    def test_smart_reads_three_off_the_record_and_two_off_people(self, cast: Cast, api: Api) -> None:
        kpi = promise(
            claims_triage(cast), by=cast.actor("alice"), population="All claims", data_source="Ledger"
        )
        url = f"{URL}{kpi.ref}/quality/"
        marks = {one["item"]: one["mark"] for one in api("vera").get(url).json()["items"]}
        assert marks == {
            "specific": "yes", "measurable": "yes", "achievable": "unknown", "relevant": "unknown", "time_bound": "yes",
        }  # fmt: skip
        signed = api("max").post(
            f"/api/v1/kpi-versions/{kpi.current_id}/smart-signatures/",
            {"item": "achievable", "because": "Two teams did it."},
        )
        assert (signed.status_code, signed.json()["person"]) == (201, cast.max.pk)
        said = api("vera").get(url).json()
        assert said["score"] == 4
        assert AuditEvent.objects.get(action="kpi.smart_signed").reason == "Two teams did it."

    def test_what_is_missing_is_named(self, cast: Cast, api: Api) -> None:
        kpi = make_kpi(claims_triage(cast), success=trajectory(target_on=None))
        said = {
            one["item"]: one["missing"] for one in api("vera").get(f"{URL}{kpi.ref}/quality/").json()["items"]
        }
        assert said["specific"] == ["the definition", "the formula", "the population"]
        assert said["time_bound"] == ["the window", "the target date"]

    @pytest.mark.parametrize(
        ("who", "expected"),
        [
            ("alice", (403, "four_eyes")),
            ("vera", (403, "forbidden")),
            ("edith", (403, "forbidden")),
            ("charlie", (404, "not_found")),
        ],
    )
    def test_who_wrote_it_and_who_has_no_say_do_not_sign(
        self, cast: Cast, who: str, expected: tuple[int, str]
    ) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"))
        pk = version_of(kpi).pk
        assert (
            refused(lambda: sign_smart(pk=pk, item="relevant", because="It is.", by=cast.actor(who), at=AT))
            == expected
        )
        assert not SmartSignature.objects.exists()

    def test_who_is_asked_to_sign_the_definition_may_sign_this(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"))
        ask(kpi, cast, executive="edith")
        pk = version_of(kpi).pk
        assert (
            sign_smart(pk=pk, item="relevant", because="It is.", by=cast.actor("edith"), at=AT).person
            == cast.edith
        )

    @pytest.mark.parametrize(
        ("item", "because", "expected"),
        [
            ("specific", "It is.", (400, "invalid_choice")),
            ("relevant", " ", (400, "required")),
        ],
    )
    def test_what_no_person_signs(
        self, cast: Cast, item: str, because: str, expected: tuple[int, str]
    ) -> None:
        pk = version_of(promise(claims_triage(cast))).pk
        assert (
            refused(lambda: sign_smart(pk=pk, item=item, because=because, by=cast.actor("max"), at=AT))
            == expected
        )

    def test_it_is_signed_once_and_only_while_in_force(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast))
        pk = version_of(kpi).pk
        sign_smart(pk=pk, item="relevant", because="It is.", by=cast.actor("max"), at=AT)
        assert refused(
            lambda: sign_smart(pk=pk, item="relevant", because="It is.", by=cast.actor("alice"), at=AT)
        ) == (409, "already_signed")
        read(kpi, 9)
        amend(kpi, cast, target=Decimal(6))
        assert refused(
            lambda: sign_smart(pk=pk, item="achievable", because="It is.", by=cast.actor("max"), at=AT)
        ) == (409, "not_in_force")

    def test_accuracy_on_a_rare_class_is_advised_against(self, cast: Cast, api: Api) -> None:
        initiative = claims_triage(cast)
        business = make_kpi(initiative)
        metric = make_kpi(
            initiative, "Accuracy", kind="model_metric", metric="accuracy", minority_share=Decimal("0.03"), serves=business,
            serves_because="Right is right.",
        )  # fmt: skip
        url = f"{URL}{metric.ref}/quality/"
        found = {one["code"]: one for one in api("vera").get(url).json()["advice"]}
        assert "recall" in found["accuracy_on_rare_class"]["suggestions"]
        edit_kpi(
            pk=metric.pk, expected_version=None, facts={"minority_share": Decimal("0.4")}, by=system(), at=AT
        )
        assert "accuracy_on_rare_class" not in {one["code"] for one in api("vera").get(url).json()["advice"]}

    def test_a_kpi_linked_to_nothing_is_vanity_until_it_is_linked(self, cast: Cast, api: Api) -> None:
        initiative = claims_triage(cast)
        kpi = make_kpi(initiative)
        url = f"{URL}{kpi.ref}/quality/"
        assert "vanity_kpi" in {one["code"] for one in api("vera").get(url).json()["advice"]}
        initiative.objectives.add(StrategicObjective.objects.create(name="Quicker claims"))
        assert "vanity_kpi" not in {one["code"] for one in api("vera").get(url).json()["advice"]}

    def test_the_target_stands_beside_its_benchmark(self, cast: Cast, api: Api) -> None:
        said = made(cast, api)
        told = api("vera").get(f"{URL}{said['ref']}/quality/").json()["benchmark"]
        assert (
            told
            == "The target of 4 is 0.2 more ambitious than the benchmark of 3.8 (Industry survey 2025, 30 Jun 2025)."
        )


class TestExpectedInfluence:
    def framed(self, cast: Cast) -> Kpi:
        """A KPI of an initiative whose development has not begun."""
        initiative = claims_triage(cast)
        Initiative.objects.filter(pk=initiative.pk).update(stage="framing")
        StageSpell.objects.create(
            initiative=initiative, stage="framing", entered_on=TODAY - timedelta(days=30), recorded_at=AT
        )
        return promise(Initiative.objects.get(pk=initiative.pk))

    def said(
        self, kpi: Kpi, cast: Cast, low: int = -4, likely: int = -3, high: int = -1, who: str = "alice"
    ) -> ExpectedInfluence:
        return expect_influence(
            pk=kpi.pk, low=Decimal(low), likely=Decimal(likely), high=Decimal(high), because="As in motor.",
            by=cast.actor(who), at=AT,
        )  # fmt: skip

    def test_it_is_said_before_development_frozen_by_it_and_compared_with_what_came(
        self, cast: Cast, api: Api, frozen: Any
    ) -> None:
        kpi = self.framed(cast)
        url = f"{URL}{kpi.ref}/expected-influence/"
        body = {"low": "-4", "likely": "-3", "high": "-1", "because": "As in motor."}
        assert api("alice").post(url, body).status_code == 201
        assert api("alice").post(url, {**body, "likely": "-2"}).status_code == 201
        said = api("vera").get(url).json()
        assert ([one["likely"] for one in said["results"]], said["frozen"], said["position"]) == (
            ["-2", "-3"],
            False,
            "unknown",
        )
        move_stage(
            initiative=lock_initiative(kpi.initiative_id),
            to=Stage.DEVELOPMENT,
            on=TODAY,
            by=system(),
            at=AT,
            because="G2: go",
        )
        outbox.drain()
        assert not ExpectedInfluence.objects.filter(frozen_at=None).exists()
        late = api("alice").post(url, body)
        assert (late.status_code, late.json()["code"]) == (409, "development_began")
        assert "24 Nov 2026" in late.json()["detail"]
        read(kpi, "7.5")
        said = api("vera").get(url).json()
        assert (said["frozen"], said["position"], said["error"]) == (True, "inside", "-0.5")

    def test_freezing_twice_freezes_once(self, cast: Cast) -> None:
        kpi = self.framed(cast)
        self.said(kpi, cast)
        StageSpell.objects.create(
            initiative=kpi.initiative,
            from_stage="framing",
            stage="development",
            entered_on=TODAY,
            recorded_at=AT,
            closed_at=AT,
        )
        for expected in (1, 0):
            assert (
                freeze_influences(initiative_ids=[kpi.initiative_id], as_of=TODAY, by=system(), at=AT)
                == expected
            )
        assert AuditEvent.objects.filter(action="kpi.influence_frozen").count() == 1

    @pytest.mark.parametrize("stage", ["development", "pilot", "production", "unknown"])
    def test_it_is_too_late_in_any_later_stage(self, cast: Cast, stage: str) -> None:
        kpi = self.framed(cast)
        Initiative.objects.filter(pk=kpi.initiative_id).update(stage=stage)
        assert refused(lambda: self.said(kpi, cast)) == (409, "development_began")

    def test_three_numbers_rise(self, cast: Cast) -> None:
        kpi = self.framed(cast)
        assert refused(lambda: self.said(kpi, cast, likely=1))[0] == 400
        assert refused(lambda: self.said(kpi, cast, low=-2))[0] == 400

    def test_the_same_again_writes_nothing(self, cast: Cast) -> None:
        kpi = self.framed(cast)
        assert self.said(kpi, cast).pk == self.said(kpi, cast).pk

    @pytest.mark.parametrize(("who", "status"), [("bob", 403), ("edith", 403), ("charlie", 404)])
    def test_only_who_may_define_says_it(self, cast: Cast, who: str, status: int) -> None:
        kpi = self.framed(cast)
        assert refused(lambda: self.said(kpi, cast, who=who))[0] == status
