"""A pilot's file: charter versions, rollout, use, findings, likeness, training, change, feedback and snoozes."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import Error, connection, transaction

from core.errors import Problem
from core.models import AuditEvent
from pilots.models import (
    AdoptionWeek,
    CharterVersion,
    FlagSnooze,
    Hypothesis,
    LogEntry,
    Pilot,
    Wave,
)
from pilots.queries import file
from pilots.queries.rollout import waves_of
from pilots.services.charter import edit_pilot
from pilots.services.evaluate import evaluate_all
from pilots.services.log import (
    Roadmap,
    check_likeness,
    close_finding,
    end_snooze,
    log_finding,
    put_on_roadmap,
    snooze_flag,
)
from pilots.services.rollout import WavePlan, begin_wave, edit_wave, judge_criterion, plan_wave
from pilots.services.use import (
    Use,
    plan_change,
    plan_training,
    record_week,
)
from pilots.services.versions import answer_hypothesis
from portfolio.models import Flag, Initiative
from tests.cast import AT, TODAY, Cast
from tests.pilots.refusing import refused
from tests.pilots.stored import bare_pilot

MONDAY = TODAY - timedelta(days=TODAY.weekday())


# Charter


def edit(cast: Cast, pilot: Pilot, who: str = "alice", **facts: Any) -> Pilot:
    return edit_pilot(pk=pilot.pk, by=cast.actor(who), at=AT, **facts)


def test_each_change_of_the_charter_is_a_version_and_the_pilot_carries_the_newest(
    cast: Cast, pilot: Pilot
) -> None:
    edit(
        cast,
        pilot,
        hypotheses="Half the time\n\nNo more errors\nHalf the time",
        units_count=2,
        planned_days=90,
    )
    edit(cast, pilot, deferrals=0)  # no part of the charter
    edit(cast, pilot, units_count=4, because="Two units joined.")
    first, second = CharterVersion.objects.order_by("number")
    assert (first.number, first.units_count, first.planned_days, first.because) == (1, 2, 90, "")
    assert (second.number, second.units_count, second.because) == (2, 4, "Two units joined.")
    assert first.ends_on == Pilot.objects.get().planned_end_on
    assert [one.text for one in first.hypotheses.all()] == ["Half the time", "No more errors"]
    assert Pilot.objects.get().units_count == 4


def test_a_version_stands_also_below_the_services(cast: Cast, pilot: Pilot) -> None:
    edit(cast, pilot, units_count=2)
    with pytest.raises(Error, match="stands"), transaction.atomic():
        CharterVersion.objects.update(units_count=1)
    with pytest.raises(Error, match="stands"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE pilots_charterversion SET number = 7")
    assert CharterVersion.objects.get().units_count == 2


def test_a_hypothesis_is_answered_from_evidence_and_goes_on_with_its_words(cast: Cast, pilot: Pilot) -> None:
    edit(cast, pilot, hypotheses="Half the time\nNo more errors")
    one = Hypothesis.objects.get(number=1)
    by = cast.actor("alice")
    refused(lambda: answer_hypothesis(pk=one.pk, answer="held", evidence=" ", by=by, at=AT), 400, "required")
    refused(
        lambda: answer_hypothesis(pk=one.pk, answer="yes", evidence="x", by=by, at=AT), 400, "invalid_choice"
    )
    refused(
        lambda: answer_hypothesis(pk=one.pk, answer="held", evidence="x", kpi_id=999, by=by, at=AT),
        400,
        "not_found",
    )
    answer_hypothesis(pk=one.pk, answer="held", evidence="A/B over 400 claims.", by=by, at=AT)
    edit(cast, pilot, hypotheses="Half the time\nFewer errors")
    kept, new = Hypothesis.objects.filter(version__number=2).order_by("number")
    assert (kept.text, kept.answer, kept.answered_by) == ("Half the time", "held", cast.alice)
    assert (new.text, new.answer) == ("Fewer errors", "")
    refused(
        lambda: answer_hypothesis(pk=one.pk, answer="failed", evidence="x", by=by, at=AT), 409, "old_charter"
    )


def test_the_scope_score_reads_the_counts_and_says_what_nobody_counted(cast: Cast, pilot: Pilot) -> None:
    assert file.scope_score(pilot).overreaches is None
    row = edit(cast, pilot, units_count=9, systems_count=9, planned_days=365)
    found = file.scope_score(row)
    assert (found.score, found.overreaches) == (6, True)
    assert [one.part.code for one in found.unknown] == ["sites", "users", "kpis"]


# Rollout


def plan(cast: Cast, pilot: Pilot, name: str = "Two teams", who: str = "alice", **more: Any) -> Wave:
    said = WavePlan(name=name, **{"criteria": ("Used weekly by half", "No open severe finding"), **more})
    return plan_wave(pilot_id=pilot.pk, plan=said, by=cast.actor(who), at=AT)


def begin(cast: Cast, pilot: Pilot, number: int, on: date = TODAY, stage: str = "scale_up") -> Wave:
    Initiative.objects.filter(pk=pilot.initiative_id).update(stage=stage)
    pilot.initiative.stage = stage
    return begin_wave(pilot_id=pilot.pk, number=number, on=on, by=cast.actor("alice"), at=AT)


def meet(
    cast: Cast, pilot: Pilot, number: int, criterion: int, met: bool = True, evidence: str = "Counted."
) -> None:
    judge_criterion(
        pilot_id=pilot.pk, number=number, criterion=criterion, met=met, evidence=evidence, by=cast.actor("alice"), at=AT
    )  # fmt: skip


def test_the_next_wave_is_locked_until_every_criterion_of_this_one_is_met(cast: Cast, pilot: Pilot) -> None:
    plan(cast, pilot)
    plan(cast, pilot, "All teams")
    said = refused(lambda: begin(cast, pilot, 2), 409, "wave_locked")
    assert "Wave 1 has not begun." in said.detail
    refused(lambda: meet(cast, pilot, 1, 1), 409, "wave_not_begun")
    begin(cast, pilot, 1)
    meet(cast, pilot, 1, 1)
    said = refused(lambda: begin(cast, pilot, 2), 409, "wave_locked")
    assert "nobody has said: No open severe finding" in said.detail
    meet(cast, pilot, 1, 2, met=False, evidence="F-3 is open.")
    refused(lambda: begin(cast, pilot, 2), 409, "wave_locked")
    meet(cast, pilot, 1, 2, evidence="F-3 is closed.")
    begin(cast, pilot, 2)
    assert [one.state.value for one in waves_of(pilot)] == ["met", "running"]
    refused(lambda: begin(cast, pilot, 2), 409, "wave_began")


def test_a_wave_that_began_stands_as_it_was_planned(cast: Cast, pilot: Pilot) -> None:
    plan(cast, pilot)
    by = cast.actor("alice")
    edited = edit_wave(
        pilot_id=pilot.pk,
        number=1,
        plan=WavePlan(name="Three teams", criteria=("Used",)),
        by=by,
        at=AT,
        expected_version=1,
    )
    assert (edited.version, [one.text for one in edited.criteria.all()]) == (2, ["Used"])
    begin(cast, pilot, 1)
    late = WavePlan(name="Four teams")
    refused(lambda: edit_wave(pilot_id=pilot.pk, number=1, plan=late, by=by, at=AT), 409, "wave_began")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"name": " "}, "required"), ({"tailoring": "some"}, "invalid_choice"), ({"tailoring": "tailored"}, "required"),
        ({"tailoring": "as_is", "tailored": "Fewer fields"}, "contradiction"), ({"users": -1}, "out_of_range"),
        ({"criteria": [f"c{n}" for n in range(13)]}, "too_many"),
    ],
)  # fmt: skip
def test_a_wave_that_contradicts_itself_is_refused(cast: Cast, pilot: Pilot, more: Any, code: str) -> None:
    refused(lambda: plan(cast, pilot, **more), 400, code)
    assert not Wave.objects.exists()


def test_a_wave_without_criteria_does_not_begin_and_says_what_it_lacks(cast: Cast, pilot: Pilot) -> None:
    plan(cast, pilot, criteria=())
    refused(lambda: begin(cast, pilot, 1), 409, "no_criteria")
    assert waves_of(pilot)[0].lacks == (
        "nobody stands for it there", "not said whether it is changed for the unit", "no go criteria",
    )  # fmt: skip
    plan(cast, pilot, "Claims", champion=cast.bob, tailoring="tailored", tailored="Without the letter step.")
    assert waves_of(pilot)[1].lacks == ()


@pytest.mark.parametrize(
    "stage", ["idea", "framing", "development", "pilot", "stopped", "retired", "unknown"]
)
def test_no_wave_begins_before_the_rollout_is_decided_nor_after_a_stop(
    cast: Cast, pilot: Pilot, stage: str
) -> None:
    plan(cast, pilot)
    said = refused(lambda: begin(cast, pilot, 1, stage=stage), 409, "not_in_use")
    assert "scale-up or production" in said.detail
    stood = waves_of(pilot)[0]
    assert (stood.state.value, stood.row.started_on) == ("locked", None)
    assert stood.why in said.detail
    plan(cast, pilot, "All teams")  # a plan is free at any time


@pytest.mark.parametrize("stage", ["scale_up", "production"])
def test_a_wave_begins_where_people_use_it(cast: Cast, pilot: Pilot, stage: str) -> None:
    plan(cast, pilot)
    assert begin(cast, pilot, 1, stage=stage).started_on == TODAY


def test_a_wave_does_not_begin_tomorrow(cast: Cast, pilot: Pilot) -> None:
    plan(cast, pilot)
    refused(lambda: begin(cast, pilot, 1, TODAY + timedelta(days=1)), 400, "in_the_future")


def test_the_rollout_goes_on_when_the_pilot_has_ended(cast: Cast, pilot: Pilot) -> None:
    Pilot.objects.update(ended_on=TODAY)
    plan(cast, pilot)
    assert begin(cast, pilot, 1).started_on == TODAY


# Use


def week(cast: Cast, pilot: Pilot, on: date = TODAY, who: str = "alice", **use: Any) -> AdoptionWeek:
    return record_week(pilot_id=pilot.pk, week=on, use=Use(**use), by=cast.actor(who), at=AT)


def test_the_latest_week_is_what_the_pilot_is_judged_by(cast: Cast, pilot: Pilot) -> None:
    edit(cast, pilot, planned_days=90)
    week(cast, pilot, TODAY, invited=100, active=10)
    row = Pilot.objects.get()
    assert (row.weekly_active_users, row.invited_users, row.rules.get("R20")) == (10, 100, 2)
    week(cast, pilot, TODAY - timedelta(days=7), invited=100, active=90)  # an earlier week changes nothing
    assert Pilot.objects.get().weekly_active_users == 10
    week(
        cast, pilot, TODAY, invited=100, active=40, uses=200, overridden=20, bypassed=50
    )  # corrects the first
    assert "R20" not in Pilot.objects.get().rules
    latest, before = file.weeks_of(pilot)
    assert (latest.row.week, latest.share, latest.overridden, latest.bypassed) == (
        MONDAY, Decimal("0.4"), Decimal("0.1"), Decimal("0.2"),
    )  # fmt: skip
    assert before.overridden is None


@pytest.mark.parametrize(
    ("use", "field"),
    [
        ({}, "active"), ({"active": 5, "invited": 4}, "active"), ({"invited": 5, "eligible": 4}, "invited"),
        ({"overridden": 2, "uses": 1}, "overridden"), ({"active": -1}, "active"),
    ],
)  # fmt: skip
def test_a_week_that_cannot_be_is_refused(cast: Cast, pilot: Pilot, use: Any, field: str) -> None:
    with pytest.raises(Problem) as caught:
        week(cast, pilot, **use)
    assert caught.value.items[0].pointer == f"/{field}"
    assert not AdoptionWeek.objects.exists()


def test_a_week_to_come_and_one_of_an_ended_pilot_are_refused(cast: Cast, pilot: Pilot) -> None:
    refused(lambda: week(cast, pilot, TODAY + timedelta(days=7), active=1), 400, "in_the_future")
    Pilot.objects.update(ended_on=TODAY)
    refused(lambda: week(cast, pilot, active=1), 409, "pilot_ended")


# Findings


def log(cast: Cast, pilot: Pilot, who: str = "alice", **more: Any) -> LogEntry:
    said = {"kind": "edge_case", "severity": 2, "text": "Letters in two languages.", "seen_on": TODAY, **more}
    return log_finding(pilot_id=pilot.pk, by=cast.actor(who), at=AT, **said)


def test_a_finding_becomes_an_item_of_the_roadmap_or_is_closed_with_a_reason(
    cast: Cast, pilot: Pilot
) -> None:
    by, row, other = cast.actor("alice"), log(cast, pilot), log(cast, pilot, severity=3)
    assert [one.number for one in file.log_of(pilot)] == [2, 1]  # the worst first
    nobody = Roadmap(todo="Detect the language", owner=None, due_on=TODAY)
    refused(lambda: put_on_roadmap(pk=row.pk, item=nobody, by=by, at=AT), 400, "not_active")
    item = Roadmap(todo="Detect the language", owner=cast.bob, due_on=TODAY + timedelta(days=30))
    assert put_on_roadmap(pk=row.pk, item=item, by=by, at=AT, expected_version=1).state == "roadmap"
    refused(
        lambda: put_on_roadmap(pk=row.pk, item=item, by=by, at=AT, expected_version=1), 412, "stale_version"
    )
    refused(lambda: close_finding(pk=other.pk, because="", by=by, at=AT), 400, "required")
    close_finding(pk=other.pk, because="Came of one test account.", by=by, at=AT)
    refused(lambda: close_finding(pk=other.pk, because="Again", by=by, at=AT), 409, "finding_closed")
    assert [(one.number, one.state) for one in file.log_of(pilot)] == [(1, "roadmap"), (2, "closed")]
    actions = AuditEvent.objects.filter(action__startswith="pilot.finding").values_list("action", flat=True)
    assert list(actions.order_by("pk")) == [
        "pilot.finding_logged", "pilot.finding_logged", "pilot.finding_on_roadmap", "pilot.finding_closed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "code"),
    [({"kind": "bug"}, "invalid_choice"), ({"severity": 4}, "out_of_range"), ({"text": ""}, "required"),
     ({"seen_on": TODAY + timedelta(days=1)}, "in_the_future")],
)  # fmt: skip
def test_a_finding_that_says_too_little_is_refused(cast: Cast, pilot: Pilot, more: Any, code: str) -> None:
    refused(lambda: log(cast, pilot, **more), 400, code)


def test_the_checklist_keeps_the_latest_answer_of_each_side(cast: Cast, pilot: Pilot) -> None:
    by = cast.actor("alice")
    for answer in ("unlike", "like"):
        check_likeness(pilot_id=pilot.pk, item="latency", answer=answer, by=by, at=AT)
    check_likeness(pilot_id=pilot.pk, item="users", answer="partly", note="Two of five teams.", by=by, at=AT)
    found, sides = file.likeness_of(pilot)
    assert (found.points, found.most, found.warns) == (3, 10, True)
    assert [one.row.answer if one.row else None for one in sides] == [None, "like", "partly", None, None]
    refused(
        lambda: check_likeness(pilot_id=pilot.pk, item="mood", answer="like", by=by, at=AT),
        400,
        "invalid_choice",
    )


# Training, change, feedback


# Snoozes


def flagged(cast: Cast) -> Flag:
    pilot = bare_pilot(cast, name="Old", days=300)
    edit(cast, pilot, no_decision_date=True)
    evaluate_all(at=AT)
    return Flag.objects.filter(subject_id=pilot.pk, rule="R01").get()


def snooze(
    cast: Cast, flag: Flag, days: int = 30, who: str = "max", because: str = "The council meets in March."
) -> FlagSnooze:
    return snooze_flag(
        flag_id=flag.pk, until=TODAY + timedelta(days=days), because=because, by=cast.actor(who), at=AT
    )


def test_a_snooze_is_the_managers_for_thirty_days_with_a_reason_and_the_flag_stays_open(cast: Cast) -> None:
    flag = flagged(cast)
    refused(lambda: snooze(cast, flag, who="alice"), 403, "forbidden")
    refused(lambda: snooze(cast, flag, 31), 400, "out_of_range")
    refused(lambda: snooze(cast, flag, 0), 400, "out_of_range")
    refused(lambda: snooze(cast, flag, because=" "), 400, "required")
    snooze(cast, flag, 10)
    second = snooze(cast, flag, 30)
    evaluate_all(at=AT)
    assert Flag.objects.get(pk=flag.pk).cleared_at is None
    assert file.snoozes_of([flag], TODAY) == {flag.pk: second}
    assert file.snoozes_of([flag], TODAY + timedelta(days=31)) == {}
    end_snooze(pk=second.pk, by=cast.actor("max"), at=AT)
    assert file.snoozes_of([flag], TODAY) == {}
    assert FlagSnooze.objects.count() == 2  # both stay on record


def test_what_has_cleared_is_not_put_off(cast: Cast) -> None:
    flag = flagged(cast)
    edit(cast, Pilot.objects.get(pk=flag.subject_id), decision_on=TODAY + timedelta(days=60))
    refused(lambda: snooze(cast, flag), 409, "flag_cleared")
    pilot = Pilot.objects.get(pk=flag.subject_id)
    assert [one.rule for one in file.cleared_of(pilot)] == ["R01"]


@pytest.mark.parametrize(
    ("who", "status"), [("charlie", 404), ("vera", 403), ("edith", 403), ("nobody", 404)]
)
def test_who_may_not_edit_the_pilot_writes_nothing_into_its_file(
    cast: Cast, who: str, status: int, pilot: Pilot
) -> None:
    by = cast.actor(who)
    for do in (
        lambda: plan(cast, pilot, who=who), lambda: week(cast, pilot, who=who, active=1), lambda: log(cast, pilot, who),
        lambda: plan_training(pilot_id=pilot.pk, audience="All", people=1, by=by, at=AT),
        lambda: plan_change(pilot_id=pilot.pk, kind="role", text="x", by=by, at=AT),
        lambda: check_likeness(pilot_id=pilot.pk, item="users", answer="like", by=by, at=AT),
    ):  # fmt: skip
        with pytest.raises(Problem) as caught:
            do()
        assert caught.value.status == status
    assert not Wave.objects.exists()
