"""The cells of a table of readings: which column holds what, and each row as the bulk service takes it.

What is only wrong there (a number that cannot be kept, a KPI that is not open) is refused there, in its words.
"""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from core.values import day_of
from exchange.reading import FileRefused, FileRules, Limits, Table, fold, read_table

SOURCE: Final = "table"
MOST_TEXT: Final = 2_000_000
"""Characters of a table that are taken at once."""
LIMITS: Final = Limits(rows=20_000, columns=60, cells=400_000, cell_characters=2_000, seconds=30.0)
COLUMNS: Final = ("kpi", "observed_on", "value", "note", "evidence")
CALLED: Final[Mapping[str, tuple[str, ...]]] = {
    "kpi": ("kpi", "ref", "kpi ref", "reference"),
    "observed_on": ("day", "date", "observed on", "observed_on"),
    "value": ("value", "reading"),
    "note": ("note", "comment"),
    "evidence": ("evidence",),
}
_NEEDED: Final = COLUMNS[:3]
_DELIMITERS: Final = "\t;,|"


class Origin(NamedTuple):
    """Where a text came from: a file's name and the digest of its text as it was loaded. Empty: it was pasted."""

    name: str = ""
    digest: str = ""


class WrongCell(Exception):  # noqa: N818  a cell that cannot be taken
    """Which column, and why."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(column, reason)
        self.column, self.reason = column, reason


class Cells(NamedTuple):
    """One row as typed."""

    kpi: str
    observed_on: str
    value: str
    note: str
    evidence: str


class Columns:
    """The columns of a table: `at` by what they hold, `labels` as the file calls them, `unread` those that say nothing."""

    def __init__(self, headers: Sequence[str], *, headless: bool) -> None:
        self.at: dict[str, int] = {}
        for place, header in enumerate(headers):
            name = next((n for n, words in CALLED.items() if fold(header) in words), "")
            if name and name not in self.at:
                self.at[name] = place
        self.labels = {name: name if headless else headers[place] for name, place in self.at.items()}
        self.unread = [h for place, h in enumerate(headers) if place not in self.at.values() and h.strip()]
        missing = next((name for name in _NEEDED if name not in self.at), None)
        if missing is not None:
            raise FileRefused(
                "missing_column",
                f"No column holds the {missing.replace('observed_on', 'day')}.",
                remedy="Name the columns kpi, day, value and, if wanted, note and evidence. "
                f"Read as this one: {', '.join(CALLED[missing])}.",
            )

    def cells(self, row: Sequence[str]) -> Cells:
        found = {name: row[place].strip() for name, place in self.at.items() if place < len(row)}
        return Cells(*(found.get(name, "") for name in COLUMNS))


@dataclass(frozen=True, slots=True)
class _Expected:
    """What is expected of a pasted table."""

    file: FileRules


def read_text(text: str) -> tuple[Table, Columns]:
    """A text as a table. Its first line may name the columns; without it they are those of `COLUMNS`, in order.

    The sign after the first cell parts the others: a tab, semicolon, comma or bar. Raises FileRefused with its place.
    """
    text = text.replace("\r\n", "\n").strip("\n")
    if len(text) > MOST_TEXT:
        raise FileRefused("too_large", "This is more text than is taken at once.", remedy="Split the table.")
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = next((sign for sign in first if sign in _DELIMITERS), "\t")
    cells = next(csv.reader([first], delimiter=delimiter), None) or [""]
    headless = id_of(cells[0].strip()) is not None
    if headless:
        more = [f"column {n}" for n in range(len(COLUMNS) + 1, len(cells) + 1)]
        text = f"{delimiter.join([*COLUMNS, *more])}\n{text}"
    rules = FileRules(delimiter=delimiter, encodings=("utf-8",), pad_short_rows=True)
    data = text.encode("utf-8", "replace")
    table = read_table(data, mapping=_Expected(rules), limits=LIMITS)
    return table, Columns(table.headers, headless=headless)


def row_of(cells: Cells, number: int, *, comma: bool, origin: Origin, edited: bool) -> dict[str, Any]:
    """A row as the bulk service takes it. Raises WrongCell."""
    if not cells.kpi:
        raise WrongCell("kpi", "Name the KPI, as K-0042.")
    if not cells.value:
        raise WrongCell("value", "Give a value. What is missing is never zero.")
    day = _day(cells.observed_on)
    where = f"{origin.name or 'A pasted table'}, row {number}{', edited before it was recorded' if edited else ''}"
    return {
        "kpi": cells.kpi, "observed_on": day, "value": _number(cells.value, comma), "source": SOURCE, "source_key": day,
        "note": cells.note, "evidence": cells.evidence or where,
    }  # fmt: skip


def id_of(ref: str) -> int | None:
    """`K-0042` or `42` as 42; None for anything else."""
    digits = ref.upper().removeprefix("K-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def digest_of(text: str) -> str:
    """SHA-256 of a table's text, whatever ends its lines."""
    return hashlib.sha256(text.replace("\r\n", "\n").strip().encode("utf-8", "replace")).hexdigest()


def _day(said: str) -> str:
    """YYYY-MM-DD, or D.M.YYYY as that. A slash says nothing of which is the month."""
    if not said:
        raise WrongCell("observed_on", "Give the day the value is true of.")
    parts = said.split(".")
    if len(parts) == 3 and all(part.isascii() and part.isdigit() for part in parts) and len(parts[2]) == 4:
        said = f"{parts[2]}-{parts[1]:0>2}-{parts[0]:0>2}"
    day = day_of(said)
    if day is None:
        raise WrongCell("observed_on", "No such day. Write 2026-11-20 or 20.11.2026, without a time.")
    return day.isoformat()


def _number(said: str, comma: bool) -> str:
    """The number as it was typed, with a point. Whether it can be kept is for the service to say."""
    if comma:
        if "." in said:
            raise WrongCell("value", "Decimals are set to be written with a comma; this holds a point.")
        return said.replace(",", ".")
    if "," in said:
        raise WrongCell("value", "Write it with a point and without separators, or set decimals to comma.")
    return said
