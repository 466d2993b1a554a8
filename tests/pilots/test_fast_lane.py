"""The fast lane: a time box that stands, iterations that are added, and the days to the first user."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from rest_framework.test import APIClient

from core.models import AuditEvent, Policy
from domain.stages import Stage
from pilots.models import FastLane, Iteration, Pilot
from pilots.queries.facts import records, with_people
from pilots.queries.fast_lane import lane_of
from pilots.services.evaluate import evaluate_due
from pilots.services.fast_lane import Promise, enter_fast_lane, record_iteration
from pilots.services.judge import judge_records
from pilots.services.opening import ensure_pilot
from pilots.services.plan import save_plan
from pilots.services.use import Use, record_week
from portfolio.models import Flag, Initiative, StageSpell
from portfolio.services.stages import move_stage, open_first_spell
from tests.cast import AT, TODAY, Cast
from tests.pilots.refusing import refused

pytestmark = pytest.mark.django_db
Api = Callable[[str], APIClient]
SAID: dict[str, Any] = {
    "simplest": "Rules on the subject line", "kept_simple": "Letters wait", "proves": "Mail to the desk and back",
    "measure": "Routed right first time, %",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[object], None]) -> None:
    frozen(AT)


def promised(cast: Cast, pilot: Pilot, days: int = 60, ago: int = 0, **more: Any) -> FastLane:
    promise, at = Promise(days=days, benchmark=Decimal("61"), **{**SAID, **more}), AT - timedelta(days=ago)
    return enter_fast_lane(initiative_id=pilot.initiative_id, promise=promise, by=cast.actor("alice"), at=at)


def released(
    cast: Cast, pilot: Pilot, on: date = TODAY, measured: str | None = "70", **more: Any
) -> Iteration:
    said = {"changed": "Routes calls.", "learned": "Half are easy.", **more}
    return record_iteration(
        pilot_id=pilot.pk, released_on=on, measured=None if measured is None else Decimal(measured),
        by=cast.actor("alice"), at=AT, **said,
    )  # fmt: skip


def began(pilot: Pilot, ago: int) -> None:
    StageSpell.objects.filter(pk=pilot.spell_id).update(entered_on=TODAY - timedelta(days=ago))


def flags() -> list[tuple[int, str]]:
    return list(
        Flag.objects.filter(rule="time_box_passed", cleared_at=None).values_list("severity", "sentence")
    )


def judged(cast: Cast, on: date) -> None:
    found = records(list(with_people(Pilot.objects.filter(ended_on=None))), on)
    judge_records(found=found, as_of=on, by=cast.actor("max"), at=AT)


def test_a_box_is_at_most_what_the_policy_of_the_day_says(cast: Cast, pilot: Pilot) -> None:
    began(pilot, 10)
    refused(lambda: promised(cast, pilot, 91), 400, "out_of_range")
    refused(lambda: promised(cast, pilot, 0), 400, "out_of_range")
    Policy.objects.create(
        kind="fast_lane", number=1, effective_on=TODAY, data={"most_days": 30}, recorded_at=AT
    )
    refused(lambda: promised(cast, pilot, 31), 400, "out_of_range")
    lane = promised(cast, pilot, 30)
    assert (lane.days, lane.policy_number, lane.pilot_id) == (30, 1, pilot.pk)
    assert AuditEvent.objects.filter(action="pilot.fast_lane_entered").count() == 1


@pytest.mark.parametrize("lacking", sorted(SAID))
def test_a_promise_says_every_part(cast: Cast, pilot: Pilot, lacking: str) -> None:
    blank: dict[str, Any] = {lacking: " "}
    problem = refused(lambda: promised(cast, pilot, 60, **blank), 400, "required")
    assert [one.pointer for one in problem.items] == [f"/{lacking}"]


def test_it_is_promised_once_and_by_whoever_runs_the_pilot(cast: Cast, pilot: Pilot) -> None:
    promise = Promise(days=30, **SAID)

    def by(name: str) -> Callable[[], Any]:
        return lambda: enter_fast_lane(
            initiative_id=pilot.initiative_id, promise=promise, by=cast.actor(name), at=AT
        )

    refused(by("charlie"), 404, "not_found")
    refused(by("edith"), 403, "forbidden")
    promised(cast, pilot)
    refused(by("alice"), 409, "in_fast_lane")


def test_the_database_moves_no_box_and_changes_no_iteration(cast: Cast, pilot: Pilot) -> None:
    lane, row = promised(cast, pilot), released(cast, pilot)
    for change in (
        lambda: FastLane.objects.filter(pk=lane.pk).update(days=90),
        lambda: FastLane.objects.filter(pk=lane.pk).update(pilot=None),
        lambda: Iteration.objects.filter(pk=row.pk).update(measured=99),
        lambda: Iteration.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize(("after", "days"), [(-1, None), (0, None), (1, 1)])
def test_a_box_that_passes_with_nothing_released_is_a_flag(
    cast: Cast, pilot: Pilot, after: int, days: int | None
) -> None:
    began(pilot, 60 + after)
    promised(cast, pilot, 60, ago=30)
    judged(cast, TODAY)
    assert len(flags()) == (days is not None)
    if days:
        assert "1 day later none is recorded" in flags()[0][1]
        assert Flag.objects.get(rule="time_box_passed").since == TODAY


@pytest.mark.parametrize("ago", [61, 200])
def test_a_box_that_has_passed_is_promised_no_more(cast: Cast, pilot: Pilot, ago: int) -> None:
    began(pilot, ago)
    problem = refused(lambda: promised(cast, pilot, 60), 400, "box_passed")
    assert [one.pointer for one in problem.items] == ["/days"]
    assert not FastLane.objects.exists()


def test_the_last_day_of_a_box_is_still_promised(cast: Cast, pilot: Pilot) -> None:
    began(pilot, 60)
    assert promised(cast, pilot, 60).days == 60


@pytest.mark.parametrize(
    ("promised_ago", "released_ago", "said", "words"),
    [
        (10, 11, "before_promise", "before it was promised on 14 Nov"),
        (10, 10, "within", "within its time box"),
        (50, 40, "within", "within its time box"),
        (50, 5, "after", "after its time box of"),
    ],
)
def test_what_was_released_before_it_was_promised_keeps_no_promise(
    cast: Cast, pilot: Pilot, signed_in: Callable[[str], Client], api: Api, promised_ago: int, released_ago: int,
    said: str, words: str,
) -> None:  # fmt: skip
    began(pilot, 70)
    promised(cast, pilot, 60, ago=promised_ago)
    released(cast, pilot, TODAY - timedelta(days=released_ago))
    lane = api("alice").get(f"/api/v1/pilots/{pilot.pk}/fast-lane/").json()["fast_lane"]
    assert lane["first_release"] == said
    text = signed_in("alice").get(f"/pilots/{pilot.ref}/fast-lane/").content.decode()
    assert words in text
    assert ("within its time box" in text) == (said == "within")


def test_the_clock_alone_raises_it(cast: Cast, pilot: Pilot, frozen: Callable[[object], None]) -> None:
    began(pilot, 60)
    promised(cast, pilot, 60)
    assert Pilot.objects.get().valid_until == TODAY
    frozen(AT + timedelta(days=1))
    evaluate_due(at=AT + timedelta(days=1))
    assert [severity for severity, _ in flags()] == [2]


def test_the_first_release_clears_it_and_nothing_else_does(cast: Cast, pilot: Pilot) -> None:
    began(pilot, 80)
    promised(cast, pilot, 60, ago=30)
    judged(cast, TODAY)
    record_week(pilot_id=pilot.pk, week=TODAY, use=Use(active=3), by=cast.actor("alice"), at=AT)
    assert len(flags()) == 1
    released(cast, pilot)
    assert flags() == []


def test_without_a_day_of_its_start_nobody_can_say_that_it_is_late(cast: Cast, pilot: Pilot) -> None:
    StageSpell.objects.filter(pk=pilot.spell_id).update(entered_on=None)
    promised(cast, pilot, 60)
    judged(cast, TODAY + timedelta(days=500))
    assert flags() == []


def test_iterations_are_numbered_and_held_against_the_benchmark(cast: Cast, pilot: Pilot) -> None:
    began(pilot, 40)
    promised(cast, pilot)
    for on, measured in ((30, "60"), (20, None), (10, "74.5")):
        released(cast, pilot, TODAY - timedelta(days=on), measured)
    lane = lane_of(pilot.initiative, Pilot.objects.select_related("spell").get(), TODAY)
    assert lane is not None
    assert [(one.row.number, one.against.value) for one in lane.log] == [
        (3, "better"),
        (2, "unknown"),
        (1, "worse"),
    ]
    assert lane.first_on == TODAY - timedelta(days=30)


@pytest.mark.parametrize(
    ("more", "code"),
    [({"on": TODAY + timedelta(days=1)}, "in_the_future"), ({"on": TODAY - timedelta(days=41)}, "too_early"),
     ({"on": TODAY - timedelta(days=11)}, "too_early"), ({"changed": " "}, "required"), ({"learned": ""}, "required"),
     ({"measured": "1.00001"}, "too_precise"), ({"measured": "NaN"}, "out_of_range")],
)  # fmt: skip
def test_an_iteration_that_cannot_be_is_refused(
    cast: Cast, pilot: Pilot, more: dict[str, Any], code: str
) -> None:
    began(pilot, 40)
    promised(cast, pilot)
    released(cast, pilot, TODAY - timedelta(days=10))
    refused(lambda: released(cast, pilot, **more), 400, code)
    assert Iteration.objects.count() == 1


def test_a_release_needs_the_lane_and_a_running_pilot(cast: Cast, pilot: Pilot) -> None:
    refused(lambda: released(cast, pilot), 409, "not_in_fast_lane")
    promised(cast, pilot)
    Pilot.objects.update(ended_on=TODAY)
    refused(lambda: released(cast, pilot), 409, "pilot_ended")


def test_a_lane_that_was_planned_goes_on_with_the_pilot(cast: Cast) -> None:
    row = Initiative.objects.create(
        name="Ahead", unit=cast.claims, lead=cast.alice, stage="development", created_at=AT, updated_at=AT
    )
    open_first_spell(
        initiative=row, entered_on=TODAY - timedelta(days=30), precision="day", by=cast.actor("alice"), at=AT
    )
    save_plan(initiative_id=row.pk, by=cast.actor("alice"), at=AT, starts_on=TODAY + timedelta(days=10))
    lane = enter_fast_lane(
        initiative_id=row.pk, promise=Promise(days=50, **SAID), by=cast.actor("alice"), at=AT
    )
    ahead = lane_of(row, None, TODAY)
    assert ahead is not None
    assert (lane.pilot, ahead.due_on) == (None, TODAY + timedelta(days=60))
    move_stage(initiative=row, to=Stage.PILOT, on=TODAY, by=cast.actor("max"), at=AT, because="G3")
    pilot = ensure_pilot(initiative=row, by=cast.actor("max"), at=AT)
    lane.refresh_from_db()
    assert pilot is not None
    assert lane.pilot_id == pilot.pk
    # The box runs from the day the pilot did begin, not from the day it was planned to.
    running = lane_of(row, Pilot.objects.select_related("spell").get(pk=pilot.pk), TODAY)
    assert running is not None
    assert running.due_on == TODAY + timedelta(days=50)


def test_after_the_pilot_nothing_enters_the_fast_lane(cast: Cast, pilot: Pilot) -> None:
    Pilot.objects.update(ended_on=TODAY)
    Initiative.objects.update(stage="production")
    refused(lambda: promised(cast, pilot), 409, "no_pilot")


def test_a_lane_is_entered_and_released_on_its_page(
    cast: Cast, pilot: Pilot, signed_in: Callable[[str], Client], api: Api
) -> None:
    client, address = signed_in("alice"), f"/pilots/{pilot.ref}/fast-lane/"
    assert "Not in the fast lane" in client.get(address).content.decode()
    form = client.get(f"{address}?act=enter")
    assert form.status_code == 200
    sent = {"act": "enter", "days": "95", **SAID, "benchmark": "61", "better": "higher"}
    refusal = client.post(address, sent)
    assert (refusal.status_code, FastLane.objects.count()) == (400, 0)
    assert "within 1 to 90 days" in refusal.content.decode()
    assert client.post(address, {**sent, "days": "75"}).status_code == 302
    said = {
        "act": "release",
        "released_on": TODAY.isoformat(),
        "changed": "Calls",
        "learned": "Easy",
        "measured": "72",
    }
    assert client.post(address, said).status_code == 302
    text = client.get(address).content.decode()
    assert "Better" in text
    assert "First release on record; nobody recorded use" in text
    answer = api("alice").get(f"/api/v1/pilots/{pilot.pk}/fast-lane/").json()
    assert (answer["first_user"]["days"], answer["first_user"]["basis"]) == (60, "release")
    told = answer["fast_lane"]
    assert (told["days"], told["iterations"][0]["measured"], told["iterations"][0]["against"]) == (
        75,
        "72.0000",
        "better",
    )
