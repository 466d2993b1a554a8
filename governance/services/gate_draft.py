"""The draft of a gate: one for each initiative, saved as often as one likes, incomplete as long as one likes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from core import audit, clock
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
        if row.gate != gate.code:
            row.begun_at = at
        row.gate, row.answers = gate.code, said
        row.updated_at, row.updated_by, row.version = at, by.user, row.version + 1
        row.save()
        was, now = audit.difference(before, {**dict.fromkeys(before), **said})
        audit.record(
            by=by, at=at, action="gate.draft_saved", obj=row, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, before=was, after=now,
        )  # fmt: skip
    return row


def require_gate(initiative: Initiative, at: datetime) -> Gate:
    """The gate ahead. Raises Problem 409 `no_gate`."""
    gate, _ = gate_of(initiative.stage, clock.day_of(at))
    if gate is None:
        raise conflict("no_gate", f"From {initiative.get_stage_display().lower()} no gate leads on.")
    return gate
