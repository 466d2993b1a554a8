"""One door for every file: bytes to a Table, or one clear refusal."""

from typing import Final, Protocol

from exchange.reading.archive import rejected
from exchange.reading.delimited import DELIMITERS, place_of, read_delimited, sniff
from exchange.reading.encoding import UndecodableError, canonical, decode
from exchange.reading.limits import DEFAULT_LIMITS, Deadline, Limits, check_bytes
from exchange.reading.refusal import FileRefused
from exchange.reading.table import FileRules, Table
from exchange.reading.xlsx import read_xlsx

ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# Files that are plainly something else, by their first bytes.
OTHERS: Final = (
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls) or a workbook with a password"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"{\\rtf", "a rich text file"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet file"),
)
PAGES: Final = (b"<!doctype", b"<html", b"<?xml", b"<table")


class HasFileRules(Protocol):
    """Anything that says what it expects of a file: a Mapping."""

    @property
    def file(self) -> FileRules: ...


def read_table(
    data: bytes,
    *,
    filename: str = "",
    mapping: HasFileRules | None = None,
    encoding: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """The table in a file. `encoding` overrides the mapping's. Raises FileRefused and nothing else, in bounded time.

    The kind is told by the content, not by the name. Without a mapping the header is taken as it stands.
    """
    check_bytes(data, limits)
    rules = mapping.file if mapping else FileRules()
    deadline = Deadline(limits.seconds)
    if data.startswith(ZIP):
        _check_kind("xlsx", rules)
        return read_xlsx(data, filename=filename, rules=rules, limits=limits, deadline=deadline)
    _refuse_others(data)
    encodings = (_known(encoding),) if encoding else rules.encodings
    try:
        text, used = decode(data, encodings)
    except UndecodableError as error:
        raise _undecodable(data, error, rules) from None
    table = read_delimited(
        text, encoding=used, filename=filename, rules=rules, limits=limits, deadline=deadline
    )
    if not table.iso_dates:
        # A file of refused rows is CSV whatever it was taken from.
        _check_kind("csv", rules)
    return table


def _check_kind(kind: str, rules: FileRules) -> None:
    if kind not in rules.kinds:
        expected = " or ".join(known.upper() for known in rules.kinds)
        raise FileRefused(
            "wrong_kind",
            f"This is {'an XLSX' if kind == 'xlsx' else 'a CSV'} file; the mapping expects {expected}.",
            remedy="Load the file this mapping was made for, or change the mapping ([file] kinds).",
        )


def _refuse_others(data: bytes) -> None:
    for start, what in OTHERS:
        if data.startswith(start):
            raise rejected("not_a_table", f"This is {what}, not a table.")
    if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(PAGES):
        raise rejected("not_a_table", "This is a web page or an XML file, not a table.")


def _known(encoding: str) -> str:
    found = canonical(encoding)
    if found is None:
        raise FileRefused(
            "unknown_encoding",
            f"“{encoding}” is not an encoding this reader knows.",
            remedy="Use utf-8, cp1252, utf-16-le or another common name.",
        )
    return found


def _undecodable(data: bytes, error: UndecodableError, rules: FileRules) -> FileRefused:
    """The refusal with its place: the text before the bad byte is read in an encoding that takes every byte."""
    before = data[: error.offset].replace(b"\x00", b"").decode("latin-1")
    delimiter = rules.delimiter or sniff(before, rules)
    return FileRefused(
        "wrong_encoding",
        error.message,
        place=place_of(before, delimiter if delimiter in DELIMITERS else ",", rules.header_row),
        remedy=error.remedy,
    )
