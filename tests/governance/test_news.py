"""Who hears of what: a gate asked for, a decision, a condition given and overdue, an approval suspended; and what is due."""

from datetime import timedelta
from typing import Any

import pytest

from core import clock, outbox
from core.models import Notice
from core.reminders import EARLIEST, LATEST
from domain.stage_words import Body
from governance.models import Condition, Decision
from governance.queries.owed import conditions, meetings
from governance.services.news import tell_decided, tell_overdue, tell_submitted
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import condition, decided, idea, manager, motion, submitted
from tests.governance.sitting import council, meeting

pytestmark = pytest.mark.django_db


def heard() -> set[tuple[str, str]]:
    return {(one.user.name, one.title) for one in Notice.objects.select_related("user")}


def test_a_manager_hears_that_a_gate_is_asked_for_and_who_asked_does_not(cast: Cast) -> None:
    row = submitted(idea(cast), cast)
    tell_submitted(submission_id=row.pk, at=AT)
    assert heard() == {("Max", "G1 is asked for: Claims triage")}


def test_chair_and_deputy_hear_of_what_the_council_decides(cast: Cast) -> None:
    council(cast)
    row = submitted(idea(cast, stage="pilot", tier=2), cast)
    assert row.body == Body.COUNCIL
    tell_submitted(submission_id=row.pk, at=AT)
    assert {name for name, _ in heard()} == {"Cora", "Dirk"}


def test_a_decision_is_told_to_lead_and_sponsor_and_its_conditions_to_who_meets_and_verifies_them(
    cast: Cast,
) -> None:
    initiative = idea(cast, stage="framing")
    row = submitted(initiative, cast)
    said = motion(initiative, "conditional_go", conditions=[condition(cast)])
    made = decided(initiative, said, manager(cast), submission=row)
    for _ in range(2):
        tell_decided(decision_id=made.pk, people=[cast.alice.pk, cast.edith.pk], at=AT)
    assert {(name, title.split(":")[0]) for name, title in heard()} == {
        ("Alice", "Decided, conditional go"), ("Edith", "Decided, conditional go"),
        ("Bob", "You are to meet C-0001 by 24 Dec 2026".replace("C-0001", Condition.objects.get().ref)),
        ("Mona", "You are to verify C-0001 by 24 Dec 2026".replace("C-0001", Condition.objects.get().ref)),
    }  # fmt: skip


def test_the_outbox_tells_it_once_however_often_it_is_drained(
    cast: Cast, django_capture_on_commit_callbacks: Any, frozen: Any
) -> None:
    initiative = idea(cast)
    row = submitted(initiative, cast)
    decided(initiative, motion(initiative), manager(cast), submission=row)
    outbox.drain()
    outbox.drain()
    assert {(name, title.split(":")[0]) for name, title in heard()} == {
        ("Alice", "Decided, go"),
        ("Edith", "Decided, go"),
    }
    assert Decision.objects.count() == 1


def test_an_overdue_condition_is_told_and_told_again_only_of_another_day(cast: Cast) -> None:
    initiative = idea(cast, stage="framing")
    said = motion(initiative, "conditional_go", conditions=[condition(cast)])
    decided(initiative, said, manager(cast), submission=submitted(initiative, cast))
    one = Condition.objects.get()
    for _ in range(2):
        tell_overdue(condition_id=one.pk, people=[cast.bob.pk], at=AT)
    assert Notice.objects.count() == 1
    Condition.objects.update(due_on=TODAY + timedelta(days=90))
    tell_overdue(condition_id=one.pk, people=[cast.bob.pk], at=AT)
    assert Notice.objects.count() == 2
    Condition.objects.update(state="waived", closed_on=TODAY)
    assert tell_overdue(condition_id=one.pk, people=[cast.mona.pk], at=AT) == 0


def test_a_condition_is_owed_by_who_meets_and_who_verifies_it_until_it_is_closed(cast: Cast) -> None:
    initiative = idea(cast, stage="framing")
    said = motion(
        initiative,
        "conditional_go",
        conditions=[condition(cast, due_on=(TODAY + timedelta(days=3)).isoformat())],
    )
    decided(initiative, said, manager(cast), submission=submitted(initiative, cast))
    span = (TODAY - EARLIEST, TODAY + LATEST)
    assert {one.user_id for one in conditions(*span)} == {cast.bob.pk, cast.mona.pk}
    Condition.objects.update(state="waived", closed_on=TODAY)
    assert list(conditions(*span)) == []


def test_a_coming_meeting_is_told_to_every_seat_and_not_once_it_is_held(cast: Cast) -> None:
    council(cast)
    row = meeting(cast, begins_at=AT + timedelta(days=7))
    span = (TODAY - EARLIEST, TODAY + LATEST)
    assert {one.due_on for one in meetings(*span)} == {clock.day_of(row.begins_at)}
    assert len(list(meetings(*span))) == 5
    row.state, row.ended_at = "cancelled", AT
    row.save()
    assert list(meetings(*span)) == []
