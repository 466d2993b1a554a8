"""A table of money spent, of commitments or of benefits, pasted or from a file: what each row will do, and doing it. All or nothing.

To look is to record and take it back, so no rule is written twice. The same row of a table is recognised by its key (its own,
or what it says and how often it was said before it in the table): the same table again changes nothing.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from core.access import Actor
from core.errors import Item, Problem
from core.values import day_of
from core.wording import money_exact, plural
from domain.kpi_figures import EXACT
from exchange.reading import FileRefused, FileRules, Limits, fold, read_table
from exchange.services.imports import clean_name, require_size
from portfolio.models import BenefitEntry, Commitment, Expenditure, Initiative
from portfolio.models.money import MoneyRow
from portfolio.services.commitments import record_commitment
from portfolio.services.locks import lock_initiatives
from portfolio.services.money import CATEGORIES, record_benefit, record_expenditure
from portfolio.services.money_rows import require_own_currency

CREATED, UNCHANGED, REFUSED = "created", "unchanged", "refused"
MOST_TEXT: Final = 200_000
LIMITS: Final = Limits(rows=500, columns=30, cells=15_000, cell_characters=1_000, seconds=10.0)
_DELIMITERS: Final = "\t;,|"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A kind of table. `columns` and what each may be called; the first `needed` of them must be there."""

    name: str
    columns: tuple[str, ...]
    needed: int
    called: Mapping[str, tuple[str, ...]]


SHEETS: Final = {
    "spend": Sheet(
        "spend", ("initiative", "spent_on", "amount", "category", "currency", "note", "key"), 3,
        {"initiative": ("initiative", "ref"), "spent_on": ("day", "date", "spent on", "spent_on"), "amount": ("amount",),
         "category": ("category",), "currency": ("currency",), "note": ("note", "comment"), "key": ("key", "id", "booking")},
    ),
    "commitments": Sheet(
        "commitments", ("initiative", "committed_on", "amount", "supplier", "until", "currency", "note", "key"), 4,
        {"initiative": ("initiative", "ref"), "committed_on": ("day", "date", "committed on", "committed_on"),
         "amount": ("amount",), "supplier": ("supplier", "vendor"), "until": ("until", "ends"), "currency": ("currency",),
         "note": ("note", "comment"), "key": ("key", "id", "order")},
    ),
    "benefits": Sheet(
        "benefits", ("initiative", "month", "amount", "kind", "evidence", "currency", "note", "key"), 4,
        {"initiative": ("initiative", "ref"), "month": ("month", "day", "date"), "amount": ("amount",), "kind": ("kind",),
         "evidence": ("evidence",), "currency": ("currency",), "note": ("note", "comment"), "key": ("key", "id", "booking")},
    ),
}  # fmt: skip
BY_TABLE: Final = ("planned", "claimed")
"""Kinds of benefit a table brings. What finance judges, it judges claim by claim."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its cells, how it ends, and where it is refused the column and why."""

    row: int
    cells: Mapping[str, str]
    outcome: str
    column: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """A table read against the record. `unread`: columns that say nothing here."""

    lines: Sequence[Line]
    unread: Sequence[str]

    def count(self, outcome: str) -> int:
        return sum(line.outcome == outcome for line in self.lines)


class _Wrong(Exception):  # noqa: N818  a cell that cannot be taken
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(column, reason)
        self.column, self.reason = column, reason


def text_of(data: bytes, filename: str) -> str:
    """A file's table as text, tabs between its cells. Raises Problem 400, 413."""
    name = clean_name(filename)
    require_size(len(data), name)
    try:
        table = read_table(data, filename=name, limits=LIMITS)
    except FileRefused as refused:
        raise _refusal(refused, "/file") from refused
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerows([table.headers, *table.rows])
    return out.getvalue()


def look(*, kind: str, text: str, by: Actor, at: datetime) -> Looked:
    """What every row would do now. Nothing is recorded. Raises Problem 400 for a text that is no table."""
    with transaction.atomic():
        found = _record(SHEETS[kind], text, by, at)
        transaction.set_rollback(True)
    return found


