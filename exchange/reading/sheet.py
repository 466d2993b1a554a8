"""The cells of one sheet as text: what the same cells of a CSV file would hold, in full, formulas as their values."""

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.datetime import from_excel

from exchange.reading.archive import broken, rejected
from exchange.reading.limits import INTERNED_CHARACTERS, Limits, check_columns
from exchange.reading.workbook import Workbook, text_at

_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_RANGE: Final = re.compile(r"\$?[A-Z]{1,3}\$?([0-9]{1,8})(?::\$?[A-Z]{1,3}\$?([0-9]{1,8}))?")
_NUMBER: Final = re.compile(r"-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?")


@dataclass(slots=True)
class Sheet:
    """Listens to a sheet. `rows` are (row of the sheet, texts from column 1 to its last value), from `from_row` on and
    only rows with a value; `first_column` and `last_column` bound all of them."""

    workbook: Workbook
    from_row: int
    limits: Limits
    title: str
    rows: deque[tuple[int, list[str]]] = field(default_factory=deque)
    first_column: int = 0
    last_column: int = 0
    merged: list[str] = field(default_factory=list)
    _row: int = 0
    _column: int = 0
    _cells: int = 0
    _others: int = 0
    _texts: list[str] = field(default_factory=list)
    _type: str = "n"
    _style: str = ""
    _pieces: list[str] | None = None
    _length: int = 0
    _collects: bool = False
    _phonetic: bool = False
    _formula: bool = False
    _in_cell: bool = False
    _interned: dict[str, str] = field(default_factory=dict)
    _columns: dict[str, int] = field(default_factory=dict)
    _written: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "c":
                self._start_cell(attributes)
            case "v" | "t" if self._in_cell:
                if not self._phonetic:
                    self._collects = True
                    self._pieces = self._pieces if self._pieces is not None else []
            case "row":
                self._start_row(attributes)
            case "f" if self._in_cell:
                self._formula = True
            case "rPh":
                self._phonetic = True
            case "mergeCell":
                self.merged.append(attributes.get("ref", ""))
                self._other()
            case _:
                self._other()

    def end(self, name: str) -> None:
        match name:
            case "c":
                self._end_cell()
            case "v" | "t":
                self._collects = False
            case "row":
                if self._texts:
                    self.rows.append((self._row, self._texts))
                    self._texts = []
            case "rPh":
                self._phonetic = False

    def text(self, piece: str) -> None:
        if self._collects and self._pieces is not None:
            self._pieces.append(piece)
            self._length += len(piece)
            if self._length > self.limits.cell_characters:
                raise rejected(
                    "cell_too_long",
                    f"The cell {self._coordinate()} of “{self.title}” has more than "
                    f"{self.limits.cell_characters:,} characters.",
                    remedy="Shorten it.",
                )

    def _other(self) -> None:
        self._others += 1
        if self._others > self.limits.cell_elements:
            raise rejected("too_complex", "The workbook holds too much formatting to be read safely.")

    def _start_row(self, attributes: dict[str, str]) -> None:
        given = attributes.get("r", "")
        row = int(given) if given.isascii() and given.isdigit() and len(given) < 9 else self._row + 1
        if row <= self._row:
            raise broken(f"The rows of “{self.title}” are out of order at row {row}.")
        self._row, self._column = row, 0
        self._texts = []
        self._other()

    def _start_cell(self, attributes: dict[str, str]) -> None:
        letters = attributes.get("r", "").rstrip("0123456789")
        column = self._column_of(letters) if letters else self._column + 1
        if column <= self._column:
            raise broken(f"The cells of “{self.title}” are out of order in row {self._row}.")
        self._column = column
        self._cells += 1
        if self._cells > self.limits.cell_elements:
            raise rejected("too_many_cells", f"The sheet has more than {self.limits.cell_elements:,} cells.")
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._pieces, self._length, self._formula, self._in_cell = None, 0, False, True

    def _column_of(self, letters: str) -> int:
        column = self._columns.get(letters)
        if column is None:
            try:
                column = column_index_from_string(letters)
            except ValueError:
                raise broken("A cell of the workbook has no place.") from None
            self._columns[letters] = column
        return column

    def _end_cell(self) -> None:
        self._in_cell = False
        if self._row < self.from_row:
            return
        if self._pieces is None:
            if self._formula:
                raise rejected(
                    "formula_without_value",
                    f"The formula in cell {self._coordinate()} of “{self.title}” was never computed.",
                    remedy="Open the workbook in a spreadsheet program and save it, or paste the values.",
                )
            return
        text = self._as_text("".join(self._pieces))
        if text:
            self._keep(text)

    def _keep(self, text: str) -> None:
        if self.rows and self._row - self.rows[0][0] > self.limits.rows:
            raise rejected(
                "too_many_rows",
                f"The sheet “{self.title}” has a value in row {self._row:,}; the limit is {self.limits.rows:,} rows.",
                remedy="Delete what stands below the table, or split the table.",
            )
        column = self._column
        self.first_column = min(self.first_column or column, column)
        self.last_column = max(self.last_column, column)
        check_columns(self.last_column - self.first_column + 1, self.limits)
        self._texts.extend([""] * (column - 1 - len(self._texts)))
        if len(text) <= INTERNED_CHARACTERS:
            text = self._interned.setdefault(text, text)
        self._texts.append(text)

    def _coordinate(self) -> str:
        return f"{get_column_letter(max(self._column, 1))}{self._row}"

    def _as_text(self, value: str) -> str:
        match self._type:
            case "s":
                return _unescaped(text_at(self.workbook.texts, value.strip()))
            case "inlineStr" | "str":
                return _unescaped(value)
            case "b":
                return "TRUE" if value.strip() in ("1", "true") else "FALSE"
            case "d":
                return value.strip().replace("T", " ").removesuffix(" 00:00:00")
            case "e":
                return value.strip()
        key = ("n", self._style, value)
        written = self._written.get(key)
        if written is None:
            written = self._number(value.strip())
            if len(self._written) < 100_000:
                self._written[key] = written
        return written

    def _number(self, value: str) -> str:
        if not _NUMBER.fullmatch(value):
            if not value:
                return ""
            raise broken(f"The cell {self._coordinate()} of “{self.title}” holds no number.")
        styles = self.workbook.styles
        index = (
            int(self._style)
            if self._style.isascii() and self._style.isdigit() and len(self._style) < 9
            else 0
        )
        kind = styles[index] if index < len(styles) else "number"
        moment = _moment(float(value), kind == "duration", self.workbook.epoch) if kind != "number" else ""
        written = moment or _plain(value)
        if written is None:
            raise rejected(
                "too_many_digits",
                f"The cell {self._coordinate()} of “{self.title}” holds {value[:60]}, a number of more digits than a "
                "spreadsheet keeps: read as one, it would be another number.",
                remedy="Format the cell as text and write the number again, or send a CSV file.",
            )
        return written


