"""A judgement KPI: its named judge alone records it, at every door, and only on its scale."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from rest_framework.test import APIClient

from core.access import system
from core.errors import Problem
from kpis.models import Kpi, Measurement
from kpis.services.bulk import record_many
from portfolio.models import InitiativeMember
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_kpi, read, version_of

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db
URL = "/api/v1/measurements/"
LEVELS = "1 = nobody can follow it\n5 = a new colleague can"


@pytest.fixture
def kpi(cast: Cast) -> Kpi:
    """How well decisions are explained, from 1 to 5, by Bob's judgement."""
    band = {"shape": "band", "lower": Decimal(3), "baseline_on": TODAY, "cadence_days": 30}
    made = make_kpi(claims_triage(cast), "Explained well", success=band, unit_of_measure="points")
    made.judge = cast.bob
    made.save()
    version = version_of(made)
    version.judge, version.scale_low, version.scale_high, version.scale_words = (
        cast.bob,
        Decimal(1),
        Decimal(5),
        LEVELS,
    )
    version.save()
    return made


def row(kpi: Kpi, value: object = "4") -> dict[str, object]:
    return {"kpi": kpi.ref, "observed_on": str(TODAY), "value": value}


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        ("bob", 201, None),
        ("alice", 403, "not_the_judge"),
        ("max", 403, "not_the_judge"),
        ("vera", 403, "forbidden"),
        ("charlie", 404, "not_found"),
    ],
)
def test_only_the_judge_records_it_through_the_api(cast: Cast, api: Api, kpi: Kpi, frozen: object, who: str, status: int, code: str | None) -> None:  # fmt: skip
    answer = api(who).post(URL, row(kpi))
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert Measurement.objects.count() == (status == 201)


def test_nobody_else_corrects_or_withdraws_what_the_judge_said(cast: Cast, api: Api, kpi: Kpi, frozen: object) -> None:  # fmt: skip
    said = api("bob").post(URL, row(kpi)).json()["id"]
    for answer in (
        api("max").post(URL, {**row(kpi, "2"), "supersedes": said, "note": "I think otherwise."}),
        api("alice").post(f"{URL}{said}/withdrawal/", {"because": "I think otherwise."}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_the_judge")
    assert Measurement.objects.count() == 1


def test_in_bulk_each_such_row_is_refused_and_a_request_of_nothing_else_as_a_whole(cast: Cast, api: Api, kpi: Kpi, frozen: object) -> None:  # fmt: skip
    counted = make_kpi(kpi.initiative, "Counted")
    answer = api("alice").post(f"{URL}bulk/", {"rows": [row(kpi), row(counted)]}).json()
    assert [(one["outcome"], (one["error"] or {}).get("code")) for one in answer["results"]] == [
        ("refused", "not_the_judge"), ("created", None),
    ]  # fmt: skip
    for atomic in (False, True):
        alone = api("alice").post(f"{URL}bulk/", {"rows": [row(kpi), row(kpi, "5")], "atomic": atomic})
        assert (alone.status_code, alone.json()["code"]) == (403, "not_the_judge")
        assert alone.json()["errors"][1]["pointer"] == "/rows/1/kpi"
    assert Measurement.objects.filter(kpi=kpi).count() == 0
    own = api("bob").post(f"{URL}bulk/", {"rows": [row(kpi), row(kpi, "5")]})
    assert own.json()["created"] == 2


def test_the_product_itself_does_not_judge(cast: Cast, kpi: Kpi) -> None:
    with pytest.raises(Problem) as refused:
        read(kpi, 4)
    assert refused.value.code == "not_the_judge"
    with pytest.raises(Problem) as refused:
        record_many(rows=[row(kpi)], atomic=False, by=system(), at=AT)
    assert refused.value.status == 403


@pytest.mark.parametrize("value", ["0.999999999999", "5.000000000001", "-3", "50"])
def test_a_value_off_the_scale_is_refused_with_the_scale_in_the_sentence(cast: Cast, api: Api, kpi: Kpi, frozen: object, value: str) -> None:  # fmt: skip
    single = api("bob").post(URL, row(kpi, value))
    bulk = api("bob").post(f"{URL}bulk/", {"rows": [row(kpi, value)]})
    for error in (single.json()["errors"][0], bulk.json()["results"][0]["error"]):
        assert error["code"] == "off_the_scale"
        assert error["detail"] == (
            "The scale runs from 1 to 5: 1 = nobody can follow it; 5 = a new colleague can. Give a value on it."
        )
    assert single.status_code == 400
    assert not Measurement.objects.exists()


@pytest.mark.parametrize("value", ["1", "5", "3.5"])
def test_the_ends_of_the_scale_belong_to_it(cast: Cast, api: Api, kpi: Kpi, frozen: object, value: str) -> None:  # fmt: skip
    assert api("bob").post(URL, row(kpi, value)).status_code == 201


def test_the_pages_are_closed_to_others_and_open_to_the_judge(cast: Cast, signed_in: Callable[[str], Client], kpi: Kpi, frozen: object) -> None:  # fmt: skip
    page = f"/kpis/{kpi.ref}/readings/new/"
    for method in ("get", "post"):
        answer = getattr(signed_in("alice"), method)(page, {"observed_on": str(TODAY), "value": "4"})
        assert answer.status_code == 403
        assert b"only its named judge records it" in answer.content
    assert signed_in("bob").get(page).status_code == 200
    answer = signed_in("bob").post(page, {"observed_on": str(TODAY), "value": "9"})
    assert answer.status_code == 400
    assert b"The scale runs from 1 to 5" in answer.content
    assert signed_in("bob").post(page, {"observed_on": str(TODAY), "value": "4"}).status_code == 302
    assert b"Record a reading" not in signed_in("alice").get(f"/kpis/{kpi.ref}/").content


def test_the_check_in_offers_a_judgement_to_its_judge_alone(cast: Cast, signed_in: Callable[[str], Client], kpi: Kpi, frozen: object) -> None:  # fmt: skip
    page = f"/kpis/initiative/{kpi.initiative.ref}/check-in/"
    assert f"value_{kpi.pk}".encode() not in signed_in("alice").get(page).content
    assert f"value_{kpi.pk}".encode() in signed_in("bob").get(page).content


def test_whoever_is_named_judge_sees_the_kpi_and_may_record_it(cast: Cast, api: Api, kpi: Kpi, frozen: object) -> None:  # fmt: skip
    InitiativeMember.objects.all().delete()
    assert api("bob").get(f"/api/v1/kpis/{kpi.ref}/").status_code == 200
    assert api("bob").post(URL, row(kpi)).status_code == 201
    assert api("bob").patch(f"/api/v1/kpis/{kpi.ref}/", {"formula": "x"}, headers={"If-Match": '"v1"'}).status_code == 403  # fmt: skip
