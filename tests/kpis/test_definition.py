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
from kpis.models import ExpectedInfluence, Kpi, KpiVersion
from kpis.services.baseline import lock_baseline
from kpis.services.define import edit_kpi
from kpis.services.influence import expect_influence, freeze_influences
from portfolio.models import Initiative, StageSpell
from portfolio.services.locks import lock_initiative
from portfolio.services.stages import move_stage
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import (
    amend,
    claims_triage,
    make_initiative,
    make_kpi,
    promise,
    read,
    seal,
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
