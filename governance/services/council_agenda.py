"""Putting items on a meeting's agenda, changing their order and time, and taking them off again."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from core import audit, clock
from core.access import Actor, require
from core.errors import Problem, conflict, field_error, from_rule, not_found
from core.models import User
from core.roles import Action
from core.text import clean
from domain.authority import Authority
from domain.decision_rights import require_body, require_ready
from domain.errors import RuleError
from domain.gates import Gate
from domain.motions import Motion, motion_to_json, read_motion
from domain.stage_words import Body, Outcome
from governance.models import AgendaItem, GateSubmission, Meeting
from governance.queries.council_queue import calls
from governance.queries.definition import gate_of, gates_of
from governance.services.council_held import held_item, next_version
from governance.services.council_meetings import held_meeting
from governance.services.council_seats import require_arranges
from governance.services.sound import sound
from pilots.models import Pilot
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative

MOST_MINUTES = 480


def put_on_agenda(
    *, meeting_id: int, initiative_id: int, motion: Mapping[str, Any], by: Actor, at: datetime, submission_id: int | None = None,
    presenter: User | None = None, minutes: int = 15, because: str = "",
) -> AgendaItem:  # fmt: skip
    """An item with its motion, at the end of the agenda. `because`: what brought it here (governance.queries.council_queue).

    Raises Problem 404; 403; 400 with a pointer below `/motion`; 409 `over`, `on_an_agenda`, `no_pilot`, `not_waiting` for a submission
    that is not open, `submission_missing` for an approval without one, `wrong_body` at G1, `no_gate`.
    """
    require_arranges(by)
    _require_minutes(minutes)
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.VIEW, initiative)
        meeting = held_meeting(meeting_id)
        submission = _submission(submission_id, initiative)
        gate = gate_for(initiative, submission, clock.day_of(at))
        read = read_whole(motion, gate, submission, clock.day_of(at))
        _require_pilot(read, initiative)
        if presenter is None:
            presenter = initiative.lead
        last = meeting.items.aggregate(last=Max("position"))["last"] or 0
        try:
            with transaction.atomic():
                row = AgendaItem.objects.create(
                    meeting=meeting, position=last + 1, minutes=minutes, presenter=presenter, initiative=initiative,
                    submission=submission, gate=gate.code, because=because, motion=motion_to_json(read), created_at=at,
                )  # fmt: skip
        except IntegrityError as error:
            raise conflict("on_an_agenda", f"{initiative.ref} is on an agenda already.") from error
        _tell("item.planned", row, by, at, after={"meeting": meeting.pk, "motion": row.motion["outcome"]})
    return row


def change_item(
    *, item_id: int, by: Actor, at: datetime, expected_version: int | None = None, motion: Mapping[str, Any] | None = None,
    presenter: User | None = None, minutes: int | None = None,
) -> AgendaItem:  # fmt: skip
    """Another motion, presenter or time for an item that nobody opened yet. Raises Problem as `put_on_agenda`, 412."""
    require_arranges(by)
    with transaction.atomic():
        row = held_item(item_id, by=by, expected_version=expected_version)
        _require_planned(row)
        before = audit.snapshot(row, ("motion", "presenter", "minutes"))
        if motion is not None:
            gate = gate_for(row.initiative, row.submission, clock.day_of(at))
            row.motion = motion_to_json(read_whole(motion, gate, row.submission, clock.day_of(at)))
            row.gate = gate.code
        if minutes is not None:
            _require_minutes(minutes)
            row.minutes = minutes
        row.presenter = presenter or row.presenter
        was, now = audit.difference(before, audit.snapshot(row, tuple(before)))
        if now:
            next_version(row, "motion", "gate", "minutes", "presenter")
            _tell("item.changed", row, by, at, before=was, after=now)
    return row


def take_off(*, item_id: int, because: str, by: Actor, at: datetime) -> AgendaItem:
    """Take an item off that nobody opened yet, or that another decision has overtaken. Raises Problem 404, 403, 409 `opened`."""
    require_arranges(by)
    because = clean("because", because, limit=300, required="Say why it is taken off.")
    with transaction.atomic():
        row = held_item(item_id, by=by)
        if not _overtaken(row, clock.day_of(at)):
            _require_planned(row)
        row.state = AgendaItem.State.WITHDRAWN
        next_version(row, "state")
        _tell("item.withdrawn", row, by, at, reason=because)
    return row


def reorder(*, meeting_id: int, items: Sequence[int], by: Actor, at: datetime) -> Meeting:
    """The order of the whole agenda, item ids first to last. Raises Problem 404, 403, 400 unless each is named once."""
    require_arranges(by)
    with transaction.atomic():
        meeting = held_meeting(meeting_id)
        rows = {row.pk: row for row in meeting.items.exclude(state=AgendaItem.State.WITHDRAWN)}
        closed = [row for row in rows.values() if row.state == AgendaItem.State.CLOSED]
        movable = {pk: row for pk, row in rows.items() if row not in closed}
        if sorted(items) != sorted(movable):
            raise field_error("items", "Name every item that is not closed yet, each once.", code="not_all")
        first = max((row.position for row in closed), default=0)
        before = sorted(movable, key=lambda pk: (movable[pk].position, pk))
        for place, pk in enumerate(items, first + 1):
            AgendaItem.objects.filter(pk=pk).update(position=place)
        if list(items) != before:
            audit.record(
                by=by,
                at=at,
                action="agenda.reordered",
                obj=meeting,
                before={"items": before},
                after={"items": list(items)},
            )
    return meeting


def gate_for(initiative: Initiative, submission: GateSubmission | None, day: date) -> Gate:
    """The gate a motion is about: the submission's under its own definition, else the one ahead. Raises Problem 409 `no_gate`."""
    if submission is not None:
        return next(gate for gate in gates_of(submission.definition) if gate.code == submission.gate)
    gate, _ = gate_of(initiative.stage, day)
    if gate is None:
        raise conflict("no_gate", f"No gate lies ahead of {initiative.ref} in its stage, {initiative.stage}.")
    return gate


