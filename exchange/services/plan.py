"""What a file would do: every row as created, updated, unchanged or refused, against what its series said last time.

Files may have fifty thousand rows, so a row's values are never held all at once: they wait in a file of their own
between the pass that reads and the pass that compares.
"""

import hashlib
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from types import TracebackType
from typing import IO, Any, Final

from core.errors import Item, Problem, field_error
from core.models import User
from exchange.mapping import (
    CellWarning,
    Key,
    MappingRefused,
    RowResult,
    assign_occurrences,
    iter_rows,
    load_mapping,
    stored_key,
)
from exchange.mapping import Mapping as Rules
from exchange.models import ImportedRecord, ImportRow
from exchange.reading import FileRefused, Table, read_table
from exchange.reading.table import find_column
from exchange.services.here import edited_here
from exchange.services.places import Said, said_of
from exchange.services.values import (
    Change,
    Known,
    Values,
    differences,
    digest,
    first_said,
    settled,
    values_of,
)
from exchange.writing import rejects_csv
from portfolio.models import Initiative

Outcome = ImportRow.Outcome
Tell = Callable[[int, int], None]
CHUNK: Final = 1_000
IN_MEMORY: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Staged:
    """One row of the file and what it does, as it is kept. `said` is what the commit writes; None: nothing."""

    number: int
    outcome: str
    label: str
    changes: list[Change]
    warnings: list[dict[str, Any]]
    refusals: list[dict[str, Any]]
    said: dict[str, Any] | None = None
    record_id: int | None = None
    initiative_id: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A record the series brought before."""

    pk: int
    values_hash: str
    content_hash: str
    initiative_id: int


@dataclass
class Plan:
    """A file read through a mapping. `staged` compares it with what the series said before; close it after use."""

    table: Table
    rules: Rules
    as_of: date
    filled: Sequence[int]
    places: frozenset[Said]
    rejects: bytes | None
    refusals: list[dict[str, Any]]
    rows: int
    not_in_file: int
    _judged: Sequence[RowResult] = field(repr=False)
    _hashes: Sequence[str] = field(repr=False)
    _standing: Mapping[tuple[str, str, int], Standing] = field(repr=False)
    _spool: IO[bytes] = field(repr=False)

    def __enter__(self) -> "Plan":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.close()

    def staged(self) -> Iterator[Staged]:
        """Every row in the file's order. Four statements for a thousand rows at most."""
        self._spool.seek(0)
        pairs = zip(self._judged, self._hashes, strict=True)
        while part := list(islice(pairs, CHUNK)):
            yield from self._compared(part)

    def _compared(self, part: Sequence[tuple[RowResult, str]]) -> Iterator[Staged]:
        lines = [json.loads(self._spool.readline()) for _ in part]
        known = [self._known(row) for row, _ in part]
        differing = [
            one.pk for one, (_, hashed) in zip(known, part, strict=True) if one and one.values_hash != hashed
        ]
        before = dict(ImportedRecord.objects.filter(pk__in=differing).values_list("pk", "values"))
        initiatives = Initiative.objects.in_bulk(
            [one.initiative_id for one in known if one is not None and one.pk in before]
        )
        for (row, hashed), line, one in zip(part, lines, known, strict=True):
            if row.outcome == "refused":
                yield Staged(row.number, Outcome.REFUSED.value, line["l"], [], line["w"], line["r"])
            elif one is None:
                said = _kept(row, line["v"], hashed)
                yield Staged(
                    row.number, Outcome.CREATED.value, line["l"], first_said(line["v"]), line["w"], [], said
                )
            else:
                yield _against(row, line, hashed, one, before.get(one.pk), initiatives.get(one.initiative_id))

    def _known(self, row: RowResult) -> Standing | None:
        if row.known_as is None:
            return None
        (namespace, _), occurrence = row.known_as
        return self._standing[namespace, stored_key(row.known_as[0]), occurrence]


def _against(
    row: RowResult, line: dict[str, Any], hashed: str, one: Standing, before: Values | None, here: Initiative | None
) -> Staged:  # fmt: skip
    """A row the series knows: unchanged, or what changed."""
    said: Values = line["v"]
    same_key = row.known_as == (row.key, row.occurrence)
    if before is None:
        kept = None if same_key and one.content_hash == row.content_hash else _kept(row, said, hashed)
        return Staged(
            row.number, Outcome.UNCHANGED.value, line["l"], [], line["w"], [], kept, one.pk, one.initiative_id
        )
    after = settled(before, said)
    warnings = [*line["w"], *_silences(row, before, said)]
    changes = differences(before, after)
    if here is not None:
        for change in changes:
            stands = edited_here(change, here)
            if stands is not None:
                change["here"] = stands
    known = same_key and one.content_hash == row.content_hash and after == before
    kept = None if known else _kept(row, after, digest(after))
    outcome = Outcome.UPDATED if changes else Outcome.UNCHANGED
    return Staged(
        row.number, outcome.value, line["l"], changes, warnings, [], kept, one.pk, one.initiative_id
    )


def _silences(row: RowResult, before: Values, said: Values) -> list[dict[str, Any]]:
    """A stage the source no longer says is a warning: the record stays where it was."""
    was, now = before["fields"]["stage"], said["fields"]["stage"]
    if now == "unknown" and was != "unknown":
        text = f"The source says no stage now. The record stays in {was.replace('_', '-')}."
        return told([CellWarning(row.number, "", "", "stage_not_said", text)])
    return []


