"""How much a pilot takes on, how like production it is, and when the next wave may begin."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.likeness import ITEMS, likeness
from domain.scope import OVER, PARTS, scope_of
from domain.waves import State, Wave, closed_by, standing

SMALL = {"units": 1, "sites": 2, "users": 100, "systems": 2, "kpis": 2, "days": 120}
DAY = date(2026, 11, 2)


def test_a_boundary_belongs_to_the_smaller_side() -> None:
    assert scope_of(SMALL).score == 0
    assert scope_of({**SMALL, "units": 2}).score == 1
    assert scope_of({**SMALL, "units": 3}).score == 1
    assert scope_of({**SMALL, "units": 4}).score == 2


def test_three_sides_far_too_large_overreach_and_are_named() -> None:
    found = scope_of({**SMALL, "units": 9, "systems": 9, "days": 365})
    assert (found.score, found.overreaches) == (6, True)
    assert [one.part.code for one in found.largest] == ["units", "systems", "days"]
    assert scope_of({**SMALL, "units": 9, "systems": 9, "days": 180}).overreaches is False


def test_what_nobody_counted_is_neither_small_nor_large() -> None:
    assert scope_of({}).overreaches is None
    assert scope_of({"units": 9, "systems": 9, "days": 365}).overreaches is True
    assert scope_of({**SMALL, "users": None}).overreaches is False  # two points more would not bring it there


@given(st.fixed_dictionaries({part.code: st.none() | st.integers(0, 1_000) for part in PARTS}))
def test_a_larger_scope_never_scores_less(counts: dict[str, int | None]) -> None:
    found = scope_of(counts)
    assert 0 <= found.score <= found.most
    more = scope_of({code: None if value is None else value + 1 for code, value in counts.items()})
    assert more.score >= found.score
    if found.overreaches is None:
        assert found.score < OVER <= found.score + 2 * len(found.unknown)


def test_likeness_counts_what_nobody_looked_at_as_no_point() -> None:
    assert likeness({}).share is None
    assert likeness({}).warns
    whole = {one.code: "like" for one in ITEMS}
    assert (likeness(whole).share, likeness(whole).warns) == (Decimal(1), False)
    found = likeness({**whole, "users": "unlike", "security": "unlike"})
    assert (str(found.share), found.warns) == ("0.6", False)  # the boundary is the milder side
    part = likeness(
        {code: said for code, said in whole.items() if code not in {"users", "security", "latency"}}
    )
    assert (part.points, part.most, part.unknown, part.warns) == (
        4,
        10,
        ("latency", "users", "security"),
        True,
    )


def states(*waves: Wave) -> list[str]:
    return [one.state.value for one in standing(waves)]


def test_a_wave_is_locked_until_the_one_before_met_its_criteria() -> None:
    second = Wave(2, (("Calls answered", None),))
    assert states(Wave(1, (("Used weekly", None),)), second) == ["ready", "locked"]
    assert states(Wave(1, (("Used weekly", None),), DAY), second) == ["running", "locked"]
    assert states(Wave(1, (("Used weekly", False),), DAY), second) == ["running", "locked"]
    assert states(Wave(1, (("Used weekly", True),), DAY), second) == ["met", "ready"]
    assert states(Wave(1, (("Used weekly", True), ("Safe", None)), DAY), second) == ["running", "locked"]
    assert states(Wave(1, (("Used weekly", True), ("Safe", False)), DAY), second) == ["running", "locked"]


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (Wave(1, (("Used", None),)), "Wave 1 has not begun."),
        (Wave(1, (), DAY), "Wave 1 has no go criteria, so nobody can say that they are met."),
        (Wave(1, (("Used", False), ("Safe", None)), DAY), "Wave 1, not met: Used; nobody has said: Safe."),
    ],
)
def test_what_locks_a_wave_is_named(before: Wave, said: str) -> None:
    assert standing([Wave(2), before])[1].why == said


def test_what_closes_a_rollout_locks_what_has_not_begun_and_nothing_that_has() -> None:
    closed = closed_by("stopped")
    begun, ahead = standing([Wave(1, (("Used", True),), DAY), Wave(2)], closed=closed)
    assert (begun.state, begun.why) == (State.MET, "")
    assert (ahead.state, ahead.why) == (State.LOCKED, closed)
    assert closed_by("scale_up") == closed_by("production") == ""


WAVES = st.lists(
    st.tuples(st.lists(st.none() | st.booleans(), max_size=3), st.booleans()), max_size=6
).map(lambda told: [Wave(n, tuple((f"c{i}", met) for i, met in enumerate(said)), DAY if began else None)
                    for n, (said, began) in enumerate(told, start=1)])  # fmt: skip


@given(WAVES)
def test_none_is_ready_behind_one_that_is_not_met(waves: list[Wave]) -> None:
    found = standing(waves)
    for before, after in pairwise(found):
        if before.state is not State.MET:
            assert after.state not in {State.READY}
        if after.state is State.LOCKED:
            assert after.why
    assert standing(list(reversed(waves))) == found