def commit(*, kind: str, text: str, by: Actor, at: datetime) -> Looked:
    """Record every row that is new. Raises Problem 400, and 409 `rows_refused` where a row is wrong: then nothing is."""
    with transaction.atomic():
        found = _record(SHEETS[kind], text, by, at)
        wrong = next((line for line in found.lines if line.outcome == REFUSED), None)
        if wrong is not None:
            many = plural(found.count(REFUSED), "row is refused", "rows are refused")
            said = f"Nothing was recorded: {many}. Row {wrong.row}, {wrong.column}: {wrong.reason}"
            raise Problem(
                409,
                "rows_refused",
                said,
                (Item(f"/rows/{wrong.row}/{wrong.column}", "refused", wrong.reason),),
            )
    return found


def _record(sheet: Sheet, text: str, by: Actor, at: datetime) -> Looked:
    places, rows, unread = _table(sheet, text)
    told = [
        {name: row[place].strip() if place < len(row) else "" for name, place in places.items()}
        for row in rows
    ]
    refs = {pk for cells in told if (pk := _id(cells["initiative"])) is not None}
    known = lock_initiatives(
        Initiative.objects.visible_to(by).filter(pk__in=refs).values_list("pk", flat=True)
    )
    return Looked(list(_lines(sheet, told, known, by, at)), unread)


def _lines(
    sheet: Sheet, told: Sequence[Mapping[str, str]], known: Mapping[int, Initiative], by: Actor, at: datetime
) -> Iterator[Line]:
    said = Counter[str]()
    keys: list[str] = []
    for cells in told:
        basis = cells.get("key") or "|".join(
            cells.get(name, "") for name in sheet.columns if name != "currency"
        )
        place = f"{sheet.name}|{_id(cells['initiative'])}|{basis}"
        said[place] += 1
        keys.append(hashlib.sha256(f"{place}|{said[place]}".encode()).hexdigest())
    before = _on_record(sheet, keys)
    for number, (cells, key) in enumerate(zip(told, keys, strict=True), start=1):
        try:
            facts = _facts(sheet, cells, known)
            if key in before:
                if EXACT.compare(before[key], facts["amount"]) != 0:
                    amount = money_exact(before[key])
                    raise _Wrong(
                        "amount",
                        f"This key is on record with {amount}. Correct it by a row with another key.",
                    )
                yield Line(number, cells, UNCHANGED)
                continue
            _write(sheet, facts, key, by, at)
        except _Wrong as wrong:
            yield Line(number, cells, REFUSED, wrong.column, wrong.reason)
        except Problem as problem:
            item = problem.items[0] if problem.items else None
            column = item.pointer.removeprefix("/") if item else "initiative"
            yield Line(number, cells, REFUSED, column, item.detail if item else problem.detail)
        else:
            yield Line(number, cells, CREATED)


_KEPT: Final[Mapping[str, tuple[type[Expenditure | Commitment | BenefitEntry], Callable[..., MoneyRow]]]] = {
    "spend": (Expenditure, record_expenditure),
    "commitments": (Commitment, record_commitment),
    "benefits": (BenefitEntry, record_benefit),
}
"""The record of a sheet's rows, and the service that writes one."""


def _on_record(sheet: Sheet, keys: Sequence[str]) -> dict[str, Decimal]:
    model, _ = _KEPT[sheet.name]
    return dict(model._default_manager.filter(source_key__in=keys).values_list("source_key", "amount"))


def _write(sheet: Sheet, facts: dict[str, Any], key: str, by: Actor, at: datetime) -> None:
    _, service = _KEPT[sheet.name]
    service(**facts, source_key=key, by=by, at=at)