def _plain(value: str) -> str | None:
    """A number in full: without exponent, and without the digits that only binary arithmetic added.

    None for one that a spreadsheet cannot hold: read as it holds numbers, it would be another one.
    """
    if value.lstrip("-").isdigit() and len(value) <= 15:
        return str(int(value))
    try:
        held, exact = float(value), Decimal(value)
        shortest = Decimal(repr(held))
    except (OverflowError, InvalidOperation):
        return value
    if not shortest.is_finite() or (not shortest and exact):
        return value
    if shortest != exact and not _rounds_to(held, exact):
        return None
    written = format(shortest, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _rounds_to(held: float, exact: Decimal) -> bool:
    """Whether these are the digits of the binary number itself, as 5.7999999999999998 is what 5.8 is held as."""
    digits = len("".join(map(str, exact.as_tuple().digits)).strip("0"))
    return Decimal(f"{held:.{max(digits - 1, 0)}e}") == exact


def _moment(value: float, duration: bool, epoch: date) -> str:
    """A day number as YYYY-MM-DD, with the time of day if it has one; empty if there is no such day."""
    try:
        moment = from_excel(value, datetime.combine(epoch, time()), timedelta=duration)
    except (OverflowError, ValueError):
        return ""
    match moment:
        case timedelta() | time():
            return str(moment)
        case datetime():
            rounded = moment.replace(microsecond=0) + timedelta(seconds=moment.microsecond >= 500_000)
            return (
                rounded.date().isoformat()
                if rounded.time() == time()
                else rounded.strftime("%Y-%m-%d %H:%M:%S")
            )
        case _:
            return ""


def _unescaped(text: str) -> str:
    """Control characters are written as _x000D_ in a workbook."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def merged_between(references: Iterable[str], first_row: int, last_row: int) -> str:
    """The first merged range that reaches into these rows, or an empty text."""
    for reference in references:
        match = _RANGE.fullmatch(reference)
        if not match:
            return reference or "?"
        first, last = int(match[1]), int(match[2] or match[1])
        if last >= first_row and first <= last_row:
            return reference
    return ""
