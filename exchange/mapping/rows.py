"""Rows of text to judged rows: every row comes out, as ok or refused, with nothing of it lost."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from exchange.mapping.cells import FUTURE_DATE, Note, Reader, reader_for
from exchange.mapping.dates import Dated
from exchange.mapping.inventory import InventoryReader
from exchange.mapping.keys import content_hash, keys_of
from exchange.mapping.results import CellWarning, Key, RowResult, Value
from exchange.mapping.schema import FieldRule, KeyRule, Mapping, StageCheck
from exchange.reading.table import Table, find_column, fold


@dataclass(frozen=True, slots=True)
class _Filled:
    """A field tied to the columns of this table."""

    rule: FieldRule
    indexes: tuple[int, ...]
    readers: tuple[Reader, ...]


def map_rows(table: Table, mapping: Mapping, *, as_of: date) -> list[RowResult]:
    """Every data row of a table, judged as of a day. Raises FileRefused if a mapped column is missing."""
    return list(iter_rows(table, mapping, as_of=as_of))


def iter_rows(table: Table, mapping: Mapping, *, as_of: date) -> Iterator[RowResult]:
    """`map_rows`, one row at a time: for files whose results would not fit in memory at once."""
    judge = _Judge(table, mapping, as_of)
    lines = table.lines or range(2, 2 + len(table.rows))
    for number, (cells, line) in enumerate(zip(table.rows, lines, strict=True), start=1):
        yield judge.row(number, line, cells)


class _Judge:
    """What is the same for all rows of one table, and the keys seen so far."""

    def __init__(self, table: Table, mapping: Mapping, as_of: date) -> None:
        self.labels = table.labels
        self.mapping = mapping
        self.as_of = as_of
        # A field whose optional columns this table lacks is not filled at all: nothing is known of it, not even that.
        tied = (self._tie(rule, table) for rule in mapping.fields.values())
        self.filled = tuple(filled for filled in tied if filled.indexes or filled.rule.constant)
        self.inventory = InventoryReader(mapping.inventory, table.headers) if mapping.inventory else None
        self.first_with_key: dict[Key, int] = {}
        self.occurrences: Counter[Key] = Counter()

    def _tie(self, rule: FieldRule, table: Table) -> _Filled:
        found = [find_column(table.headers, column) for column in rule.columns]
        indexes = tuple(index for index in found if index is not None)
        labels = [table.labels[index] for index in indexes] or [""]
        readers = tuple(
            reader_for(rule, column=label, as_of=self.as_of, from_cell=table.iso_dates) for label in labels
        )
        return _Filled(rule, indexes, readers)

    def row(self, number: int, line: int, cells: Sequence[str]) -> RowResult:
        draft = _Draft(number, self.labels)
        used: set[int] = set()
        for filled in self.filled:
            used.update(draft.fill(filled, cells))
        unit = draft.fields.get("unit")
        if isinstance(unit, str):
            draft.fields["unit"] = self.mapping.unit_aliases.get(fold(unit), unit)
        self._age(draft)
        self._compare_dates(draft)
        key, occurrence, alternatives = self._key(draft)
        attributes = {
            label: cell
            for index, (label, cell) in enumerate(zip(self.labels, cells, strict=True))
            if cell and index not in used
        }
        return RowResult(
            number=number,
            line=line,
            key=key,
            occurrence=occurrence,
            outcome="refused" if draft.refusals else "ok",
            fields=draft.fields,
            raw=draft.raw,
            attributes=attributes,
            unread=draft.unread,
            warnings=tuple(draft.warnings),
            refusals=tuple(draft.refusals),
            content_hash=content_hash(self.labels, cells),
            alternatives=alternatives,
            inventory=self.inventory.entry(cells) if self.inventory else None,
        )

    def _age(self, draft: "_Draft") -> None:
        """`entered_on`: the first date of the stage's list that was read. A refused cell counts as absent."""
        rule = self.mapping.age
        stage = draft.fields.get("stage")
        names = rule.by_stage.get(stage, rule.default) if isinstance(stage, str) else rule.default
        if not names and "entered_on" not in draft.fields:
            draft.fields["entered_on"] = Dated(None, "unknown", "", "absent")
            return
        dates = [value for name in names if isinstance(value := draft.fields.get(name), Dated)]
        draft.fields["entered_on"] = next(
            (dated for dated in dates if dated.value), Dated(None, "unknown", "", "absent")
        )

    def _compare_dates(self, draft: "_Draft") -> None:
        """Dates in the wrong order, and stages their dates contradict: warnings, nothing is repaired."""
        order = [(name, draft.day(name)) for name in self.mapping.date_order]
        dated = [(name, value) for name, value in order if value]
        for index, (earlier, first) in enumerate(dated):
            for later, second in dated[index + 1 :]:
                if second < first:
                    draft.warn_of_order(earlier, first, later, second)
        stage = draft.fields.get("stage")
        for check in self.mapping.checks:
            known = check.date_field in draft.fields
            if known and stage in check.stages and _applies(check, draft.day(check.date_field), self.as_of):
                draft.warn(check.date_field, check.code, check.message)

    def _key(self, draft: "_Draft") -> tuple[Key | None, int, tuple[Key, ...]]:
        found = keys_of(draft.fields, self.mapping.keys)
        if not found:
            if not draft.refusals:
                draft.refuse_keyless(self.mapping.keys)
            return None, 0, ()
        rule, key = found[0]
        alternatives = tuple(other for _, other in found[1:])
        if draft.refusals:
            return key, 0, alternatives
        first = self.first_with_key.setdefault(key, draft.number)
        if first != draft.number and not rule.numbered:
            draft.refuse_duplicate(rule, first)
            return key, 0, alternatives
        self.occurrences[key] += 1
        return key, self.occurrences[key], alternatives


