"""A sheet of an XLSX workbook to rows of text. Read-only, values instead of formulas, no links followed.

The archive is measured first (`reading.archive`); only then openpyxl reads the one sheet, within the measured bounds.
Dates come from date cells as YYYY-MM-DD (with a time where they have one), numbers in full, never rounded.
"""

import io
import math
import re
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, cast

from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet.worksheet import Worksheet

from exchange.reading.archive import PartScan, merged_in_table, open_archive, rejected, scan_archive
from exchange.reading.delimited import CHECK_EVERY, INTERNED_CHARACTERS, is_blank
from exchange.reading.limits import Deadline, Limits, check_cell, check_columns, check_row
from exchange.reading.refusal import FileRefused
from exchange.reading.table import FileRules, Table, check_headers, fold

_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_xlsx(data: bytes, *, filename: str, rules: FileRules, limits: Limits, deadline: Deadline) -> Table:
    """The table in a workbook's sheet: the one the mapping names, else the first visible. Raises FileRefused."""
    with open_archive(data, limits) as archive:
        scans = scan_archive(archive, from_row=rules.header_row, limits=limits, deadline=deadline)
    if any(scan.strict for scan in scans.values()):
        raise rejected("strict_workbook", "The workbook is saved as Strict Open XML.")
    # openpyxl warns of what it leaves out (charts, validations); none of it is a value.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            try:
                return _read(workbook, scans, filename, rules, limits, deadline)
            finally:
                workbook.close()
        except FileRefused:
            raise
        except (
            Exception
        ) as error:  # openpyxl raises whatever the damage leads to: KeyError, TypeError, ParseError ...
            raise rejected(
                "broken_workbook", f"The workbook is damaged and cannot be read ({type(error).__name__})."
            ) from error


def _read(
    workbook: Workbook,
    scans: dict[str, PartScan],
    filename: str,
    rules: FileRules,
    limits: Limits,
    deadline: Deadline,
) -> Table:
    sheet, scan = _sheet(workbook, rules.sheet, scans)
    _check_scan(scan, sheet.title, rules, limits)
    headers: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    blank = 0
    interned: dict[str, str] = {}
    for line, values in _rows(sheet, scan):
        texts = tuple(_text(value, interned) for value in values)
        if is_blank(list(texts)):
            blank += bool(headers)
        elif not headers:
            headers = texts
        else:
            rows.append(texts)
            lines.append(line)
            check_row(len(rows), len(rows) * len(headers), limits)
            for text, header in zip(texts, headers, strict=True):
                if len(text) > INTERNED_CHARACTERS or "\x00" in text or not text.isascii():
                    check_cell(text, len(rows), header, limits)
        if line % CHECK_EVERY == 0:
            deadline.check(len(rows))
    for position, header in enumerate(headers, start=1):
        check_cell(header, None, str(position), limits)
    check_headers(headers, rules)
    if not rows:
        raise rejected("no_rows", "The sheet has a header but no rows.", remedy="Load a file with data rows.")
    return Table(
        headers=headers,
        rows=rows,
        encoding="",
        delimiter="",
        kind="xlsx",
        filename=filename,
        sheet=sheet.title,
        lines=lines,
        blank_rows=blank,
        iso_dates=True,
    )


def _rows(sheet: ReadOnlyWorksheet, scan: PartScan) -> Iterator[tuple[int, tuple[object, ...]]]:
    # The read-only sheet borrows iter_rows from Worksheet, which its stubs do not say.
    found = cast(Worksheet, sheet).iter_rows(
        min_row=scan.from_row,
        max_row=scan.last_row,
        min_col=scan.first_column,
        max_col=scan.last_column,
        values_only=True,
    )
    for line, values in enumerate(found, start=scan.from_row):
        if line > scan.last_row:
            return
        yield line, values


def _sheet(
    workbook: Workbook, wanted: str | int | None, scans: dict[str, PartScan]
) -> tuple[ReadOnlyWorksheet, PartScan]:
    """The sheet named by title or number; without a name the first visible one that holds a value."""
    sheets = [sheet for sheet in workbook.worksheets if isinstance(sheet, ReadOnlyWorksheet)]
    measured = [
        (sheet, scans.get(vars(sheet)["_worksheet_path"]) or PartScan(from_row=1)) for sheet in sheets
    ]
    if wanted is None:
        found = [pair for pair in measured if pair[0].sheet_state == "visible" and pair[1].last_row]
    elif isinstance(wanted, int):
        found = measured[wanted - 1 : wanted]
    else:
        found = [pair for pair in measured if fold(pair[0].title) == fold(wanted)]
    if found and found[0][1].last_row:
        return found[0]
    if found or wanted is None:
        title = f"The sheet “{found[0][0].title}”" if found else "Every visible sheet"
        raise rejected("empty", f"{title} is empty.", remedy="Name the sheet that holds the table.")
    names = ", ".join(f"“{sheet.title}”" for sheet in sheets[:10]) or "none"
    raise rejected(
        "no_sheet",
        f"The workbook has no sheet {wanted!r}. Its sheets: {names}.",
        remedy="Name one of them in the mapping ([file] sheet).",
    )


def _check_scan(scan: PartScan, title: str, rules: FileRules, limits: Limits) -> None:
    if scan.disordered:
        raise rejected("broken_workbook", f"The sheet “{title}” is out of order at {scan.disordered}.")
    check_columns(scan.last_column - scan.first_column + 1, limits)
    if scan.last_row - scan.first_row > limits.rows:
        raise rejected(
            "too_many_rows",
            f"The sheet “{title}” has a value in row {scan.last_row:,}; the limit is {limits.rows:,} rows.",
            remedy="Delete what stands below the table, or split the table.",
        )
    if scan.formula_without_value:
        raise rejected(
            "formula_without_value",
            f"The formula in cell {scan.formula_without_value} of “{title}” was never computed.",
            remedy="Open the workbook in a spreadsheet program and save it, or paste the values.",
        )
    merged = merged_in_table(scan)
    if merged and not rules.merged_cells_keep_first:
        raise rejected(
            "merged_cells",
            f"The cells {merged} of “{title}” are merged: only the first holds the value.",
            remedy="Unmerge them and fill in every row. If they stand above the header, name its row in the mapping "
            "([file] header_row).",
        )


def _text(value: object, interned: dict[str, str]) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else _written(value)
    if "_x" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return interned.setdefault(text, text) if len(text) <= INTERNED_CHARACTERS else text


def _written(value: object) -> str:
    """A cell that is not text, as text: what the same cell of a CSV file would hold, in full."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case float():
            if not math.isfinite(value):
                return str(value)
            exact = format(Decimal(repr(value)), "f")
            return exact.removesuffix(".0") if exact.endswith(".0") else exact
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.strftime("%Y-%m-%d %H:%M:%S")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return str(value)
