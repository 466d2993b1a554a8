"""Putting a model's record right: what its records write and a hand may not, by a reviewer who does not own the model."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, Unpack

from django.db import transaction

from core import audit, clock
from core.access import Actor
from core.errors import field_error
from core.locks import hold
from core.roles import Action
from core.text import clean
from domain.model_record import FROM_RECORDS, SOONER
from governance.models import AiModel
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model, snapshot
from governance.services.judge import hear_load, judge_one
from governance.services.model_facts import touch_dossier
from governance.services.model_values import TakenOver, write_facts
from governance.services.near import apart

PUT_RIGHT: Final = (*FROM_RECORDS, *SOONER, "stage")
"""What a correction may write."""


class Corrections(TakenOver, total=False):
    """What a reviewer may put right. None takes a fact back. Without `superseded_on` nothing supersedes the model."""

    in_production_since: date | None
    next_review_on: date | None
    monitoring_cadence_days: int | None
    superseded_on: date | None
    stage: str


def correct_facts(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None, **facts: Unpack[Corrections]
) -> AiModel:  # fmt: skip
    """Put right what is on record of a model, with the reason. Nothing changed writes nothing.

    A record of its own that says more, later, wins again. Raises Problem 400 by field, 403 without the right to review or
    `four_eyes` for its owner and developers, 404, 409 for a retired model, 412.
    """
    today = clock.day_of(at)
    because = clean("because", because, limit=2_000, required="Say what was wrong, and how you know.")
    given: Mapping[str, Any] = facts
    for name in given:
        if name not in PUT_RIGHT:
            raise field_error(
                name, f"A correction writes one of: {', '.join(PUT_RIGHT)}.", code="not_corrected"
            )
    with transaction.atomic():
        hold(LOCK)
        row = held_model(pk, by=by, right=Action.REVIEW_MODEL, expected_version=expected_version)
        apart(row, by)
        before = snapshot(row)
        write_facts(row, given, today)
        if "superseded_on" in given and row.superseded_on is None:
            row.superseded_by = None
        was, now = audit.difference(before, snapshot(row))
        if not now:
            return row
        row.updated_at, row.version = at, row.version + 1
        row.save(update_fields=[*PUT_RIGHT, "superseded_by", "updated_at", "version"])
        audit.record(
            by=by, at=at, action="model.corrected", obj=row, unit_path=row.unit.path, before=was, after=now,
            reason=because[:500],
        )  # fmt: skip
        if "dossier_sections" in now:
            touch_dossier(row, at)
        if "stage" in now:
            hear_load(owners=[row.owner_id], day=today)
        return judge_one(model=row, by=by, at=at, as_of=today)
