"""Ranking pilots: anybody gets the same order, unknown is neither good nor bad, ties are explained, weights are tried."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.review_board import CODES, DEFAULT, Pilot, rank, read_weights, scored, sensitivity

D = Decimal


def pilot(ref: str, **scores: str | None) -> Pilot:
    return Pilot(ref, {code: None if said is None else D(said) for code, said in scores.items()})


ALL = dict.fromkeys(CODES, "1")
GOOD, BLIND, POOR = pilot("P-0001", **ALL), pilot("P-0002"), pilot("P-0003", **dict.fromkeys(CODES, "0.2"))


def test_the_score_is_what_is_proven_and_unknown_stands_beside_it() -> None:
    first, second, third = rank([BLIND, POOR, GOOD])
    assert [first.ref, second.ref, third.ref] == ["P-0001", "P-0003", "P-0002"]
    assert (first.score, first.most, first.known) == (D(1), D(1), D(1))
    assert (third.score, third.most, third.known) == (
        D(0),
        D(1),
        D(0),
    )  # blind: nothing proven, everything possible
    assert third.parts == dict.fromkeys(CODES)


def test_a_score_is_worked_out_by_hand() -> None:
    (found,) = rank([pilot("P-1", evidence="0.5", use="1")])
    assert found.score == D("0.30")  # 30 of 100 by half, and 15 of 100 by 1
    assert (found.known, found.most) == (D("0.45"), D("0.85"))
    assert found.parts["evidence"] == D("0.15")


def test_ties_are_broken_by_what_is_known_then_by_reference_and_say_so() -> None:
    known = pilot("P-0009", evidence="0", value="0")
    first, second, third = rank([pilot("P-0002"), known, pilot("P-0001")])
    assert [first.ref, second.ref, third.ref] == ["P-0009", "P-0001", "P-0002"]
    assert second.tie == "The same score as P-0009; of that one more is known."
    assert third.tie == "The same score as P-0001, and as much is known; in order of the reference."
    assert first.tie == ""


SCORE = st.none() | st.integers(0, 10).map(lambda n: D(n) / 10)
PILOTS = st.lists(
    st.fixed_dictionaries(dict.fromkeys(CODES, SCORE)), max_size=8
).map(lambda told: [Pilot(f"P-{n:04d}", scores) for n, scores in enumerate(told, start=1)])  # fmt: skip
WEIGHTS = st.fixed_dictionaries(dict.fromkeys(CODES, st.integers(0, 100).map(D))).filter(
    lambda w: any(w.values())
)


@given(PILOTS, WEIGHTS, st.randoms())
def test_the_order_of_the_list_and_the_scale_of_the_weights_change_nothing(
    pilots: list[Pilot], weights: dict[str, Decimal], chance: Random
) -> None:
    mixed = list(pilots)
    chance.shuffle(mixed)
    found = rank(pilots, weights)
    assert [one.ref for one in rank(mixed, weights)] == [one.ref for one in found]
    tenfold = {code: weight * 10 for code, weight in weights.items()}
    assert [one.ref for one in rank(pilots, tenfold)] == [one.ref for one in found]
    assert [one.rank for one in found] == list(range(1, len(pilots) + 1))
    for one in found:
        assert 0 <= one.score <= one.most <= 1 + D("1e-9")


@given(PILOTS.filter(bool), WEIGHTS)
def test_a_better_score_never_lowers_a_pilot(pilots: list[Pilot], weights: dict[str, Decimal]) -> None:
    first = pilots[0]
    better = Pilot(first.ref, {code: D(1) for code in CODES})
    before = next(one.rank for one in rank(pilots, weights) if one.ref == first.ref)
    after = next(one.rank for one in rank([better, *pilots[1:]], weights) if one.ref == first.ref)
    assert after <= before


@given(PILOTS, WEIGHTS)
def test_the_span_of_a_rank_holds_the_rank_itself(pilots: list[Pilot], weights: dict[str, Decimal]) -> None:
    found = sensitivity(pilots, weights)
    for one in rank(pilots, weights):
        low, high = found.spans[one.ref]
        assert low <= one.rank <= high


def test_what_would_put_another_first_is_named() -> None:
    proven, used = pilot("P-1", evidence="1", use="0"), pilot("P-2", evidence="0", use="1")
    weights = {**dict.fromkeys(CODES, D(0)), "evidence": D(30), "use": D(20)}
    found = sensitivity([proven, used], weights)
    told = {(one.code, one.how) for one in found.changes_first("P-1")}
    assert told == {("evidence", "left out"), ("evidence", "half of it"), ("use", "twice of it")}
    assert found.spans == {"P-1": (1, 2), "P-2": (1, 2)}
    assert sensitivity([GOOD, POOR]).changes_first("P-0001") == ()


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({}, "/evidence"), ({**dict.fromkeys(CODES, "1"), "mood": "1"}, "/mood"), (dict.fromkeys(CODES, "-1"), "/evidence"),
        (dict.fromkeys(CODES, "0"), ""), ({**dict.fromkeys(CODES, "1"), "use": "many"}, "/use"),
        ({**dict.fromkeys(CODES, "1"), "use": "1001"}, "/use"), ({**dict.fromkeys(CODES, "1"), "use": "NaN"}, "/use"),
    ],
)  # fmt: skip
def test_weights_that_are_none_are_refused_at_their_place(data: object, pointer: str) -> None:
    with pytest.raises(RuleError) as refused:
        read_weights(data)
    assert refused.value.pointer == pointer


def test_weights_are_read_as_they_are_kept() -> None:
    assert read_weights({code: f"{weight}" for code, weight in DEFAULT.items()}) == DEFAULT


NO_FACTS: dict[str, Any] = dict.fromkeys(
    ("status", "value", "cost", "use", "plan_parts", "likeness", "days", "planned")
)


@pytest.mark.parametrize(
    ("facts", "code", "score"),
    [
        ({"status": "achieved"}, "evidence", "1"), ({"status": "stale"}, "evidence", None), ({"status": "missed"}, "evidence", "0"),
        ({"value": D(50), "cost": D(100)}, "value", "0.5"), ({"value": D(-50), "cost": D(100)}, "value", "0"),
        ({"value": D(300), "cost": D(100)}, "value", "1"), ({"value": D(1)}, "value", None),
        ({"use": D("0.3")}, "use", "0.5"), ({"use": D("0.9")}, "use", "1"), ({"plan_parts": 4}, "handover", "0.8"),
        ({"days": 90, "planned": 90}, "time", "1"), ({"days": 135, "planned": 90}, "time", "0.5"),
        ({"days": 900, "planned": 90}, "time", "0"), ({"days": 90, "planned": 0}, "time", None), ({}, "likeness", None),
    ],
)  # fmt: skip
def test_facts_become_scores_and_what_is_unknown_stays_unknown(
    facts: dict[str, Any], code: str, score: str | None
) -> None:
    found = scored(**{**NO_FACTS, **facts})[code]
    assert found == (None if score is None else D(score))
