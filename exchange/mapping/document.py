"""A mapping as a document: read piece by piece with errors that name the place, and written as TOML."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from exchange.reading.refusal import RefusalError

Document = dict[str, object]
MOST_WORDS: Final = 5_000
LONGEST_TEXT: Final = 2_000


class MappingRefused(RefusalError):  # noqa: N818  said as people say it
    """A mapping that cannot be used. `place` is the dotted path in the document, such as `fields.stage.words`."""

    place: str


def wrong(place: str, message: str, remedy: str = "", code: str = "bad_mapping") -> MappingRefused:
    """The refusal of a mapping at a place."""
    return MappingRefused(code, message, place=place, remedy=remedy)


class Section:
    """One table of a mapping. Every key is taken once, by its type; `done` refuses the ones nobody took."""

    def __init__(self, data: object, place: str) -> None:
        if not isinstance(data, dict):
            raise wrong(place, "This must be a table.")
        self._data: Document = data
        self._known: list[str] = []
        self.place = place

    def at(self, key: str) -> str:
        """The dotted path of a key."""
        return f"{self.place}.{key}" if self.place else key

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[str]:
        """Every key of this table, in order."""
        return iter(tuple(self._data))

    def __bool__(self) -> bool:
        return bool(self._data)

    def raw(self, key: str) -> object:
        """The value as it stands, None if absent."""
        self._known.append(key)
        return self._data.get(key)

    def text(self, key: str, default: str = "", *, choices: Sequence[str] = ()) -> str:
        """A text; one of `choices` if given."""
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise wrong(self.at(key), "This must be a text in quotes.")
        if len(value) > LONGEST_TEXT:
            raise wrong(self.at(key), f"This text is longer than {LONGEST_TEXT:,} characters.")
        if choices and value not in choices:
            raise wrong(
                self.at(key), f"“{value}” is not one of {', '.join(choices)}.", nearest(value, choices)
            )
        return value

    def needed_text(self, key: str) -> str:
        """A text that may not be missing or empty."""
        value = self.text(key)
        if not value.strip():
            raise wrong(self.at(key), "This is missing.", f'Write {key} = "...".')
        return value

    def number(self, key: str, default: int | None = None, *, low: int = 0, high: int = 10_000) -> int | None:
        """A whole number within bounds."""
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise wrong(self.at(key), f"This must be a whole number from {low:,} to {high:,}.")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false."""
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise wrong(self.at(key), "This must be true or false.")
        return value

    def day(self, key: str) -> date | None:
        """A date written without quotes: 2025-01-23."""
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, date) or isinstance(value, datetime):
            raise wrong(self.at(key), "This must be a date without quotes, such as 2025-01-23.")
        return value

    def texts(self, key: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """A list of texts; one text is a list of one."""
        value = self.raw(key)
        if value is None:
            return tuple(default)
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise wrong(self.at(key), "This must be a list of texts in quotes.")
        if len(items) > MOST_WORDS or any(len(item) > LONGEST_TEXT for item in items):
            raise wrong(self.at(key), f"This list has more than {MOST_WORDS:,} texts, or one is too long.")
        return tuple(items)

    def table(self, key: str) -> "Section":
        """A table below this one; an empty one if absent."""
        value = self.raw(key)
        return Section({} if value is None else value, self.at(key))

    def tables(self, key: str) -> list["Section"]:
        """A list of tables."""
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise wrong(self.at(key), f"This must be a list of tables: [[{self.at(key)}]].")
        return [Section(item, f"{self.at(key)}[{number}]") for number, item in enumerate(value, start=1)]

    def done(self) -> None:
        """Refuses keys that mean nothing here: a misspelt one must not be ignored."""
        for key in self._data:
            if key not in self._known:
                raise wrong(
                    self.at(key), "This means nothing here.", nearest(key, self._known), "unknown_key"
                )


def nearest(word: str, known: Sequence[str]) -> str:
    """A remedy that names the nearest known word, or all of them."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"Known here: {', '.join(sorted(set(known))[:40])}."


def to_toml(document: Document) -> str:
    """The document as TOML that reads back equal. Holds texts, whole numbers, booleans, dates, lists and tables."""
    lines: list[str] = []
    _write_table(document, (), lines)
    return "\n".join(lines).strip() + "\n"


def _write_table(table: Mapping[str, object], path: tuple[str, ...], lines: list[str]) -> None:
    plain = {key: value for key, value in table.items() if not isinstance(value, dict) and not _tables(value)}
    lines.extend(f"{_key(key)} = {_inline(value)}" for key, value in plain.items())
    for key, value in table.items():
        name = ".".join(_key(part) for part in (*path, key))
        if isinstance(value, dict):
            lines.extend(("", f"[{name}]"))
            _write_table(value, (*path, key), lines)
        for item in _tables(value):
            lines.extend(("", f"[[{name}]]"))
            _write_table(item, (*path, key), lines)


def _tables(value: object) -> list[Mapping[str, object]]:
    """The value as a list of tables; empty for anything else, a list of texts and tables too."""
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    return []


def _inline(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            # A JSON string is a TOML string, but for the one control character JSON leaves bare.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case date():
            return value.isoformat()
        case list() | tuple():
            return "[" + ", ".join(_inline(item) for item in value) + "]"
        case dict():
            return "{ " + ", ".join(f"{_key(key)} = {_inline(item)}" for key, item in value.items()) + " }"
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a mapping")


def _key(key: str) -> str:
    bare = key and all(
        character.isascii() and (character.isalnum() or character in "-_") for character in key
    )
    return key if bare else _inline(key)