def read_whole(
    motion: Mapping[str, Any], gate: Gate, submission: GateSubmission | None, today: date
) -> Motion:
    """The motion, whole. Raises Problem 400 with a pointer, 409 `submission_missing`, `wrong_body` where it is not the council's."""
    try:
        read = sound(read_motion(motion, gate=gate, today=today, at="/motion"))
    except RuleError as error:
        raise from_rule(error) from error
    try:
        require_body(Authority(body=Body.COUNCIL, item=0), read.outcome, gate, tier=None, extensions=0)
        require_ready(read.outcome, submitted=submission is not None, open_conditions=())
    except RuleError as error:
        raise conflict(error.code, error.message) from error
    return read


def _submission(pk: int | None, initiative: Initiative) -> GateSubmission | None:
    """The submission named, else the one that is open: any decision answers it."""
    rows = GateSubmission.objects.filter(initiative=initiative)
    if pk is None:
        return rows.filter(state=GateSubmission.State.OPEN).first()
    row = rows.filter(pk=pk).first()
    if row is None:
        raise not_found()
    if row.state != GateSubmission.State.OPEN:
        raise conflict(
            "not_waiting", f"{row.ref} is {row.get_state_display().lower()}; it waits for no decision."
        )
    return row


def _require_pilot(motion: Motion, initiative: Initiative) -> None:
    """Nothing is put to the vote that could not be recorded."""
    about_a_pilot = motion.outcome in {Outcome.EXTEND, Outcome.PIVOT}
    if about_a_pilot and not Pilot.objects.filter(initiative=initiative, ended_on=None).exists():
        raise conflict("no_pilot", "Only a pilot is extended or given a new charter.")


def _require_planned(row: AgendaItem) -> None:
    if row.state != AgendaItem.State.PLANNED:
        raise conflict("opened", f"{row.ref} was opened. What is voted on stands.")


def _overtaken(row: AgendaItem, day: date) -> bool:
    """Whether what is voted on was decided meanwhile by somebody else, so that the vote can come to nothing."""
    if row.state not in {AgendaItem.State.OPEN, AgendaItem.State.CONFIRMING}:
        return False
    if row.submission is not None and row.submission.state != GateSubmission.State.OPEN:
        return True
    gate, _ = gate_of(row.initiative.stage, day)
    return gate is None or gate.code != row.gate


def _require_minutes(minutes: int) -> None:
    if not 1 <= minutes <= MOST_MINUTES:
        raise field_error("minutes", f"Plan 1 to {MOST_MINUTES} minutes.", code="out_of_range")


def _tell(action: str, row: AgendaItem, by: Actor, at: datetime, **more: Any) -> None:
    audit.record(
        by=by,
        at=at,
        action=action,
        obj=row,
        initiative_id=row.initiative_id,
        unit_path=row.initiative.unit.path,
        **more,
    )


def build_agenda(*, meeting_id: int, by: Actor, at: datetime) -> list[AgendaItem]:
    """Put every submission that waits for the council on the agenda, the dearest delay first, with the motion it asks for.

    What else calls for the council is shown beside it, because its motion is somebody's to say. Raises Problem 404, 403, 409.
    """
    require_arranges(by)
    made = []
    for call in calls(by, clock.day_of(at)):
        row = call.submission
        if row is None or row.body != Body.COUNCIL:
            continue
        motion = {**json.loads(row.document)["motion"]}
        try:
            made.append(
                put_on_agenda(
                    meeting_id=meeting_id, initiative_id=call.initiative.pk, submission_id=row.pk, motion=motion, by=by, at=at,
                    because=call.because[0],
                )
            )  # fmt: skip
        except Problem as problem:
            if problem.code in {"over", "not_found"}:
                raise
            # A motion whose days have passed meanwhile is asked for again by its lead; the others go on the agenda.
    return made
