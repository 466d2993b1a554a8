"""The second effect of an import: its rows in the model inventory. Set-based, and only what the source changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from core import audit, clock
from core.bulk import insert_objects, update_rows
from core.locks import hold
from core.models import AuditEvent
from exchange.models import ImportedRecord, ImportRow
from exchange.services.inventory_values import FIELDS, inventory_of
from exchange.services.world import World, because, staged_in
from governance.models import AiModel
from governance.services.evaluate import LOCK
from governance.services.judge import hear_load
from portfolio.models import Initiative

WRITTEN = (*FIELDS, "unit", "facts", "due", "updated_at", "version")


def register_models(
    rows: Sequence[ImportRow], made: Sequence[Initiative], kept: Sequence[Mapping[str, Any]], world: World
) -> None:
    """A model for every new row that says enough; the sweep judges them. Four statements at most."""
    found = [
        (row, one, said)
        for row, one, staged in zip(rows, made, kept, strict=True)
        if (said := inventory_of(staged["values"], world.as_of)) is not None
    ]
    _insert(found, world)


def bring_models(rows: Sequence[ImportRow], held: Mapping[int, Initiative], world: World) -> None:
    """Bring the models of changed rows to what the source says now. What was edited here since stays.

    A row whose stage became known registers its model. Before `remember`, which forgets what the source said last.
    """
    if world.rules.inventory is None:
        return
    before = dict(
        ImportedRecord.objects.filter(pk__in=[row.record_id for row in rows]).values_list("pk", "values")
    )
    hold(LOCK)
    keys = [one.external_id for one in held.values()]
    models = {
        one.external_id: one
        for one in AiModel.objects.filter(source=world.run.series, external_id__in=keys).order_by("pk")
    }
    new: list[tuple[ImportRow, Initiative, dict[str, Any]]] = []
    changed: list[AiModel] = []
    events: list[AuditEvent] = []
    moved: list[AiModel] = []
    for row in rows:
        now = inventory_of(staged_in(row)["values"], world.as_of)
        if now is None or row.initiative_id is None:
            continue
        initiative = held[row.initiative_id]
        model = models.get(initiative.external_id)
        if model is None:
            new.append((row, initiative, now))
            continue
        was = inventory_of(before.get(row.record_id or 0) or {"fields": {"stage": ""}}, world.as_of) or {}
        if event := _bring(model, was, now, initiative, row, world):
            changed.append(model)
            events.append(event)
            moved += [model] if "stage" in event.after else []
    update_rows(
        AiModel,
        WRITTEN,
        [(one.pk, *(getattr(one, _column(name)) for name in WRITTEN)) for one in changed],
    )
    audit.record_many(events)
    _tell_who_depends(moved, world)
    _insert(new, world)


def _tell_who_depends(moved: Sequence[AiModel], world: World) -> None:
    """A model that was retired or launched elsewhere makes due what depends on it, and what else its owner answers for."""
    if moved:
        AiModel.objects.filter(depends_on__in=[one.pk for one in moved]).update(due=True)
        hear_load(owners={one.owner_id for one in moved}, day=clock.day_of(world.at))


def _column(name: str) -> str:
    return str(getattr(AiModel._meta.get_field(name), "attname", name))


def _insert(found: Sequence[tuple[ImportRow, Initiative, dict[str, Any]]], world: World) -> None:
    models = [
        AiModel(
            **said, unit_id=one.unit_id, source=world.run.series, external_id=one.external_id, created_at=world.at,
            updated_at=world.at,
        )
        for _, one, said in found
    ]  # fmt: skip
    insert_objects(models)
    through: Any = AiModel.initiatives.through
    insert_objects([
        through(aimodel_id=model.pk, initiative_id=one.pk) for model, (_, one, _) in zip(models, found, strict=True)
    ])  # fmt: skip
    audit.record_many(
        audit.event(
            by=world.by, at=world.at, action="model.imported", obj=model,
            unit_path=world.units.path(model.unit_id), reason=because(row, world),
            after={"name": model.name, "stage": model.stage},
        )
        for model, (row, _, _) in zip(models, found, strict=True)
    )  # fmt: skip


def _bring(
    model: AiModel, was: Mapping[str, Any], now: Mapping[str, Any], initiative: Initiative, row: ImportRow, world: World
) -> AuditEvent | None:  # fmt: skip
    """Set what the source changed and nobody edited here; the event, None where nothing moved."""
    before = audit.snapshot(model, (*FIELDS, "unit")) | {"facts": dict(model.facts)}
    for name in FIELDS:
        if was.get(name) != now[name] and getattr(model, name) == was.get(name):
            setattr(model, name, now[name])
    old, new = was.get("facts", {}), now["facts"]
    facts = dict(model.facts)
    for name in {*old, *new}:
        if old.get(name) != new.get(name) and facts.get(name) == old.get(name):
            facts[name] = new.get(name)
    model.facts = {name: value for name, value in facts.items() if value is not None}
    if model.unit_id == before["unit"] and initiative.unit_id != model.unit_id and "unit" in _named(row):
        model.unit_id = initiative.unit_id
    after = audit.snapshot(model, (*FIELDS, "unit")) | {"facts": dict(model.facts)}
    told, shown = audit.difference(before, after)
    if not shown:
        return None
    model.due, model.updated_at, model.version = True, world.at, model.version + 1
    return audit.event(
        by=world.by, at=world.at, action="model.reimported", obj=model,
        unit_path=world.units.path(model.unit_id), before=told, after=shown, reason=because(row, world),
    )  # fmt: skip


def _named(row: ImportRow) -> set[str]:
    """Fields of the row that changed; any part of its place counts as its unit."""
    names = {str(change["name"]) for change in row.changes if change["of"] == "field"}
    return names | ({"unit"} if names & {"unit_name", "sub_unit"} else set())
