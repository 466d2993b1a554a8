"""An XLSX archive and its text parts, opened with bounds: sizes and names before anything is unpacked, then XML as a stream.

An archive of 1.4 kB can describe 17 billion cells or unpack to gigabytes. Its directory is judged first; parts are
then read in chunks that keep nothing, so every limit and the time are checked while reading, not after.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Final, Protocol
from xml.parsers import expat

from exchange.reading.limits import MB, Deadline, Limits
from exchange.reading.refusal import FileRefused, Place

CHUNK: Final = 256 * 1024
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
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    IndexError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
"""What the standard library raises over a damaged archive, found by damaging archives."""


class Handler(Protocol):
    """What listens to one part. Names come without namespace; attributes of relationships keep `id` that way too."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, piece: str) -> None: ...


def rejected(code: str, message: str, *, remedy: str = SAVE_PLAIN, place: Place | None = None) -> FileRefused:
    """A refusal of a workbook."""
    return FileRefused(code, message, place=place, remedy=remedy)


def broken(what: str) -> FileRefused:
    """The refusal of a damaged workbook."""
    return rejected(
        "broken_workbook",
        what,
        remedy="Load the whole file again, or save it again from the program that made it.",
    )


def open_archive(data: bytes, limits: Limits) -> zipfile.ZipFile:
    """The archive, its directory checked: sizes, ratio, number and names of its members. Raises FileRefused."""
    # The directory is read whole into objects: its entries are counted before.
    if data.count(b"PK\x01\x02") > limits.members:
        raise rejected("too_many_parts", f"The workbook has more than {limits.members:,} parts.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGE:
        raise broken("The workbook is cut off or damaged: it cannot be unpacked.") from None
    members = archive.infolist()
    for member in members:
        _check_member(member, limits)
    names = [member.filename for member in members]
    if len(set(names)) != len(names):
        raise broken("Two parts of the workbook have the same name.")
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
    if name.startswith(("/", "\\")) or "\\" in name or ":" in name or ".." in name.split("/"):
        raise rejected("unsafe_name", "A part of the workbook has a name that points outside it.")
    if member.flag_bits & 0x1:
        raise rejected(
            "encrypted", "The workbook is protected by a password.", remedy="Save it without a password."
        )
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise broken("The workbook is packed in a way that no spreadsheet program uses.")
    if lower.endswith(NESTED):
        raise rejected("nested_archive", "The workbook holds another archive.")
    if "vbaproject" in lower or lower.startswith("xl/macrosheets/"):
        raise rejected("macros", "The workbook holds macros.")
    if lower.startswith("xl/externallinks/"):
        raise rejected("external_links", "The workbook takes values from other files.")
    ratio = member.file_size / max(member.compress_size, 1)
    if member.file_size > limits.ratio_from_bytes and ratio > limits.unpacked_ratio:
        raise rejected("unpacks_too_large", f"A part of the workbook unpacks to {ratio:,.0f} times its size.")


def stream_part(archive: zipfile.ZipFile, name: str, handler: Handler, deadline: Deadline) -> None:
    """Feeds one part to a handler. Raises FileRefused for a missing or damaged part, XML entities, and too long a time."""
    try:
        with archive.open(name) as stream:
            _parse(stream.read, handler, deadline)
    except KeyError:
        raise broken("A part of the workbook is missing.") from None
    except _DAMAGE:
        raise broken("A part of the workbook is damaged.") from None


def _parse(read: Callable[[int], bytes], handler: Handler, deadline: Deadline) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    local: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        plain = local.get(name)
        if plain is None:
            plain = local[name] = name.rpartition(" ")[2]
        handler.start(plain, attributes)

    def end(name: str) -> None:
        handler.end(local[name])

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.text
    # Without a document type there are no entities, and nothing outside the file is ever asked for.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        while chunk := read(CHUNK):
            deadline.check()
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError):
        raise broken("A part of the workbook is not well-formed XML.") from None


def _refuse_doctype(*_: object) -> None:
    raise rejected("xml_entities", "The workbook declares XML entities.")