def _kept(row: RowResult, values: Values, hashed: str) -> dict[str, Any]:
    assert row.key is not None  # noqa: S101  a row without a key is refused
    namespace, parts = row.key
    return {
        "values": values,
        "hash": hashed,
        "content": row.content_hash,
        "namespace": namespace,
        "parts": list(parts),
        "occurrence": row.occurrence,
    }


def read_plan(
    *, data: bytes, filename: str, mapping: str, as_of: date | None, today: date, tell: Tell | None = None
) -> Plan:
    """Read, map and match; writes nothing. `mapping` is TOML; `tell` hears how many rows of how many are read.

    The as-of day is the one given, else the mapping's, else today. Raises Problem 400 for the first thing that makes
    the whole file unusable, naming the place and the remedy.
    """
    try:
        rules = load_mapping(mapping)
        day = as_of or rules.as_of or today
        if day > today:
            raise field_error("as_of", f"{day.isoformat()} lies in the future. Give today or an earlier day.")
        table = read_table(data, filename=filename, mapping=rules)
        reading = _Reading(table, rules, day, tell)
    except (FileRefused, MappingRefused) as refused:
        raise refusal(refused) from refused
    filled = [sum(map(bool, cells)) for cells in zip(*table.rows, strict=True)]
    rejects = rejects_csv(table, reading.rows) if reading.refusals else None
    # The texts are in the spool: a large file need not stay in memory while it is compared.
    table = replace(table, rows=(), lines=())
    standing, existing = _known(rules.series)
    judged = assign_occurrences(reading.rows, existing)
    return Plan(
        table=table,
        rules=rules,
        as_of=day,
        filled=filled,
        places=frozenset(reading.places),
        rejects=rejects,
        refusals=reading.refusals,
        rows=len(judged),
        not_in_file=len(standing) - sum(row.known_as is not None for row in judged),
        _judged=judged,
        _hashes=reading.hashes,
        _standing=standing,
        _spool=reading.spool,
    )


class _Reading:
    """The first pass: every row mapped, its values put aside, what tells it from others kept."""

    def __init__(self, table: Table, rules: Rules, as_of: date, tell: Tell | None) -> None:
        self.spool: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the plan closes it
        self.rows: list[RowResult] = []
        self.hashes: list[str] = []
        self.refusals: list[dict[str, Any]] = []
        self.places: set[Said] = set()
        self.known = Known(_people(), _labels(table, rules))
        total = len(table.rows)
        try:
            for result in iter_rows(table, rules, as_of=as_of):
                self._add(result)
                if tell is not None and result.number % CHUNK == 0:
                    tell(result.number, total)
        except BaseException:
            self.spool.close()
            raise

    def _add(self, result: RowResult) -> None:
        hashed = text = ""
        warnings: Sequence[CellWarning] = result.warnings
        if result.outcome == "ok":
            values, warnings = values_of(result, self.known)
            text = json.dumps(values, sort_keys=True, ensure_ascii=False)
            hashed = hashlib.sha256(text.encode()).hexdigest()
            self.places.add(said_of(values["fields"]))
        refusals = told(result.refusals)
        self.refusals += refusals
        label = str(result.fields.get("name") or result.raw.get("name") or "")[:300]
        rest = json.dumps({"l": label, "w": told(warnings), "r": refusals}, ensure_ascii=False)
        self.spool.write(f'{{"v":{text or "null"},{rest[1:]}\n'.encode())
        self.hashes.append(hashed)
        # What is heavy of a row waits in the spool.
        self.rows.append(
            replace(result, fields={}, raw={}, attributes={}, unread={}, warnings=(), inventory=None)
        )


def _people() -> dict[str, bool]:
    rows = User.objects.filter(is_active=True).order_by()
    return {email.lower(): service for email, service in rows.values_list("email", "is_service")}


def _labels(table: Table, rules: Rules) -> dict[str, str]:
    """Field -> the label of the first of its columns that this table has."""
    out = {}
    for name, rule in rules.fields.items():
        found = (find_column(table.headers, column) for column in rule.columns)
        index = next((index for index in found if index is not None), None)
        if index is not None:
            out[name] = table.labels[index]
    return out


def _known(
    series: str,
) -> tuple[dict[tuple[str, str, int], Standing], dict[Key, list[tuple[int, str]]]]:
    """What the series brought before: by stored key, and as the matcher wants it. One statement."""
    standing: dict[tuple[str, str, int], Standing] = {}
    existing: dict[Key, list[tuple[int, str]]] = defaultdict(list)
    rows = ImportedRecord.objects.filter(series=series).order_by()
    columns = (
        "pk", "namespace", "key", "key_parts", "occurrence", "values_hash", "content_hash", "initiative_id",
    )  # fmt: skip
    for pk, namespace, key, parts, occurrence, hashed, content, initiative in rows.values_list(
        *columns
    ).iterator(CHUNK):
        standing[namespace, key, occurrence] = Standing(pk, hashed, content, initiative)
        existing[namespace, tuple(parts)].append((occurrence, content))
    return standing, existing


def refusal(refused: FileRefused | MappingRefused) -> Problem:
    """A refused file or mapping as a problem: what is wrong, where, what to do. `errors` holds the exact code."""
    place = str(refused.place) if refused.place else ""
    items = (Item(f"/file/{place}" if place else "/file", refused.code, refused.message),)
    code = "file_rejected" if isinstance(refused, FileRefused) else refused.code
    return Problem(400, code, str(refused), items)


def told(warnings: Sequence[CellWarning]) -> list[dict[str, Any]]:
    """Warnings or refusals as they are stored and shown: row, column, value, code, reason."""
    return [
        {"row": w.row, "column": w.column, "value": w.value[:500], "code": w.code, "reason": w.message}
        for w in warnings
    ]
