"""The draft of a gate: one for each initiative, saved as often as one likes, incomplete as long as one likes.

It saves itself while somebody types, so the log tells of working sessions: the first save at once, because whoever wrote is
too near to decide from then on; what followed as one event, when the session ends, another takes over or the gate is asked for.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from core import audit, clock, outbox
from core.access import Actor, require
from core.errors import conflict, from_rule, stale
from core.roles import Action
from domain.errors import RuleError
from domain.gate_form import read_answers
from domain.gates import Gate
from governance.models import GateDraft
from governance.queries.definition import gate_of
from governance.services.sound import sound_answers
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative

LEFT: Final = outbox.announces("gate.draft_left")
SESSION: Final = timedelta(minutes=15)
"""So long after the first save the saves of one person through one door are one session: the log is behind by no more."""


def save_gate_draft(
    *, initiative_id: int, answers: Mapping[str, Any], by: Actor, at: datetime, expected_version: int | None = None
) -> GateDraft:  # fmt: skip
    """Begin the draft for the gate ahead, or replace what it says. The same again writes nothing.

    `expected_version`: of the draft that was read, 0 where there was none. A draft left from an earlier gate is begun anew.
    Raises Problem 404, 403, 400 at the field, 409 `no_gate`, 412.
    """
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.SUBMIT_GATE, initiative)
        gate = require_gate(initiative, at)
        row = GateDraft.objects.filter(initiative=initiative).first()
        if expected_version is not None and expected_version != (row.version if row else 0):
            raise stale()
        try:
            said = sound_answers(read_answers(answers, gate))
        except RuleError as error:
            raise from_rule(error) from error
        before = {} if row is None else row.answers
        if row is not None and row.gate == gate.code and before == said:
            return row
        if row is None:
            row = GateDraft(initiative=initiative, begun_at=at, version=0)
        goes_on = row.gate == gate.code and _goes_on(row, by, at)
        if not goes_on:
            log_session(row, initiative)
            row.session_at, row.session_via, row.session_token = at, by.via, by.token_id
        if row.gate != gate.code:
            row.begun_at = at
        changed, _ = audit.difference(before, {**dict.fromkeys(before), **said})
        row.unlogged = {**changed, **row.unlogged}
        row.gate, row.answers = gate.code, said
        row.updated_at, row.updated_by, row.version = at, by.user, row.version + 1
        row.save()
        if not goes_on:
            log_session(row, initiative, request_id=by.request_id)
            outbox.owe(kind=LEFT, payload={"initiative_id": initiative.pk}, at=at, due_at=at + SESSION)
    return row


def log_left(*, initiative_id: int, at: datetime) -> bool:
    """Log what was saved in a session that is over; whether there was something. Safe to run twice, or for nothing."""
    with transaction.atomic():
        row = GateDraft.objects.filter(initiative=lock_initiative(initiative_id)).first()
        if row is None or row.session_at is None or at < row.session_at + SESSION:
            return False
        return log_session(row, row.initiative)


def log_session(row: GateDraft, initiative: Initiative, *, request_id: str = "") -> bool:
    """Tell the log what it does not know of the draft yet, field by field, in the name of whoever saved it, as of their last save.

    Saved and taken back in between is no event. The caller holds the initiative. Returns whether there was something.
    """
    if not row.unlogged:
        return False
    was, now = audit.difference(row.unlogged, {name: row.answers.get(name) for name in row.unlogged})
    row.unlogged = {}
    row.save(update_fields=["unlogged"])
    if now:
        by = Actor(
            user=row.updated_by,
            grants=(),
            via=row.session_via,
            request_id=request_id,
            token_id=row.session_token,
        )
        audit.record(
            by=by, at=row.updated_at, action="gate.draft_saved", obj=row, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, before=was, after=now,
        )  # fmt: skip
    return bool(now)


def _goes_on(row: GateDraft, by: Actor, at: datetime) -> bool:
    """Whether a save belongs to the session there is: the same person through the same door, and its time is not over."""
    same = (by.user.pk if by.user else None, by.via, by.token_id)
    mine = (row.updated_by_id, row.session_via, row.session_token) == same
    return mine and row.session_at is not None and row.session_at <= at < row.session_at + SESSION


def require_gate(initiative: Initiative, at: datetime) -> Gate:
    """The gate ahead. Raises Problem 409 `no_gate`."""
    gate, _ = gate_of(initiative.stage, clock.day_of(at))
    if gate is None:
        raise conflict("no_gate", f"From {initiative.get_stage_display().lower()} no gate leads on.")
    return gate
