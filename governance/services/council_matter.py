"""What an item is about: the gate ahead, a condition the council set, or a stopped initiative. Read, asked again and recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core import clock
from core.access import Actor
from core.errors import conflict, from_rule, not_found
from domain.authority import Authority
from domain.decision_rights import require_body, require_ready
from domain.errors import RuleError
from domain.gates import Gate
from domain.motions import Motion, is_beside_gates, read_motion
from domain.stage_words import Body, Outcome
from governance.models import AgendaItem, Condition, Decision, GateSubmission
from governance.queries.definition import gate_of, gates_of
from governance.services.beside import record_beside, require_beside
from governance.services.decide import record_decision
from governance.services.piloted import require_piloted
from governance.services.prohibited import in_the_way, require_permitted
from governance.services.sound import sound
from pilots.models import Pilot
from portfolio.models import Initiative


@dataclass(frozen=True, slots=True)
class Matter:
    """A motion read whole, with what it is about. `gate` None: a decision of its own."""

    motion: Motion
    gate: Gate | None = None
    submission: GateSubmission | None = None
    condition: Condition | None = None


def read_matter(
    motion: Mapping[str, Any], initiative: Initiative, submission: GateSubmission | None, at: datetime
) -> Matter:
    """The motion, whole, for an item of this initiative.

    Nothing is put to the vote that could not be recorded. Raises Problem 400 with a pointer below `/motion`; 404; 409 `no_gate`, `no_pilot`, `submission_missing`, `wrong_body`, and
    what `require_beside` refuses.
    """
    day = clock.day_of(at)
    if is_beside_gates(motion):
        read = _read(motion, None, day)
        return Matter(read, condition=require_beside(initiative, read, at=at))
    gate = gate_for(initiative, submission, day)
    read = _read(motion, gate, day)
    require_permitted(initiative.pk, read.outcome, gate)
    try:
        require_body(Authority(body=Body.COUNCIL, item=0), read.outcome, gate, tier=None, extensions=0)
        require_ready(read.outcome, submitted=submission is not None, open_conditions=())
    except RuleError as error:
        raise conflict(error.code, error.message) from error
    pilot = Pilot.objects.filter(initiative=initiative, ended_on=None).first()
    require_piloted(read, pilot)
    return Matter(read, gate, submission)


def motion_of(item: AgendaItem, at: datetime) -> Motion:
    """As it was voted on: its days lay ahead when the item was opened."""
    day = clock.day_of(item.opened_at or at)
    return read_motion(item.motion, gate=gate_voted(item, day), today=day, voted=True)


def gate_voted(item: AgendaItem, day: date) -> Gate | None:
    """The gate an item is about; None for a decision of its own."""
    return None if is_beside_gates(item.motion) else gate_for(item.initiative, item.submission, day)


def gate_for(initiative: Initiative, submission: GateSubmission | None, day: date) -> Gate:
    """The gate a motion is about: the submission's under its own definition, else the one ahead. Raises Problem 409 `no_gate`."""
    if submission is not None:
        return next(gate for gate in gates_of(submission.definition) if gate.code == submission.gate)
    gate, _ = gate_of(initiative.stage, day)
    if gate is None:
        raise conflict("no_gate", f"No gate lies ahead of {initiative.ref} in its stage, {initiative.stage}.")
    return gate


def submission_for(pk: int | None, initiative: Initiative) -> GateSubmission | None:
    """The submission named, else the one that is open: any decision answers it. Raises Problem 404, 409 `not_waiting`."""
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


def overtaken(item: AgendaItem, day: date) -> bool:
    """Whether what is voted on was decided or changed meanwhile by somebody else, so that the vote can come to nothing."""
    if item.state not in {AgendaItem.State.OPEN, AgendaItem.State.CONFIRMING}:
        return False
    if item.condition is not None:
        due_on = item.motion.get("due_on")
        return item.condition.state != Condition.State.OPEN or bool(due_on and due_on <= day.isoformat())
    outcome = Outcome(item.motion["outcome"])
    if is_beside_gates(item.motion):
        return item.initiative.stage != "stopped" or bool(in_the_way(item.initiative_id, outcome, None))
    if item.submission is not None and item.submission.state != GateSubmission.State.OPEN:
        return True
    gate, _ = gate_of(item.initiative.stage, day)
    if gate is None or gate.code != item.gate:
        return True
    return bool(in_the_way(item.initiative_id, outcome, gate))


def record(
    item: AgendaItem, motion: Motion, authority: Authority, *, carried: bool, by: Actor, at: datetime
) -> Decision:
    """The decision on an item, through the one writer of what it is about. `motion`: as carried, or `not_decided`."""
    if is_beside_gates(item.motion):
        return record_beside(
            initiative=item.initiative, motion=motion, authority=authority, by=by, at=at, carried=carried
        )
    return record_decision(
        initiative_id=item.initiative_id, motion=motion, authority=authority, by=by, at=at,
        submission_id=item.submission_id, carried=carried,
    )  # fmt: skip


def _read(motion: Mapping[str, Any], gate: Gate | None, today: date) -> Motion:
    try:
        return sound(read_motion(motion, gate=gate, today=today, at="/motion"))
    except RuleError as error:
        raise from_rule(error) from error
