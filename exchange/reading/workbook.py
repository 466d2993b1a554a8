"""What a workbook says of itself: its sheets, where they are, its texts, and which styles are dates."""

import posixpath
import zipfile
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format

from exchange.reading.archive import broken, rejected, stream_part
from exchange.reading.limits import Deadline, Limits
from exchange.reading.table import fold

StyleKind = Literal["number", "date", "duration"]
EPOCH_1900: Final = date(1899, 12, 30)
EPOCH_1904: Final = date(1904, 1, 1)


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook lists it."""

    title: str
    visible: bool
    part: str


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets in order, the shared texts, the kind of each cell style, and day 0 of its day numbers."""

    sheets: tuple[SheetEntry, ...]
    texts: tuple[str, ...]
    styles: tuple[StyleKind, ...]
    epoch: date


def read_workbook(archive: zipfile.ZipFile, limits: Limits, deadline: Deadline) -> Workbook:
    """Everything of a workbook but the cells. Raises FileRefused."""
    main = _related(archive, "_rels/.rels", "", limits, deadline).one("officedocument")
    if main is None:
        raise rejected("not_a_workbook", "This archive is not an Excel workbook (.xlsx).")
    listing = _Listing(limits.other_elements)
    stream_part(archive, main, listing, deadline)
    folder, base = posixpath.split(main)
    related = _related(archive, posixpath.join(folder, "_rels", f"{base}.rels"), folder, limits, deadline)
    texts = _Texts(limits)
    styles = _Styles(limits.other_elements)
    if (part := related.one("sharedstrings")) is not None:
        stream_part(archive, part, texts, deadline)
    if (part := related.one("styles")) is not None:
        stream_part(archive, part, styles, deadline)
    sheets = tuple(
        SheetEntry(title, visible, related.by_id[identity][1])
        for title, visible, identity in listing.sheets
        if identity in related.by_id and related.by_id[identity][0] == "worksheet"
    )
    return Workbook(
        sheets, tuple(texts.found), tuple(styles.kinds()), EPOCH_1904 if listing.from_1904 else EPOCH_1900
    )


def choose_sheets(workbook: Workbook, wanted: str | int | None) -> tuple[SheetEntry, ...]:
    """The sheet of a title or number; without one the visible sheets, of which the first with a value is meant."""
    if wanted is None:
        found = tuple(sheet for sheet in workbook.sheets if sheet.visible)
    elif isinstance(wanted, int):
        found = workbook.sheets[wanted - 1 : wanted]
    else:
        found = tuple(sheet for sheet in workbook.sheets if fold(sheet.title) == fold(wanted))[:1]
    if found:
        return found
    names = ", ".join(f"“{sheet.title}”" for sheet in workbook.sheets[:10]) or "none"
    what = "visible sheet" if wanted is None else f"sheet {wanted!r}"
    raise rejected(
        "no_sheet",
        f"The workbook has no {what}. Its sheets: {names}.",
        remedy="Name one of them in the mapping ([file] sheet).",
    )


class _Counted:
    """A listener that hears only so many elements."""

    def __init__(self, most: int) -> None:
        self._left = most

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._left -= 1
        if self._left < 0:
            raise rejected("too_complex", "The workbook holds too much formatting to be read safely.")
        self.element(name, attributes)

    def element(self, name: str, attributes: dict[str, str]) -> None:
        """An opening tag."""

    def end(self, name: str) -> None:
        """A closing tag."""

    def text(self, piece: str) -> None:
        """A piece of text."""


class _Related(_Counted):
    """The relationships of a part: id -> (kind in lower case, path of the other part)."""

    def __init__(self, most: int, folder: str) -> None:
        super().__init__(most)
        self._folder = folder
        self.by_id: dict[str, tuple[str, str]] = {}

    def element(self, name: str, attributes: dict[str, str]) -> None:
        if name != "Relationship" or attributes.get("TargetMode", "").lower() == "external":
            return
        target = attributes.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.join(self._folder, target)
        kind = attributes.get("Type", "").rpartition("/")[2].lower()
        self.by_id[attributes.get("Id", "")] = (kind, posixpath.normpath(path))

    def one(self, kind: str) -> str | None:
        return next((path for known, path in self.by_id.values() if known == kind), None)


def _related(
    archive: zipfile.ZipFile, part: str, folder: str, limits: Limits, deadline: Deadline
) -> _Related:
    related = _Related(limits.other_elements, folder)
    if part not in archive.namelist():
        raise rejected("not_a_workbook", "This archive is not an Excel workbook (.xlsx).")
    stream_part(archive, part, related, deadline)
    return related


class _Listing(_Counted):
    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.sheets: list[tuple[str, bool, str]] = []
        self.from_1904 = False

    def element(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            identity = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            visible = attributes.get("state", "visible") == "visible"
            self.sheets.append((attributes.get("name", ""), visible, identity))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904", "0").lower() in ("1", "true", "on")


class _Styles(_Counted):
    """Cell styles by index, as the kind of value they show a number as."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self._formats: dict[str, str] = {}
        self._cells: list[str] = []
        self._inside = False

    def element(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self._formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:255]
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside:
            self._cells.append(attributes.get("numFmtId", "0"))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._inside = False

    def kinds(self) -> list[StyleKind]:
        known = {identity: self._kind(identity) for identity in set(self._cells)}
        return [known[identity] for identity in self._cells]

    def _kind(self, identity: str) -> StyleKind:
        code = self._formats.get(identity)
        if code is None and identity.isascii() and identity.isdigit() and len(identity) < 6:
            code = BUILTIN_FORMATS.get(int(identity), "General")
        if not code or not is_date_format(code):
            return "number"
        return "duration" if is_timedelta_format(code) else "date"


@dataclass(slots=True)
class _Texts:
    """The shared texts, formatting and phonetic hints left out."""

    limits: Limits
    found: list[str] = field(default_factory=list)
    _elements: int = 0
    _pieces: list[str] = field(default_factory=list)
    _length: int = 0
    _in_text: bool = False
    _phonetic: bool = False

    def start(self, name: str, _: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > self.limits.cell_elements * 2:
            raise rejected("too_many_cells", "The workbook holds too many texts.")
        if name == "si":
            self._pieces, self._length = [], 0
        elif name == "rPh":
            self._phonetic = True
        elif name == "t":
            self._in_text = not self._phonetic

    def end(self, name: str) -> None:
        if name == "si":
            self.found.append("".join(self._pieces))
            if len(self.found) > self.limits.shared_strings:
                raise rejected(
                    "too_many_cells", f"The workbook has more than {self.limits.shared_strings:,} texts."
                )
        elif name == "rPh":
            self._phonetic = False
        elif name == "t":
            self._in_text = False

    def text(self, piece: str) -> None:
        if self._in_text:
            self._pieces.append(piece)
            self._length += len(piece)
            if self._length > self.limits.cell_characters:
                raise rejected(
                    "cell_too_long", f"A cell has more than {self.limits.cell_characters:,} characters."
                )


def text_at(texts: tuple[str, ...], index: str) -> str:
    """A shared text by its number as written. Raises FileRefused for a number that has none."""
    if not (index.isascii() and index.isdigit() and len(index) < 9 and int(index) < len(texts)):
        raise broken("A cell of the workbook points at a text that is not there.")
    return texts[int(index)]
