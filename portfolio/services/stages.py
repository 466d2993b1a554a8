"""Stage spells: the only writer of `stage`. A spell is never re-dated, only closed or restated."""

from datetime import date, datetime

from django.db import transaction

from core import audit
from core.access import Actor
from core.errors import conflict
from domain.stages import Stage
from portfolio.models import Initiative, StageSpell


def open_first_spell(
    *, initiative: Initiative, entered_on: date | None, precision: str, by: Actor, at: datetime,
    because: str = "", basis: str = "",
) -> StageSpell:  # fmt: skip
    """The first stay in a stage, with the record. The caller holds the transaction and writes the audit event."""
    return StageSpell.objects.create(
        initiative=initiative, stage=initiative.stage, entered_on=entered_on,
        precision=precision if entered_on else "unknown", because=because, basis=basis,
        recorded_at=at, recorded_by=by.user,
    )  # fmt: skip


def move_stage(
    *, initiative: Initiative, to: Stage, on: date, by: Actor, at: datetime,
    because: str, precision: str = "day", basis: str = "",
) -> StageSpell:  # fmt: skip
    """Close the open spell and open the next. `initiative` is locked by the caller, who also decided it may move.

    Doors: a gate decision, and an import. Raises Problem 409 when it is there already or the day lies before
    the present spell began.
    """
    with transaction.atomic():
        current = StageSpell.objects.filter(initiative=initiative, closed_at=None).first()
        if initiative.stage == to.value:
            raise conflict("same_stage", f"{initiative.ref} is in {to.value} already.")
        if current and current.entered_on and on < current.entered_on:
            raise conflict(
                "moves_before_it_entered", f"It entered {current.stage} on {current.entered_on}, after {on}."
            )
        if current:
            StageSpell.objects.filter(pk=current.pk).update(left_on=on, closed_at=at)
        spell = StageSpell.objects.create(
            initiative=initiative, from_stage=initiative.stage, stage=to.value, entered_on=on, precision=precision,
            because=because, basis=basis, recorded_at=at, recorded_by=by.user,
        )  # fmt: skip
        before = {"stage": initiative.stage}
        initiative.stage = to.value
        initiative.entered_on, initiative.entered_precision = on, precision
        initiative.updated_at = at
        initiative.version += 1
        initiative.save(update_fields=["stage", "entered_on", "entered_precision", "updated_at", "version"])
        audit.record(
            by=by, at=at, action="initiative.moved", obj=initiative, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, reason=because, before=before,
            after={"stage": to.value, "entered_on": on},
        )  # fmt: skip
    return spell


def restate_spell(
    *, initiative: Initiative, entered_on: date | None, precision: str, basis: str, by: Actor, at: datetime
) -> StageSpell:
    """The same source corrects the date of the open spell: the old row is closed and kept, a new one restates it."""
    with transaction.atomic():
        old = StageSpell.objects.get(initiative=initiative, closed_at=None)
        StageSpell.objects.filter(pk=old.pk).update(closed_at=at)
        spell = StageSpell.objects.create(
            initiative=initiative, from_stage=old.from_stage, stage=old.stage, entered_on=entered_on,
            precision=precision if entered_on else "unknown", because="The source corrected its date.", basis=basis,
            recorded_at=at, recorded_by=by.user, restates=old,
        )  # fmt: skip
        initiative.entered_on, initiative.entered_precision = entered_on, spell.precision
        initiative.save(update_fields=["entered_on", "entered_precision"])
        audit.record(
            by=by, at=at, action="initiative.spell_restated", obj=initiative, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, before={"entered_on": old.entered_on}, after={"entered_on": entered_on},
        )  # fmt: skip
    return spell
