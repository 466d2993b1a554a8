"""A draft saves itself while somebody types; the log tells of it by working sessions, and loses nothing that matters."""

from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from core import clock, outbox
from core.models import AuditEvent, Outbox
from governance.models import GateDraft
from governance.queries.conflicts import conflicted
from governance.services.gate_draft import SESSION, save_gate_draft
from governance.services.submit import submit_gate
from portfolio.models import Initiative
from tests.cast import AT, Cast
from tests.governance.asking import everything_met, idea, manager, written

pytestmark = pytest.mark.django_db


def saved(
    initiative: Initiative, cast: Cast, minutes: float = 0, who: str = "alice", **answers: Any
) -> GateDraft:
    """The draft with these answers beside what it says already."""
    row = GateDraft.objects.filter(initiative=initiative).first()
    kept = row.answers if row else {}
    by = manager(cast) if who == "max" else cast.actor(who)
    return save_gate_draft(
        initiative_id=initiative.pk, answers={**kept, **answers}, by=by, at=AT + timedelta(minutes=minutes)
    )


def told() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    rows = AuditEvent.objects.filter(action="gate.draft_saved").order_by("pk")
    return [(row.actor_label, row.before, row.after) for row in rows]


def work(at: datetime) -> None:
    """What is owed by then, done by the worker."""
    with patch.object(clock, "now", lambda: at):
        outbox.drain()


def test_twenty_saves_while_typing_are_two_events_that_hold_the_whole_difference(cast: Cast) -> None:
    initiative = idea(cast)
    for length in range(1, 21):
        saved(initiative, cast, length / 10, ask="Go on, please, at last"[:length])
    assert len(told()) == 1
    work(AT + SESSION + timedelta(minutes=1))
    assert told() == [
        ("Alice", {"ask": None}, {"ask": "G"}),
        ("Alice", {"ask": "G"}, {"ask": "Go on, please, at la"}),
    ]
    assert AuditEvent.objects.latest("pk").at == AT + timedelta(minutes=2)
    work(AT + 2 * SESSION)
    assert len(told()) == 2


def test_whoever_writes_is_too_near_to_decide_from_the_first_save(cast: Cast) -> None:
    initiative = idea(cast)
    saved(initiative, cast, ask="Go")
    saved(initiative, cast, 1, "max", ask="Go on")
    assert cast.max.pk in conflicted(initiative)


def test_another_person_who_takes_over_closes_the_session_before_their_own(cast: Cast) -> None:
    initiative = idea(cast)
    saved(initiative, cast, 0, ask="A")
    saved(initiative, cast, 1, ask="Al")
    saved(initiative, cast, 2, "max", stop_if="No use")
    assert told() == [
        ("Alice", {"ask": None}, {"ask": "A"}),
        ("Alice", {"ask": "A"}, {"ask": "Al"}),
        ("Max", {"stop_if": None}, {"stop_if": "No use"}),
    ]


def test_another_door_is_another_session(cast: Cast) -> None:
    initiative = idea(cast)
    saved(initiative, cast, 0, ask="A")
    by = cast.actor("alice", via="api", token_id=7)
    save_gate_draft(initiative_id=initiative.pk, answers={"ask": "B"}, by=by, at=AT + timedelta(minutes=1))
    assert list(AuditEvent.objects.filter(action="gate.draft_saved").order_by("pk").values_list("via", "token_id")) == [
        ("page", None), ("api", 7),
    ]  # fmt: skip


def test_asking_for_the_gate_closes_the_session_first(cast: Cast) -> None:
    initiative = idea(cast)
    written(initiative, cast)
    saved(initiative, cast, 1, alternatives="Only this")
    with everything_met():
        submit_gate(initiative_id=initiative.pk, by=cast.actor("alice"), at=AT + timedelta(minutes=2))
    rows = AuditEvent.objects.filter(action__startswith="gate.").order_by("pk")
    assert [row.action for row in rows] == ["gate.draft_saved", "gate.draft_saved", "gate.submitted"]
    assert rows[1].after == {"alternatives": "Only this"}


def test_a_session_that_outlasts_its_time_is_told_before_the_next_begins(cast: Cast) -> None:
    initiative = idea(cast)
    saved(initiative, cast, 0, ask="A")
    saved(initiative, cast, 14, ask="Al")
    saved(initiative, cast, 15, ask="All")
    assert [after["ask"] for _, _, after in told()] == ["A", "Al", "All"]
    work(AT + timedelta(minutes=16))
    assert len(told()) == 3


def test_what_is_typed_and_taken_back_is_no_event(cast: Cast) -> None:
    initiative = idea(cast)
    saved(initiative, cast, 0, ask="A")
    saved(initiative, cast, 1, ask="Al")
    saved(initiative, cast, 2, ask="A")
    work(AT + SESSION)
    assert len(told()) == 1
    assert GateDraft.objects.get().unlogged == {}


def test_a_worker_that_was_off_loses_nothing(cast: Cast) -> None:
    initiative = idea(cast)
    saved(initiative, cast, 0, ask="A")
    saved(initiative, cast, 1, ask="Al", stop_if="No use")
    assert GateDraft.objects.get().unlogged == {"ask": "A", "stop_if": None}
    work(AT + timedelta(days=3))
    assert told()[-1] == ("Alice", {"ask": "A", "stop_if": None}, {"ask": "Al", "stop_if": "No use"})


def test_a_worker_that_comes_early_leaves_the_session_alone(cast: Cast) -> None:
    initiative = idea(cast)
    saved(initiative, cast, 0, ask="A")
    saved(initiative, cast, 1, ask="Al")
    Outbox.objects.update(due_at=AT)
    work(AT + timedelta(minutes=2))
    assert len(told()) == 1
