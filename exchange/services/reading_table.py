"""A table of readings, pasted or from a file: what each row will do, and doing it. The rows go through the bulk service.

A day of a KPI is one reading in tables: the same table again changes nothing, another number for the day is refused
until somebody corrects the first with a reason.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import transaction

from core.access import Actor, scope
from core.errors import Item, Problem
from core.roles import Action
from core.wording import plural
from exchange.reading import FileRefused, read_table
from exchange.services.imports import clean_name, require_size
from exchange.services.reading_cells import (
    LIMITS,
    MOST_TEXT,
    SOURCE,
    Cells,
    Columns,
    Origin,
    WrongCell,
    digest_of,
    id_of,
    read_text,
    row_of,
)
from kpis.models import Kpi, Measurement
from kpis.queries import recordable
from kpis.services.bulk import CREATED, MOST_ROWS, REFUSED, UNCHANGED, Outcome, foresee_many, record_many

Rows = dict[int, dict[str, Any]]
Key = tuple[int | None, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its cells as typed, and how it will end.

    `column`, `raw` and `reason` where it is refused; a reason beside another outcome is to be known. `reading`: the one
    that says the same already. `name`: of the KPI, where the reader may know it.
    """

    row: int
    cells: Cells
    outcome: str = CREATED
    column: str = ""
    raw: str = ""
    reason: str = ""
    reading: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """A table read against the record. `unread`: columns that say nothing to this door. `send`: the rows to record."""

    lines: Sequence[Line]
    unread: Sequence[str]
    send: Sequence[Mapping[str, Any]]

    def count(self, outcome: str) -> int:
        return Counter(line.outcome for line in self.lines)[outcome]

    def of(self, outcome: str) -> list[Line]:
        return [line for line in self.lines if line.outcome == outcome]


def text_of(data: bytes, filename: str) -> tuple[str, Origin]:
    """A file's table as text with tabs between its cells, and where it came from. Raises Problem 400, 413."""
    name = clean_name(filename)
    require_size(len(data), name)
    try:
        table = read_table(data, filename=name, limits=LIMITS)
    except FileRefused as refused:
        raise _refusal(refused, "/file") from refused
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(table.headers)
    writer.writerows(table.rows)
    text = out.getvalue()
    if len(text) > MOST_TEXT:
        raise Problem(
            413, "too_large", f"{name} holds more text than is taken at once. Split it, or leave columns out."
        )
    return text, Origin(name, digest_of(text))


def look(*, text: str, comma: bool, origin: Origin, by: Actor) -> Looked:
    """What every row of the table would do now. Nothing is recorded.

    `comma`: decimals are written with one. Raises Problem 400 for a text that is no table, naming row and column.
    """
    try:
        table, columns = read_text(text)
    except FileRefused as refused:
        raise _refusal(refused, "/text") from refused
    edited = bool(origin.name) and digest_of(text) != origin.digest
    lines: dict[int, Line] = {}
    rows: Rows = {}
    for number, cells in enumerate(map(columns.cells, table.rows), start=1):
        lines[number] = Line(number, cells)
        try:
            rows[number] = row_of(cells, number, comma=comma, origin=origin, edited=edited)
        except WrongCell as wrong:
            lines[number] = _refused(lines[number], columns, wrong.column, wrong.reason)
    _compare(lines, rows, columns, by)
    _ask(lines, rows, columns, by)
    names = _names(lines.values(), by)
    told = [replace(line, name=names.get(id_of(line.cells.kpi) or 0, "")) for line in lines.values()]
    return Looked(told, columns.unread, [rows[line.row] for line in told if line.outcome == CREATED])


def commit(
    *, text: str, comma: bool, origin: Origin, only_good: bool, by: Actor, at: datetime
) -> tuple[Looked, list[int]]:
    """Record the rows of the table, all of them or (`only_good`) those that are right; the ids of what was recorded.

    They are judged within the second by a worker. Raises Problem 400 as `look` does, 409 `rows_refused` where some row
    is wrong: then nothing is recorded.
    """
    recorded: list[int] = []
    with transaction.atomic():
        looked = look(text=text, comma=comma, origin=origin, by=by)
        refused = looked.count(REFUSED)
        if refused and not only_good:
            many = plural(refused, "row is refused", "rows are refused")
            raise Problem(
                409,
                "rows_refused",
                f"Nothing was recorded: {many}. Mend the table, or record the good rows only.",
            )
        for part in _parts(looked.send):
            found = record_many(rows=part, atomic=not only_good, by=by, at=at)
            recorded += [one.id for one in found if one.status == CREATED and one.id is not None]
    return looked, recorded


def _refused(line: Line, columns: Columns, field: str, reason: str) -> Line:
    raw = str(getattr(line.cells, field, ""))
    return replace(line, outcome=REFUSED, column=columns.labels.get(field, field), raw=raw, reason=reason)


