"""Interventions through their doors: the API, the pages, the council's list, the home of who was asked."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.models import User
from kpis.models import Intervention
from kpis.services.evaluate import sweep
from kpis.services.interventions import close_intervention, escalate_overdue
from portfolio.models import Flag, Initiative
from tests.cast import AT, TODAY, Cast
from tests.kpis.acting import give, raise_flag
from tests.kpis.build import claims_triage, make_initiative

Api = Callable[[str], APIClient]
SignIn = Callable[[str], Client]
URL = "/api/v1/interventions/"
DAY = timedelta(days=1)


@pytest.fixture
def triage(cast: Cast, frozen: Any) -> Initiative:
    return claims_triage(cast)


@pytest.fixture
def flag(triage: Initiative) -> Flag:
    return raise_flag(triage)


def body(flag: Flag, who: User, **more: Any) -> dict[str, Any]:
    return {"flag": flag.pk, "assigned_to": who.pk, "action": "Ask.", "due_on": TODAY.isoformat(), **more}


def sent(client: APIClient, url: str, data: Any, **headers: str) -> Any:
    return client.post(url, data, format="json", headers=headers)


def found(client: APIClient, query: str) -> list[str]:
    return [row["action"] for row in client.get(f"{URL}?ordering=id&{query}").json()["results"]]


# The API


def test_it_is_given_changed_and_closed_by_programs(cast: Cast, flag: Flag, api: Api) -> None:
    made = sent(api("alice"), URL, body(flag, cast.bob))
    assert made.status_code == 201, made.json()
    assert (made.json()["state"], made.json()["state_display"], made.json()["owner_active"]) == (
        "open",
        "Open",
        True,
    )
    url = f"{URL}{made.json()['id']}/"
    change = {"due_on": (TODAY + 3 * DAY).isoformat(), "because": "More time."}
    changed = api("alice").patch(url, change, format="json", headers={"If-Match": made["ETag"]})
    assert (changed.status_code, changed.json()["version"], changed["ETag"]) == (200, 2, '"v2"')
    late = api("max").patch(url, change, format="json", headers={"If-Match": made["ETag"]})
    assert late.status_code == 412
    assert api("max").patch(url, change, format="json").status_code == 428
    done = sent(api("bob"), f"{url}close/", {"note": "They use the old list."})
    assert (done.status_code, done.json()["state"], done.json()["closed_by"]) == (200, "closed", cast.bob.pk)
    assert sent(api("bob"), f"{url}close/", {"note": "Again."}).status_code == 409


def test_sending_it_twice_gives_one(cast: Cast, flag: Flag, api: Api) -> None:
    first = sent(api("alice"), URL, body(flag, cast.bob), **{"Idempotency-Key": "once"})
    again = sent(api("alice"), URL, body(flag, cast.bob), **{"Idempotency-Key": "once"})
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 201, first.json()["id"])
    second = sent(api("max"), URL, body(flag, cast.alice))
    assert (second.status_code, second.json()["code"]) == (409, "taken_up")
    assert Intervention.objects.count() == 1
    url = f"{URL}{first.json()['id']}/close/"
    for _ in range(2):
        assert sent(api("bob"), url, {"note": "Done."}, **{"Idempotency-Key": "end"}).status_code == 200


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"action": ""}, "/action"),
        ({"due_on": "2026-11-23"}, "/due_on"),
        ({"due_on": "2027-01-01"}, "/due_on"),
        ({"due_on": "soon"}, "/due_on"),
        ({"assigned_to": "charlie"}, "/assigned_to"),
        ({"assigned_to": 987654321}, "/assigned_to"),
        ({"flag": 987654321}, "/flag"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(
    cast: Cast, flag: Flag, api: Api, change: dict[str, Any], pointer: str
) -> None:
    if change.get("assigned_to") == "charlie":
        change = {"assigned_to": cast.charlie.pk}
    answer = sent(api("alice"), URL, {**body(flag, cast.bob), **change})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not Intervention.objects.exists()


def test_the_list_finds_what_is_open_overdue_escalated_and_without_a_living_owner(
    cast: Cast, triage: Initiative, api: Api, frozen: Any
) -> None:
    rows = {}
    for name, to, ahead in (
        ("fresh", cast.bob, 20), ("late", cast.bob, 8), ("council", cast.alice, 1), ("left", cast.vera, 20), ("done", cast.bob, 5)
    ):  # fmt: skip
        rows[name] = give(raise_flag(triage, name), cast, to=to, due_on=TODAY + ahead * DAY)
        Intervention.objects.filter(pk=rows[name].pk).update(action=name)
    close_intervention(pk=rows["done"].pk, note="Done.", by=cast.actor("bob"), at=AT)
    escalate_overdue(at=AT + 2 * DAY)
    User.objects.filter(pk=cast.vera.pk).update(is_active=False)
    frozen(AT + 9 * DAY)
    client = api("max")
    for query, names in (
        ("", ["fresh", "late", "council", "left", "done"]),
        ("open=true", ["fresh", "late", "council", "left"]),
        ("open=false", ["done"]),
        ("overdue=true", ["late", "council"]),
        ("overdue=false", ["fresh", "left", "done"]),
        ("escalated=true", ["council"]),
        ("escalated=false&open=true", ["fresh", "late", "left"]),
        ("owner_active=false", ["left"]),
        (f"assigned_to={cast.alice.pk}", ["council"]),
        (f"initiative={triage.ref}&due_on__lte=2026-11-30", ["council", "done"]),
        ("rule=late", ["late"]),
    ):
        assert found(client, query) == names, query
    assert client.get(f"{URL}?overdue=perhaps").status_code == 400
    assert found(api("charlie"), "") == []


def test_the_list_costs_the_same_for_one_and_for_many(cast: Cast, triage: Initiative, api: Api) -> None:
    counts = []
    for many in (1, 6):
        for n in range(many):
            give(raise_flag(triage, f"T{many}{n}"), cast)
        with CaptureQueriesContext(connection) as taken:
            assert api("max").get(URL).status_code == 200
        counts.append(len(taken))
    assert counts[0] == counts[1]


# The pages


def test_a_flag_is_given_to_somebody_from_its_tab_and_its_row(
    cast: Cast, triage: Initiative, flag: Flag, signed_in: SignIn
) -> None:
    alice, form = signed_in("alice"), f"/kpis/flags/{flag.pk}/act/"
    tab = f"/portfolio/initiatives/{triage.ref}/flags/"
    for page in (tab, "/portfolio/flags/"):
        assert form in alice.get(page).content.decode()
        unable = signed_in("vera").get(page).content.decode()
        assert form not in unable
        assert "nobody" in unable
    data = {"assigned_to": cast.bob.pk, "action": "Ask the claims team.", "due_on": TODAY.isoformat()}
    assert alice.post(form, data).status_code == 302
    for page in (tab, "/portfolio/flags/"):
        shown = alice.get(page).content.decode()
        assert form not in shown
        assert "Bob" in shown
    sheet: Any = alice.get("/portfolio/flags/?format=csv")
    assert "Bob by 24 Nov 2026, open" in sheet.getvalue().decode()


def test_two_tabs_give_one_and_the_second_is_told(cast: Cast, flag: Flag, signed_in: SignIn) -> None:
    form = f"/kpis/flags/{flag.pk}/act/"
    data = {"assigned_to": cast.bob.pk, "action": "Ask.", "due_on": TODAY.isoformat()}
    first, second = signed_in("alice").post(form, data), signed_in("max").post(form, data)
    assert (first.status_code, second.status_code) == (302, 409)
    assert "Bob acts on it already" in second.content.decode()
    assert Intervention.objects.count() == 1


def test_what_is_wrong_stands_at_the_field_and_what_was_typed_stays(
    cast: Cast, flag: Flag, signed_in: SignIn
) -> None:
    data = {"assigned_to": cast.charlie.pk, "action": "Ask the team.", "due_on": "2027-01-30"}
    page = signed_in("alice").post(f"/kpis/flags/{flag.pk}/act/", data)
    shown = page.content.decode()
    assert page.status_code == 400
    assert "Charlie may not see this initiative" in shown
    assert "Ask the team." in shown
    later = signed_in("alice").post(f"/kpis/flags/{flag.pk}/act/", {**data, "assigned_to": cast.bob.pk})
    assert "up to 24 Dec 2026" in later.content.decode()


def test_of_two_changes_the_second_sees_both(cast: Cast, flag: Flag, signed_in: SignIn) -> None:
    row = give(flag, cast)
    url = f"/kpis/interventions/{row.pk}/edit/"
    mine = {
        "assigned_to": cast.vera.pk,
        "due_on": row.due_on.isoformat(),
        "because": "On leave.",
        "version": "1",
    }
    assert signed_in("max").post(url, mine).status_code == 302
    theirs = {**mine, "assigned_to": cast.alice.pk}
    answer = signed_in("alice").post(url, theirs)
    assert answer.status_code == 412
    assert "Save mine over theirs" in answer.content.decode()
    assert signed_in("alice").post(url, {**theirs, "version": "2"}).status_code == 302
    row.refresh_from_db()
    assert (row.assigned_to, row.version) == (cast.alice, 3)


def test_it_stands_on_the_home_of_who_was_asked_until_it_is_closed(
    cast: Cast, triage: Initiative, flag: Flag, signed_in: SignIn
) -> None:
    row, bob = give(flag, cast), signed_in("bob")
    home = bob.get("/portfolio/home/").content.decode()
    assert "Ask the claims team what they use." in home
    assert f"/kpis/interventions/{row.pk}/" in home
    assert "Close it" in bob.get(f"/kpis/interventions/{row.pk}/").content.decode()
    assert "Close it" not in signed_in("vera").get(f"/kpis/interventions/{row.pk}/").content.decode()
    assert bob.post(f"/kpis/interventions/{row.pk}/close/", {"note": ""}).status_code == 400
    assert bob.post(f"/kpis/interventions/{row.pk}/close/", {"note": "Done."}).status_code == 302
    assert "Ask the claims team" not in bob.get("/portfolio/home/").content.decode().split("Lately")[0]
    assert bob.get(f"/kpis/interventions/{row.pk}/close/").status_code == 409
    assert bob.get(f"/kpis/interventions/{row.pk}/edit/").status_code == 403


def test_who_was_given_it_elsewhere_still_finds_and_closes_it(
    cast: Cast, triage: Initiative, flag: Flag, signed_in: SignIn
) -> None:
    row = give(flag, cast, to=cast.bob)
    triage.members.all().delete()
    bob = signed_in("bob")
    page = bob.get(f"/kpis/interventions/{row.pk}/").content.decode()
    assert f"/portfolio/initiatives/{triage.ref}/" not in page
    assert "Ask the claims team" in bob.get("/portfolio/home/").content.decode()
    assert bob.post(f"/kpis/interventions/{row.pk}/close/", {"note": "Done."}).status_code == 302


@pytest.mark.parametrize(("days", "shown"), [(6, False), (7, False), (8, True)])
def test_an_unactioned_red_flag_is_on_the_councils_list_by_the_clock(
    cast: Cast, flag: Flag, signed_in: SignIn, frozen: Any, days: int, shown: bool
) -> None:
    give(flag, cast)
    frozen(AT + days * DAY)
    sweep(at=AT + days * DAY)
    for who in ("dana", "max"):
        page = signed_in(who).get("/kpis/council/").content.decode()
        assert ("Nobody has looked at it since launch." in page) is shown
    assert "/kpis/council/" in signed_in("dana").get("/portfolio/").content.decode()
    assert "Nobody has looked" not in signed_in("charlie").get("/kpis/council/").content.decode()


def test_it_stays_on_the_councils_list_when_it_is_closed_and_leaves_with_the_flag(
    cast: Cast, flag: Flag, signed_in: SignIn
) -> None:
    row = give(flag, cast)
    escalate_overdue(at=AT + 8 * DAY)
    close_intervention(pk=row.pk, note="Asked.", by=cast.actor("bob"), at=AT + 9 * DAY)
    council = signed_in("dana")
    assert "Nobody has looked" in council.get("/kpis/council/").content.decode()
    Flag.objects.filter(pk=flag.pk).update(cleared_at=AT)
    assert "Nothing is before the council" in council.get("/kpis/council/").content.decode()


@pytest.mark.parametrize(
    "page", ["/kpis/interventions/", "/kpis/council/", "/portfolio/flags/", "tab", "/portfolio/home/"]
)
def test_pages_cost_the_same_for_one_and_for_many(
    cast: Cast, triage: Initiative, signed_in: SignIn, page: str
) -> None:
    url = f"/portfolio/initiatives/{triage.ref}/flags/" if page == "tab" else page
    alice, counts = signed_in("alice"), []
    for many in (4, 6):  # a home asks the gates of four
        for n in range(many):
            other = make_initiative(cast.claims, f"Other {many} {n}", lead=cast.alice)
            for initiative in (triage, other):
                row = give(raise_flag(initiative, f"T{many}{n}"), cast, to=cast.alice)
                Flag.objects.filter(pk=row.flag_id).update(escalated_on=TODAY)
        alice.get(url)
        with CaptureQueriesContext(connection) as taken:
            assert alice.get(url).status_code == 200
        counts.append(len(taken))
    assert counts[0] == counts[1]
