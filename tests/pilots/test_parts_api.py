"""A pilot's file by the API: the same rules as on its pages, each refusal with its code."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from pilots.models import Pilot
from pilots.services.charter import edit_pilot
from portfolio.models import Flag, Initiative
from tests.cast import AT, TODAY, Cast
from tests.pilots.stored import HEALTHY, bare_pilot, store

Api = Callable[[str], Any]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


@pytest.fixture
def pilot(cast: Cast) -> Pilot:
    return bare_pilot(cast, days=200)


def url(pilot: Pilot, part: str) -> str:
    return f"/api/v1/pilots/{pilot.ref}/{part}/"


def send(client: Any, pilot: Pilot, part: str, status: int = 201, **body: Any) -> Any:
    answer = client.post(url(pilot, part), body, format="json")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_charters_are_told_with_their_hypotheses_and_scope(cast: Cast, pilot: Pilot, api: Api) -> None:
    edit_pilot(
        pk=pilot.pk, by=cast.actor("alice"), at=AT, hypotheses="Half the time\nNo more errors", units_count=9
    )
    edit_pilot(pk=pilot.pk, by=cast.actor("alice"), at=AT, systems_count=9, planned_days=365)
    body = api("vera").get(url(pilot, "charters")).json()
    assert [one["number"] for one in body["results"]] == [2, 1]
    assert [one["text"] for one in body["results"][0]["hypotheses"]] == ["Half the time", "No more errors"]
    assert body["scope"] == {
        "score": 6,
        "most": 12,
        "overreaches": True,
        "unknown": ["sites", "users", "kpis"],
    }


def test_waves_lock_and_unlock(cast: Cast, pilot: Pilot, api: Api) -> None:
    client = api("alice")
    send(client, pilot, "waves", name="Two teams", criteria=["Used weekly"])
    second = send(client, pilot, "waves", name="All teams")
    assert (second["state"], second["why"]) == ("locked", "Wave 1 has not begun.")
    assert send(client, pilot, "waves/begin", 409, number=1, on=TODAY.isoformat())["code"] == "not_in_use"
    Initiative.objects.update(stage="scale_up")
    begin = {"number": 2, "on": TODAY.isoformat()}
    assert send(client, pilot, "waves/begin", 409, **begin)["code"] == "wave_locked"
    assert send(client, pilot, "waves/begin", 200, number=1, on=TODAY.isoformat())["state"] == "running"
    said = {"number": 1, "criterion": 1, "met": True, "evidence": "31 of 40."}
    assert send(client, pilot, "waves/judge", 200, **said)["state"] == "met"
    found = api("vera").get(url(pilot, "waves")).json()["results"]
    assert [one["state"] for one in found] == ["met", "ready"]
    assert found[0]["criteria"][0]["evidence"] == "31 of 40."
    assert send(client, pilot, "waves", 400, name="")["errors"][0]["pointer"] == "/name"


def test_weeks_findings_and_likeness(cast: Cast, pilot: Pilot, api: Api) -> None:
    client = api("alice")
    send(client, pilot, "weeks", week=TODAY.isoformat(), invited=80, active=20)
    assert (
        send(client, pilot, "weeks", 400, week=TODAY.isoformat(), invited=1, active=2)["errors"][0]["pointer"]
        == "/active"
    )
    monday = TODAY - timedelta(days=TODAY.weekday())
    (week,) = client.get(url(pilot, "weeks")).json()["results"]
    assert (week["week"], week["active"], week["uses"]) == (monday.isoformat(), 20, None)
    assert client.get(f"/api/v1/pilots/{pilot.ref}/").json()["weekly_active_users"] == 20
    send(client, pilot, "log", kind="drift", severity=3, text="Slower at noon.", seen_on=TODAY.isoformat())
    assert client.get(url(pilot, "log")).json()["results"][0]["state"] == "open"
    send(client, pilot, "likeness", item="users", answer="like")
    body = client.get(url(pilot, "likeness")).json()
    assert (body["share"], body["warns"], body["sides"][0]["answer"]) == ("0.2", True, None)


def test_a_snooze_runs_and_the_flag_stays_open(cast: Cast, pilot: Pilot, api: Api) -> None:
    edit_pilot(pk=pilot.pk, by=cast.actor("alice"), at=AT, no_decision_date=True)
    flag = Flag.objects.get(rule="R01")
    soon = (TODAY + timedelta(days=9)).isoformat()
    send(api("alice"), pilot, "snoozes", 403, flag=flag.pk, until=soon, because="Later.")
    late = (TODAY + timedelta(days=31)).isoformat()
    assert (
        send(api("max"), pilot, "snoozes", 400, flag=flag.pk, until=late, because="x")["errors"][0]["pointer"]
        == "/until"
    )
    send(api("max"), pilot, "snoozes", flag=flag.pk, until=soon, because="The council meets then.")
    (found,) = api("vera").get(url(pilot, "snoozes")).json()["results"]
    assert (found["flag"], found["until"]) == (flag.pk, soon)
    assert Flag.objects.get(pk=flag.pk).cleared_at is None


def test_the_review_ranks_what_the_caller_may_see(cast: Cast, api: Api) -> None:
    store(cast, HEALTHY, name="Letters")
    store(cast, {"days_in_stage": 30}, name="Dark")
    body = api("max").get("/api/v1/pilots/review/").json()
    assert [one["rank"] for one in body["results"]] == [1, 2]
    assert body["results"][1]["scores"]["evidence"] is None
    assert (body["policy"], body["weights"]["evidence"]) == (0, "30")
    assert api("charlie").get("/api/v1/pilots/review/").json()["results"] == []
    assert api("max").get("/api/v1/pilots/review/?mood=1").status_code == 400