def _facts(sheet: Sheet, cells: Mapping[str, str], known: Mapping[int, Initiative]) -> dict[str, Any]:
    """The row as the service takes it. Raises _Wrong at the first cell that cannot be taken."""
    pk = _id(cells["initiative"])
    if pk is None or pk not in known:
        raise _Wrong("initiative", "There is no such initiative, or you may not see it. Write it as AI-0042.")
    amount = _amount(cells["amount"])
    currency = require_own_currency(cells.get("currency", ""))  # before a row is taken for one on record
    if sheet.name == "spend":
        category = cells.get("category", "").casefold().replace(" ", "_")
        if category and category not in CATEGORIES:
            raise _Wrong("category", f"Choose one of: {', '.join(CATEGORIES)}, or leave it out.")
        return {
            "initiative_id": pk, "spent_on": _day("spent_on", cells["spent_on"]), "amount": amount, "category": category,
            "currency": currency, "note": cells.get("note", ""),
        }  # fmt: skip
    if sheet.name == "commitments":
        until = cells.get("until", "")
        return {
            "initiative_id": pk, "committed_on": _day("committed_on", cells["committed_on"]), "amount": amount,
            "supplier": cells["supplier"], "until": _day("until", until) if until else None, "currency": currency,
            "note": cells.get("note", ""),
        }  # fmt: skip
    kind = cells["kind"].casefold()
    if kind not in BY_TABLE:
        raise _Wrong("kind", "Write planned or claimed. Finance validates and rejects claim by claim.")
    month = cells["month"] + ("-01" if cells["month"].count("-") == 1 else "")
    return {
        "initiative_id": pk, "kind": kind, "month": _day("month", month), "amount": amount, "currency": currency, "note": cells.get("note", ""),
        "evidence": cells.get("evidence", ""),
    }  # fmt: skip


def _table(sheet: Sheet, text: str) -> tuple[dict[str, int], Sequence[Sequence[str]], list[str]]:
    """Where each column is, the rows, and the columns that are not read. The first line names the columns."""
    text = text.replace("\r\n", "\n").strip("\n")
    if len(text) > MOST_TEXT:
        raise _refusal(
            FileRefused("too_large", "This is more text than is taken at once.", remedy="Split the table."),
            "/text",
        )
    first = next((line for line in text.splitlines() if line.strip()), "")
    rules = FileRules(
        delimiter=next((sign for sign in first if sign in _DELIMITERS), "\t"), encodings=("utf-8",), pad_short_rows=True
    )  # fmt: skip
    try:
        table = read_table(text.encode("utf-8", "replace"), mapping=_Expected(rules), limits=LIMITS)
    except FileRefused as refused:
        raise _refusal(refused, "/text") from refused
    places: dict[str, int] = {}
    for place, header in enumerate(table.headers):
        name = next((one for one, words in sheet.called.items() if fold(header) in words), "")
        if name:
            places.setdefault(name, place)
    missing = next((name for name in sheet.columns[: sheet.needed] if name not in places), None)
    if missing is not None:
        remedy = f"Name the columns in the first line: {', '.join(sheet.columns)}."
        raise _refusal(
            FileRefused("missing_column", f"No column holds the {missing}.", remedy=remedy), "/text"
        )
    unread = [h for place, h in enumerate(table.headers) if place not in places.values() and h.strip()]
    return places, table.rows, unread


@dataclass(frozen=True, slots=True)
class _Expected:
    file: FileRules


def _refusal(refused: FileRefused, pointer: str) -> Problem:
    said = str(refused)
    return Problem(400, refused.code, said, (Item(pointer, refused.code, said),))


def _id(ref: str) -> int | None:
    digits = ref.strip().upper().removeprefix("AI-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def _day(column: str, said: str) -> date:
    found = day_of(said)
    if found is None:
        raise _Wrong(column, "No such day. Write 2026-11-20.")
    return found


def _amount(said: str) -> Decimal:
    if not said:
        raise _Wrong("amount", "Give an amount. What is missing is never zero.")
    digits = said.removeprefix("-").replace(".", "", 1)
    if not digits.isascii() or not digits.isdigit():
        raise _Wrong("amount", "Write it with a point and without separators, as 1234.50.")
    return Decimal(said)