def _applies(check: StageCheck, day: date | None, as_of: date) -> bool:
    match check.when:
        case "absent":
            return day is None
        case "present":
            return day is not None
        case "after_as_of":
            return day is not None and day > as_of
        case _:
            return day is not None and day <= as_of


class _Draft:
    """A row while it is read."""

    def __init__(self, number: int, labels: Sequence[str]) -> None:
        self.number = number
        self.labels = labels
        self.fields: dict[str, Value] = {}
        self.raw: dict[str, str] = {}
        self.unread: dict[str, str] = {}
        self.columns: dict[str, str] = {}
        self.warnings: list[CellWarning] = []
        self.refusals: list[CellWarning] = []

    def fill(self, filled: _Filled, cells: Sequence[str]) -> tuple[int, ...]:
        """Reads one field. Gives the columns that need not be kept as attributes: the one read, and blank ones."""
        rule = filled.rule
        name = rule.target.name
        chosen = next((n for n, index in enumerate(filled.indexes) if not rule.absent.has(cells[index])), 0)
        if filled.indexes:
            raw = cells[filled.indexes[chosen]]
            self.columns[name] = self.labels[filled.indexes[chosen]]
            self.raw[name] = raw
        else:
            raw = rule.constant
            self.columns[name] = ""
        value, note = filled.readers[chosen](raw)
        if note and note[0] != FUTURE_DATE:
            self.unread[name] = raw
        self.fields[name] = value
        refuses = rule.target.required and value == ""
        if note or refuses:
            self._note(name, raw, note, refuses=refuses, label=rule.target.label)
        return filled.indexes[chosen : chosen + 1]

    def _note(self, name: str, raw: str, note: Note | None, *, refuses: bool, label: str) -> None:
        code, message = note or (f"missing_{name}", f"{label} is missing.")
        entry = CellWarning(self.number, self.columns[name], raw, code, message)
        (self.refusals if refuses else self.warnings).append(entry)

    def day(self, name: str) -> date | None:
        value = self.fields.get(name)
        return value.value if isinstance(value, Dated) else None

    def warn(self, name: str, code: str, message: str) -> None:
        self.warnings.append(
            CellWarning(self.number, self.columns.get(name, ""), self.raw.get(name, ""), code, message)
        )

    def warn_of_order(self, earlier: str, first: date, later: str, second: date) -> None:
        self.warn(
            later,
            "out_of_order",
            f"{second.isoformat()} is before {first.isoformat()}, the “{self.columns[earlier]}” of this row.",
        )

    def refuse_keyless(self, rules: Sequence[KeyRule]) -> None:
        needed = [name for rule in rules for name in rule.fields if name not in rule.optional]
        empty = next((name for name in needed if not self.fields.get(name)), needed[0])
        self.refusals.append(
            CellWarning(
                self.number,
                self.columns.get(empty, ""),
                self.raw.get(empty, ""),
                "no_key",
                "Nothing tells this row from others: the cells its key is made of are empty.",
            )
        )

    def refuse_duplicate(self, rule: KeyRule, first: int) -> None:
        name = "external_id" if "external_id" in rule.fields else rule.fields[-1]
        inside = f" inside {self.fields.get('unit')}" if "unit" in rule.fields and name != "unit" else ""
        self.refusals.append(
            CellWarning(
                self.number,
                self.columns.get(name, ""),
                self.raw.get(name, ""),
                "duplicate_key",
                f"“{self.fields.get(name)}” stands twice{inside} (rows {first} and {self.number}).",
            )
        )
