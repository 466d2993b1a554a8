"""Pilots side by side on stated criteria: a ranking that anybody can work out again, and how far it hangs on the weights.

A criterion scores 0 (nothing) to 1 (all one could ask), or is unknown. Unknown adds nothing to a score and stands beside it: a
score is what is proven, `most` what it could be if everything unknown turned out well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.errors import RuleError
from domain.kpi_figures import EXACT
from domain.policy_rows import full_row, number, within

NOTHING: Final = Decimal(0)
ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Criterion:
    """What is asked of each pilot, in words, and its weight unless a policy says another."""

    code: str
    words: str
    means: str
    weight: Decimal


CRITERIA: Final = (
    Criterion(
        "evidence",
        "Evidence",
        "the primary KPI: achieved 1, on track 0.75, at risk 0.4, off track or missed 0",
        Decimal(30),
    ),
    Criterion(
        "value",
        "Value",
        "value for cost of the case in force, after its haircut; 1 from 1 for 1 on",
        Decimal(20),
    ),
    Criterion("use", "Use", "weekly active of the invited; 1 from 60 % on", Decimal(15)),
    Criterion("handover", "Hand-over", "parts of the transition plan on record, of five", Decimal(15)),
    Criterion("likeness", "Like production", "the share of the checklist", Decimal(10)),
    Criterion("time", "In time", "within its approved length 1, at twice of it 0", Decimal(10)),
)
CODES: Final = tuple(one.code for one in CRITERIA)
DEFAULT: Final[Mapping[str, Decimal]] = {one.code: one.weight for one in CRITERIA}
LARGEST: Final = 1_000


def read_weights(data: object) -> dict[str, Decimal]:
    """Weights as a policy row keeps them, every criterion named once. RuleError at the one that is wrong."""
    row = full_row(data, CODES)
    out = {code: number(row[code], f"/{code}") for code in CODES}
    for code, weight in out.items():
        within(weight, 0, LARGEST, f"/{code}")
    if not any(out.values()):
        raise RuleError("no_weight", "Give at least one criterion a weight above 0.", "")
    return out


@dataclass(frozen=True, slots=True)
class Pilot:
    """One pilot: its reference, and the score of each criterion; a criterion that is absent or None is unknown."""

    ref: str
    scores: Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pilot stands. `score` and `most` from 0 to 1; `known`: the share of the weights that is known.

    `parts`: what each criterion adds to the score, None where it is unknown. `tie`: how a tie with the one above was broken.
    """

    rank: int
    ref: str
    score: Decimal
    most: Decimal
    known: Decimal
    parts: Mapping[str, Decimal | None]
    tie: str = ""


def rank(pilots: Sequence[Pilot], weights: Mapping[str, Decimal] = DEFAULT) -> tuple[Place, ...]:
    """Every pilot, the best first. By score; then by what is known; then by what it could be; then by its reference."""
    whole = sum((weights[code] for code in CODES), NOTHING)
    if not whole:
        raise RuleError("no_weight", "Give at least one criterion a weight above 0.", "")
    placed = sorted((_place(one, weights, whole) for one in pilots), key=_key)
    out: list[Place] = []
    for place, found in enumerate(placed, start=1):
        tie = _tie(out[-1], found) if out else ""
        out.append(Place(place, found.ref, found.score, found.most, found.known, found.parts, tie))
    return tuple(out)


def _place(pilot: Pilot, weights: Mapping[str, Decimal], whole: Decimal) -> Place:
    score = known = NOTHING
    parts: dict[str, Decimal | None] = {}
    for code in CODES:
        said, share = pilot.scores.get(code), EXACT.divide(weights[code], whole)
        if said is None:
            parts[code] = None
            continue
        if not said.is_finite() or not 0 <= said <= 1:
            raise RuleError("score_out_of_range", "A score lies between 0 and 1.", f"/{pilot.ref}/{code}")
        parts[code] = EXACT.multiply(said, share)
        score, known = EXACT.add(score, EXACT.multiply(said, share)), EXACT.add(known, share)
    return Place(0, pilot.ref, score, EXACT.add(score, EXACT.subtract(ONE, known)), known, parts)


