"""Writing a planned import, set-based, in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core import audit
from core.access import Actor
from core.models import AuditEvent, User
from exchange.mapping import stored_key
from exchange.models import ImportedRecord, ImportRow, ImportRun
from exchange.services.places import Places
from exchange.services.plan import Plan, Planned
from exchange.services.update import update_initiative
from pilots.services.opening import ensure_pilots
from portfolio.models import Initiative, StageSpell, StrategicObjective
from portfolio.services.locks import lock_initiatives

BATCH = 1000
Outcome = ImportRow.Outcome


@dataclass(frozen=True, slots=True)
class World:
    """What rows refer to by name, read or made once for the whole file."""

    units: Places
    people: dict[str, User]
    objectives: dict[str, StrategicObjective]


def write(*, plan: Plan, run: ImportRun, by: Actor, at: datetime) -> None:
    """Create, update and remember. The caller holds the transaction and the series' lock. Grants no right to anybody."""
    rows = [row for row in plan.rows if row.outcome in {Outcome.CREATED, Outcome.UPDATED}]
    world = _world(rows, by, at)
    created = [row for row in rows if row.outcome == Outcome.CREATED]
    made = _create(created, plan, world, run, by, at)
    updated = [row for row in rows if row.outcome == Outcome.UPDATED and row.record is not None]
    held = lock_initiatives(row.record.initiative_id for row in updated if row.record)
    for row in updated:
        assert row.record is not None  # noqa: S101  filtered above
        initiative = held[row.record.initiative_id]
        update_initiative(row=row, initiative=initiative, world_units=world.units, people=world.people,
                          objectives=world.objectives, as_of=plan.as_of, by=by, at=at)  # fmt: skip
    _remember(plan.rows, made, run)
    touched = [*(i.pk for i in made.values()), *held]
    ensure_pilots(initiative_ids=touched, by=by, at=at)
    _keep_rows(plan.rows, made, run)


def _world(rows: Sequence[Planned], by: Actor, at: datetime) -> World:
    wanted = {
        str(row.values.get(name) or "").lower() for row in rows for name in ("sponsor_email", "lead_email")
    }
    people = {
        user.email.lower(): user for user in User.objects.filter(email__in=wanted - {""}, is_active=True)
    }
    names = {str(name) for row in rows for name in row.values.get("objectives") or ()}
    found = {row.name.casefold(): row for row in StrategicObjective.objects.all()} if names else {}
    for name in sorted(names):
        if name.casefold() not in found:
            made = StrategicObjective.objects.create(name=name[:200])
            audit.record(by=by, at=at, action="objective.created", obj=made, after={"name": made.name})
            found[name.casefold()] = made
    return World(Places(by=by, at=at), people, found)


def _create(
    rows: Sequence[Planned], plan: Plan, world: World, run: ImportRun, by: Actor, at: datetime
) -> dict[int, Initiative]:
    """Row number -> the new initiative, with its first spell and its audit event."""
    new = [_initiative(row, plan.mapping.series, world, by, at) for row in rows]
    Initiative.objects.bulk_create(new, batch_size=BATCH)
    made = {row.result.number: initiative for row, initiative in zip(rows, new, strict=True)}
    StageSpell.objects.bulk_create(
        [_spell(row.values, initiative, by, at, f"Import of {run.filename}") for row, initiative in
         zip(rows, new, strict=True)], batch_size=BATCH,
    )  # fmt: skip
    through = Initiative.objectives.through
    through._default_manager.bulk_create([
        through(initiative_id=made[row.result.number].pk, strategicobjective_id=world.objectives[name.casefold()].pk)
        for row in rows for name in dict.fromkeys(row.values.get("objectives") or ())
    ], batch_size=BATCH, ignore_conflicts=True)  # fmt: skip
    audit.record_many(_events(rows, made, world.units, by, at, run))
    return made


def _events(
    rows: Sequence[Planned],
    made: dict[int, Initiative],
    units: Places,
    by: Actor,
    at: datetime,
    run: ImportRun,
) -> Iterable[AuditEvent]:
    for row in rows:
        initiative = made[row.result.number]
        yield audit.event(
            by=by, at=at, action="initiative.imported", obj=initiative, initiative_id=initiative.pk,
            unit_path=units.path(initiative.unit_id),
            after={"name": initiative.name, "stage": initiative.stage, "entered_on": initiative.entered_on},
            reason=f"Import {run.pk}, row {row.result.number} of {run.filename}",
        )  # fmt: skip


