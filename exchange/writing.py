"""Tables out: CSV whose cells a spreadsheet shows and never runs. Every export goes through here."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from exchange.formulas import disarmed, disarmed_for_return
from exchange.mapping.results import RowResult
from exchange.reading.table import REJECT_HEADERS, Table

BYTE_ORDER_MARK: Final = "\ufeff"
"""Written first, because a spreadsheet program reads a CSV file without it in its own country's encoding."""


def csv_lines(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A CSV file line by line, for streaming: header first, CRLF, texts quoted, formulas disarmed.

    Numbers stay numbers, negative ones too; None is an empty cell; dates are ISO 8601; lists and objects are JSON.
    The first piece begins with a byte order mark.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow([cell_of(header) for header in headers])
    yield _emptied(buffer)
    for row in rows:
        writer.writerow([cell_of(value) for value in row])
        yield _emptied(buffer)


def csv_bytes(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The whole file of `csv_lines`, as UTF-8."""
    return "".join(csv_lines(headers, rows)).encode("utf-8", "replace")


def cell_of(value: object) -> str | int | Decimal:
    """One value as a cell: a finite number as a number in full, everything else as disarmed text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return value
        case Decimal() | float():
            exact = Decimal(str(value))
            return Decimal(format(exact, "f")) if exact.is_finite() else str(value)
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date() | time():
            return value.isoformat()
        case list() | tuple() | dict():
            return disarmed(json.dumps(value, ensure_ascii=False, default=str))
        case _:
            return disarmed(str(value))


def rejects_csv(table: Table, results: Iterable[RowResult]) -> bytes:
    """The refused rows, cell by cell as they came, with the reasons in columns of their own at the end.

    The file can be mended and fed again through the same mapping: a reader drops the reasons and undoes the disarming.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(
        buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n", delimiter=table.delimiter or ","
    )
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow([*map(disarmed_for_return, table.headers), *REJECT_HEADERS])
    for result in results:
        if result.outcome != "refused":
            continue
        reasons = (
            str(result.number),
            "; ".join(refusal.column for refusal in result.refusals),
            "; ".join(refusal.value for refusal in result.refusals),
            "; ".join(refusal.message for refusal in result.refusals),
        )
        writer.writerow(map(disarmed_for_return, (*table.rows[result.number - 1], *reasons)))
    return buffer.getvalue().encode("utf-8", "replace")


def _emptied(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
