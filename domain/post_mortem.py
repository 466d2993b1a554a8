"""What a post-mortem says: parts that are the same every time, root causes from one list, and what is still to be done. Of work, never of people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.errors import RuleError

CAUSES: Final[Mapping[str, str]] = {
    "problem": "The problem was not worth solving, or not the right one",
    "value": "The value was assumed and never shown",
    "data": "The data was missing, late or not good enough",
    "method": "The method could not do it well enough",
    "integration": "It could not be built into the process or the systems",
    "adoption": "Those it was for did not use it",
    "ownership": "Nobody was there to sponsor it or to take it over",
    "cost": "It cost more than it could bring",
    "risk": "Its risk, law or ethics stood against it",
    "supplier": "A supplier or a partner did not deliver",
    "timing": "It came too late, or priorities changed",
    "decision": "Decisions were not made when they were due",
}
"""The root causes, by code."""
DAYS: Final = 10
"""So many working days after the stop the post-mortem is due."""


@dataclass(frozen=True, slots=True)
class After:
    """Something still to be done after the stop: what, by whom (an id), and until when."""

    text: str
    owner: int
    due_on: date


def require_causes(causes: Sequence[str]) -> tuple[str, ...]:
    """The causes, each once, in the order given: the first is the main one. Raises RuleError at `/causes`."""
    known = tuple(dict.fromkeys(causes))
    if not known:
        raise RuleError("required", "Choose at least one root cause.", "/causes")
    for one in known:
        if one not in CAUSES:
            raise RuleError("invalid_choice", f"Choose among: {', '.join(CAUSES)}.", "/causes")
    return known


def require_ahead(rows: Sequence[After], today: date) -> None:
    """Each has a day that is not past. Raises RuleError at `/aftercare/N/due_on`."""
    for place, one in enumerate(rows):
        if one.due_on < today:
            raise RuleError("not_ahead", "Give a day that is not past.", f"/aftercare/{place}/due_on")
