"""The agenda built by itself: everything that calls for the council is put on it, with the motion it asks for or a draft.

A draft binds nobody: whoever arranges the council makes it the motion, or says another (C3).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from core import audit, clock
from core.access import Actor
from core.errors import Problem
from domain.stage_words import Body, Stage
from governance.models import AgendaItem
from governance.queries.council_drafts import drafts_for
from governance.queries.council_queue import Call, calls
from governance.queries.definition import gate_of
from governance.services.council_agenda import put_on_agenda
from governance.services.council_meetings import held_meeting
from governance.services.council_seats import require_arranges
from portfolio.services.locks import lock_initiative

MINUTES = 15


def build_agenda(*, meeting_id: int, by: Actor, at: datetime) -> list[AgendaItem]:
    """Put all that calls for the council on the agenda, the dearest delay first: agenda equals queue.

    A submission goes on with the motion it asks for. A pilot in purgatory goes on with what its remedy drafts, a stopped
    initiative that goes on with its stop to be confirmed; what has no draft goes on without, and somebody says its motion. Raises Problem 404, 403, 409 `over`.
    """
    require_arranges(by)
    today = clock.day_of(at)
    with transaction.atomic():
        meeting = held_meeting(meeting_id)
    waiting = calls(by, max(today, clock.day_of(meeting.begins_at)))
    drafts = drafts_for(
        (call.initiative.pk for call in waiting if call.submission is None),
        by.user.pk if by.user else None,
        today,
    )
    made = []
    for call in waiting:
        row = _asked(call, meeting_id, by, at) or _called(
            call, meeting_id, drafts.get(call.initiative.pk), by, at
        )
        if row is not None:
            made.append(row)
    return made


def _asked(call: Call, meeting_id: int, by: Actor, at: datetime) -> AgendaItem | None:
    """The item of a submission with its own motion; None where there is none, or its days have passed meanwhile."""
    row = call.submission
    if row is None or row.body != Body.COUNCIL:
        return None
    try:
        return put_on_agenda(
            meeting_id=meeting_id, initiative_id=call.initiative.pk, submission_id=row.pk,
            motion=json.loads(row.document)["motion"], by=by, at=at, because=call.because[0],
        )  # fmt: skip
    except Problem as problem:
        if problem.code in {"over", "not_found"}:
            raise
        return None


def _called(
    call: Call, meeting_id: int, draft: Mapping[str, Any] | None, by: Actor, at: datetime
) -> AgendaItem | None:
    """An item that has no motion yet, with what is drafted for it; None where somebody put it on an agenda meanwhile."""
    with transaction.atomic():
        initiative = lock_initiative(call.initiative.pk)
        meeting = held_meeting(meeting_id)
        gate, _ = gate_of(initiative.stage, clock.day_of(at))
        if gate is None and call.condition is None and initiative.stage != Stage.STOPPED.value:
            return None
        last = meeting.items.aggregate(last=Max("position"))["last"] or 0
        try:
            with transaction.atomic():
                row = AgendaItem.objects.create(
                    meeting=meeting, position=last + 1, minutes=MINUTES, presenter=initiative.lead, initiative=initiative,
                    condition=call.condition, gate=gate.code if gate and call.condition is None else "",
                    because=call.because[0], motion={}, draft=draft if call.condition is None else None, created_at=at,
                )  # fmt: skip
        except IntegrityError:
            return None
        audit.record(
            by=by, at=at, action="item.planned", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            after={"meeting": meeting.pk, "because": row.because, "drafted": (row.draft or {}).get("outcome", "")},
        )  # fmt: skip
    return row
