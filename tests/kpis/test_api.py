"""Reading through the API: lists, any past day, what is shown, and what it costs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.tokens import create_token
from kpis.models import Kpi
from kpis.services.states import pause_kpi
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_initiative, make_kpi, read, series

URL = "/api/v1/kpis/"
Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db


def with_token(cast: Cast, who: str, *scopes: str) -> APIClient:
    token, secret = create_token(
        user=cast.people[who], name="t", scopes=list(scopes), by=cast.actor(who), at=AT - timedelta(minutes=1)
    )
    assert token
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def statements(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert work().status_code == 200
    return len(seen.captured_queries)


@pytest.mark.parametrize("who", ["edith", "alice"])
@pytest.mark.parametrize(
    "path",
    [
        "kpis/",
        "kpis/?expand=initiative,owner",
        "kpi-versions/",
        "measurements/",
        "status-changes/",
        "kpis/?as_of=2026-11-01",
    ],
)
def test_a_list_costs_the_same_for_one_and_for_fifty_rows(
    cast: Cast, frozen: Any, who: str, path: str
) -> None:
    initiative = claims_triage(cast)
    client = with_token(cast, who, "kpis:read", "portfolio:read", "users:read")
    read(make_kpi(initiative, "First"), 9)
    client.get(f"/api/v1/{path}")  # the token's last use is written now, and not again for five minutes
    one = statements(lambda: client.get(f"/api/v1/{path}"))
    for number in range(49):
        read(make_kpi(initiative, f"KPI {number}"), 8)
    fifty = statements(lambda: client.get(f"/api/v1/{path}"))
    assert len(client.get(f"/api/v1/{path}").json()["results"]) == 50
    assert fifty == one
    assert fifty <= (9 if "as_of" in path else 6)


def test_a_list_holds_what_its_reader_may_see_and_nothing_else(cast: Cast, api: Api) -> None:
    mine = make_kpi(claims_triage(cast))
    other = make_kpi(make_initiative(cast.cards, "Limits", lead=cast.charlie))
    for kpi in (mine, other):
        read(kpi, 9)
    for path in ("kpis", "kpi-versions", "measurements", "status-changes"):
        seen = {
            who: {row.get("kpi", row["id"]) for row in api(who).get(f"/api/v1/{path}/").json()["results"]}
            for who in ("alice", "charlie", "edith", "vera", "mona")
        }
        assert seen == {
            "alice": {mine.pk}, "charlie": {other.pk}, "edith": {mine.pk, other.pk}, "vera": {mine.pk}, "mona": set(),
        }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("status=off_track", ["Bad"]),
        ("status__in=off_track,achieved", ["Good", "Bad"]),
        ("primary=false", ["Good"]),
        ("kind=guard", ["Good"]),
        ("q=goo", ["Good"]),
        ("q=K-{bad}", ["Bad"]),
        ("initiative=AI-{initiative}", ["Good", "Bad"]),
        ("unit={unit}", ["Good", "Bad"]),
        ("target_on__lte=2026-12-30", []),
        ("owner__isnull=true", ["Good", "Bad"]),
        ("last_observed_on__gte=2026-11-24", ["Good", "Bad"]),
        ("ordering=name", ["Bad", "Good"]),
        ("ordering=status", ["Bad", "Good"]),
        ("ordering=-status,name", ["Good", "Bad"]),
        ("state=paused", []),
        ("page_size=1", ["Good"]),
    ],
)
def test_lists_filter_search_and_sort(cast: Cast, api: Api, query: str, names: list[str]) -> None:
    initiative = claims_triage(cast)
    bad, good = make_kpi(initiative, "Bad"), make_kpi(initiative, "Good", primary=False, kind="guard")
    read(bad, 9.9)
    read(good, 5)
    asked = query.format(bad=bad.pk, initiative=initiative.pk, unit=cast.claims.pk)
    found = api("alice").get(f"{URL}?{asked}")
    assert found.status_code == 200
    assert [row["name"] for row in found.json()["results"]] == names


@pytest.mark.parametrize(
    "query",
    [
        "status=sad", "initiative=K-1", "colour=red", "owner__password=x", "ordering=secret", "ordering=-", "page_size=0",
        "page_size=10000", "target_on__gte=0001-01-01", "target_on=9999-12-31", "cursor=abc", "fields=secret", "expand=status",
        "q=" + "x" * 300, "primary=maybe", "initiative=999999999999999999999", "as_of=2026-11-25", "as_of=yesterday",
        "as_of=1850-01-01", "known_at=2026-11-24", "known_at=2026-11-24T10:00:00", "known_at=9999-12-31T23:59:59-14:00",
        "as_of=2026-11-01&status=off_track", "as_of=2026-11-01&ordering=status_since", "status=%00", "ref=K-%00",
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_refused_and_never_ignored(
    cast: Cast, api: Api, frozen: Any, query: str
) -> None:
    read(make_kpi(claims_triage(cast)), 9)
    answer = api("alice").get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["measurements", "status-changes", "kpi-versions"])
@pytest.mark.parametrize(
    "query", ["kpi=AI-1", "kpi=-1", "colour=red", "ordering=value", "cursor=x", "as_of=someday"]
)
def test_the_other_lists_refuse_too(cast: Cast, api: Api, path: str, query: str) -> None:
    assert api("alice").get(f"/api/v1/{path}/?{query}").status_code == 400


def test_paging_gives_every_row_once(cast: Cast, api: Api) -> None:
    kpi = make_kpi(claims_triage(cast))
    series(kpi, [9] * 25, every=3)
    client, seen, url = api("alice"), [], "/api/v1/measurements/?page_size=10&ordering=-observed_on"
    while url:
        page = client.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) == 25


@pytest.mark.parametrize("ref", ["{pk}", "K-{pk:04d}", "k-{pk}"])
def test_a_kpi_is_found_by_id_and_by_reference(cast: Cast, api: Api, ref: str) -> None:
    kpi = make_kpi(claims_triage(cast))
    assert api("alice").get(f"{URL}{ref.format(pk=kpi.pk)}/").json()["id"] == kpi.pk


@pytest.mark.parametrize("ref", ["0", "K-9999", "AI-0001", "x", "-1", "1e3", "9" * 30])
def test_no_other_reference_finds_anything(cast: Cast, api: Api, ref: str) -> None:
    make_kpi(claims_triage(cast))
    assert api("alice").get(f"{URL}{ref}/").status_code == 404


def test_every_judgement_explains_itself(cast: Cast, api: Api, frozen: Any) -> None:
    kpi = make_kpi(claims_triage(cast))
    read(kpi, 9.5)
    said = api("alice").get(f"{URL}{kpi.pk}/").json()
    assert (said["status"], said["status_display"], said["status_since"]) == (
        "off_track",
        "Off track",
        "2026-11-24",
    )
    assert said["why"] == {
        "sentence": "79.8 points behind plan, 10 % of the way on 24 Nov 2026, 89.8 % expected.",
        "rule": "Row 15: more than 25 points behind plan.",
        "numbers": "p = (9.5 − 10) ÷ (5 − 10) = 0.1000; expected e = 0.8984 on 24 Nov 2026; e − p = 0.7984",
        "clears": "A reading at most 23 points behind plan makes it at risk, at most 8 on track.",
        "flips": "A reading at most 23 points behind plan.",
    }
    assert (said["progress"], said["shortfall"], said["valid_until"]) == (
        "0.100000",
        "0.798352",
        "2027-01-08",
    )


def test_every_choice_comes_with_its_word(cast: Cast, api: Api) -> None:
    kpi = make_kpi(claims_triage(cast))
    said = api("alice").get(f"{URL}{kpi.pk}/").json()
    for name in ("kind", "state", "status"):
        assert said[f"{name}_display"]
    for name in ("shape", "direction"):
        assert said["success"][f"{name}_display"]


def test_only_the_fields_asked_for(cast: Cast, api: Api) -> None:
    kpi = make_kpi(claims_triage(cast))
    assert set(api("alice").get(f"{URL}{kpi.pk}/?fields=ref,status").json()) == {"ref", "status"}


def test_a_token_reads_and_writes_as_far_as_its_scopes(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    said = {"kpi": kpi.pk, "observed_on": "2026-11-20", "value": 5}
    for scopes, reads, writes in (
        (["kpis:read"], 200, 403),
        (["kpis:write"], 200, 201),
        (["portfolio:write"], 403, 403),
    ):
        client = with_token(cast, "alice", *scopes)
        assert client.get(URL).status_code == reads, scopes
        assert client.post("/api/v1/measurements/", said).status_code == writes, scopes


class TestAnotherDay:
    def test_the_record_answers_for_any_day_and_any_moment(self, cast: Cast, api: Api, frozen: Any) -> None:
        kpi = make_kpi(claims_triage(cast), at=AT - timedelta(days=90))
        first = read(kpi, 9.9, TODAY - timedelta(days=40), at=AT - timedelta(days=39)).measurement
        read(
            kpi, 5.2, TODAY - timedelta(days=40), supersedes=first.pk, note="typo", at=AT - timedelta(days=2)
        )
        client, day = api("alice"), "2026-10-25"
        now = client.get(f"{URL}{kpi.pk}/").json()
        then = client.get(f"{URL}{kpi.pk}/?as_of={day}").json()
        known = client.get(f"{URL}{kpi.pk}/?as_of={day}&known_at=2026-10-25T23:59:59Z").json()
        assert (now["status"], then["status"], known["status"]) == ("on_track", "on_track", "off_track")
        assert (known["last_value"], known["judged_on"]) == ("9.9", day)
        assert known["why"]["rule"].startswith("Row 15")

    def test_today_by_name_is_today(self, cast: Cast, api: Api, frozen: Any) -> None:
        kpi = make_kpi(claims_triage(cast))
        series(kpi, [9, 8, 7])
        client = api("alice")
        stored, asked = (client.get(f"{URL}{kpi.pk}/{query}").json() for query in ("", "?as_of=2026-11-24"))
        assert stored == asked

    def test_before_it_was_recorded_it_is_not_found(self, cast: Cast, api: Api, frozen: Any) -> None:
        kpi = make_kpi(claims_triage(cast))
        client, moment = api("alice"), "known_at=2026-01-01T00:00:00Z"
        assert client.get(f"{URL}{kpi.pk}/?as_of=2025-12-31&{moment}").status_code == 404
        assert client.get(f"{URL}?as_of=2025-12-31&{moment}").json()["results"] == []
        assert client.get(f"{URL}{kpi.pk}/?as_of=2025-12-31").json()["status"] == "not_started"

    def test_a_list_shows_every_row_on_that_day(self, cast: Cast, api: Api, frozen: Any) -> None:
        initiative = claims_triage(cast)
        one, two = make_kpi(initiative, "One"), make_kpi(initiative, "Two")
        read(one, 5.0)
        read(two, 9.9, TODAY - timedelta(days=60))
        pause_kpi(pk=two.pk, until=TODAY + timedelta(days=5), because="moving", by=cast.actor("alice"), at=AT)
        rows = api("alice").get(f"{URL}?as_of=2026-10-01&ordering=name").json()["results"]
        assert [(row["name"], row["status"]) for row in rows] == [("One", "no_data"), ("Two", "off_track")]
        assert Kpi.objects.get(pk=two.pk).status == "paused"
