"""Bringing initiatives to what their source now says. Only what the source changed is touched: edits made here stay."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from core import audit, outbox
from core.bulk import update_rows
from core.models import AuditEvent
from domain.stages import Stage
from exchange.models import ImportRow
from exchange.services.commit import (
    amount_of,
    chunks_to_update,
    day_of,
    ids_of,
    impact_of,
    remember,
    tier_of,
)
from exchange.services.inventory_rows import bring_models
from exchange.services.places import said_of
from exchange.services.values import Change
from exchange.services.world import World, because, staged_in
from portfolio.models import Initiative
from portfolio.services.flags import move_flags
from portfolio.services.locks import lock_initiatives
from portfolio.services.stages import CHANGED, Move, Restatement, move_stages, restate_spells
from portfolio.services.tallies import touch, touch_units_of

SIMPLE: Final = ("name", "problem", "outcome", "value_hypothesis")
PLACE: Final = frozenset({"unit", "unit_name", "sub_unit"})
DATED: Final = frozenset({"stage", "entered_on", "precision"})
WRITTEN: Final = (
    *SIMPLE, "unit", "sponsor", "sponsor_since", "sponsor_vacant_since", "lead", "risk_tier", "impact", "planned_value",
    "facts", "attributes",
)  # fmt: skip
STAMPED: Final = (*WRITTEN, "updated_at", "version")


@dataclass
class _Batch:
    """What a thousand rows do together."""

    written: list[Initiative] = field(default_factory=list)
    moved_unit: dict[int, list[int]] = field(default_factory=dict)
    objectives: dict[int, list[str]] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    restated: list[Restatement] = field(default_factory=list)
    events: list[AuditEvent] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)
    units: set[int | None] = field(default_factory=set)


def update_initiatives(world: World) -> None:
    """Write every row that changed, a thousand at a time, in a number of statements that does not grow with them."""
    for rows in chunks_to_update(world):
        held = lock_initiatives(ids_of(rows))
        batch = _Batch()
        for row in rows:
            assert row.initiative_id is not None  # noqa: S101  they are read in the order of their initiatives
            _apply(row, held[row.initiative_id], batch, world)
        _write(batch, world)
        bring_models(rows, held, world)
        remember(rows, world)
        world.count(len(rows))


def _apply(row: ImportRow, initiative: Initiative, batch: _Batch, world: World) -> None:
    said: dict[str, Any] = staged_in(row)["values"]["fields"]
    named = {change["name"] for change in row.changes if change["of"] == "field"}
    before = _snapshot(initiative, row.changes)
    batch.units.add(initiative.unit_id)
    _fields(initiative, said, named, world)
    for change in row.changes:
        kept = {"fact": initiative.facts, "column": initiative.attributes}.get(change["of"])
        if kept is not None:
            _put(kept, change)
    after = _snapshot(initiative, row.changes)
    if "objectives" in named:
        batch.objectives[initiative.pk] = list(said.get("objectives") or ())
        changed = next(c for c in row.changes if c["of"] == "field" and c["name"] == "objectives")
        before["objectives"], after["objectives"] = changed["was"], changed["now"]
    was, now = audit.difference(before, after)
    if now:
        initiative.updated_at, initiative.version = world.at, initiative.version + 1
        batch.written.append(initiative)
        batch.fields |= now.keys()
        if "unit" in now:
            batch.moved_unit.setdefault(initiative.unit_id, []).append(initiative.pk)
        batch.events.append(
            audit.event(
                by=world.by, at=world.at, action="initiative.reimported", obj=initiative,
                initiative_id=initiative.pk, unit_path=world.units.path(initiative.unit_id), before=was, after=now,
                reason=because(row, world),
            )
        )  # fmt: skip
    facts = {change["name"] for change in row.changes if change["of"] == "fact"}
    world.hear(initiative.pk, staged_in(row)["values"]["facts"], facts)
    if named & DATED:
        _stay(said, row.changes, initiative, batch, world.as_of)


def _fields(initiative: Initiative, said: dict[str, Any], named: set[str], world: World) -> None:
    for name in SIMPLE:
        if name in named:
            setattr(initiative, name, said.get(name) or "")
    if named & PLACE:
        initiative.unit = world.units.place(said_of(said), by=world.by, at=world.at)
    if "impact" in named:
        initiative.impact = impact_of(said["impact"])
    if "risk_tier" in named:
        initiative.risk_tier = tier_of(said["risk_tier"])
    if "planned_value" in named:
        initiative.planned_value = amount_of(said["planned_value"])
    if "lead_email" in named:
        initiative.lead_id = world.person(said, "lead_email")
    sponsor = world.person(said, "sponsor_email")
    if "sponsor_email" in named and sponsor is not None and sponsor != initiative.sponsor_id:
        initiative.sponsor_id, initiative.sponsor_since = sponsor, world.as_of
        initiative.sponsor_vacant_since = None


def _put(kept: dict[str, Any], change: Change) -> None:
    if change["of"] == "column" and change["now"] is None:
        kept.pop(change["name"], None)
    else:
        kept[change["name"]] = change["now"]


def _snapshot(initiative: Initiative, changes: list[Change]) -> dict[str, Any]:
    """The fields an import may write, and of facts and columns only those that change."""
    names = [name for name in WRITTEN if name not in {"facts", "attributes"}]
    out = audit.snapshot(initiative, names)
    for of, kept in (("fact", initiative.facts), ("column", initiative.attributes)):
        out |= {change["name"]: kept.get(change["name"]) for change in changes if change["of"] == of}
    return out


def _stay(
    said: dict[str, Any], changes: list[Change], initiative: Initiative, batch: _Batch, as_of: date
) -> None:
    """A changed stage closes the spell on the import's day; a changed date of the same stage restates it.

    Only a date that is the source's own, or was only observed, is told anew: a day somebody decided on stays.
    """
    was = {change["name"]: change["was"] for change in changes if change["of"] == "field"}
    stage, entered = said["stage"], day_of(said.get("entered_on"))
    if "stage" in was:
        if initiative.stage != stage:
            on = max(as_of, initiative.entered_on) if initiative.entered_on else as_of
            batch.moves.append(
                Move(
                    initiative, Stage(stage), on, because="The source shows another stage.", precision="observed",
                    basis="as-of day of the import",
                )
            )  # fmt: skip
        return
    told = day_of(was.get("entered_on", said.get("entered_on"))), was.get("precision", said.get("precision"))
    stands = initiative.entered_on, initiative.entered_precision
    if initiative.stage == stage and (stands == told or stands[1] == "observed"):
        precision, basis = said.get("precision") or "unknown", str(said.get("basis") or "")
        batch.restated.append(Restatement(initiative, entered, precision, basis))


def _write(batch: _Batch, world: World) -> None:
    columns = [Initiative._meta.get_field(name).attname for name in STAMPED]  # type: ignore[union-attr]
    update_rows(
        Initiative, STAMPED, [(row.pk, *(getattr(row, name) for name in columns)) for row in batch.written]
    )
    for unit, ids in batch.moved_unit.items():
        move_flags(initiatives=ids, unit_id=unit)
    touch(batch.units)
    touch_units_of([row.pk for row in batch.written])
    if batch.objectives:
        world.objectives.exchange(batch.objectives, by=world.by, at=world.at)
    audit.record_many(batch.events)
    if batch.moves:
        move_stages(batch.moves, by=world.by, at=world.at)
    if batch.restated:
        restate_spells(batch.restated, by=world.by, at=world.at)
    world.stays += [move.initiative.pk for move in batch.moves]
    world.stays += [one.initiative.pk for one in batch.restated]
    judged = sorted(row.pk for row in batch.written if row.pilot_level)
    if judged:
        payload = {"initiative_ids": judged, "fields": sorted(batch.fields)}
        outbox.owe(kind=CHANGED, payload=payload, at=world.at)