def _initiative(row: Planned, series: str, world: World, by: Actor, at: datetime) -> Initiative:
    said = row.values
    sponsor = world.people.get(str(said.get("sponsor_email") or "").lower())
    entered = _day(said.get("entered_on"))
    return Initiative(
        name=said["name"],
        unit=world.units.place(said),
        problem=said.get("problem") or "",
        outcome=said.get("outcome") or "",
        value_hypothesis=said.get("value_hypothesis") or "",
        sponsor=sponsor,
        sponsor_since=entered if sponsor else None,
        lead=world.people.get(str(said.get("lead_email") or "").lower()),
        risk_tier=tier_of(said.get("risk_tier")),
        impact="" if said.get("impact") in (None, "unknown") else said["impact"],
        planned_value=amount_of(said.get("planned_value")),
        facts=said["facts"],
        attributes=said["attributes"],
        source=series,
        external_id=_external(row),
        created_at=at,
        created_by=by.user,
        updated_at=at,
        stage=said["stage"],
        entered_on=entered,
        entered_precision=said.get("precision") or "unknown",
    )


def _spell(said: dict[str, Any], initiative: Initiative, by: Actor, at: datetime, because: str) -> StageSpell:
    return StageSpell(
        initiative=initiative, stage=initiative.stage, entered_on=initiative.entered_on,
        precision=initiative.entered_precision, because=because[:300], basis=str(said.get("basis") or "")[:120],
        recorded_at=at, recorded_by=by.user,
    )  # fmt: skip


def _external(row: Planned) -> str:
    """The key of the source, with the number that tells equal ones apart."""
    assert row.result.key is not None  # noqa: S101  a row without a key is refused
    text = stored_key(row.result.key)[:380]
    return text if row.result.occurrence <= 1 else f"{text}#{row.result.occurrence}"


def _remember(rows: Sequence[Planned], made: dict[int, Initiative], run: ImportRun) -> None:
    """What the source said, for the next file to be compared with."""
    new = []
    for row in rows:
        result = row.result
        if row.outcome == Outcome.CREATED and result.key is not None:
            new.append(ImportedRecord(
                series=run.series, namespace=result.key[0], key=stored_key(result.key), key_parts=list(result.key[1]),
                occurrence=result.occurrence, initiative=made[result.number], content_hash=result.content_hash,
                values=row.values, last_run=run,
            ))  # fmt: skip
    ImportedRecord.objects.bulk_create(new, batch_size=BATCH)
    changed = []
    for row in rows:
        if row.record is not None and (row.outcome == Outcome.UPDATED or row.result.match == "changed"):
            row.record.values, row.record.content_hash, row.record.last_run = (
                row.values,
                row.result.content_hash,
                run,
            )
            changed.append(row.record)
    ImportedRecord.objects.bulk_update(changed, ["values", "content_hash", "last_run"], batch_size=200)


def _keep_rows(rows: Sequence[Planned], made: dict[int, Initiative], run: ImportRun) -> None:
    """Tie the staged rows to what they became."""
    staged = list(ImportRow.objects.filter(run=run, outcome__in=[Outcome.CREATED, Outcome.UPDATED]))
    became = {
        row.result.number: made.get(row.result.number) or (row.record and row.record.initiative)
        for row in rows
    }
    for line in staged:
        line.initiative = became[line.number] or None
    ImportRow.objects.bulk_update(staged, ["initiative"], batch_size=500)


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


def tier_of(text: Any) -> int | None:
    """A risk tier said in the file; None where it is unknown."""
    return int(text) if text in {"1", "2", "3"} else None


def amount_of(text: Any) -> Decimal | None:
    """An amount said in the file; None where nothing was said or it cannot be kept."""
    if text in (None, ""):
        return None
    value = Decimal(text)
    return value.quantize(Decimal("0.01")) if abs(value) < Decimal("1e15") else None
