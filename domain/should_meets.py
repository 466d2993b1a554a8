"""What a gate would like to see beside its must-meets: scored 0 to 10 by each gatekeeper, weighed, and shown as a spread."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.errors import RuleError

MOST: Final = 10
WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class ShouldMeet:
    """One criterion with its weight in per cent; those of a gate add up to 100."""

    code: str
    text: str
    weight: int


DEFAULTS: Final[Mapping[str, tuple[ShouldMeet, ...]]] = {
    "G1": (
        ShouldMeet("size_of_problem", "The problem is large enough to matter", 40),
        ShouldMeet("nobody_else", "Nothing else in the portfolio solves it", 30),
        ShouldMeet("sponsor_pull", "The business asks for it", 30),
    ),
    "G2": (
        ShouldMeet("approach_fits", "The approach fits the problem", 30),
        ShouldMeet("data_within_reach", "The data is within reach", 30),
        ShouldMeet("team", "The team has done this before", 20),
        ShouldMeet("reusable", "Reusable elsewhere", 20),
    ),
    "G3": (
        ShouldMeet("production_like", "The pilot is like production", 30),
        ShouldMeet("measured_apart", "The effect can be told apart from chance", 30),
        ShouldMeet("users_ready", "The users are ready for it", 20),
        ShouldMeet("risk_bounded", "What may go wrong is bounded", 20),
    ),
    "G4": (
        ShouldMeet("effect_holds", "The effect holds across teams", 30),
        ShouldMeet("users_trust", "Users trust it", 25),
        ShouldMeet("run_cost_falls", "Run cost for each use falls", 25),
        ShouldMeet("reusable", "Reusable in other lines", 20),
    ),
    "G5": (
        ShouldMeet("operable", "Those who run it can run it alone", 35),
        ShouldMeet("adoption", "Adoption grows without help", 35),
        ShouldMeet("watched", "What goes wrong is seen early", 30),
    ),
    "G6": (
        ShouldMeet("nothing_left", "Nothing is left without an owner", 60),
        ShouldMeet("learned", "What was learned is written down", 40),
    ),
}


def require_whole(criteria: Iterable[ShouldMeet], at: str = "") -> None:
    """Raises RuleError `weights_not_whole` where the weights of a gate do not add up to 100."""
    weights = [one.weight for one in criteria]
    if weights and (sum(weights) != WHOLE or min(weights) < 1):
        raise RuleError("weights_not_whole", "The weights of a gate are whole and add up to 100.", at)


@dataclass(frozen=True, slots=True)
class Spread:
    """The scores of one criterion: how far apart people are, not only their middle."""

    criterion: ShouldMeet
    scores: int
    least: int | None
    median: Decimal | None
    most: int | None


def spread_of(criterion: ShouldMeet, scores: Sequence[int]) -> Spread:
    """Minimum, median and maximum; None where nobody scored."""
    if not scores:
        return Spread(criterion, 0, None, None, None)
    ranked = sorted(scores)
    half = len(ranked) // 2
    middle = Decimal(ranked[half]) if len(ranked) % 2 else Decimal(ranked[half - 1] + ranked[half]) / 2
    return Spread(criterion, len(ranked), ranked[0], middle, ranked[-1])


def weighted(spreads: Iterable[Spread]) -> Decimal | None:
    """The medians by their weights; None while any criterion has no score, because half a scorecard says nothing."""
    total = Decimal(0)
    for one in spreads:
        if one.median is None:
            return None
        total += one.median * one.criterion.weight / WHOLE
    return total
