"""Which ended work resembles a new idea, so that what it taught is read before it is learned again. Pure; every point has its reason.

Points: the same objective 3 each, at most 6; the same business unit 2, or the same top-level unit 1; the same technique 2; each
significant word in common 1, at most 4. From ENOUGH points on it is shown: one shared objective, or a unit and a word. Nobody's
name is in it: lessons are of work, not of people.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from domain.phrases import listed

ENOUGH: Final = 3
MOST: Final = 5
OBJECTIVE, MOST_OBJECTIVES = 3, 6
UNIT, TOP_UNIT, TECHNIQUE, MOST_WORDS = 2, 1, 2, 4
SHORTEST: Final = 4
_WORD: Final = re.compile(r"[^\W\d_]+")
_COMMON: Final = frozenset(
    [
        "about",
        "after",
        "also",
        "before",
        "between",
        "cannot",
        "case",
        "cases",
        "could",
        "data",
        "days",
        "does",
        "doing",
        "done",
        "each",
        "every",
        "from",
        "have",
        "into",
        "less",
        "long",
        "made",
        "make",
        "many",
        "model",
        "models",
        "more",
        "most",
        "much",
        "need",
        "needs",
        "only",
        "other",
        "over",
        "people",
        "same",
        "some",
        "such",
        "than",
        "that",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "time",
        "under",
        "until",
        "used",
        "user",
        "users",
        "uses",
        "using",
        "want",
        "what",
        "when",
        "where",
        "which",
        "while",
        "will",
        "with",
        "work",
        "would",
        "year",
        "years",
        "your",
    ]
)


@dataclass(frozen=True, slots=True)
class Work:
    """What is compared. `text`: name, problem and what else says what it is about. `unit`: path of its business unit, `/1/4/`."""

    text: str
    unit: str = ""
    objectives: frozenset[int] = frozenset()
    techniques: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ended:
    """Work that ended, by the id of the decision that ended it."""

    id: int
    on: date
    work: Work


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much it resembles the new work, and why, in words."""

    ended: Ended
    points: int
    reasons: tuple[str, ...] = field(default=())


def words_of(text: str) -> frozenset[str]:
    """The significant words: four letters or more, in small letters, a plural as its singular, none of the common ones."""
    found = {one.casefold() for one in _WORD.findall(text)}
    return frozenset(_singular(one) for one in found if len(one) >= SHORTEST and one not in _COMMON)


def likeness(new: Work, ended: Ended) -> Likeness:
    """The points of one, with the reason of each."""
    old, points, reasons = ended.work, 0, []
    shared = new.objectives & old.objectives
    if shared:
        points += min(OBJECTIVE * len(shared), MOST_OBJECTIVES)
        reasons.append("same objective")
    if new.unit and new.unit == old.unit:
        points += UNIT
        reasons.append("same business unit")
    elif new.unit and old.unit and _top(new.unit) == _top(old.unit):
        points += TOP_UNIT
        reasons.append("same part of the organisation")
    if new.techniques & old.techniques:
        points += TECHNIQUE
        reasons.append("same technique")
    common = sorted(words_of(new.text) & words_of(old.text))
    if common:
        points += min(len(common), MOST_WORDS)
        reasons.append(f"also about {listed(common[:MOST_WORDS])}")
    return Likeness(ended, points, tuple(reasons))


def similar(new: Work, known: Iterable[Ended], most: int = MOST) -> tuple[Likeness, ...]:
    """Those that resemble it enough, the most alike first; of equals the one that ended last."""
    found = [one for one in (likeness(new, ended) for ended in known) if one.points >= ENOUGH]
    found.sort(key=lambda one: (-one.points, -one.ended.on.toordinal(), -one.ended.id))
    return tuple(found[:most])


def _top(path: str) -> str:
    return path.strip("/").partition("/")[0]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > SHORTEST and word.endswith("s") and not word.endswith("ss") else word
