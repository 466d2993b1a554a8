"""The tree of KPIs: a business KPI broken down into smaller ones, and what they say together.

A KPI with a standing of its own speaks for itself; one without is what its children say. What cannot be seen stays
unseen all the way up: each roll-up states which share of its weight it is blind to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from domain.errors import RuleError
from domain.kpi_codes import Reason, RollupStatus, Status
from domain.kpi_figures import ratio
from domain.kpi_words import points
from domain.rollup import BAD, BLIND, LEFT_OUT, Item, rollup

Parents = Mapping[str, str | None]
"""Each KPI's reference -> that of the KPI above it, None at the top."""


class Way(StrEnum):
    """How children are put together: the mean of their progress by weight, or the worst of them."""

    WEIGHTED_MEAN = "weighted_mean"
    WORST_WINS = "worst_wins"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a KPI's own readings say: status, the reason beside it, and progress (0.25 = a quarter of the way)."""

    status: Status
    reason: str | None = None
    progress: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One KPI of the tree. weight: among its siblings, 0 = left out. way: how its own children are put together.

    standing: None = it has no readings of its own and is what its children say.
    """

    ref: str
    parent: str | None = None
    weight: Decimal = Decimal(1)
    primary: bool = False
    way: Way = Way.WEIGHTED_MEAN
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Rolled:
    """What the children of `ref` say together.

    progress: the mean over what is seen, by weight, 6 places; None when nothing is seen. blind_share: the share of the
    weight that is not seen, 6 places, with what lies unseen below the children; None when no child counts. worst: the
    child furthest behind among those seen. counted, children: how many count, of how many.
    """

    ref: str
    way: Way
    status: RollupStatus
    progress: Decimal | None
    blind_share: Decimal | None
    worst: str | None
    counted: int
    children: int
    sentence: str


def loop_in(parents: Parents) -> tuple[str, ...] | None:
    """The first circle in the tree, from its least reference back to it ("K-1", "K-2", "K-1"); None if there is none."""
    clear: set[str] = set()
    for start in parents:
        trail: dict[str, None] = {}
        here: str | None = start
        while here is not None and here not in clear:
            if here in trail:
                circle = list(trail)[list(trail).index(here) :]
                least = circle.index(min(circle))
                turned = circle[least:] + circle[:least]
                return (*turned, turned[0])
            trail[here] = None
            here = parents.get(here)
        clear.update(trail)
    return None


def check_parent(parents: Parents, child: str, parent: str | None) -> None:
    """Refuse to hang `child` below `parent`. RuleError `unknown_parent`, or `kpi_loop` with the loop by name."""
    if parent is not None and parent not in parents:
        raise RuleError("unknown_parent", f"There is no KPI {parent} here. Choose another one.", "/parent")
    trail, here, seen = [child], parent, {child}
    while here is not None:
        trail.append(here)
        if here in seen:
            raise _loop(trail[trail.index(here) :])
        seen.add(here)
        here = parents.get(here)


def roll_up(nodes: Iterable[Node]) -> dict[str, Rolled]:
    """The roll-up of every KPI that has children, by reference, in the order given.

    RuleError: `duplicate_kpi`, `unknown_parent`, `kpi_loop`, and those of `domain.rollup.rollup` for a weight.
    """
    by_ref: dict[str, Node] = {}
    for node in nodes:
        if node.ref in by_ref:
            raise RuleError("duplicate_kpi", f"{node.ref} stands twice in the tree.")
        by_ref[node.ref] = node
    children: dict[str, list[Node]] = {}
    for node in by_ref.values():
        if node.parent is not None:
            if node.parent not in by_ref:
                raise RuleError("unknown_parent", f"There is no KPI {node.parent} above {node.ref}.")
            children.setdefault(node.parent, []).append(node)
    loop = loop_in({node.ref: node.parent for node in by_ref.values()})
    if loop is not None:
        raise _loop(list(loop))
    held: dict[str, _Held] = {}
    for ref in _children_first(by_ref, children):
        if ref in children:
            parts = [_part(one, held.get(one.ref)) for one in children[ref]]
            held[ref] = _together(by_ref[ref], parts)
    return {ref: held[ref].rolled for ref in by_ref if ref in held}


@dataclass(frozen=True, slots=True)
class _Part:
    """A child as its parent counts it; blind: the share of its weight that is not seen, 0 to 1."""

    ref: str
    item: Item
    progress: Fraction | None
    blind: Fraction


@dataclass(frozen=True, slots=True)
class _Held:
    """A roll-up with its shares before they are rounded."""

    rolled: Rolled
    progress: Fraction | None
    blind: Fraction


def _children_first(by_ref: Mapping[str, Node], children: Mapping[str, Sequence[Node]]) -> list[str]:
    """References so that every KPI stands behind its children; no recursion, a tree may be deep."""
    ordered: list[str] = []
    waiting = [node.ref for node in by_ref.values() if node.parent is None]
    while waiting:
        ref = waiting.pop()
        ordered.append(ref)
        waiting.extend(child.ref for child in children.get(ref, ()))
    return ordered[::-1]


def _part(node: Node, below: _Held | None) -> _Part:
    own = node.standing
    if own is None and below is not None:
        item = Item(_AS_STATUS[below.rolled.status], None, node.weight, node.primary)
        return _Part(node.ref, item, below.progress, below.blind)
    if own is None:
        own = Standing(Status.NO_DATA, Reason.FIRST_MEASUREMENT_OVERDUE)
    seen = own.status not in BLIND and own.progress is not None
    item = Item(own.status, own.reason, node.weight, node.primary)
    progress = Fraction(own.progress) if seen and own.progress is not None else None
    return _Part(node.ref, item, progress, Fraction(0 if seen else 1))


def _counts(item: Item) -> bool:
    awaiting = item.status is Status.NO_DATA and item.reason == Reason.AWAITING_FIRST_MEASUREMENT
    return bool(item.weight) and item.status not in LEFT_OUT and not awaiting


def _together(node: Node, parts: Sequence[_Part]) -> _Held:
    items = [part.item for part in parts]
    status = rollup(items).status  # also refuses a weight that is none
    counted = [part for part in parts if _counts(part.item)]
    if node.way is Way.WORST_WINS and counted:
        status = _worst_status([part.item for part in counted])
    total = sum((Fraction(part.item.weight) for part in counted), Fraction(0))
    blind = sum((Fraction(part.item.weight) * part.blind for part in counted), Fraction(0))
    seen = [(part, Fraction(part.item.weight) * (1 - part.blind)) for part in counted]
    there = [(part.progress, weight) for part, weight in seen if part.progress is not None and weight]
    progress = None
    if there:
        progress = sum((p * w for p, w in there), Fraction(0)) / sum((w for _, w in there), Fraction(0))
    worst = min(((part.progress, part.ref) for part in counted if part.progress is not None), default=None)
    share = blind / total if total else None
    rolled = Rolled(
        ref=node.ref,
        way=node.way,
        status=status,
        progress=_places(progress),
        blind_share=_places(share),
        worst=None if worst is None else worst[1],
        counted=len(counted),
        children=len(parts),
        sentence=_sentence(node.way, progress, share, worst, len(counted), len(parts)),
    )
    return _Held(rolled, progress, Fraction(1) if share is None else share)


def _worst_status(items: Sequence[Item]) -> RollupStatus:
    """One that is bad is enough. Short of that, one unseen may be the worst, so nothing better can be said."""
    statuses = {item.status for item in items}
    if statuses & BAD:
        return RollupStatus.OFF_TRACK
    if statuses & BLIND:
        return RollupStatus.BLIND
    if Status.AT_RISK in statuses:
        return RollupStatus.AT_RISK
    return RollupStatus.ACHIEVED if statuses == {Status.ACHIEVED} else RollupStatus.ON_TRACK


def _places(share: Fraction | None) -> Decimal | None:
    return None if share is None else ratio(Decimal(share.numerator), Decimal(share.denominator))


def _sentence(
    way: Way,
    progress: Fraction | None,
    blind: Fraction | None,
    worst: tuple[Fraction, str] | None,
    counted: int,
    children: int,
) -> str:
    if blind is None:
        many = f"None of the {children} KPIs below can" if children > 1 else "The KPI below cannot"
        return f"{many} be judged yet."
    unseen = "" if not blind else f" {points(_places(blind) or Decimal(0))} % of the weight cannot be seen."
    if progress is None or worst is None:
        return f"Nothing is seen of the {counted} KPIs below that count.{unseen}"
    far = f"the worst is {worst[1]} at {points(_places(worst[0]) or Decimal(0))} %"
    if way is Way.WORST_WINS:
        return f"Of {counted} KPIs below, {far} of the way.{unseen}"
    return f"{points(_places(progress) or Decimal(0))} % of the way on average over {counted} KPIs below; {far}.{unseen}"


def _loop(trail: Sequence[str]) -> RuleError:
    return RuleError(
        "kpi_loop", f"{' → '.join(trail)} is a circle. Choose a parent that does not lie below.", "/parent"
    )


# What a rolled-up child counts as one level up: unseen counts as blind, nothing to judge is left out.
_AS_STATUS: Final = {
    RollupStatus.ACHIEVED: Status.ACHIEVED,
    RollupStatus.ON_TRACK: Status.ON_TRACK,
    RollupStatus.AT_RISK: Status.AT_RISK,
    RollupStatus.OFF_TRACK: Status.OFF_TRACK,
    RollupStatus.BLIND: Status.UNVERIFIED,
    RollupStatus.NO_KPI: Status.NOT_STARTED,
}
