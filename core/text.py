"""Text as services keep it: one normal form, no characters that one database takes and the other does not."""

import unicodedata
from typing import Final
from urllib.parse import urlsplit

from core.errors import field_error

LINE: Final = 300
"""A text of at most so many characters is a line: a name, a label, a key."""
_MARKS: Final = frozenset("\u200c\u200d\u200e\u200f\u061c")
"""Format characters that names are written with: the joiners of Persian, Hindi and emoji, the marks of right-to-left text."""
_SEEN: Final = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
"""Format characters that are signs and can be seen."""


def clean(field: str, value: str, *, limit: int | None = None, required: str = "") -> str:
    """`value` stripped, in NFC, its lines ended by one newline. Raises Problem 400 at `field` for NUL and other control characters,
    half surrogates, or too many characters; in a line also for invisible ones, which turn the order of what follows round or make
    two names look the same. Text of which nothing can be seen is empty.

    `required` is the sentence for an empty one; empty `required` lets it be empty.
    """
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise field_error(field, "This holds half of a surrogate pair. Send whole characters.") from None
    if "\x00" in value:
        raise field_error(field, "This holds a NUL character. Take it out.")
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
    if any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text):
        raise field_error(field, "This holds a control character. Take it out.")
    if text and all(unicodedata.category(c) in {"Cf", "Zs", "Mn"} for c in text):
        text = ""  # nothing of it can be seen
    if limit is not None and limit <= LINE:
        _require_visible(field, text)
    if limit is not None and len(text) > limit:
        raise field_error(field, f"Use at most {limit} characters; this has {len(text)}.", code="max_length")
    if required and not text:
        raise field_error(field, required, code="required")
    return text


def _require_visible(field: str, text: str) -> None:
    for place, sign in enumerate(text, start=1):
        if unicodedata.category(sign) in {"Cf", "Zl", "Zp"} and sign not in _MARKS and sign not in _SEEN:
            name = unicodedata.name(sign, "without a name").lower()
            words = f"Character {place} cannot be seen (U+{ord(sign):04X}, {name}). Take it out."
            raise field_error(field, words, code="invisible")


def web_address(field: str, value: str, *, limit: int) -> str:
    """A whole http or https address without a name and password in it, or nothing. Raises Problem 400 at `field`."""
    url = clean(field, value, limit=limit)
    if url:
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or " " in url:
            raise field_error(field, "Give a whole address that begins with https://.")
    return url
