"""Stage spells: the only writer of `stage`. A spell is never re-dated, only closed or restated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from core import audit, outbox
from core.access import Actor
from core.bulk import update_rows
from core.errors import conflict
from core.models import BusinessUnit
from domain.stages import Stage
from portfolio.models import Initiative, StageSpell
from portfolio.services.returning import Stop, return_unreleased
from portfolio.services.tallies import touch
from portfolio.services.worth import lapse_worths

CORRECTED = "The source corrected its date."
CHANGED = outbox.announces("initiative.changed")
ENDS = frozenset({Stage.STOPPED, Stage.RETIRED})


@dataclass(frozen=True, slots=True)
class Move:
    """One initiative, locked by the caller, to another stage on a day."""

    initiative: Initiative
    to: Stage
    on: date
    because: str
    precision: str = "day"
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Restatement:
    """The same source says another day for the open spell of an initiative, which the caller has locked."""

    initiative: Initiative
    entered_on: date | None
    precision: str
    basis: str


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
    move = Move(initiative, to, on, because, precision, basis)
    return move_stages([move], by=by, at=at)[0]


def move_stages(moves: Sequence[Move], *, by: Actor, at: datetime) -> list[StageSpell]:
    """The same for many, all or none, in a number of statements that does not grow with them.

    What a stopped initiative has approved and not released is returned; the case of what ends lapses.
    """
    with transaction.atomic():
        current = _open_spells(move.initiative for move in moves)
        for move in moves:
            _require_movable(move, current.get(move.initiative.pk))
        closed = [
            (current[move.initiative.pk].pk, move.on, at) for move in moves if move.initiative.pk in current
        ]
        update_rows(StageSpell, ("left_on", "closed_at"), closed)
        spells = StageSpell.objects.bulk_create(
            [
                StageSpell(
                    initiative=move.initiative, from_stage=move.initiative.stage, stage=move.to.value,
                    entered_on=move.on, precision=move.precision, because=move.because, basis=move.basis,
                    recorded_at=at, recorded_by=by.user,
                )
                for move in moves
            ]
        )  # fmt: skip
        paths = _paths(move.initiative for move in moves)
        events = []
        for move in moves:
            row, was = move.initiative, move.initiative.stage
            row.stage = move.to.value
            row.entered_on, row.entered_precision = move.on, move.precision
            row.updated_at = at
            row.version += 1
            events.append(
                audit.event(
                    by=by, at=at, action="initiative.moved", obj=row, initiative_id=row.pk,
                    unit_path=paths[row.unit_id], reason=move.because, before={"stage": was},
                    after={"stage": move.to.value, "entered_on": move.on},
                )
            )  # fmt: skip
        fields = ("stage", "entered_on", "entered_precision", "updated_at", "version")
        update_rows(
            Initiative,
            fields,
            [(m.initiative.pk, *(getattr(m.initiative, f) for f in fields)) for m in moves],
        )
        audit.record_many(events)
        touch(move.initiative.unit_id for move in moves)
        _return_money(moves, by=by, at=at)
        lapse_worths([move.initiative.pk for move in moves if move.to in ENDS])
        _tell([move.initiative.pk for move in moves], at)
    return spells


def restate_spell(
    *, initiative: Initiative, entered_on: date | None, precision: str, basis: str, by: Actor, at: datetime
) -> StageSpell:
    """The same source corrects the date of the open spell: the old row is closed and kept, a new one restates it."""
    said = Restatement(initiative, entered_on, precision, basis)
    return restate_spells([said], by=by, at=at)[0]


def restate_spells(said: Sequence[Restatement], *, by: Actor, at: datetime) -> list[StageSpell]:
    """The same for many, in a number of statements that does not grow with them."""
    with transaction.atomic():
        current = _open_spells(one.initiative for one in said)
        update_rows(StageSpell, ("closed_at",), [(spell.pk, at) for spell in current.values()])
        spells = []
        for one in said:
            old = current[one.initiative.pk]
            spells.append(
                StageSpell(
                    initiative=one.initiative, from_stage=old.from_stage, stage=old.stage, entered_on=one.entered_on,
                    precision=one.precision if one.entered_on else "unknown", because=CORRECTED, basis=one.basis,
                    recorded_at=at, recorded_by=by.user, restates=old,
                )
            )  # fmt: skip
        StageSpell.objects.bulk_create(spells)
        paths = _paths(one.initiative for one in said)
        events = []
        for spell in spells:
            row, was = spell.initiative, current[spell.initiative_id].entered_on
            row.entered_on, row.entered_precision = spell.entered_on, spell.precision
            events.append(
                audit.event(
                    by=by, at=at, action="initiative.spell_restated", obj=row, initiative_id=row.pk,
                    unit_path=paths[row.unit_id], before={"entered_on": was}, after={"entered_on": spell.entered_on},
                )
            )  # fmt: skip
        update_rows(
            Initiative,
            ("entered_on", "entered_precision"),
            [(s.initiative_id, s.entered_on, s.precision) for s in spells],
        )
        audit.record_many(events)
        touch(spell.initiative.unit_id for spell in spells)
        _tell([spell.initiative_id for spell in spells], at)
    return spells


def _return_money(moves: Sequence[Move], *, by: Actor, at: datetime) -> None:
    stops = {move.initiative.pk: Stop(move.on, move.because) for move in moves if move.to is Stage.STOPPED}
    if stops:
        return_unreleased(stops, by=by, at=at)


def _tell(initiatives: list[int], at: datetime) -> None:
    """Rooms above judge from the spells: a pilot is a stay in the pilot stage."""
    if initiatives:
        outbox.owe(kind=CHANGED, payload={"initiative_ids": initiatives}, at=at)


def _open_spells(initiatives: Iterable[Initiative]) -> dict[int, StageSpell]:
    rows = StageSpell.objects.filter(initiative__in=[row.pk for row in initiatives], closed_at=None)
    return {spell.initiative_id: spell for spell in rows}


def _require_movable(move: Move, current: StageSpell | None) -> None:
    if move.initiative.stage == move.to.value:
        raise conflict("same_stage", f"{move.initiative.ref} is in {move.to.value} already.")
    if current and current.entered_on and move.on < current.entered_on:
        raise conflict(
            "moves_before_it_entered",
            f"It entered {current.stage} on {current.entered_on}, after {move.on}.",
        )


def _paths(initiatives: Iterable[Initiative]) -> dict[int, str]:
    ids = {row.unit_id for row in initiatives}
    return dict(BusinessUnit.objects.filter(pk__in=ids).order_by().values_list("pk", "path"))
