"""One clear error for a whole file: what is wrong, where, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file. `row` counts data rows from 1 (the header is not counted), `line` counts lines of text."""

    row: int | None = None
    column: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        parts = [f"row {self.row:,}"] if self.row else []
        if self.column:
            parts.append(f"column “{self.column}”")
        if self.line:
            parts.append(f"line {self.line:,} of the file")
        return ", ".join(parts)


class RefusalError(Exception):
    """Something was not taken. `code` is stable for machines; `message` and `remedy` are whole sentences."""

    def __init__(self, code: str, message: str, *, place: object | None = None, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.place = place
        self.remedy = remedy

    def __str__(self) -> str:
        where = f" ({self.place})" if self.place and str(self.place) else ""
        return f"{self.message}{where} {self.remedy}".strip()


class FileRefused(RefusalError):  # noqa: N818  said as people say it
    """The file was not read at all: nothing of it may be imported. `place` is a Place or None."""

    place: Place | None
