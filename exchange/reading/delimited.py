"""Delimited text to rows: the delimiter stated or sniffed, newlines inside quotes kept, every row as wide as the header."""

import contextlib
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from exchange.formulas import restored
from exchange.reading.limits import (
    DEFAULT_LIMITS,
    INTERNED_CHARACTERS,
    SAVE_AGAIN,
    Deadline,
    Limits,
    check_cell,
    check_columns,
    check_row,
)
from exchange.reading.refusal import FileRefused, Place
from exchange.reading.table import REJECT_HEADERS, FileRules, Table, check_headers

DELIMITERS: Final = (",", ";", "\t", "|")
SNIFFED_CHARACTERS: Final = 64 * 1024
SNIFFED_ROWS: Final = 50
CHECK_EVERY: Final = 1_000


def read_delimited(
    text: str, *, encoding: str, filename: str, rules: FileRules, limits: Limits, deadline: Deadline
) -> Table:
    """The table in a text. Raises FileRefused naming the row and column of the first thing that is wrong."""
    text, stated = _sep_line(text)
    delimiter = rules.delimiter or stated or sniff(text, rules)
    if "\x00" in text:
        raise FileRefused(
            "nul_byte",
            "The text holds a NUL character.",
            place=place_of(text[: text.index("\x00")], delimiter, rules.header_row),
            remedy=SAVE_AGAIN,
        )
    builder = _Builder(rules, limits, deadline)
    for line, record in _records(text, delimiter, builder):
        builder.add(line, record)
    return builder.table(encoding=encoding, delimiter=delimiter, filename=filename)