def _key(place: Place) -> tuple[Decimal, Decimal, Decimal, str]:
    return (
        _rounded(place.score).copy_negate(),
        _rounded(place.known).copy_negate(),
        _rounded(place.most).copy_negate(),
        place.ref,
    )


def _rounded(value: Decimal) -> Decimal:
    """To twelve places, so that thirds added up in another order tie as they should."""
    return value.quantize(Decimal("1e-12"))


def _tie(above: Place, below: Place) -> str:
    if _rounded(above.score) != _rounded(below.score):
        return ""
    if _rounded(above.known) != _rounded(below.known):
        return f"The same score as {above.ref}; of that one more is known."
    return f"The same score as {above.ref}, and as much is known; in order of the reference."


@dataclass(frozen=True, slots=True)
class Moved:
    """One other choice of weights: what was done, and the order it gives (references, the best first)."""

    code: str
    how: str
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How the ranking hangs on the weights. `spans`: for each pilot the best and the worst rank over all choices looked at."""

    moved: tuple[Moved, ...]
    spans: Mapping[str, tuple[int, int]]

    def changes_first(self, first: str) -> tuple[Moved, ...]:
        """The choices under which another pilot comes first."""
        return tuple(one for one in self.moved if one.order and one.order[0] != first)


HOW: Final = (("left out", NOTHING), ("half of it", Decimal("0.5")), ("twice of it", Decimal(2)))


def sensitivity(pilots: Sequence[Pilot], weights: Mapping[str, Decimal] = DEFAULT) -> Sensitivity:
    """Each weight by itself left out, halved and doubled, the others as they are; and all weights the same."""
    moved = []
    for code in CODES:
        for how, factor in HOW:
            changed = {**weights, code: EXACT.multiply(weights[code], factor)}
            if changed[code] != weights[code] and any(changed.values()):
                moved.append(Moved(code, how, _order(pilots, changed)))
    moved.append(Moved("", "all weights the same", _order(pilots, dict.fromkeys(CODES, ONE))))
    orders = [_order(pilots, weights), *(one.order for one in moved)]
    spans = {}
    for one in pilots:
        ranks = [order.index(one.ref) + 1 for order in orders]
        spans[one.ref] = (min(ranks), max(ranks))
    return Sensitivity(tuple(moved), spans)


def _order(pilots: Sequence[Pilot], weights: Mapping[str, Decimal]) -> tuple[str, ...]:
    return tuple(place.ref for place in rank(pilots, weights))


STATUS: Final[Mapping[str, Decimal]] = {
    "achieved": ONE, "on_track": Decimal("0.75"), "at_risk": Decimal("0.4"), "off_track": NOTHING, "missed": NOTHING,
}  # fmt: skip
ENOUGH_USE: Final = Decimal("0.6")
PLAN_PARTS: Final = 5


def scored(
    *, status: str | None, value: Decimal | None, cost: Decimal | None, use: Decimal | None, plan_parts: int | None,
    likeness: Decimal | None, days: int | None, planned: int | None,
) -> dict[str, Decimal | None]:  # fmt: skip
    """The score of each criterion from the facts of a pilot; None where a fact is unknown.

    status: of its primary KPI. A status that says that nobody can see is unknown. value, cost: of the case in force.
    """
    return {
        "evidence": None if status is None else STATUS.get(status),
        "value": None if value is None or cost is None else ONE if cost <= 0 else _between(EXACT.divide(value, cost)),
        "use": None if use is None else _between(EXACT.divide(use, ENOUGH_USE)),
        "handover": None if plan_parts is None else EXACT.divide(Decimal(plan_parts), Decimal(PLAN_PARTS)),
        "likeness": likeness,
        "time": None if days is None or not planned else _between(
            EXACT.subtract(Decimal(2), EXACT.divide(Decimal(days), Decimal(planned)))
        ),
    }  # fmt: skip


def _between(value: Decimal) -> Decimal:
    return min(max(value, NOTHING), ONE)
