"""Remediation through its doors, and the label wherever the KPI's name stands."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from kpis.models import Kpi, Remediation
from kpis.services.remediation import open_remediation, take_step
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import amend, claims_triage, make_initiative, make_kpi, promise, read, seal

Api = Callable[[str], APIClient]
SignIn = Callable[[str], Client]
URL = "/api/v1/remediations/"
FOUND = "Handlers save an hour."


@pytest.fixture
def triage(cast: Cast, frozen: Any) -> Initiative:
    return claims_triage(cast)


def sent(client: APIClient, url: str, data: Any, **headers: str) -> Any:
    return client.post(url, data, format="json", headers=headers)


def named(cast: Cast, initiative: Initiative, kpi: Kpi) -> Remediation:
    """A remediation whose second step named the KPI."""
    row = open_remediation(initiative_id=initiative.pk, because="None agreed.", by=cast.actor("max"), at=AT)
    for step, about in (("retrospective", None), ("post_hoc_kpi", kpi)):
        take_step(pk=row.pk, step=step, finding=FOUND, by=cast.actor("max"), at=AT, kpi=about)
    return row


def test_programs_take_the_four_steps_in_order(cast: Cast, triage: Initiative, api: Api) -> None:
    client, kpi = api("alice"), make_kpi(triage)
    made = sent(client, URL, {"initiative": triage.ref, "because": "None agreed."})
    assert made.status_code == 201, made.json()
    assert (made.json()["next_step"], made.json()["label"], made.json()["steps"]) == (
        "retrospective",
        "post-hoc",
        [],
    )
    steps = f"{URL}{made.json()['id']}/steps/"
    early = sent(client, steps, {"step": "validation", "finding": FOUND})
    assert (early.status_code, early.json()["code"]) == (409, "step_out_of_order")
    for data in ({"step": "retrospective"}, {"step": "post_hoc_kpi", "kpi": kpi.ref}):
        assert sent(client, steps, {"finding": FOUND, **data}).status_code == 201
    bare = sent(client, steps, {"step": "validation", "finding": FOUND})
    assert (bare.status_code, bare.json()["code"]) == (409, "no_historical_series")
    for back in range(3):
        read(kpi, 9, TODAY - timedelta(days=back))
    taken = sent(client, steps, {"step": "validation", "finding": FOUND})
    assert (taken.status_code, taken.json()["steps"][2]["readings"]) == (201, 3)
    last = {"step": "realignment", "finding": FOUND, "realignment": "update"}
    done = sent(client, steps, last, **{"Idempotency-Key": "last"})
    assert (done.json()["next_step"], done.json()["closed_at"] is not None) == (None, True)
    assert done.json()["steps"][3]["realignment_display"] == "Update the model"
    assert sent(client, steps, last, **{"Idempotency-Key": "last"}).json() == done.json()
    assert sent(client, steps, last).json()["code"] == "all_steps_taken"


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"step": "guessing", "finding": FOUND}, "/step"),
        ({"step": "retrospective"}, "/finding"),
        ({"step": "retrospective", "finding": FOUND, "kpi": 987654321}, "/kpi"),
        ({"step": "retrospective", "finding": FOUND, "realignment": "none"}, "/realignment"),
        ({"step": "retrospective", "finding": FOUND, "mood": "good"}, "/mood"),
    ],
)
def test_a_wrong_step_is_refused_at_its_place(
    cast: Cast, triage: Initiative, api: Api, data: dict[str, Any], pointer: str
) -> None:
    row = open_remediation(initiative_id=triage.pk, because="None.", by=cast.actor("max"), at=AT)
    answer = sent(api("alice"), f"{URL}{row.pk}/steps/", data)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not row.steps.exists()


def test_one_is_open_per_initiative_and_the_list_finds_it(cast: Cast, triage: Initiative, api: Api) -> None:
    kpi = make_kpi(triage)
    row = named(cast, triage, kpi)
    again = sent(api("alice"), URL, {"initiative": triage.pk, "because": "Again."})
    assert (again.status_code, again.json()["code"]) == (409, "remediation_open")
    for query in ("open=true", f"kpi={kpi.ref}", f"initiative={triage.ref}"):
        assert [one["id"] for one in api("max").get(f"{URL}?{query}").json()["results"]] == [row.pk], query
    assert api("max").get(f"{URL}?open=false").json()["results"] == []


def test_the_list_costs_the_same_for_one_and_for_many(cast: Cast, triage: Initiative, api: Api) -> None:
    counts = []
    for many in (1, 4):
        for n in range(many):
            other = make_initiative(cast.claims, f"Other {many} {n}", lead=cast.alice)
            named(cast, other, make_kpi(other))
        with CaptureQueriesContext(connection) as taken:
            assert api("max").get(URL).status_code == 200
        counts.append(len(taken))
    assert counts[0] == counts[1]


def test_the_label_is_told_by_programs_and_never_goes_away(cast: Cast, triage: Initiative, api: Api) -> None:
    kpi, client = promise(triage), api("alice")
    other = make_kpi(triage, "Other", primary=False)
    row = named(cast, triage, kpi)
    amend(seal(kpi, cast), cast, name="Hours to decision")
    said = client.get(f"/api/v1/kpis/{kpi.pk}/").json()
    assert (said["name"], said["post_hoc"], said["remediation"]) == ("Hours to decision", True, row.pk)
    untouched = client.get(f"/api/v1/kpis/{other.pk}/").json()
    assert (untouched["post_hoc"], untouched["remediation"]) == (False, None)
    found = client.get("/api/v1/kpis/?remediation__isnull=false").json()["results"]
    assert [one["id"] for one in found] == [kpi.pk]
    change = {"post_hoc": False, "remediation": None}
    refused = client.patch(
        f"/api/v1/kpis/{kpi.pk}/", change, format="json", headers={"If-Match": f'"v{said["version"]}"'}
    )
    assert refused.status_code == 400
    assert client.get(f"/api/v1/kpis/{kpi.pk}/?as_of=2026-11-24").json()["post_hoc"] is True


def test_the_label_stands_wherever_the_kpis_name_does(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    kpi = promise(triage)
    pages = [
        f"/kpis/{kpi.ref}/", f"/kpis/initiative/{triage.ref}/", "/kpis/", f"/portfolio/initiatives/{triage.ref}/",
        f"/governance/initiative/{triage.ref}/traceability/",
    ]  # fmt: skip
    client = signed_in("vera")
    for page in pages:
        assert ">post-hoc<" not in client.get(page).content.decode(), page
    named(cast, triage, kpi)
    amend(seal(kpi, cast), cast, name="Hours to decision")
    for page in pages:
        shown = client.get(page).content.decode()
        assert ">post-hoc<" in shown, page
        assert "Hours to decision" in shown, page


def test_the_gate_to_development_is_not_opened_by_a_kpi_set_after_the_fact(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    kpi = promise(triage)
    named(cast, triage, kpi)
    seal(kpi, cast)
    Initiative.objects.filter(pk=triage.pk).update(stage="framing")

    def answer() -> str:
        page = signed_in("vera").get(f"/portfolio/initiatives/{triage.ref}/").content.decode()
        gate = page[page.index("At least one business KPI approved") - 400 :][:420]
        return "yes" if "#s-check" in gate else "no" if "#s-cross" in gate else "unknown"

    assert answer() == "no"
    seal(promise(triage, "Before", primary=False), cast)
    assert answer() == "yes"


# The page


def test_the_page_opens_one_and_shows_the_next_step_as_a_form(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    alice, page = signed_in("alice"), f"/kpis/initiative/{triage.ref}/remediation/"
    kpi = make_kpi(triage)
    assert "Begin a remediation" in alice.get(page).content.decode()
    assert "Begin a remediation" not in signed_in("bob").get(page).content.decode()
    assert alice.post(f"{page}open/", {"because": " "}).status_code == 400
    assert alice.post(f"{page}open/", {"because": "None agreed."}).status_code == 302
    row = Remediation.objects.get()
    url = f"/kpis/remediations/{row.pk}/"
    shown = alice.get(page).content.decode()
    assert f'action="{url}retrospective/"' in shown
    assert "Step 1 of 4" in shown
    assert f'action="{url}retrospective/"' not in signed_in("bob").get(page).content.decode()
    for step, data in (("retrospective", {}), ("post_hoc_kpi", {"kpi": kpi.pk})):
        assert alice.post(f"{url}{step}/", {"finding": FOUND, **data}).status_code == 302
    assert "0 days of 3 on record" in alice.get(page).content.decode()
    refused = alice.post(f"{url}validation/", {"finding": "Typed at length."})
    assert refused.status_code == 409
    assert "needs readings on at least 3 different days" in refused.content.decode()
    assert "Typed at length." in refused.content.decode()
    for back in range(3):
        read(kpi, 9, TODAY - timedelta(days=back))
    assert alice.post(f"{url}validation/", {"finding": FOUND}).status_code == 302
    assert alice.post(f"{url}realignment/", {"finding": FOUND}).status_code == 400
    assert alice.post(f"{url}realignment/", {"finding": FOUND, "realignment": "none"}).status_code == 302
    ended = alice.get(page).content.decode()
    assert "Ended 24 Nov" in ended
    assert "Neither" in ended


def test_of_two_tabs_one_takes_the_step_and_the_other_is_told(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    page = f"/kpis/initiative/{triage.ref}/remediation/"
    for status in (302, 409):
        assert signed_in("alice").post(f"{page}open/", {"because": "None agreed."}).status_code == status
    row = Remediation.objects.get()
    url = f"/kpis/remediations/{row.pk}/retrospective/"
    assert signed_in("alice").post(url, {"finding": FOUND}).status_code == 302
    second = signed_in("max").post(url, {"finding": "Another."})
    assert second.status_code == 409
    assert "The next step is post_hoc_kpi" in second.content.decode()
    assert row.steps.count() == 1
    assert (
        signed_in("alice").post(f"/kpis/remediations/{row.pk}/guessing/", {"finding": FOUND}).status_code
        == 404
    )


def test_nothing_is_offered_where_nothing_is_built(cast: Cast, triage: Initiative, signed_in: SignIn) -> None:
    Initiative.objects.filter(pk=triage.pk).update(stage="framing")
    page = f"/kpis/initiative/{triage.ref}/remediation/"
    assert "Nothing has to be set right" in signed_in("alice").get(page).content.decode()
    refused = signed_in("alice").post(f"{page}open/", {"because": "None agreed."})
    assert refused.status_code == 409
    assert not Remediation.objects.exists()
