"""Data needs and workshops: recorded, linked to KPIs, and told when they came."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from core.models import AuditEvent
from kpis.models import DataNeed, Workshop
from portfolio.models import Initiative, StageSpell
from tests.cast import AT, Cast
from tests.kpis.build import claims_triage, make_initiative, make_kpi

Api = Callable[[str], APIClient]
SignIn = Callable[[str], Client]
NEEDS, WORKSHOPS = "/api/v1/data-needs/", "/api/v1/workshops/"


@pytest.fixture
def triage(cast: Cast, frozen: Any) -> Initiative:
    return claims_triage(cast)


def sent(client: APIClient, url: str, data: Any, **headers: str) -> Any:
    return client.post(url, data, format="json", headers=headers)


# Data needs


def test_data_is_recorded_linked_and_changed(cast: Cast, triage: Initiative, api: Api) -> None:
    kpi, client = make_kpi(triage), api("alice")
    made = sent(client, NEEDS, {"initiative": triage.ref, "name": "Claim events", "available": "partly"})
    assert made.status_code == 201, made.json()
    assert (made.json()["unlinked"], made.json()["kpis"]) == (True, [])
    url = f"{NEEDS}{made.json()['id']}/"
    linked = client.patch(url, {"kpis": [kpi.ref]}, format="json", headers={"If-Match": made["ETag"]})
    assert linked.status_code == 200, linked.json()
    assert (linked.json()["unlinked"], linked.json()["kpis"], linked.json()["version"]) == (
        False,
        [kpi.pk],
        2,
    )
    late = client.patch(url, {"system": "X"}, format="json", headers={"If-Match": made["ETag"]})
    assert late.status_code == 412
    same = client.patch(url, {"kpis": [kpi.pk]}, format="json", headers={"If-Match": linked["ETag"]})
    assert same.json()["version"] == 2
    assert AuditEvent.objects.filter(object_type="dataneed").count() == 2


def test_unlinked_data_is_found(cast: Cast, triage: Initiative, api: Api) -> None:
    kpi, client = make_kpi(triage), api("alice")
    for name, kpis in (("Linked", [kpi.pk]), ("Unlinked", [])):
        assert sent(client, NEEDS, {"initiative": triage.pk, "name": name, "kpis": kpis}).status_code == 201
    for query, names in (
        ("unlinked=true", ["Unlinked"]),
        ("unlinked=false", ["Linked"]),
        (f"kpi={kpi.ref}", ["Linked"]),
    ):
        assert [row["name"] for row in client.get(f"{NEEDS}?{query}").json()["results"]] == names


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"name": "Taken"}, "/name"),
        ({"available": "maybe"}, "/available"),
        ({"kpis": ["elsewhere"]}, "/kpis"),
        ({"size": 3}, "/size"),
    ],
)
def test_wrong_data_is_refused_at_its_place(
    cast: Cast, triage: Initiative, api: Api, change: dict[str, Any], pointer: str
) -> None:
    DataNeed.objects.create(initiative=triage, name="Taken", recorded_at=AT)
    other = make_kpi(make_initiative(cast.claims, "Another", lead=cast.alice))
    if change.get("kpis"):
        change = {"kpis": [other.pk]}
    answer = sent(api("alice"), NEEDS, {"initiative": triage.pk, "name": "New", **change})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert DataNeed.objects.count() == 1


def test_the_page_names_what_no_kpi_needs_and_links_it(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    kpi, client = make_kpi(triage), signed_in("alice")
    page = f"/kpis/initiative/{triage.ref}/data/"
    assert "No data need is recorded" in client.get(page).content.decode()
    assert client.post(f"{page}new/", {"name": "Weather", "available": "no"}).status_code == 302
    shown = client.get(page).content.decode()
    for words in ("linked to no KPI", "Not available", "nobody", "<strong>One</strong> of 1 is linked"):
        assert words in shown, words
    need = DataNeed.objects.get()
    linked = {"name": "Weather", "available": "no", "version": 1, "kpis": [kpi.pk]}
    assert client.post(f"/kpis/data-needs/{need.pk}/edit/", linked).status_code == 302
    assert "linked to no KPI" not in client.get(page).content.decode()
    assert (
        "Change" not in signed_in("vera").get(page).content.decode().split("</thead>")[1].split("</table>")[0]
    )


# Workshops


def held(triage: Initiative, day: str = "2026-03-01", **more: Any) -> dict[str, Any]:
    people = [{"name": "Ann", "role": "product"}, {"name": "Ben", "role": "engineering"}]
    return {"initiative": triage.pk, "held_on": day, "attendees": people, **more}


def began(triage: Initiative, on: date | None) -> None:
    StageSpell.objects.create(
        initiative=triage, stage="framing", entered_on=date(2026, 1, 1), closed_at=AT, recorded_at=AT
    )
    StageSpell.objects.create(initiative=triage, stage="development", entered_on=on, recorded_at=AT)


@pytest.mark.parametrize(
    ("day", "late", "words"),
    [
        ("2026-02-28", False, "before development began"),
        ("2026-03-01", True, "on the day development began"),
        ("2026-03-02", True, "1 day after development began"),
    ],
)
def test_a_workshop_says_whether_it_came_before_development(
    triage: Initiative, api: Api, day: str, late: bool, words: str
) -> None:
    began(triage, date(2026, 3, 1))
    answer = sent(api("alice"), WORKSHOPS, held(triage, day))
    assert answer.status_code == 201, answer.json()
    assert answer.json()["timing"] == {"late": late, "development_began_on": "2026-03-01", "words": words}


def test_without_a_day_of_development_it_is_not_known_which_came_first(triage: Initiative, api: Api) -> None:
    began(triage, None)
    assert sent(api("alice"), WORKSHOPS, held(triage)).json()["timing"]["late"] is None


def test_before_development_began_no_workshop_is_late(triage: Initiative, api: Api) -> None:
    answer = sent(api("alice"), WORKSHOPS, held(triage))
    assert answer.json()["timing"]["late"] is None  # in pilot, and when development began was never recorded
    Initiative.objects.filter(pk=triage.pk).update(stage="framing")
    assert api("alice").get(WORKSHOPS).json()["results"][0]["timing"]["late"] is False


def test_people_of_the_register_are_kept_by_name(cast: Cast, triage: Initiative, api: Api) -> None:
    kpi = make_kpi(triage)
    body = held(triage, attendees=[{"user": cast.edith.pk, "role": "executive"}], kpis=[kpi.ref])
    answer = sent(api("alice"), WORKSHOPS, body).json()
    assert answer["attendees"] == [{"name": "Edith", "role": "executive", "user": cast.edith.pk}]
    assert answer["kpis"] == [kpi.pk]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"held_on": "2026-11-25"}, "/held_on"),
        ({"attendees": []}, "/attendees"),
        ({"attendees": [{"role": "product"}]}, "/attendees/0/name"),
        ({"attendees": [{"name": "Ann", "role": "boss"}]}, "/attendees/0/role"),
        ({"kpis": ["K-99999"]}, "/kpis"),
    ],
)
def test_a_wrong_workshop_is_refused_at_its_place(
    triage: Initiative, api: Api, change: dict[str, Any], pointer: str
) -> None:
    answer = sent(api("alice"), WORKSHOPS, held(triage, **change))
    assert answer.status_code == 400, answer.json()
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert not Workshop.objects.exists()


def test_the_page_shows_who_was_there_and_which_role_was_not(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    kpi, client = make_kpi(triage), signed_in("alice")
    began(triage, date(2026, 3, 1))
    page = f"/kpis/initiative/{triage.ref}/workshops/"
    assert "No workshop is recorded" in client.get(page).content.decode()
    refused = client.post(f"{page}new/", {"held_on": "2026-04-01", "name_0": "Ann"})
    assert refused.status_code == 400
    assert "Choose the role." in refused.content.decode()
    body = {"held_on": "2026-04-01", "name_0": "Ann", "role_0": "product", "kpis": [kpi.pk]}
    assert client.post(f"{page}new/", body).status_code == 302
    shown = client.get(page).content.decode()
    for words in (
        "Ann",
        "Days to decision",
        '<span class="t-bad">Held 31 days after development began on 1 Mar',
        "nobody",
    ):
        assert words in shown, words
