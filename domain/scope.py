"""How much a pilot takes on at once: a score from what it counts, and a warning where it overreaches.

"Paralysis by overreach": a pilot over many units and systems, for long and with many measures, decides nothing in time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Part:
    """One side of the scope: up to `small` it counts 0, up to `large` 1, beyond that 2."""

    code: str
    words: str
    small: int
    large: int


PARTS: Final = (
    Part("units", "Business units", 1, 3),
    Part("sites", "Sites", 2, 5),
    Part("users", "Users", 100, 500),
    Part("systems", "Systems", 2, 4),
    Part("kpis", "Primary KPIs", 2, 4),
    Part("days", "Approved length, days", 120, 180),
)
OVER: Final = 6
"""From so many points on a pilot overreaches: as if half of its sides were far too large, or all of them somewhat."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One side with what was counted; None: nobody did, and it adds nothing."""

    part: Part
    value: int | None
    points: int | None


@dataclass(frozen=True, slots=True)
class Scope:
    """The points of what was counted; `most` is what all of it could be. `unknown`: sides nobody counted."""

    parts: tuple[Counted, ...]

    @property
    def score(self) -> int:
        return sum(one.points or 0 for one in self.parts)

    @property
    def most(self) -> int:
        return 2 * len(self.parts)

    @property
    def unknown(self) -> tuple[Counted, ...]:
        return tuple(one for one in self.parts if one.points is None)

    @property
    def overreaches(self) -> bool | None:
        """None where too little was counted to say that it does not: the rest could still bring it there."""
        if self.score >= OVER:
            return True
        return None if self.score + 2 * len(self.unknown) >= OVER else False

    @property
    def largest(self) -> tuple[Counted, ...]:
        """What to make smaller first: the sides that count the most, if any counts."""
        top = max((one.points or 0 for one in self.parts), default=0)
        return tuple(one for one in self.parts if top and one.points == top)


def scope_of(counts: Mapping[str, int | None]) -> Scope:
    """From the count of each side; one that is absent or None was never counted."""
    return Scope(
        tuple(Counted(part, counts.get(part.code), _points(part, counts.get(part.code))) for part in PARTS)
    )


def _points(part: Part, value: int | None) -> int | None:
    if value is None:
        return None
    return 0 if value <= part.small else 1 if value <= part.large else 2
