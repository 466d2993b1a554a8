"""The tree of KPIs: no circles, and a roll-up that never loses sight of what it cannot see."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.kpi import Reason, Status
from domain.kpi_tree import Node, Rolled, Standing, Way, check_parent, loop_in, roll_up
from domain.rollup import BAD, BLIND, Item, rollup


def leaf(ref: str, status: str, progress: str | None = None, *, parent: str = "TOP", **said: Any) -> Node:
    weight = Decimal(said.pop("weight", "1"))
    standing = Standing(
        Status(status), said.pop("reason", None), None if progress is None else Decimal(progress)
    )
    return Node(ref=ref, parent=parent, weight=weight, standing=standing, **said)


def top(*children: Node, way: Way = Way.WEIGHTED_MEAN) -> Rolled:
    return roll_up([Node(ref="TOP", way=way), *children])["TOP"]


def shown(rolled: Rolled) -> tuple[str, str | None, str | None, str | None]:
    return (
        rolled.status.value,
        None if rolled.progress is None else str(rolled.progress),
        None if rolled.blind_share is None else str(rolled.blind_share),
        rolled.worst,
    )


# -- circles -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        ({}, None),
        ({"K-1": None}, None),
        ({"K-1": "K-2", "K-2": "K-3", "K-3": None}, None),
        ({"K-1": "K-1"}, ("K-1", "K-1")),
        ({"K-3": "K-1", "K-1": "K-2", "K-2": "K-1"}, ("K-1", "K-2", "K-1")),
        ({"K-9": "K-5", "K-5": "K-7", "K-7": "K-9"}, ("K-5", "K-7", "K-9", "K-5")),
    ],
)
def test_a_circle_is_found_and_named_from_its_least_reference(
    parents: dict[str, str | None], expected: tuple[str, ...] | None
) -> None:
    assert loop_in(parents) == expected


def test_a_kpi_is_not_hung_below_itself_or_what_lies_below_it() -> None:
    parents: dict[str, str | None] = {"K-1": None, "K-2": "K-1", "K-3": "K-2"}
    for child, parent, named in (("K-1", "K-3", "K-1 → K-3 → K-2 → K-1"), ("K-2", "K-2", "K-2 → K-2")):
        with pytest.raises(RuleError) as refused:
            check_parent(parents, child, parent)
        assert (refused.value.code, refused.value.pointer) == ("kpi_loop", "/parent")
        assert refused.value.message.startswith(f"{named} is a circle.")
    for child, other in (("K-3", "K-1"), ("K-2", None), ("K-9", "K-3")):
        check_parent(parents, child, other)


def test_a_parent_nobody_knows_is_refused() -> None:
    with pytest.raises(RuleError) as refused:
        check_parent({"K-1": None}, "K-1", "K-7")
    assert refused.value.code == "unknown_parent"


@pytest.mark.parametrize(
    ("code", "nodes"),
    [
        ("kpi_loop", [Node(ref="A", parent="B"), Node(ref="B", parent="A")]),
        ("unknown_parent", [Node(ref="A", parent="B")]),
        ("duplicate_kpi", [Node(ref="A"), Node(ref="A")]),
        ("negative_weight", [Node(ref="A"), leaf("B", "on_track", "1", parent="A", weight="-1")]),
        ("weight_not_a_number", [Node(ref="A"), leaf("B", "on_track", "1", parent="A", weight="NaN")]),
    ],
)
def test_a_tree_that_is_none_is_refused(code: str, nodes: list[Node]) -> None:
    with pytest.raises(RuleError) as refused:
        roll_up(nodes)
    assert refused.value.code == code


def test_a_tree_may_be_very_deep() -> None:
    nodes = [Node(ref=str(n), parent=str(n - 1) if n else None) for n in range(3000)]
    nodes.append(leaf("leaf", "on_track", "0.5", parent="2999"))
    assert str(roll_up(nodes)["0"].progress) == "0.500000"


# -- weighted mean -------------------------------------------------------------------------------------------------


def test_progress_is_the_mean_by_weight() -> None:
    found = top(leaf("A", "on_track", "0.5", weight="3"), leaf("B", "at_risk", "0.1", weight="1"))
    assert shown(found) == ("on_track", "0.400000", "0.000000", "B")
    assert found.sentence == "40 % of the way on average over 2 KPIs below; the worst is B at 10 %."


def test_thirds_are_rounded_once_and_half_even() -> None:
    assert str(top(leaf("A", "on_track", "1"), leaf("B", "on_track", "0", weight="2")).progress) == "0.333333"
    assert str(top(leaf("A", "on_track", "0.000001"), leaf("B", "on_track", "0")).progress) == "0.000000"


@pytest.mark.parametrize("status", sorted(BLIND))
def test_what_is_not_seen_is_left_out_of_the_mean_and_said(status: str) -> None:
    found = top(
        leaf("A", "on_track", "0.5", weight="3"),
        leaf("B", status, "0.9", weight="1", reason=Reason.FIRST_MEASUREMENT_OVERDUE),
    )
    assert shown(found) == ("on_track", "0.500000", "0.250000", "A")
    assert found.sentence.endswith("25 % of the weight cannot be seen.")


def test_all_unseen_has_no_progress_and_nothing_to_count_has_no_share() -> None:
    found = top(leaf("A", "stale", "0.9"))
    assert shown(found) == ("blind", None, "1.000000", None)
    assert (
        found.sentence
        == "Nothing is seen of the 1 KPIs below that count. 100 % of the weight cannot be seen."
    )
    nothing = top(leaf("A", "paused"), leaf("B", "no_data", reason=Reason.AWAITING_FIRST_MEASUREMENT))
    assert shown(nothing) == ("no_kpi", None, None, None)
    assert (nothing.counted, nothing.children) == (0, 2)
    assert nothing.sentence == "None of the 2 KPIs below can be judged yet."


def test_weight_nought_leaves_a_child_out() -> None:
    found = top(leaf("A", "on_track", "0.5"), leaf("B", "off_track", "-1", weight="0"))
    assert (shown(found)[:2], found.counted, found.children) == (("on_track", "0.500000"), 1, 2)


def test_a_child_without_readings_or_children_is_unseen() -> None:
    assert shown(top(Node(ref="A", parent="TOP"))) == ("blind", None, "1.000000", None)


def test_a_bad_primary_takes_its_parent_off_track_whatever_the_mean() -> None:
    children = leaf("A", "off_track", "0.1"), leaf("B", "achieved", "2", weight="50")
    assert top(*children).status == "on_track"
    assert top(replace(children[0], primary=True), children[1]).status == "off_track"


# -- worst wins ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["achieved", "achieved"], "achieved"),
        (["achieved", "on_track"], "on_track"),
        (["achieved", "at_risk"], "at_risk"),
        (["at_risk", "stale"], "blind"),
        (["stale", "off_track"], "off_track"),
        (["missed", "achieved"], "off_track"),
        (["paused", "achieved"], "achieved"),
        (["paused"], "no_kpi"),
        (["no_baseline", "achieved"], "blind"),
    ],
)
def test_the_worst_wins_and_what_is_unseen_may_be_the_worst(statuses: list[str], expected: str) -> None:
    children = [leaf(str(n), status, "0.5", weight=str(n + 1)) for n, status in enumerate(statuses)]
    assert top(*children, way=Way.WORST_WINS).status == expected


def test_the_worst_is_named_with_how_far_it_is() -> None:
    found = top(leaf("A", "on_track", "0.5"), leaf("B", "at_risk", "0.25"), way=Way.WORST_WINS)
    assert found.sentence == "Of 2 KPIs below, the worst is B at 25 % of the way."


# -- more than one level -------------------------------------------------------------------------------------------


def test_a_kpi_without_readings_is_what_its_children_say_and_one_with_readings_speaks_for_itself() -> None:
    below = [leaf("A1", "off_track", "0.1", parent="A", primary=True), leaf("A2", "stale", parent="A")]
    found = roll_up([Node(ref="TOP"), Node(ref="A", parent="TOP", primary=True), *below])
    assert (found["A"].status, found["TOP"].status) == ("off_track", "off_track")
    assert str(found["TOP"].blind_share) == "0.500000"
    own = leaf("A", "on_track", "0.9", primary=True)
    found = roll_up([Node(ref="TOP"), own, *below])
    assert (found["A"].status, found["TOP"].status, str(found["TOP"].progress)) == (
        "off_track",
        "on_track",
        "0.900000",
    )


def test_every_kpi_with_children_is_answered_in_the_order_given() -> None:
    nodes = [leaf("A1", "on_track", "1", parent="A"), Node(ref="TOP"), Node(ref="A", parent="TOP")]
    assert list(roll_up(nodes)) == ["TOP", "A"]
    assert roll_up([Node(ref="TOP")]) == {}


_leaves = st.builds(
    lambda status, progress, weight, primary: (status, progress, weight, primary),
    st.sampled_from(Status),
    st.decimals(-2, 2, places=3),
    st.decimals(0, 9, places=1),
    st.booleans(),
)


def _tree(leaves: list[tuple[Status, Decimal, Decimal, bool]], way: Way) -> list[Node]:
    children = [
        Node(
            ref=f"K{n}",
            parent="TOP",
            weight=weight,
            primary=primary,
            standing=Standing(status, None, progress),
        )
        for n, (status, progress, weight, primary) in enumerate(leaves)
    ]
    return [Node(ref="TOP", way=way), *children]


QUICK = settings(deadline=None, max_examples=80)


@QUICK
@given(
    st.lists(_leaves, min_size=1, max_size=6),
    st.sampled_from(Way),
    st.randoms(use_true_random=False),
    st.integers(1, 99),
)
def test_neither_order_nor_the_unit_of_weight_matters(
    leaves: list[tuple[Status, Decimal, Decimal, bool]], way: Way, random: Any, factor: int
) -> None:
    found = roll_up(_tree(leaves, way))["TOP"]
    other = [replace(node, weight=node.weight * factor) for node in _tree(leaves, way)]
    random.shuffle(other)
    assert roll_up(other)["TOP"] == found


@QUICK
@given(st.lists(_leaves, min_size=1, max_size=6), st.sampled_from(Way))
def test_the_mean_lies_between_its_children_and_the_status_is_never_better_than_known(
    leaves: list[tuple[Status, Decimal, Decimal, bool]], way: Way
) -> None:
    found = roll_up(_tree(leaves, way))["TOP"]
    seen = [
        p
        for status, p, weight, _ in leaves
        if weight and status not in BLIND | {Status.NOT_STARTED, Status.PAUSED, Status.RETIRED}
    ]
    if found.progress is None:
        assert seen == []
    else:
        assert min(seen) - Decimal("0.000001") <= found.progress <= max(seen) + Decimal("0.000001")
    assert found.blind_share is None or 0 <= found.blind_share <= 1
    counted = {status for status, _, weight, _ in leaves if weight}
    if way is Way.WORST_WINS:
        assert (found.status == "off_track") is bool(counted & BAD)
        if counted & BLIND:
            assert found.status in {"off_track", "blind"}
    else:
        items = [Item(status, None, weight, primary) for status, _, weight, primary in leaves]
        assert found.status == rollup(items).status


@QUICK
@given(st.lists(_leaves, min_size=1, max_size=4), st.lists(_leaves, min_size=1, max_size=4))
def test_an_extra_level_does_not_move_the_mean_when_weights_add_up(
    one: list[tuple[Status, Decimal, Decimal, bool]], other: list[tuple[Status, Decimal, Decimal, bool]]
) -> None:
    """Two groups weighing what their counted children weigh give the mean and the blind share of the flat tree."""
    out = {Status.NOT_STARTED, Status.PAUSED, Status.RETIRED}
    nodes = [Node(ref="TOP")]
    flat = roll_up(_tree([*one, *other], Way.WEIGHTED_MEAN))["TOP"]
    for name, group in (("A", one), ("B", other)):
        weight = sum((weight for status, _, weight, _ in group if status not in out), Decimal(0))
        nodes.append(Node(ref=name, parent="TOP", weight=weight))
        nodes += [
            replace(node, ref=f"{name}{node.ref}", parent=name)
            for node in _tree(group, Way.WEIGHTED_MEAN)[1:]
        ]
    deep = roll_up(nodes)["TOP"]
    assert (deep.progress, deep.blind_share) == (flat.progress, flat.blind_share)
