"""Risk tiers, clocks of incidents, who stands too near, what a retirement takes: the rules by themselves."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from domain import incident_clocks as clocks
from domain import risk_tier as tiers
from domain.errors import RuleError
from domain.incident_clocks import Consequence, read_clock
from domain.model_life import STEP_CODES, Near, lacking, too_near, what_was_tested

pytestmark = pytest.mark.pure
AT = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("materiality", "complexity", "tier"),
    [
        ("high", "high", 1), ("high", "medium", 1), ("high", "low", 2), ("medium", "high", 1), ("medium", "medium", 2),
        ("medium", "low", 3), ("low", "high", 2), ("low", "medium", 3), ("low", "low", 3),
    ],
)  # fmt: skip
def test_the_tier_is_materiality_by_complexity(materiality: str, complexity: str, tier: int) -> None:
    assert tiers.tier_of(materiality, complexity) == tier


def test_a_grade_up_never_lowers_the_risk() -> None:
    grades = ["low", "medium", "high"]
    for one in grades:
        for lower, higher in pairwise(grades):
            assert tiers.tier_of(higher, one) <= tiers.tier_of(lower, one)
            assert tiers.tier_of(one, higher) <= tiers.tier_of(one, lower)


def test_a_grade_that_is_none_is_refused_at_its_place() -> None:
    with pytest.raises(RuleError) as caught:
        tiers.tier_of("high", "huge")
    assert (caught.value.code, caught.value.pointer) == ("unknown_level", "/complexity")


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        ({"matrix": {"high": {}}}, "/matrix/medium"),
        ({"other": 1}, "/other"),
        ({"matrix": 3}, "/matrix"),
    ],
)
def test_a_matrix_that_cannot_be_meant_is_refused(row: dict[str, Any], pointer: str) -> None:
    with pytest.raises(RuleError) as caught:
        tiers.Policy.from_json(row)
    assert caught.value.pointer == pointer


def test_policies_survive_their_rows() -> None:
    assert tiers.Policy.from_json(json.loads(json.dumps(tiers.DEFAULT.to_json()))) == tiers.DEFAULT
    assert clocks.Policy.from_json(json.loads(json.dumps(clocks.DEFAULT.to_json()))) == clocks.DEFAULT


@pytest.mark.parametrize(
    ("consequence", "days"), [("serious", 15), ("death", 10), ("widespread", 2), ("none", None)]
)
def test_an_authority_is_told_within_15_10_or_2_days(consequence: str, days: int | None) -> None:
    running = {one.ends: one for one in clocks.DEFAULT.running(1, consequence)}
    found = running.get(clocks.Ends.REPORTED)
    assert (None if found is None else found.due_at(AT) - AT) == (
        None if days is None else timedelta(days=days)
    )


def test_of_clocks_that_one_event_stops_the_shortest_runs() -> None:
    running = clocks.DEFAULT.running(3, "none")
    assert [one.code for one in running] == ["contain_3", "post_mortem", "resolve_3"]
    assert clocks.DEFAULT.running(1, "none") == ()


@pytest.mark.parametrize(
    ("seconds", "late", "words"),
    [
        (-1, True, "under a minute over"), (0, False, "under a minute left"), (1, False, "under a minute left"),
        (60, False, "1 minute left"), (3_600, False, "1 hour left"), (47 * 3_600, False, "47 hours left"),
        (48 * 3_600, False, "2 days left"), (-49 * 3_600, True, "2 days over"),
    ],
)  # fmt: skip
def test_a_clock_is_in_time_to_its_very_moment_and_late_after_it(
    seconds: int, late: bool, words: str
) -> None:
    hand = read_clock(AT + timedelta(seconds=seconds), at=AT)
    assert (hand.late, hand.words) == (late, words)


def test_a_clock_met_late_stays_late_and_one_met_in_time_says_what_was_left() -> None:
    due = AT + timedelta(hours=5)
    assert read_clock(due, at=AT + timedelta(days=9), met_at=AT).words == "met with 5 hours left"
    late = read_clock(due, at=AT, met_at=due + timedelta(hours=3))
    assert (late.late, late.words) == (True, "met 3 hours late")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"hours": 0}, "/clocks/0/hours"), ({"severity": 4}, "/clocks/0/severity"), ({"ends": "never"}, "/clocks/0/ends"),
        ({"consequences": ["boredom"]}, "/clocks/0/consequences/0"), ({"words": " "}, "/clocks/0/words"),
    ],
)  # fmt: skip
def test_a_clock_that_cannot_be_meant_is_refused_at_its_place(change: dict[str, Any], pointer: str) -> None:
    row = {**clocks.DEFAULT.to_json()["clocks"][0], **change}
    with pytest.raises(RuleError) as caught:
        clocks.Policy.from_json({"clocks": [row]})
    assert caught.value.pointer == pointer


def test_two_clocks_have_not_one_code() -> None:
    row = clocks.DEFAULT.to_json()["clocks"][0]
    with pytest.raises(RuleError) as caught:
        clocks.Policy.from_json({"clocks": [row, row]})
    assert caught.value.code == "code_taken"


def test_an_incident_led_to_something_known() -> None:
    with pytest.raises(RuleError):
        clocks.DEFAULT.running(3, "boredom")
    assert len(Consequence) == 4


def test_owner_developer_and_author_stand_too_near() -> None:
    assert too_near(1, "Rita", owner=1) is Near.OWNER
    assert too_near(2, " rita", owner=1, developer="RITA ") is Near.DEVELOPER
    assert too_near(2, "Rita", owner=1, authors=[2]) is Near.AUTHOR
    assert too_near(2, "Rita", owner=1, developer="", authors=[None, 3]) is None
    assert too_near(2, "", owner=None, developer="") is None
    assert too_near(2, "Rita", owner=1, developer="Lin Zhao", developers={2, 3}) is Near.DEVELOPER
    assert too_near(2, "Rita", owner=1, developers={3}) is None


def test_a_retirement_lacks_what_is_not_done_in_its_order() -> None:
    assert [one.code for one in lacking([])] == list(STEP_CODES)
    assert [one.code for one in lacking(["archive", "consumers_told"])] == ["data_disposal", "access_revoked"]
    assert lacking(STEP_CODES) == ()


@pytest.mark.parametrize(
    ("kinds", "personal", "leakage"),
    [
        ([], True, "lacking"),
        ([], False, "not_asked"),
        ([], None, "unknown"),
        (["leakage_test"], None, "done"),
    ],
)
def test_a_leakage_test_is_asked_where_personal_data_is_used(
    kinds: list[str], personal: bool | None, leakage: str
) -> None:
    assert what_was_tested(kinds, personal).leakage == leakage
