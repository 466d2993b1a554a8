"""How much a model does without a person, and whether that is more than an approval covers (C7).

Four levels, after the ten of R. Parasuraman, T. B. Sheridan and C. D. Wickens, "A model for types and levels of human interaction
with automation" (2000): what tells them apart here is whether a person acts, decides, may stop it, or is not asked.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final


class Autonomy(IntEnum):
    """The higher, the less a person does."""

    INFORMS = 1
    PROPOSES = 2
    SUPERVISED = 3
    ALONE = 4


WORDS: Final = {
    Autonomy.INFORMS: "Informs: a person works out what to do",
    Autonomy.PROPOSES: "Proposes: a person decides each case",
    Autonomy.SUPERVISED: "Acts, and a person can stop it",
    Autonomy.ALONE: "Acts alone",
}
CODES: Final = {one.name.lower(): one for one in Autonomy}
"""The levels as JSON names them."""


def words_of(code: str) -> str:
    """A level named by its code, in words; empty for none."""
    return WORDS[CODES[code]] if code in CODES else ""


def most(levels: Iterable[int | None]) -> Autonomy | None:
    """The highest of what is recorded; None where nobody recorded any."""
    known = [one for one in levels if one is not None]
    return Autonomy(max(known)) if known else None


def beyond(ceiling: str, used: Autonomy | None) -> str:
    """In words how a model goes beyond the approved level; empty where it does not, or where either is unknown."""
    if ceiling not in CODES or used is None or used <= CODES[ceiling]:
        return ""
    return f"a model acts beyond the approved level ({WORDS[used].lower()}; approved: {WORDS[CODES[ceiling]].lower()})"
