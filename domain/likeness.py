"""How like production a pilot is: five sides, each answered, and a score that never counts what nobody looked at as good."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.kpi_figures import EXACT

LIKE, PARTLY, UNLIKE = "like", "partly", "unlike"
ANSWERS: Final = [(LIKE, "As in production"), (PARTLY, "Partly"), (UNLIKE, "Not at all")]
POINTS: Final = {LIKE: 2, PARTLY: 1, UNLIKE: 0}
LEAST: Final = Decimal("0.6")
"""Below this share a gate is warned: what the pilot showed may not hold in production."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of it: its code, its name, and what as in production means."""

    code: str
    words: str
    means: str


ITEMS: Final = (
    Side("data_freshness", "Data freshness", "Fed as in production, with data as late and as dirty."),
    Side("latency", "Latency", "Answers come within the time that production allows, under its load."),
    Side("users", "Users", "The people who will use it, in their own work, not the team that built it."),
    Side("error_handling", "Error handling", "What fails is caught, shown and can be done by hand."),
    Side("security", "Security", "Signing in, rights, logging and privacy are those of production."),
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """`share`: of all points, 0 to 1, with what nobody answered as none of them; None where nothing was answered."""

    points: int
    most: int
    unknown: tuple[str, ...]
    share: Decimal | None

    @property
    def warns(self) -> bool:
        """Whether a gate has to be told: below 60 %, or nobody looked at all."""
        return self.share is None or self.share < LEAST


def likeness(answers: Mapping[str, str]) -> Likeness:
    """From the answer of each item; one that is absent was never answered."""
    known = {one.code: answers[one.code] for one in ITEMS if one.code in answers}
    points, most = sum(POINTS[answer] for answer in known.values()), 2 * len(ITEMS)
    unknown = tuple(one.code for one in ITEMS if one.code not in known)
    return Likeness(points, most, unknown, EXACT.divide(Decimal(points), Decimal(most)) if known else None)
