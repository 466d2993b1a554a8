"""The pages of a pilot's file: what stands there, and that each act works by a link and a form, without script."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from pilots.models import Feedback, FlagSnooze, Hypothesis, LogEntry, Pilot, TrainingGroup, Wave
from pilots.services.charter import edit_pilot
from portfolio.models import Flag, Initiative
from tests.cast import AT, TODAY, Cast
from tests.pilots.stored import bare_pilot

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


@pytest.fixture
def pilot(cast: Cast) -> Pilot:
    return bare_pilot(cast, days=200)


def page(client: Client, pilot: Pilot, name: str, status: int = 200, **asked: Any) -> str:
    answer = client.get(f"/pilots/{pilot.ref}/{name}/", asked)
    assert answer.status_code == status, answer.content[:400]
    return str(answer.content.decode()).replace("\u00a0", " ")


def do(client: Client, pilot: Pilot, at: str, status: int = 302, **said: Any) -> str:
    answer = client.post(f"/pilots/{pilot.ref}/{at}/", said)
    assert answer.status_code == status, answer.content.decode()[:3000]
    return str(answer.content.decode()).replace("\u00a0", " ")


def test_an_empty_file_says_so_on_every_page_and_offers_a_viewer_nothing(
    cast: Cast, pilot: Pilot, signed_in: SignIn
) -> None:
    client = signed_in("vera")
    for name, said in (
        ("charter", "No charter is on record"), ("rollout", "No wave is planned"), ("use", "No week of use is on record"),
        ("findings", "Nobody has looked."), ("flags", "Nothing has cleared yet."),
    ):  # fmt: skip
        text = page(client, pilot, name)
        assert said in text
        assert "?act=plan" not in text
        assert "?act=snooze" not in text
    assert "Say something" in page(client, pilot, "use")
    page(client, pilot, "rollout", 403, act="plan")
    page(client, pilot, "rollout", 404, act="nothing")
    page(signed_in("alice"), pilot, "rollout", 400, act="change", row="x")


def test_the_charter_shows_its_versions_its_scope_and_its_hypotheses(
    cast: Cast, pilot: Pilot, signed_in: SignIn
) -> None:
    for facts in (
        {"units_count": 1, "hypotheses": "Half the time"},
        {"units_count": 9, "systems_count": 9, "planned_days": 365},
    ):
        edit_pilot(pk=pilot.pk, by=cast.actor("alice"), at=AT, **facts)
    client = signed_in("alice")
    text = page(client, pilot, "charter")
    assert "9 units" in text
    assert "1 unit" in text
    assert "Overreach" in text
    assert "Make smaller first: business units, systems, approved length, days." in text
    row = Hypothesis.objects.get(version__number=2)
    assert "Half the time" in page(client, pilot, "charter", act="answer", row=row.pk)
    wrong = do(client, pilot, "charter", 400, act="answer", row=row.pk, answer="held", evidence="")
    assert "What the pilot showed" in wrong
    do(client, pilot, "charter", act="answer", row=row.pk, answer="held", evidence="A/B over 400 claims.")
    assert "A/B over 400 claims." in page(client, pilot, "charter")


def test_waves_are_planned_begun_and_judged_by_forms(cast: Cast, pilot: Pilot, signed_in: SignIn) -> None:
    client = signed_in("alice")
    do(client, pilot, "rollout", act="plan", name="Two teams", criteria="Used weekly\nSafe", users="40")
    do(client, pilot, "rollout", act="plan", name="All teams")
    text = page(client, pilot, "rollout")
    assert "May begin" not in text
    assert "act=begin" not in text
    assert "A wave begins in scale-up or production" in text
    early = do(client, pilot, "rollout", 409, act="begin", row=1, on=TODAY.isoformat())
    assert "is in: pilot" in early
    Initiative.objects.update(stage="scale_up")
    text = page(client, pilot, "rollout")
    assert "May begin" in text
    assert "Wave 1 has not begun." in text
    locked = do(client, pilot, "rollout", 409, act="begin", row=2, on=TODAY.isoformat())
    assert "Wave 2 is locked." in locked
    do(client, pilot, "rollout", act="begin", row=1, on=TODAY.isoformat())
    do(client, pilot, "rollout", act="judge", row=101, met="yes", evidence="31 of 40.")
    do(client, pilot, "rollout", act="judge", row=102, met="no", evidence="F-1 is open.")
    text = page(client, pilot, "rollout")
    assert "31 of 40." in text
    assert "not met: Safe" in text
    assert "Used weekly" in page(client, pilot, "rollout", act="change", row=1)
    do(client, pilot, "rollout", 409, act="change", row=1, name="Three teams")
    assert Wave.objects.get(number=1).name == "Two teams"


def test_weeks_training_change_and_feedback_are_recorded_by_forms(
    cast: Cast, pilot: Pilot, signed_in: SignIn
) -> None:
    client = signed_in("alice")
    wrong = do(client, pilot, "use", 400, act="week", week=TODAY.isoformat(), invited="10", active="20")
    assert "20 of 10 invited cannot be active." in wrong
    do(
        client,
        pilot,
        "use",
        act="week",
        week=TODAY.isoformat(),
        invited="80",
        active="20",
        uses="100",
        overridden="10",
    )
    do(client, pilot, "use", act="training", audience="Handlers", people="40")
    group = TrainingGroup.objects.get()
    do(client, pilot, "use", act="trained", row=group.pk, trained="10", evidence="List", version="1")
    do(client, pilot, "use", act="change", kind="role", text="Handlers check.")
    signed_in("vera").post(
        f"/pilots/{pilot.ref}/use/", {"act": "feedback", "text": "It is slow.", "anonymous": "on"}
    )
    do(client, pilot, "use", act="answer", row=Feedback.objects.get().pk, answer="A second server comes.")
    text = page(client, pilot, "use")
    for said in (
        "25 %",
        "10 % of its answers were set aside",
        "10 of 40",
        "Handlers check.",
        "without a name",
        "A second server comes.",
    ):
        assert said in text, said


def test_a_finding_goes_to_the_roadmap_and_likeness_is_scored(
    cast: Cast, pilot: Pilot, signed_in: SignIn
) -> None:
    client = signed_in("alice")
    do(
        client,
        pilot,
        "findings",
        act="found",
        kind="drift",
        severity="3",
        text="Slower at noon.",
        seen_on=TODAY.isoformat(),
    )
    assert "One finding is open" in page(client, pilot, "findings")
    row = LogEntry.objects.get()
    due = (TODAY + timedelta(days=20)).isoformat()
    do(
        client,
        pilot,
        "findings",
        act="roadmap",
        row=row.pk,
        todo="Second server",
        owner=cast.bob.pk,
        due_on=due,
        version="1",
    )
    do(client, pilot, "findings", 412, act="close", row=row.pk, because="Done", version="1")
    do(client, pilot, "findings", act="check", item="latency", answer="partly")
    text = page(client, pilot, "findings")
    for said in (
        "Second server",
        "Every finding is on the roadmap or closed.",
        "1 of 10",
        "4 sides nobody looked at",
    ):
        assert said in text, said


def test_the_manager_puts_a_flag_off_and_everybody_sees_until_when_and_why(
    cast: Cast, pilot: Pilot, signed_in: SignIn
) -> None:
    edit_pilot(pk=pilot.pk, by=cast.actor("alice"), at=AT, no_decision_date=True)
    flag = Flag.objects.get(rule="R01")
    assert "?act=snooze" not in page(signed_in("alice"), pilot, "flags")
    manager = signed_in("max")
    assert (TODAY + timedelta(days=30)).isoformat() in page(
        manager, pilot, "flags", act="snooze", row=flag.pk
    )
    late = (TODAY + timedelta(days=31)).isoformat()
    do(manager, pilot, "flags", 400, act="snooze", row=flag.pk, until=late, because="Later")
    soon = (TODAY + timedelta(days=9)).isoformat()
    do(manager, pilot, "flags", act="snooze", row=flag.pk, until=soon, because="The council meets then.")
    text = page(signed_in("vera"), pilot, "flags")
    assert "Put off until" in text
    assert "The council meets then." in text
    for shown in (
        f"/portfolio/initiatives/{pilot.initiative.ref}/flags/",
        "/portfolio/flags/",
        f"/pilots/initiative/{pilot.initiative.ref}/",
    ):
        assert "The council meets then." in manager.get(shown).content.decode(), shown
    do(manager, pilot, "flags", act="wake", row=FlagSnooze.objects.get().pk)
    assert "Put off until" not in page(manager, pilot, "flags")
