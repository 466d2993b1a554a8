"""Working meetings as they were held, kickoffs among them: recorded once; what somebody is to do after one goes on until it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from core import audit, clock
from core.access import Actor, allows, require
from core.errors import Item, Problem, conflict, field_error, forbidden, not_found
from core.models import User
from core.roles import Action
from core.text import clean
from core.values import FIRST_DAY, LAST_DAY
from domain.stakeholders import GroupRole
from portfolio.models import Initiative, WorkingAction, WorkingGroup, WorkingMeeting
from portfolio.services.locks import lock_initiative
from portfolio.services.named import NAME, require_sees

AGENDA: Final = 4000
INPUT: Final = 2000
SENTENCE: Final = 500
ACTION: Final = 300
MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Said:
    """What one role brought to the meeting. `name`: who said it, where that is known."""

    role: str
    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """What one person is to do, by a day."""

    text: str
    owner: User
    due_on: date


def record_meeting(
    *, initiative_id: int, kind: str, held_on: date, by: Actor, at: datetime, agenda: str = "", said: Sequence[Said] = (),
    decisions: Sequence[str] = (), actions: Sequence[Task] = (), group: WorkingGroup | None = None,
) -> WorkingMeeting:  # fmt: skip
    """Record a meeting that was held, with its actions. Something of agenda, input, decisions or actions is said.

    Raises Problem 404, 403, 400 at the field that is wrong.
    """
    if kind not in WorkingMeeting.Kind.values:
        raise field_error("kind", "Say what kind of meeting it was.", code="invalid_choice")
    if not FIRST_DAY <= held_on <= clock.day_of(at):
        raise field_error("held_on", "It was held: give today or an earlier day.", code="in_future")
    agenda = clean("agenda", agenda, limit=AGENDA)
    heard = _said(said)
    agreed = _sentences(decisions)
    if not (agenda or heard or agreed or actions):
        raise field_error("agenda", "Write down what it was about, or what came of it.", code="required")
    if len(actions) > MOST:
        raise field_error("actions", f"Record at most {MOST} actions.", code="max_length")
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.EDIT_INITIATIVE, initiative)
        if group is not None and group.initiative_id != initiative.pk:
            raise field_error("group", "That group works on another initiative.", code="invalid_choice")
        row = WorkingMeeting.objects.create(
            initiative=initiative, group=group, kind=kind, held_on=held_on, agenda=agenda, said=heard, decisions=agreed,
            recorded_at=at, recorded_by=by.user,
        )  # fmt: skip
        for place, one in enumerate(actions):
            _add(row, initiative, one, at, f"actions/{place}/")
        after: dict[str, Any] = {
            "kind": kind,
            "held_on": held_on,
            "decisions": agreed,
            "actions": [one.text for one in actions],
        }
        _tell("working_meeting.recorded", row, initiative, by, at, after=after)
    return row


def add_action(*, meeting_id: int, task: Task, by: Actor, at: datetime) -> WorkingAction:
    """Something more to do after a meeting. Raises Problem 404, 403, 400."""
    with transaction.atomic():
        meeting, initiative = _held(meeting_id)
        require(by, Action.EDIT_INITIATIVE, meeting)
        row = _add(meeting, initiative, task, at, "")
        after = {"text": row.text, "owner": row.owner_id, "due_on": row.due_on}
        _tell("working_action.added", meeting, initiative, by, at, after=after)
    return row


def close_action(*, meeting_id: int, pk: int, outcome: str, by: Actor, at: datetime) -> WorkingAction:
    """Whoever owes it, or runs the initiative, says what came of it. Raises Problem 404, 403 `not_yours`, 400, 409 `done`."""
    outcome = clean("outcome", outcome, limit=ACTION, required="Say what came of it.")
    with transaction.atomic():
        meeting, initiative = _held(meeting_id)
        require(by, Action.ANSWER, meeting)
        row = meeting.actions.select_related("owner").filter(pk=pk).first()
        if row is None:
            raise not_found()
        mine = by.user is not None and by.user.pk == row.owner_id
        if not mine and not allows(by, Action.EDIT_INITIATIVE, meeting):
            raise forbidden(f"{row.owner.name} closes it, or whoever runs the initiative.", code="not_yours")
        if row.done_on is not None:
            raise conflict("done", "This is done already.")
        row.done_on, row.outcome = clock.day_of(at), outcome
        row.save(update_fields=["done_on", "outcome"])
        after = {"text": row.text, "owner": row.owner_id, "outcome": outcome}
        _tell("working_action.done", meeting, initiative, by, at, after=after)
    return row


def _held(pk: int) -> tuple[WorkingMeeting, Initiative]:
    initiative_id = WorkingMeeting.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    initiative = lock_initiative(initiative_id)
    return WorkingMeeting.objects.get(pk=pk), initiative


def _add(
    meeting: WorkingMeeting, initiative: Initiative, task: Task, at: datetime, place: str
) -> WorkingAction:
    text = clean(f"{place}text", task.text, limit=ACTION, required="Say what is to be done.")
    require_sees(f"{place}owner", task.owner, initiative)
    if not meeting.held_on <= task.due_on <= LAST_DAY:
        raise field_error(f"{place}due_on", "It is due after the meeting.", code="too_early")
    return WorkingAction.objects.create(
        meeting=meeting, text=text, owner=task.owner, due_on=task.due_on, recorded_at=at
    )


def _said(said: Sequence[Said]) -> list[dict[str, str]]:
    if len(said) > MOST:
        raise field_error("said", f"Record what at most {MOST} said.", code="max_length")
    found = []
    for place, one in enumerate(said):
        if one.role not in set(GroupRole):
            where = f"/said/{place}/role"
            raise Problem(
                400, "invalid", "Say in which role.", (Item(where, "invalid_choice", "Say in which role."),)
            )
        text = clean(f"said/{place}/text", one.text, limit=INPUT, required="Write down what was said.")
        found.append(
            {"role": one.role, "name": clean(f"said/{place}/name", one.name, limit=NAME), "text": text}
        )
    return found


def _sentences(decisions: Sequence[str]) -> list[str]:
    if len(decisions) > MOST:
        raise field_error("decisions", f"Record at most {MOST} decisions.", code="max_length")
    return [
        clean(f"decisions/{place}", one, limit=SENTENCE, required="Write down what was decided.")
        for place, one in enumerate(decisions)
    ]


def _tell(
    action: str, row: WorkingMeeting, initiative: Initiative, by: Actor, at: datetime, **more: Any
) -> None:
    audit.record(
        by=by, at=at, action=action, obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path, **more
    )  # fmt: skip
