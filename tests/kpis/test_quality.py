"""Whether a definition is specific, measurable and in time, what people sign of it, and what is advised."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from core.access import system
from core.models import AuditEvent
from kpis.models import SmartSignature
from kpis.services.define import edit_kpi
from kpis.services.smart import sign_smart
from portfolio.models import StrategicObjective
from tests.cast import AT, Cast
from tests.kpis.build import (
    amend,
    ask,
    claims_triage,
    make_kpi,
    promise,
    read,
    trajectory,
    version_of,
)
from tests.kpis.test_definition import URL, made
from tests.kpis.test_sealing import refused

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db


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
