"""A sheet of an XLSX workbook to rows of text: read-only, values instead of formulas, no links followed, no code run.

Dates come from date cells as YYYY-MM-DD, with a time where they have one; numbers in full, never rounded.
"""

from exchange.reading.archive import open_archive, rejected, stream_part
from exchange.reading.delimited import is_blank
from exchange.reading.limits import INTERNED_CHARACTERS, Deadline, Limits, check_cell, check_row
from exchange.reading.sheet import Sheet, merged_between
from exchange.reading.table import FileRules, Table, check_headers
from exchange.reading.workbook import choose_sheets, read_workbook


def read_xlsx(data: bytes, *, filename: str, rules: FileRules, limits: Limits, deadline: Deadline) -> Table:
    """The table in a workbook's sheet: the one the mapping names, else the first visible with a value. Raises FileRefused."""
    with open_archive(data, limits) as archive:
        workbook = read_workbook(archive, limits, deadline)
        entries = choose_sheets(workbook, rules.sheet)
        for entry in entries:
            sheet = Sheet(workbook, rules.header_row, limits, entry.title)
            stream_part(archive, entry.part, sheet, deadline)
            if sheet.rows:
                return _table(sheet, filename, rules, limits)
    which = f"The sheet “{entries[0].title}”" if len(entries) == 1 else "Every visible sheet"
    raise rejected("empty", f"{which} is empty.", remedy="Name the sheet that holds the table.")


def _table(sheet: Sheet, filename: str, rules: FileRules, limits: Limits) -> Table:
    merged = merged_between(sheet.merged, sheet.rows[0][0], sheet.rows[-1][0])
    if merged and not rules.merged_cells_keep_first:
        raise rejected(
            "merged_cells",
            f"The cells {merged} of “{sheet.title}” are merged: only the first holds the value.",
            remedy="Unmerge them and fill in every row. If they stand above the header, name its row in the mapping "
            "([file] header_row).",
        )
    headers: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    width, left = sheet.last_column, sheet.first_column - 1
    while sheet.rows:
        line, cells = sheet.rows.popleft()
        texts = tuple(cells[left:]) + ("",) * (width - max(len(cells), left))
        if is_blank(texts):
            continue
        _check_texts(texts, len(rows) + 1 if headers else None, headers, limits)
        if not headers:
            headers = texts
            continue
        rows.append(texts)
        lines.append(line)
        check_row(len(rows), len(rows) * len(headers), limits)
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
        blank_rows=lines[-1] - lines[0] + 1 - len(lines),
        iso_dates=True,
    )


def _check_texts(texts: tuple[str, ...], row: int | None, headers: tuple[str, ...], limits: Limits) -> None:
    for position, text in enumerate(texts):
        if not text.isascii() or "\x00" in text or len(text) > INTERNED_CHARACTERS:
            check_cell(text, row, headers[position] if headers else str(position + 1), limits)
