"""Cells a spreadsheet would run as a formula: told apart, disarmed on the way out, and restored where that is undone."""

import re
from typing import Final

STARTS: Final = frozenset("=+-@＝＋－＠")
_BLANK_FIRST: Final = re.compile(r"^[\s\x00-\x1f\x7f\u200b-\u200f\u2060\ufeff]+")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?%?")


def looks_like_formula(text: str) -> bool:
    """True for text a spreadsheet may run: it begins with = + - @ (also full width), a tab or a line break.

    Spaces and invisible characters before it do not hide it. A plain number is not a formula, whatever its sign.
    """
    if not text or _NUMBER.fullmatch(text):
        return False
    return text[0] in "\t\r\n" or _BLANK_FIRST.sub("", text)[:1] in STARTS


def disarmed(text: str) -> str:
    """The text as a cell that is only shown: a formula gets an apostrophe before it; NUL is no text and goes."""
    text = text.replace("\x00", "")
    return f"'{text}" if looks_like_formula(text) else text


def disarmed_for_return(text: str) -> str:
    """Like `disarmed`, for a file that is to be read back: `restored` gives exactly the text again."""
    return f"'{text}" if text.startswith("'") or looks_like_formula(text) else text


def restored(text: str) -> str:
    """Takes off the apostrophe that `disarmed_for_return` set, and no other."""
    rest = text[1:]
    return rest if text.startswith("'") and (rest.startswith("'") or looks_like_formula(rest)) else text
