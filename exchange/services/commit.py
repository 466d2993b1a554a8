"""Writing a staged import, a thousand rows at a time and set-based, in one transaction. It grants no right to anybody."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from core import audit
from core.bulk import insert_objects, update_rows
from core.models import AuditEvent
from domain.stages import Stage
from exchange.mapping import Mapping, stored_key
from exchange.models import ImportedRecord, ImportRow, ImportRun
from exchange.services.inventory_rows import register_models
from exchange.services.places import said_of
from exchange.services.values import HEARD, Values
from exchange.services.world import World, because, staged_in
from portfolio.models import Initiative, StageSpell
from portfolio.services.tallies import touch

Outcome = ImportRow.Outcome
CHUNK: Final = 1_000
LONGEST_KEY: Final = 380


def create_rows(world: World) -> None:
    """Every row that is new: its initiative, first spell, audit event, and what its source said."""
    for rows in _chunks(world.run, Outcome.CREATED, "number"):
        kept = [staged_in(row) for row in rows]
        made = [_initiative(staged, world) for staged in kept]
        insert_objects(made)
        pairs = list(zip(kept, made, strict=True))
        insert_objects([_spell(staged, initiative, world) for staged, initiative in pairs])
        touch(initiative.unit_id for initiative in made)
        named = {
            initiative.pk: staged["values"]["fields"].get("objectives") or () for staged, initiative in pairs
        }
        world.objectives.link(named, by=world.by, at=world.at)
        audit.record_many(
            _imported(row, initiative, world) for row, initiative in zip(rows, made, strict=True)
        )
        register_models(rows, made, kept, world)
        records = [_record(staged, initiative, world) for staged, initiative in pairs]
        insert_objects(records)
        update_rows(
            ImportRow,
            ("record", "initiative", "staged"),
            [
                (row.pk, record.pk, record.initiative_id, None)
                for row, record in zip(rows, records, strict=True)
            ],
        )
        world.stays += [initiative.pk for initiative in made if initiative.stage == Stage.PILOT.value]
        for staged, initiative in pairs:
            world.hear(initiative.pk, staged["values"]["facts"], HEARD)
        world.count(len(rows))


def remember(rows: Sequence[ImportRow], world: World) -> None:
    """What the source says now, for the next file to be compared with; and under which key it is known."""
    said = [(row, row.staged) for row in rows if row.staged]
    update_rows(
        ImportedRecord,
        (
            "values", "values_hash", "content_hash", "namespace", "key", "key_parts", "occurrence", "last_run",
        ),
        [
            (
                row.record_id, kept["values"], kept["hash"], kept["content"], kept["namespace"], _key(kept),
                kept["parts"], kept["occurrence"], world.run.pk,
            )
            for row, kept in said
        ],
    )  # fmt: skip
    update_rows(ImportRow, ("staged",), [(row.pk, None) for row, _ in said])


def refresh_rows(world: World) -> None:
    """Rows that change nothing here, but stand otherwise in the file or are known by another key now."""
    for rows in _chunks(world.run, Outcome.UNCHANGED, "number"):
        remember(rows, world)
        world.count(len(rows))


def chunks_to_update(world: World) -> Iterator[list[ImportRow]]:
    """The rows to update in the order of their initiatives, so that two writers never wait for each other."""
    yield from _chunks(world.run, Outcome.UPDATED, "initiative_id")


def _chunks(run: ImportRun, outcome: Outcome, order: str) -> Iterator[list[ImportRow]]:
    last = 0
    while True:
        waiting = ImportRow.objects.filter(run=run, outcome=outcome, **{f"{order}__gt": last})
        rows = list(waiting.order_by(order).defer("warnings", "refusals")[:CHUNK])
        if not rows:
            return
        last = getattr(rows[-1], order)
        yield rows


def _initiative(staged: dict[str, Any], world: World) -> Initiative:
    values: Values = staged["values"]
    fields = values["fields"]
    return Initiative(
        name=fields["name"],
        unit=world.units.place(said_of(fields), by=world.by, at=world.at),
        problem=fields.get("problem") or "",
        outcome=fields.get("outcome") or "",
        value_hypothesis=fields.get("value_hypothesis") or "",
        sponsor_id=world.person(fields, "sponsor_email"),
        lead_id=world.person(fields, "lead_email"),
        risk_tier=tier_of(fields.get("risk_tier")),
        impact=impact_of(fields.get("impact")),
        planned_value=amount_of(fields.get("planned_value")),
        facts=values["facts"],
        attributes=values["columns"],
        source=world.run.series,
        external_id=_external(staged, world.rules),
        created_at=world.at,
        created_by=world.by.user,
        updated_at=world.at,
        stage=fields["stage"],
        entered_on=day_of(fields.get("entered_on")),
        entered_precision=fields.get("precision") or "unknown",
    )


def _spell(staged: dict[str, Any], initiative: Initiative, world: World) -> StageSpell:
    return StageSpell(
        initiative=initiative, stage=initiative.stage, entered_on=initiative.entered_on,
        precision=initiative.entered_precision, because=f"Import of {world.run.filename}"[:300],
        basis=str(staged["values"]["fields"].get("basis") or "")[:120],
        recorded_at=world.at, recorded_by=world.by.user,
    )  # fmt: skip


def _imported(row: ImportRow, initiative: Initiative, world: World) -> AuditEvent:
    return audit.event(
        by=world.by, at=world.at, action="initiative.imported", obj=initiative, initiative_id=initiative.pk,
        unit_path=world.units.path(initiative.unit_id), reason=because(row, world),
        after={"name": initiative.name, "stage": initiative.stage, "entered_on": initiative.entered_on},
    )  # fmt: skip


def _record(staged: dict[str, Any], initiative: Initiative, world: World) -> ImportedRecord:
    return ImportedRecord(
        series=world.run.series, namespace=staged["namespace"], key=_key(staged), key_parts=staged["parts"],
        occurrence=staged["occurrence"], initiative=initiative, content_hash=staged["content"],
        values=staged["values"], values_hash=staged["hash"], last_run=world.run,
    )  # fmt: skip


def _key(staged: dict[str, Any]) -> str:
    return stored_key((staged["namespace"], tuple(staged["parts"])))


def _external(staged: dict[str, Any], rules: Mapping) -> str:
    """The key as people read it, `CLM:CLM-019` or `CLM / Motor / Triage`, with a number that tells equal ones apart.

    Where that would not tell every key from every other, the key itself.
    """
    rule = next(rule for rule in rules.keys if rule.namespace == staged["namespace"])
    said = {**staged["values"]["fields"], **staged["values"]["facts"]}
    sign = ":" if "external_id" in rule.fields else " / "
    parts = [" ".join(str(said.get(name) or "").split()) or "-" for name in rule.fields]
    text = sign.join(parts)
    ambiguous = any(sign in part for part in parts[:-1]) or any(
        part == "-" and said.get(name) for name, part in zip(rule.fields, parts, strict=True)
    )
    if ambiguous or re.search(r"#[0-9]+$", text):
        text = _key(staged)
    if len(text) > LONGEST_KEY:
        text = f"{text[: LONGEST_KEY - 65]}#{hashlib.sha256(text.encode()).hexdigest()}"
    return text if staged["occurrence"] <= 1 else f"{text}#{staged['occurrence']}"


def day_of(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


def tier_of(text: Any) -> int | None:
    """A risk tier said in the file; None where it is unknown."""
    return int(text) if text in {"1", "2", "3"} else None


def impact_of(text: Any) -> str:
    return "" if text in (None, "", "unknown") else str(text)


def amount_of(text: Any) -> Decimal | None:
    """An amount said in the file; None where nothing was said."""
    return None if text in (None, "") else Decimal(text)


def ids_of(rows: Iterable[ImportRow]) -> list[int]:
    """The initiatives of rows."""
    return [row.initiative_id for row in rows if row.initiative_id is not None]
