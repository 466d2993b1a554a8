"""Lists in a cell: JSON, the way Python prints a list, words with separators, or one word. Read, never evaluated."""

import re
from typing import Final

from exchange.reading.table import collapse

MOST_ITEMS: Final = 1_000
_BRACKETS: Final = {"[": "]", "(": ")", "{": "}"}
_STRING: Final = re.compile(r"""[bur]{0,2}("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""", re.IGNORECASE | re.DOTALL)
_BARE: Final = re.compile(r"[^\s,\[\](){}'\"]+(?:[ \t]+[^\s,\[\](){}'\"]+)*")
_ESCAPE: Final = re.compile(
    r"\\(u[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_NOTHING: Final = frozenset({"none", "null", "nan"})


class ListError(ValueError):
    """A cell that begins like a list and is none."""


def read_list(text: str, *, separators: tuple[str, ...] = ()) -> list[str]:
    """The items of a cell, in order, without blanks and repetitions. Raises ListError.

    `["a", "b"]`, `['a', "b"]`, `('a',)` and `{'a'}` are lists of two or one; `[]` is empty; without brackets the text
    is split at the separators, or is one item. Items are trimmed. None and null inside a list are left out.
    """
    text = text.strip()
    if text[:1] in _BRACKETS and text[-1:] == _BRACKETS[text[:1]]:
        return _unique(_literal(text[1:-1]))
    if text[:1] == "[":
        raise ListError("The list is not closed.")
    items = [text]
    for separator in separators:
        items = [piece for item in items for piece in item.split(separator)]
    return _unique(items)


def _literal(body: str) -> list[str]:
    items: list[str] = []
    position = 0
    expects_item = True
    while position < len(body):
        character = body[position]
        if character.isspace():
            position += 1
        elif character == ",":
            if expects_item:
                raise ListError("A comma has no item before it.")
            expects_item = True
            position += 1
        elif not expects_item:
            raise ListError("Two items have no comma between them.")
        else:
            item, position = _item(body, position)
            if item is not None:
                items.append(item)
            expects_item = False
        if len(items) > MOST_ITEMS:
            raise ListError(f"The list has more than {MOST_ITEMS:,} items.")
    return items


def _item(body: str, position: int) -> tuple[str | None, int]:
    quoted = _STRING.match(body, position)
    if quoted:
        return _unescaped(quoted[1][1:-1]), quoted.end()
    bare = _BARE.match(body, position)
    if not bare:
        raise ListError("An item of the list cannot be read.")
    return (None if bare[0].casefold() in _NOTHING else bare[0]), bare.end()


def _unescaped(text: str) -> str:
    def meant(match: re.Match[str]) -> str:
        code = match[1]
        if len(code) > 1:
            return chr(int(code[1:], 16))
        return _ESCAPES.get(code, code)

    plain = _ESCAPE.sub(meant, text)
    # Two escapes can be the halves of one character; a half alone is no text.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "")


def _unique(items: list[str]) -> list[str]:
    cleaned = (collapse(item) for item in items)
    return list(dict.fromkeys(item for item in cleaned if item))