def sniff(text: str, rules: FileRules) -> str:
    """The delimiter under which the first rows are widest and most alike; a comma if nothing tells."""
    sample = text[:SNIFFED_CHARACTERS]
    best, best_score = ",", (False, False, 0.0, 0)
    for delimiter in DELIMITERS:
        widths = _widths(sample, delimiter, skip=rules.header_row - 1)
        if not widths:
            continue
        expected = rules.columns or len(rules.headers)
        alike = sum(width == widths[0] for width in widths) / len(widths)
        score = (bool(expected) and widths[0] == expected, widths[0] > 1, round(alike, 1), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(sample: str, delimiter: str, skip: int) -> list[int]:
    widths: list[int] = []
    with contextlib.suppress(csv.Error):
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        widths.extend(len(record) for record in islice(reader, SNIFFED_ROWS))
    # The sample may end inside a row.
    kept = [width for width in widths[skip:] if width]
    return kept[:-1] if len(kept) > 1 and len(sample) == SNIFFED_CHARACTERS else kept


def place_of(text_before: str, delimiter: str, header_row: int = 1) -> Place:
    """The row and column at the end of a piece of text: where the next character stands."""
    header: list[str] = []
    last: list[str] = []
    skipped = rows = 0
    with contextlib.suppress(csv.Error, FileRefused):
        for last in csv.reader(_lines(text_before, delimiter, DEFAULT_LIMITS), delimiter=delimiter):
            if skipped < header_row - 1:
                skipped += 1
            elif not header:
                header = [] if is_blank(last) else last
            else:
                rows += not is_blank(last)
    in_header = rows == 0 and last is header
    if text_before.endswith(("\n", "\r")) and not (last and last[-1].endswith(("\n", "\r"))):
        # The next character begins a row of its own.
        in_header, last = not header, []
        rows += bool(header)
    elif is_blank(last) and header:
        rows += 1
    column = max(len(last), 1)
    named = not in_header and column <= len(header) and header[column - 1]
    row = None if in_header else max(rows, 1)
    return Place(row=row, column=named or str(column), line=text_before.count("\n") + 1)


def _lines(text: str, delimiter: str, limits: Limits) -> Iterator[str]:
    """Lines for the parser, which makes a list of all cells of a row before anybody can count them."""
    most = limits.columns + limits.cell_characters
    for line in io.StringIO(text, newline=""):
        if len(line) > most and line.count(delimiter) > most:
            raise FileRefused(
                "too_many_columns",
                f"A row has more than {most:,} delimiters; the limit is {limits.columns:,} columns.",
                remedy="Delete the columns that hold nothing, or check the delimiter.",
            )
        yield line


def is_blank(record: Sequence[str]) -> bool:
    """A row without any text: no data."""
    return not any(map(str.strip, record))


def _sep_line(text: str) -> tuple[str, str | None]:
    """Excel's own first line `sep=;` names the delimiter and is no data."""
    head = text[:7].rstrip("\r\n")
    if len(head) == 5 and head.lower().startswith("sep=") and text[5:6] in ("\r", "\n"):
        return text[5:].lstrip("\r\n"), head[4]
    return text, None


def _records(text: str, delimiter: str, builder: "_Builder") -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it begins on. What the parser refuses becomes one clear refusal."""
    reader = csv.reader(_lines(text, delimiter, builder.limits), delimiter=delimiter, strict=True)
    begins = 1
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _malformed(str(error), builder.next_row(), begins) from None
        yield begins, record
        begins = reader.line_num + 1


def _malformed(error: str, row: int | None, line: int) -> FileRefused:
    place = Place(row=row, line=line)
    if "unexpected end of data" in error:
        return FileRefused(
            "truncated_row",
            "The last row is cut off: a quote that opens a cell is never closed.",
            place=place,
            remedy="Load the whole file again, or close the quote.",
        )
    if "field larger than field limit" in error:
        return FileRefused(
            "cell_too_long",
            f"A cell is longer than {csv.field_size_limit():,} characters.",
            place=place,
            remedy="Shorten it, or close the quote that is left open.",
        )
    return FileRefused(
        "bad_quote",
        "A quoted cell goes on after its closing quote.",
        place=place,
        remedy="Write a quote inside a cell as two quotes, and nothing between a closing quote and the delimiter.",
    )


@dataclass(slots=True)
class _Builder:
    """Collects records: rows above the header are skipped, then the header, then the data rows."""

    rules: FileRules
    limits: Limits
    deadline: Deadline
    headers: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    blank: int = 0
    empty: int = 0
    skipped: int = 0
    rejects: bool = False
    cells: int = 0
    _interned: dict[str, str] = field(default_factory=dict)

    def next_row(self) -> int | None:
        return len(self.rows) + 1 if self.headers else None

    def add(self, line: int, record: list[str]) -> None:
        if is_blank(record):
            self._count_blank()
        if not self.headers:
            self._add_before_header(record)
        elif not is_blank(record):
            self._add_row(line, record)

    def _count_blank(self) -> None:
        self.blank += bool(self.headers)
        self.empty += 1
        if self.empty > self.limits.rows:
            raise FileRefused(
                "too_many_rows",
                f"The file has more than {self.limits.rows:,} empty rows.",
                remedy="Delete the empty rows.",
            )

    def _add_before_header(self, record: list[str]) -> None:
        is_rejects = tuple(record[-len(REJECT_HEADERS) :]) == REJECT_HEADERS
        if self.skipped < self.rules.header_row - 1 and not is_rejects:
            self.skipped += 1
            return
        check_columns(len(record), self.limits)
        if is_blank(record):
            return
        self.rejects = is_rejects
        self.headers = tuple(map(restored, record[: -len(REJECT_HEADERS)]) if is_rejects else record)
        for position, header in enumerate(self.headers, start=1):
            check_cell(header, None, str(position), self.limits)
        # A wrong header says more than the rows that do not fit it.
        check_headers(self.headers, self.rules)

    def _add_row(self, line: int, record: list[str]) -> None:
        row = len(self.rows) + 1
        self.cells += len(record)
        check_row(row, self.cells, self.limits)
        if row % CHECK_EVERY == 0:
            self.deadline.check(row)
        if self.rejects:
            record = [restored(cell) for cell in self._without_reasons(record)]
        if len(record) != len(self.headers):
            record = self._mended(record, row, line)
        for cell, header in zip(record, self.headers, strict=True):
            if len(cell) > self.limits.cell_characters:
                check_cell(cell, row, header, self.limits)
        self.rows.append(tuple(self._intern(cell) for cell in record))
        self.lines.append(line)

    def _without_reasons(self, record: list[str]) -> list[str]:
        width = len(self.headers)
        return record[:width] if len(record) == width + len(REJECT_HEADERS) else record

    def _mended(self, record: list[str], row: int, line: int) -> list[str]:
        width = len(self.headers)
        if self.rules.pad_short_rows and not any(record[width:]):
            return (record + [""] * (width - len(record)))[:width]
        short = len(record) < width
        raise FileRefused(
            "wrong_cell_count",
            f"This row has {len(record):,} cells; the header has {width:,}."
            + (" It may be cut off." if short else " A cell may hold a delimiter without quotes."),
            place=Place(row=row, column=self.headers[len(record)] if short else str(width + 1), line=line),
            remedy="Load the whole file again, or mend this row.",
        )

    def _intern(self, cell: str) -> str:
        return self._interned.setdefault(cell, cell) if len(cell) <= INTERNED_CHARACTERS else cell

    def table(self, *, encoding: str, delimiter: str, filename: str) -> Table:
        if not self.headers:
            raise FileRefused(
                "empty", "The file has no header row.", remedy="Load a file with a header row and data rows."
            )
        if not self.rows:
            raise FileRefused(
                "no_rows", "The file has a header but no rows.", remedy="Load a file with data rows."
            )
        return Table(
            headers=self.headers,
            rows=self.rows,
            encoding=encoding,
            delimiter=delimiter,
            kind="csv",
            filename=filename,
            lines=self.lines,
            blank_rows=self.blank,
            iso_dates=self.rejects,
        )
