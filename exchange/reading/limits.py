"""How large a file may be, and how long it may take. Every limit is a refusal that names it, never a hang."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from exchange.reading.refusal import FileRefused, Place

MB = 1024 * 1024
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
INTERNED_CHARACTERS = 80
"""Texts up to this length are kept once however often they stand: a table repeats its words."""
SAVE_AGAIN = "Save the file again from the program that made it, as CSV UTF-8."


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one read. Sizes in bytes, cells in characters, time in seconds."""

    file_bytes: int = 25 * MB
    rows: int = 100_000
    columns: int = 500
    cells: int = 5_000_000
    cell_characters: int = 100_000
    seconds: float = 60.0
    # XLSX only: what the archive may unpack to, before anything in it is parsed.
    unpacked_bytes: int = 256 * MB
    unpacked_ratio: int = 200
    ratio_from_bytes: int = 4 * MB
    members: int = 2_000
    sheets: int = 64
    cell_elements: int = 5_000_000
    shared_strings: int = 2_000_000
    other_elements: int = 100_000


DEFAULT_LIMITS = Limits()


@dataclass(slots=True)
class Deadline:
    """Stops a read that takes too long. `clock` gives seconds that only grow."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = self.clock() + self.seconds

    def check(self, row: int | None = None) -> None:
        """Raises FileRefused `too_slow` once the time is over."""
        if self.clock() > self._end:
            raise FileRefused(
                "too_slow",
                f"Reading this file took longer than {self.seconds:g} seconds.",
                place=Place(row=row) if row else None,
                remedy="Split the file into smaller ones, or save only the sheet that holds the table.",
            )


def check_bytes(data: bytes, limits: Limits) -> None:
    """Refuses an empty file and one above the size limit."""
    if not data:
        raise FileRefused(
            "empty", "The file is empty.", remedy="Load a file with a header row and data rows."
        )
    if len(data) > limits.file_bytes:
        raise FileRefused(
            "too_large",
            f"The file has {len(data) / MB:.1f} MB; the limit is {limits.file_bytes / MB:g} MB.",
            remedy="Split it into smaller files with the same header.",
        )


def check_columns(count: int, limits: Limits) -> None:
    """Refuses a table wider than the limit."""
    if count > limits.columns:
        raise FileRefused(
            "too_many_columns",
            f"The header has {count:,} columns; the limit is {limits.columns:,}.",
            place=Place(column=str(limits.columns + 1)),
            remedy="Delete the columns that hold nothing, or check the delimiter.",
        )


def check_row(row: int, cells: int, limits: Limits) -> None:
    """Refuses a table longer than the limit, or with more cells than the limit. `row` counts from 1."""
    if row > limits.rows:
        raise FileRefused(
            "too_many_rows",
            f"The file has more than {limits.rows:,} rows.",
            place=Place(row=row),
            remedy="Split it into smaller files with the same header.",
        )
    if cells > limits.cells:
        raise FileRefused(
            "too_many_cells",
            f"The file has more than {limits.cells:,} cells.",
            place=Place(row=row),
            remedy="Split it into smaller files with the same header.",
        )


def check_cell(text: str, row: int | None, column: str, limits: Limits) -> None:
    """Refuses a cell longer than the limit, and one that holds a character no database keeps."""
    if len(text) > limits.cell_characters:
        raise FileRefused(
            "cell_too_long",
            f"A cell has {len(text):,} characters; the limit is {limits.cell_characters:,}.",
            place=Place(row=row, column=column),
            remedy="Shorten it. A quote that is never closed also makes a cell this long.",
        )
    found = UNSTORABLE.search(text)
    if found:
        nul = found.group() == "\x00"
        raise FileRefused(
            "nul_byte" if nul else "broken_character",
            "A cell holds a NUL character, which is not text."
            if nul
            else "A cell holds half of a character.",
            place=Place(row=row, column=column),
            remedy=SAVE_AGAIN,
        )
