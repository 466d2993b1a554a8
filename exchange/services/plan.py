"""What a file would do: every row as created, updated, unchanged or refused, against what its series said last time."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.errors import Item, Problem
from exchange.mapping import (
    CellWarning,
    Key,
    Mapping,
    MappingRefused,
    RowResult,
    assign_occurrences,
    load_mapping,
    map_rows,
    stored_key,
)
from exchange.models import ImportedRecord, ImportRow
from exchange.reading import FileRefused, Table, read_table
from exchange.services.values import differences, values_of

Outcome = ImportRow.Outcome


@dataclass(frozen=True, slots=True)
class Planned:
    """One row of the file and what it does. `record` is what it was known as."""

    result: RowResult
    outcome: str
    values: dict[str, Any]
    changes: dict[str, list[Any]]
    record: ImportedRecord | None


@dataclass(frozen=True, slots=True)
class Plan:
    table: Table
    mapping: Mapping
    as_of: date
    rows: Sequence[Planned]
    counts: dict[str, int] = field(default_factory=dict)


def make_plan(*, data: bytes, filename: str, mapping: str, as_of: date | None, today: date) -> Plan:
    """Read, map and compare; writes nothing. `mapping` is TOML.

    The as-of day is the one given, else the mapping's, else today. Raises Problem 400 for the first thing that makes
    the whole file unusable, naming the place and the remedy.
    """
    try:
        rules = load_mapping(mapping)
        day = as_of or rules.as_of or today
        table = read_table(data, filename=filename, mapping=rules)
        results = map_rows(table, rules, as_of=day)
    except (FileRefused, MappingRefused) as refused:
        raise refusal(refused) from refused
    known, existing = _known(rules.series)
    judged = assign_occurrences(results, existing)
    rows = [_planned(result, known) for result in judged]
    counts: Counter[str] = Counter(row.outcome for row in rows)
    return Plan(
        table=table,
        mapping=rules,
        as_of=day,
        rows=rows,
        counts={
            "rows": len(rows),
            **{outcome.value: counts[outcome.value] for outcome in Outcome},
            "cell_warnings": sum(len(row.result.warnings) for row in rows),
        },
    )


def refusal(refused: FileRefused | MappingRefused) -> Problem:
    """A refused file or mapping as a problem: what is wrong, where, what to do."""
    place = str(refused.place) if refused.place else ""
    items = (Item(f"/file/{place}" if place else "/file", refused.code, refused.message),)
    return Problem(400, refused.code, str(refused), items)


_Records = dict[tuple[str, str, int], ImportedRecord]


def _known(series: str) -> tuple[_Records, dict[Key, list[tuple[int, str]]]]:
    """What the series brought before: by stored key, and as the matcher wants it. One query."""
    records: _Records = {}
    existing: dict[Key, list[tuple[int, str]]] = defaultdict(list)
    for record in ImportedRecord.objects.filter(series=series).select_related("initiative"):
        records[record.namespace, record.key, record.occurrence] = record
        existing[record.namespace, tuple(record.key_parts)].append((record.occurrence, record.content_hash))
    return records, existing


def _planned(result: RowResult, known: _Records) -> Planned:
    if result.outcome == "refused":
        return Planned(result, Outcome.REFUSED.value, {}, {}, None)
    values = values_of(result)
    record = None
    if result.known_as is not None:
        key, occurrence = result.known_as
        record = known[key[0], stored_key(key), occurrence]
    if record is None:
        return Planned(result, Outcome.CREATED.value, values, {}, None)
    changes = differences(record.values, values)
    outcome = Outcome.UPDATED if changes else Outcome.UNCHANGED
    return Planned(result, outcome.value, values, changes, record)


def told(warnings: Sequence[CellWarning]) -> list[dict[str, Any]]:
    """Warnings or refusals as they are stored and shown: row, column, value, code, reason."""
    return [
        {"row": w.row, "column": w.column, "value": w.value[:500], "code": w.code, "reason": w.message}
        for w in warnings
    ]