def _compare(lines: dict[int, Line], rows: Rows, columns: Columns, by: Actor) -> None:
    """Hold each row against those above it and against the record; what is settled by that is no longer to be sent."""
    on_record = _on_record(rows.values(), by)
    first: dict[Key, int] = {}
    for number, row in rows.items():
        key = (id_of(row["kpi"]), row["observed_on"])
        earlier = first.setdefault(key, number)
        if earlier != number:
            lines[number] = _again(lines[number], columns, row, lines[earlier], rows[earlier])
        elif key in on_record:
            lines[number] = _against(lines[number], columns, _exact(row["value"]), on_record[key])
    for number in [n for n in rows if lines[n].outcome != CREATED]:
        del rows[number]


def _again(line: Line, columns: Columns, row: Mapping[str, Any], above: Line, its: Mapping[str, Any]) -> Line:
    """A second row for the same KPI and day."""
    if _exact(row["value"]) == _exact(its["value"]):
        return replace(line, outcome=UNCHANGED, reason=f"Row {above.row} says the same.")
    said = f"Row {above.row} says {above.cells.value} for the same day. Keep one of them."
    return _refused(line, columns, "value", said)


@dataclass(frozen=True, slots=True)
class _OnRecord:
    """Readings of one KPI and day: those that stand (id, value), and whether a table brought one before."""

    standing: tuple[tuple[int, Decimal | None], ...]
    from_table: bool


def _against(line: Line, columns: Columns, value: Decimal | None, found: _OnRecord) -> Line:
    """A row for a day that has readings already."""
    same = next((pk for pk, stands in found.standing if stands == value), None)
    if same is not None:
        return replace(line, outcome=UNCHANGED, reading=same, reason=f"Reading {same} says so already.")
    others = ", ".join(f"{_plain(stands)} (reading {pk})" for pk, stands in found.standing)
    if not found.from_table:
        told = f"Another reading of that day says {others}; this one is later, and speaks." if others else ""
        return replace(line, reason=told)
    said = (
        f"On record with {others}. Correct it on the KPI's page, with the reason."
        if others
        else "The reading of that day was withdrawn. Record the right one on the KPI's page."
    )
    return _refused(line, columns, "value", said)


def _on_record(rows: Iterable[Mapping[str, Any]], by: Actor) -> dict[Key, _OnRecord]:
    """What is on record of these KPIs and days, of KPIs the actor may record."""
    wanted = {(pk, row["observed_on"]) for row in rows if (pk := id_of(row["kpi"])) is not None}
    if not wanted:
        return {}
    ids = Kpi.objects.filter(recordable(by), pk__in={pk for pk, _ in wanted}).values_list("pk", flat=True)
    days = {day for _, day in wanted}
    found = Measurement.objects.filter(kpi__in=list(ids), observed_on__range=(min(days), max(days)))
    names = ("pk", "kpi_id", "observed_on", "value", "source", "void")
    standing: dict[Key, list[tuple[int, Decimal | None]]] = {}
    tabled: set[Key] = set()
    gone = set(found.exclude(superseded_by=None).values_list("pk", flat=True))
    for pk, kpi_id, on, value, source, void in found.order_by("pk").values_list(*names).iterator(5_000):
        key: Key = (kpi_id, on.isoformat())
        if key in wanted:
            own = standing.setdefault(key, [])
            if not void and pk not in gone:
                own.append((pk, value))
            if source == SOURCE:
                tabled.add(key)
    return {key: _OnRecord(tuple(own), key in tabled) for key, own in standing.items()}


def _ask(lines: dict[int, Line], rows: Rows, columns: Columns, by: Actor) -> None:
    """What the bulk service says of the rows that are left."""
    for part in _parts(list(rows.items())):
        for number, outcome in zip(
            (n for n, _ in part), _foreseen([row for _, row in part], by), strict=True
        ):
            if outcome.error is not None:
                field = outcome.error.pointer.rpartition("/")[2]
                lines[number] = _refused(lines[number], columns, field, outcome.error.detail)
            elif outcome.status == UNCHANGED:
                lines[number] = replace(lines[number], outcome=UNCHANGED, reading=outcome.id)


def _foreseen(rows: Sequence[Mapping[str, Any]], by: Actor) -> list[Outcome]:
    try:
        return foresee_many(rows=rows, by=by)
    except Problem as problem:
        if problem.code != "not_the_judge":
            raise
        item = Item("/kpi", problem.code, problem.detail)
        return [Outcome(place, REFUSED, None, item) for place in range(len(rows))]


def _parts(rows: Sequence[Any]) -> Iterator[list[Any]]:
    waiting = iter(rows)
    while part := list(islice(waiting, MOST_ROWS)):
        yield part


def _names(lines: Iterable[Line], by: Actor) -> dict[int, str]:
    ids = {pk for line in lines if (pk := id_of(line.cells.kpi)) is not None}
    seen = Kpi.objects.filter(scope(by, Action.VIEW, Kpi), pk__in=ids).order_by()
    return dict(seen.values_list("pk", "name"))


def _exact(value: str) -> Decimal | None:
    try:
        return Decimal(value) if len(value) < 60 else None
    except ArithmeticError:
        return None


def _plain(value: Decimal | None) -> str:
    return "no number" if value is None else f"{value.normalize():f}"


def _refusal(refused: FileRefused, place: str) -> Problem:
    return Problem(400, refused.code, str(refused), (Item(place, refused.code, str(refused)),))
