"""What is in an XLSX archive, measured before anything in it is parsed as a workbook.

An archive of 1.4 kB can describe 17 billion cells or unpack to gigabytes. Every part is counted here in one streaming
pass that keeps nothing: sizes and ratios from the directory, then elements, rows and columns that hold a value.
"""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from openpyxl.utils import column_index_from_string

from exchange.reading.limits import MB, Deadline, Limits
from exchange.reading.refusal import FileRefused, Place

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
STRICT: Final = "http://purl.oclc.org/ooxml/spreadsheetml/main "
CHUNK: Final = 256 * 1024
# Text parts can begin with nothing else: a part that does not is never parsed.
XML_STARTS: Final = (b"<", b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe", b"\x00<", b" ", b"\t", b"\r", b"\n")
NESTED: Final = (
    ".zip",
    ".xlsx",
    ".xlsm",
    ".xlsb",
    ".xls",
    ".docx",
    ".pptx",
    ".ods",
    ".gz",
    ".7z",
    ".rar",
    ".jar",
)
SAVE_PLAIN: Final = "Save the table alone as a plain Excel workbook (.xlsx) or as CSV UTF-8."


@dataclass(slots=True)
class PartScan:
    """What one part holds. Rows and columns count from 1 and only where a cell has a value, from the header row on."""

    from_row: int
    cells: int = 0
    strings: int = 0
    others: int = 0
    first_row: int = 0
    last_row: int = 0
    first_column: int = 0
    last_column: int = 0
    merged: list[str] = field(default_factory=list)
    formula_without_value: str = ""
    strict: bool = False
    disordered: str = ""


def rejected(code: str, message: str, *, remedy: str = SAVE_PLAIN, place: Place | None = None) -> FileRefused:
    """A refusal of a workbook."""
    return FileRefused(code, message, place=place, remedy=remedy)


def open_archive(data: bytes, limits: Limits) -> zipfile.ZipFile:
    """The archive, its directory checked: sizes, ratio, number and names of its members. Raises FileRefused."""
    if data.count(b"PK\x01\x02") > limits.members:
        raise rejected("too_many_parts", f"The workbook has more than {limits.members:,} parts.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, IndexError):
        raise rejected(
            "broken_workbook",
            "The workbook is cut off or damaged: it cannot be unpacked.",
            remedy="Load the whole file again, or save it again from the program that made it.",
        ) from None
    members = archive.infolist()
    for member in members:
        _check_member(member, limits)
    names = [member.filename for member in members]
    if len(set(names)) != len(names):
        raise rejected("broken_workbook", "Two parts of the workbook have the same name.")
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.unpacked_bytes:
        raise rejected(
            "unpacks_too_large",
            f"The workbook unpacks to {unpacked / MB:,.0f} MB; the limit is {limits.unpacked_bytes / MB:,.0f} MB.",
        )
    sheets = sum(
        name.lower().startswith("xl/worksheets/") and name.lower().endswith(".xml") for name in names
    )
    if sheets > limits.sheets:
        raise rejected(
            "too_many_sheets", f"The workbook has {sheets:,} sheets; the limit is {limits.sheets:,}."
        )
    return archive


def _check_member(member: zipfile.ZipInfo, limits: Limits) -> None:
    name = member.filename
    lower = name.lower()
    if (
        name.startswith(("/", "\\"))
        or "\\" in name
        or ":" in name
        or ".." in name.split("/")
        or "\x00" in name
    ):
        raise rejected("unsafe_name", "A part of the workbook has a name that points outside it.")
    if member.flag_bits & 0x1:
        raise rejected(
            "encrypted", "The workbook is protected by a password.", remedy="Save it without a password."
        )
    if lower.endswith(NESTED):
        raise rejected("nested_archive", "The workbook holds another archive.")
    if "vbaproject" in lower or lower.startswith("xl/macrosheets/"):
        raise rejected("macros", "The workbook holds macros.")
    if lower.startswith("xl/externallinks/"):
        raise rejected("external_links", "The workbook takes values from other files.")
    ratio = member.file_size / max(member.compress_size, 1)
    if member.file_size > limits.ratio_from_bytes and ratio > limits.unpacked_ratio:
        raise rejected("unpacks_too_large", f"A part of the workbook unpacks to {ratio:,.0f} times its size.")


def scan_archive(
    archive: zipfile.ZipFile, *, from_row: int, limits: Limits, deadline: Deadline
) -> dict[str, PartScan]:
    """Every text part of the archive, counted. Raises FileRefused at the first limit passed or damage met."""
    scans: dict[str, PartScan] = {}
    others = 0
    for member in archive.infolist():
        if member.is_dir():
            continue
        try:
            with archive.open(member) as stream:
                scan = _scan_part(
                    stream.read, from_row=from_row, limits=limits, deadline=deadline, others=others
                )
        except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
            raise rejected("broken_workbook", "A part of the workbook is damaged.") from None
        except Exception as error:
            if isinstance(error, FileRefused) or type(error).__module__ not in ("zlib", "_lzma", "lzma"):
                raise
            raise rejected("broken_workbook", "A part of the workbook is damaged.") from None
        if scan:
            scans[member.filename] = scan
            others += scan.others
    return scans


def _scan_part(
    read: Callable[[int], bytes], *, from_row: int, limits: Limits, deadline: Deadline, others: int
) -> PartScan | None:
    chunk = read(CHUNK)
    if not chunk.startswith(XML_STARTS):
        return None
    scan = PartScan(from_row=from_row)
    counter = _Counter(scan, limits, others)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = counter.start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        while chunk:
            deadline.check()
            parser.Parse(chunk, False)
            chunk = read(CHUNK)
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise rejected("broken_workbook", "A part of the workbook is not well-formed XML.") from None
    counter.finish()
    return scan


def _refuse_doctype(*_: object) -> None:
    raise rejected("xml_entities", "The workbook declares XML entities.")


class _Counter:
    """The element handler of one part: called for every opening tag, so it does little."""

    def __init__(self, scan: PartScan, limits: Limits, others: int) -> None:
        self.scan = scan
        self.limits = limits
        self.others_before = others
        self.row = 0
        self.column = 0
        self.pending_formula = False
        self.columns: dict[str, int] = {}
        self.handlers = {
            f"{MAIN}row": self._row,
            f"{MAIN}c": self._cell,
            f"{MAIN}v": self._value,
            f"{MAIN}is": self._value,
            f"{MAIN}f": self._formula,
            f"{MAIN}si": self._string,
            f"{MAIN}t": self._text,
            f"{MAIN}r": self._text,
            f"{MAIN}mergeCell": self._merged,
        }

    def start(self, name: str, attributes: dict[str, str]) -> None:
        handler = self.handlers.get(name)
        if handler is not None:
            handler(attributes)
            return
        self.scan.others += 1
        if name.startswith(STRICT):
            self.scan.strict = True
        if self.others_before + self.scan.others > self.limits.other_elements:
            raise rejected("too_complex", "The workbook holds too much formatting to be read safely.")

    def _row(self, attributes: dict[str, str]) -> None:
        self.finish()
        given = attributes.get("r", "")
        row = int(given) if given.isascii() and given.isdigit() and len(given) < 9 else self.row + 1
        if row <= self.row:
            self.scan.disordered = self.scan.disordered or f"row {row}"
        self.row = row
        self.column = 0
        self.scan.cells += 1
        self._check_cells()

    def _cell(self, attributes: dict[str, str]) -> None:
        if self.pending_formula:
            self.finish()
        letters = attributes.get("r", "").rstrip("0123456789")
        column = self._column_of(letters) if letters else self.column + 1
        if column <= self.column:
            self.scan.disordered = self.scan.disordered or f"cell {attributes.get('r', '')}"
        self.column = column
        self.scan.cells += 1
        self._check_cells()

    def _column_of(self, letters: str) -> int:
        column = self.columns.get(letters)
        if column is None:
            try:
                column = column_index_from_string(letters)
            except ValueError:
                raise rejected("broken_workbook", "A cell of the workbook has no place.") from None
            self.columns[letters] = column
        return column

    def _check_cells(self) -> None:
        if self.scan.cells > self.limits.cell_elements:
            raise rejected("too_many_cells", f"A sheet has more than {self.limits.cell_elements:,} cells.")

    def _value(self, _: dict[str, str]) -> None:
        self.pending_formula = False
        scan, row, column = self.scan, self.row, self.column
        if row < scan.from_row or not column:
            return
        scan.first_row = scan.first_row or row
        scan.last_row = row
        if column > scan.last_column:
            scan.last_column = column
        if not scan.first_column or column < scan.first_column:
            scan.first_column = column

    def _formula(self, _: dict[str, str]) -> None:
        self.pending_formula = self.row >= self.scan.from_row

    def _string(self, _: dict[str, str]) -> None:
        self.scan.strings += 1
        if self.scan.strings > self.limits.shared_strings:
            raise rejected(
                "too_many_cells", f"The workbook has more than {self.limits.shared_strings:,} texts."
            )

    def _text(self, _: dict[str, str]) -> None:
        self.scan.cells += 1
        self._check_cells()

    def _merged(self, attributes: dict[str, str]) -> None:
        self.scan.merged.append(attributes.get("ref", ""))
        self.scan.others += 1
        if self.others_before + self.scan.others > self.limits.other_elements:
            raise rejected("too_complex", "The workbook holds too many merged cells.")

    def finish(self) -> None:
        """Called at the end of a row or part: a formula still waiting for its value has none."""
        if self.pending_formula and not self.scan.formula_without_value:
            self.scan.formula_without_value = _coordinate(self.row, self.column)
        self.pending_formula = False


def _coordinate(row: int, column: int) -> str:
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


_RANGE: Final = re.compile(r"[A-Z]{1,3}([0-9]{1,8})(?::[A-Z]{1,3}([0-9]{1,8}))?")


def merged_in_table(scan: PartScan) -> str:
    """The first merged range that reaches into the table, or an empty text."""
    for reference in scan.merged:
        match = _RANGE.fullmatch(reference)
        if not match:
            return reference or "?"
        first, last = int(match[1]), int(match[2] or match[1])
        if last >= scan.first_row and first <= scan.last_row:
            return reference
    return ""
