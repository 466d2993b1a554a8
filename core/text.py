"""Text as services keep it: one normal form, no characters that one database takes and the other does not."""

import unicodedata
from urllib.parse import urlsplit

from core.errors import field_error


def clean(field: str, value: str, *, limit: int | None = None, required: str = "") -> str:
    """`value` stripped, in NFC, its lines ended by one newline. Raises Problem 400 at `field` for NUL and other control characters,
    half surrogates, or too many characters. Text of which nothing can be seen is empty.

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
    if limit is not None and len(text) > limit:
        raise field_error(field, f"Use at most {limit} characters; this has {len(text)}.", code="max_length")
    if required and not text:
        raise field_error(field, required, code="required")
    return text


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
