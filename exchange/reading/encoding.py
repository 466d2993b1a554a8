"""Bytes to text: by byte order mark, then the stated encodings in order (UTF-8, then cp1252).

Nothing is replaced and nothing guessed at: a byte that cannot be read refuses the file and names its offset, and a
UTF-8 file with a broken byte is not quietly read as cp1252.
"""

import codecs
from dataclasses import dataclass
from typing import Final

DEFAULT_ENCODINGS: Final = ("utf-8", "cp1252")

MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

WINDOW: Final = 250_000
"""How many bytes either side of a damaged one are looked at to tell what the text is."""

# What a mapping may name. Codecs that are not text (zip, rot13) or that hide text (utf-7) are not here.
KNOWN: Final = frozenset(
    {"utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"}
    | {f"cp{number}" for number in (437, 850, 852, 866, 874, 932, 936, 949, 950, *range(1250, 1259))}
    | {f"iso8859-{number}" for number in (*range(1, 12), 13, 14, 15, 16)}
    | {"ascii", "mac-roman", "shift_jis", "euc_jp", "euc_kr", "gb18030", "gbk", "big5", "koi8-r", "koi8-u"}
)


@dataclass(slots=True)
class UndecodableError(Exception):
    """No encoding fits. `offset` is the first byte that cannot be read."""

    offset: int
    message: str
    remedy: str


def canonical(name: str) -> str | None:
    """The one name of an encoding a mapping may use, or None: `Latin-1` -> `iso8859-1`, `UTF8` -> `utf-8`."""
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return None
    return found if found in KNOWN else None


def decode(data: bytes, encodings: tuple[str, ...] = DEFAULT_ENCODINGS) -> tuple[str, str]:
    """The text and the name of the encoding that read it. Raises UndecodableError."""
    for mark, name in MARKS:
        if data.startswith(mark):
            return _strict(data, name), name
    _refuse_unmarked_wide(data, encodings)
    offset = -1
    for name in encodings:
        try:
            return data.decode(name), name
        except UnicodeDecodeError as error:
            offset = error.start if offset < 0 else offset
            if name == "utf-8":
                _refuse_damaged_utf8(data, error.start)
    raise UndecodableError(
        max(offset, 0),
        f"The text is in none of the encodings tried: {', '.join(encodings)}.",
        "Save it as CSV UTF-8, or name its encoding in the mapping ([file] encodings).",
    )


def _strict(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        raise UndecodableError(
            error.start,
            f"The file begins with the mark of {name.removesuffix('-sig')}, but is not in that encoding.",
            "It may be cut off or damaged: save it again as CSV UTF-8.",
        ) from None


def _refuse_unmarked_wide(data: bytes, encodings: tuple[str, ...]) -> None:
    """UTF-16 of Latin text is half NUL bytes. Without a mark, and unless stated, it is named, not guessed."""
    if any(name.startswith(("utf-16", "utf-32")) for name in encodings):
        return
    if data.count(0) * 4 >= len(data):
        raise UndecodableError(
            data.index(0),
            "The file looks like UTF-16 or UTF-32 without a byte order mark.",
            "Save it as CSV UTF-8, or name its encoding in the mapping ([file] encodings).",
        )


def _refuse_damaged_utf8(data: bytes, offset: int) -> None:
    """Text whose accented letters are nearly all good UTF-8 is UTF-8 with damage, whatever cp1252 makes of it."""
    window = data[max(offset - WINDOW, 0) : offset + WINDOW]
    text = window.decode("utf-8", errors="surrogateescape")
    broken = sum("\udc80" <= character <= "\udcff" for character in text)
    good = sum(character > "\x7f" for character in text) - broken
    if good > 2 * broken:
        raise UndecodableError(
            offset,
            "The file is UTF-8 with a byte that cannot be read.",
            "Mend that place, or save the file again as CSV UTF-8.",
        )
