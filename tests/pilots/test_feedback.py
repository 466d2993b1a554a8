"""The people of a pilot: trained, prepared for the change, heard."""

from datetime import timedelta
from decimal import Decimal

from core.models import AuditEvent
from pilots.models import (
    Feedback,
    Pilot,
)
from pilots.queries import file
from pilots.services.evaluate import evaluate_due
from pilots.services.use import (
    answer_feedback,
    finish_change,
    give_feedback,
    plan_change,
    plan_training,
    record_training,
)
from portfolio.models import Flag
from tests.cast import AT, TODAY, Cast
from tests.pilots.refusing import refused


def test_training_says_how_many_of_how_many(cast: Cast, pilot: Pilot) -> None:
    assert file.training_of(pilot).share is None
    by = cast.actor("alice")
    group = plan_training(pilot_id=pilot.pk, audience="Claims handlers", people=40, by=by, at=AT)
    plan_training(pilot_id=pilot.pk, audience="Team leads", people=10, by=by, at=AT)
    refused(
        lambda: record_training(pk=group.pk, trained=41, evidence="List", by=by, at=AT), 400, "out_of_range"
    )
    refused(lambda: record_training(pk=group.pk, trained=30, evidence="", by=by, at=AT), 400, "required")
    record_training(pk=group.pk, trained=30, evidence="Attendance lists", by=by, at=AT, expected_version=1)
    assert file.training_of(pilot).share == Decimal("0.6")


def test_a_change_plan_says_something_of_all_four(cast: Cast, pilot: Pilot) -> None:
    by = cast.actor("alice")
    for kind in ("role", "message", "incentive"):
        plan_change(pilot_id=pilot.pk, kind=kind, text="Handlers check instead of write.", by=by, at=AT)
    assert file.change_of(pilot).missing == ["Resistance, and what was done about it"]
    last = plan_change(
        pilot_id=pilot.pk, kind="resistance", text="Night shift: shown on their own cases.", by=by, at=AT
    )
    assert file.change_of(pilot).complete
    assert finish_change(pk=last.pk, by=by, at=AT).done_on == TODAY
    refused(
        lambda: plan_change(pilot_id=pilot.pk, kind="mood", text="x", by=by, at=AT), 400, "invalid_choice"
    )


def test_anonymous_feedback_names_nobody_anywhere(cast: Cast, pilot: Pilot) -> None:
    row = give_feedback(
        pilot_id=pilot.pk, text="It is slow at noon.", by=cast.actor("vera"), at=AT, anonymous=True
    )
    assert Feedback.objects.get(pk=row.pk).recorded_by is None
    event = AuditEvent.objects.get(action="pilot.feedback_given")
    assert (event.actor_id, event.actor_label) == (None, "Throughline")
    assert "slow" not in str(event.after)


def test_feedback_waits_for_its_first_answer_and_is_late_after_five_days(cast: Cast, pilot: Pilot) -> None:
    row = give_feedback(pilot_id=pilot.pk, text="It is slow at noon.", by=cast.actor("vera"), at=AT)
    assert [one.late for one in file.feedback_of(pilot, AT + timedelta(days=5))] == [False]
    (late,) = file.feedback_of(pilot, AT + timedelta(days=6))
    assert (late.days, late.late) == (6, True)
    refused(
        lambda: answer_feedback(pk=row.pk, answer="Thanks", by=cast.actor("vera"), at=AT), 403, "forbidden"
    )
    by = cast.actor("alice")
    answer_feedback(pk=row.pk, answer="A second server from Monday.", by=by, at=AT + timedelta(days=2))
    (said,) = file.feedback_of(pilot, AT + timedelta(days=60))
    assert (said.days, said.late) == (2, False)
    refused(lambda: answer_feedback(pk=row.pk, answer="Again", by=by, at=AT), 409, "answered_already")


def test_late_feedback_is_flagged_by_time_alone_and_clears_with_its_answer(cast: Cast, pilot: Pilot) -> None:
    row = give_feedback(pilot_id=pilot.pk, text="It is slow at noon.", by=cast.actor("vera"), at=AT)
    flags = Flag.objects.filter(rule="feedback_waits")
    assert not flags.exists()
    assert Pilot.objects.get().valid_until == TODAY + timedelta(days=5)
    evaluate_due(at=AT + timedelta(days=5))
    assert not flags.exists()
    evaluate_due(at=AT + timedelta(days=6))
    flag = flags.get()
    assert (flag.severity, flag.owner, flag.since) == (1, cast.alice, TODAY + timedelta(days=6))
    evaluate_due(at=AT + timedelta(days=16))
    assert flags.get().severity == 2
    assert "feedback_waits" not in Pilot.objects.get().rules  # it makes no level
    answer_feedback(pk=row.pk, answer="A second server.", by=cast.actor("alice"), at=AT + timedelta(days=17))
    assert flags.get().cleared_at is not None
