"""A memo on paper: a tagged PDF (PDF/UA-1) by Typst, whose fonts come with it. The same memo gives the same bytes.

What people wrote reaches the template as JSON, so it is text and never markup. Letters that Typst's own fonts do not hold
are written by their name, because a PDF that promises to be readable may not hold a letter without a shape; it says so, and so
does the page before it is asked for.
"""

import json
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from core import wording
from core.errors import Problem

typst: Any
try:
    typst = import_module("typst")
except ImportError:  # installed without it: everything else works
    typst = None

TEMPLATE: Final = Path(settings.BASE_DIR) / "templates" / "funding" / "memo.typ"
# Ranges that Typst's own fonts hold whole, tried letter by letter: Latin with its extensions, Greek, Cyrillic, Hebrew and
# Arabic letters, punctuation, currencies, arrows and signs of mathematics; and the two characters that keep text to itself.
HELD: Final = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x38E, 0x3A1), (0x3A3, 0x3FF), (0x400, 0x4FF), (0x5D0, 0x5EA), (0x621, 0x63A),
    (0x640, 0x64A), (0x660, 0x669), (0x1E00, 0x1EFF), (0x2010, 0x2027), (0x2030, 0x203A), (0x2068, 0x2069),
    (0x20A0, 0x20BF), (0x2100, 0x211E), (0x2190, 0x22FF),
)  # fmt: skip
_TURNS: Final = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_BLANKS: Final = {"\n": " ", "\t": " ", "\r": " ", "\u00ad": ""}


def memo_pdf(document: Mapping[str, Any], *, seal: str = "", ref: str = "") -> bytes:
    """The memo as a PDF. `seal`, `ref`: of a memo that was kept.

    Raises Problem 503 `pdf_unavailable` where Typst is not installed, 500 where it cannot set the memo.
    """
    if typst is None:
        raise Problem(
            503, "pdf_unavailable", "PDFs need the package typst, which is not installed here. Ask whoever runs this."
        )  # fmt: skip
    made_at = datetime.fromisoformat(document["made_at"])
    said = {
        "memo": json.dumps(_isolated(document), ensure_ascii=False),
        "made": f"{wording.moment(made_at)} UTC by {_isolated(document['made_by'])}",
        "on": wording.day(date.fromisoformat(document["on"])),
        "seal": seal,
        "ref": ref,
        "named": "",
    }
    try:
        return _set(said, made_at)
    except typst.TypstError:  # a letter without a shape
        return _set({**{name: _shown(text) for name, text in said.items()}, "named": "yes"}, made_at)


def unheld(document: Any) -> list[str]:
    """The letters of a memo that its PDF may have to write by their names, each once, in the order of the text."""
    if isinstance(document, str):
        return list(dict.fromkeys(one for one in document if not _held(one) and _named(one).strip()))
    inside = (
        document.values() if isinstance(document, Mapping) else document if isinstance(document, list) else ()
    )
    return list(dict.fromkeys(letter for one in inside for letter in unheld(one)))


def _isolated(value: Any) -> Any:
    """The same data with each text that runs from right to left kept to itself, so that it turns nothing around it.

    Characters that turn the direction by hand are left out.
    """
    if isinstance(value, str):
        text = value.translate(_TURNS)
        turns = any(unicodedata.bidirectional(one) in {"R", "AL"} for one in text)
        return f"\u2068{text}\u2069" if turns else text
    if isinstance(value, Mapping):
        return {name: _isolated(one) for name, one in value.items()}
    return [_isolated(one) for one in value] if isinstance(value, list) else value


def _set(said: dict[str, str], at: datetime) -> bytes:
    made = typst.compile(
        str(TEMPLATE), root=str(TEMPLATE.parent), sys_inputs=said, pdf_standards="ua-1", timestamp=int(at.timestamp()),
        ignore_system_fonts=True,
    )  # fmt: skip
    if not isinstance(made, bytes):
        raise TypeError("Typst gave pages in place of a PDF.")
    return made


def _shown(text: str) -> str:
    """The text with each letter that the fonts may not hold written by its name."""
    return "".join(one if _held(one) else _named(one) for one in text)


def _held(letter: str) -> bool:
    code = ord(letter)
    return any(low <= code <= high for low, high in HELD)


def _named(letter: str) -> str:
    """ "[grinning face]"; "[U+4F60]" where the name says no more than the number. Controls and joiners say nothing."""
    if letter in _BLANKS:
        return _BLANKS[letter]
    if unicodedata.category(letter) in {"Cc", "Cf", "Mn", "Cs", "Co", "Cn"}:
        return ""
    name = unicodedata.name(letter, "")
    number = f"U+{ord(letter):04X}"
    return f"[{number}]" if not name or number[2:] in name else f"[{name.lower()}]"
