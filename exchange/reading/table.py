"""What every reader gives: a header, rows of text, and how they were read; and the checks of the header."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from exchange.reading.encoding import DEFAULT_ENCODINGS
from exchange.reading.refusal import FileRefused, Place

REJECT_HEADERS = ("Refused row", "Refused column", "Refused value", "Refused because")
"""The last columns of a file of refused rows. A reader drops them, so that the mended file can be fed again."""


def collapse(text: str) -> str:
    """NFC, no-break spaces to spaces, runs of whitespace to one space, trimmed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold(text: str) -> str:
    """`collapse`, without case: what headers, words and keys are compared by. Punctuation is kept."""
    return collapse(text).casefold()


@dataclass(frozen=True, slots=True)
class Column:
    """A column as a mapping names it: by header text, or by position from 1 where headers repeat."""

    header: str | None = None
    position: int | None = None
    optional: bool = False

    def __str__(self) -> str:
        return f"“{self.header}”" if self.header is not None else f"number {self.position}"


@dataclass(frozen=True, slots=True)
class FileRules:
    """What a mapping says of the file itself. `columns` and `headers` are expectations; drift refuses the file.

    Every column of `needed` that is not optional must be there, and of each group of `needed_any` at least one.
    """

    kinds: tuple[str, ...] = ("csv", "xlsx")
    encodings: tuple[str, ...] = DEFAULT_ENCODINGS
    delimiter: str | None = None
    sheet: str | int | None = None
    header_row: int = 1
    columns: int | None = None
    headers: tuple[str, ...] = ()
    pad_short_rows: bool = False
    merged_cells_keep_first: bool = False
    needed: tuple[Column, ...] = ()
    needed_any: tuple[tuple[Column, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A file as text. `rows` are as wide as `headers`; `lines` holds, per row, its row in a spreadsheet or its line.

    `kind` is csv or xlsx; `encoding` and `delimiter` say how text was read (empty for xlsx). `labels` are the headers
    made unique: a repeated header is `header [position]`. `iso_dates`: dates written YYYY-MM-DD are the reader's own
    (cells of a spreadsheet), to be read whatever layouts the mapping has. `blank_rows` counts rows without any text,
    which are no data.
    """

    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    encoding: str
    delimiter: str
    kind: str
    filename: str = ""
    sheet: str = ""
    lines: Sequence[int] = ()
    blank_rows: int = 0
    iso_dates: bool = False
    labels: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", unique_labels(self.headers))


def unique_labels(headers: Sequence[str]) -> tuple[str, ...]:
    """One name per column: the header, `header [position]` where it repeats, `(no header) [position]` where empty."""
    seen = Counter(fold(header) for header in headers)
    labels: list[str] = []
    taken: set[str] = set()
    for position, header in enumerate(headers, start=1):
        folded = fold(header)
        label = (
            header if folded and seen[folded] == 1 else f"{header if folded else '(no header)'} [{position}]"
        )
        while label in taken:
            label = f"{label} [{position}]"
        taken.add(label)
        labels.append(label)
    return tuple(labels)


def find_column(headers: Sequence[str], column: Column) -> int | None:
    """The index of a column, None if it is optional and absent. Raises FileRefused `missing_column` or `ambiguous_column`."""
    if column.position is not None:
        if column.position <= len(headers):
            return column.position - 1
        if column.optional:
            return None
        raise FileRefused(
            "missing_column",
            f"The mapping reads column number {column.position}; the file has {len(headers)}.",
            place=Place(column=str(column.position)),
            remedy="Load the file this mapping was made for, or change the mapping.",
        )
    wanted = fold(column.header or "")
    found = [index for index, header in enumerate(headers) if fold(header) == wanted]
    if len(found) == 1:
        return found[0]
    if not found and column.optional:
        return None
    if found:
        places = ", ".join(str(index + 1) for index in found)
        raise FileRefused(
            "ambiguous_column",
            f"The header {column} stands {len(found)} times (columns {places}).",
            place=Place(column=column.header),
            remedy="Name the column by its position in the mapping.",
        )
    raise FileRefused(
        "missing_column",
        f"The column {column} is missing.",
        place=Place(column=column.header),
        remedy="Add the column to the file, or change the mapping.",
    )


def check_headers(headers: Sequence[str], rules: FileRules) -> None:
    """Refuses a header that is not the one the mapping was made for, naming the first difference."""
    _check_drift(headers, rules)
    for column in rules.needed:
        find_column(headers, column)
    for columns in rules.needed_any:
        if all(find_column(headers, column) is None for column in columns):
            find_column(headers, replace(columns[0], optional=False))


def _check_drift(headers: Sequence[str], rules: FileRules) -> None:
    pairs = zip(rules.headers, headers, strict=False)
    different = next((n for n, (wanted, got) in enumerate(pairs, start=1) if fold(wanted) != fold(got)), None)
    expected = rules.columns or len(rules.headers)
    if expected and len(headers) != expected:
        missing = [wanted for wanted in rules.headers if fold(wanted) not in {fold(got) for got in headers}]
        named = missing[0] if missing else (rules.headers[different - 1] if different else None)
        note = f" Not found: “{missing[0]}”." if missing else ""
        raise FileRefused(
            "wrong_column_count",
            f"The header has {len(headers):,} columns; this mapping expects {expected:,}.{note}",
            place=Place(column=named),
            remedy="Load the file this mapping was made for, or make a mapping for the new layout.",
        )
    if different:
        raise FileRefused(
            "header_drift",
            f"Column {different} should be “{collapse(rules.headers[different - 1])}”; "
            f"it is “{collapse(headers[different - 1])}”.",
            place=Place(column=rules.headers[different - 1]),
            remedy="Load the file this mapping was made for, or make a mapping for the new layout.",
        )
