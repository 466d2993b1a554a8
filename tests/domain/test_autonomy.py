"""How much a model does without a person: what is unknown exceeds nothing, and reaching a level is not going beyond it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.autonomy import CODES, Autonomy, beyond, most, words_of
from domain.conditions import Used, exceeded
from domain.errors import RuleError
from domain.gates import GATES
from domain.motions import motion_to_json, read_motion
from tests.cast import TODAY

pytestmark = pytest.mark.pure
LEVELS = st.sampled_from(list(Autonomy))


@given(LEVELS, LEVELS)
def test_only_a_higher_level_goes_beyond(approved: Autonomy, used: Autonomy) -> None:
    assert bool(beyond(approved.name.lower(), used)) == (used > approved)


@given(LEVELS)
def test_what_nobody_said_is_not_beyond(used: Autonomy) -> None:
    assert beyond("", used) == ""
    assert beyond(used.name.lower(), None) == ""


def test_the_highest_of_what_is_recorded_counts() -> None:
    assert most([None, 2, 4, None, 1]) is Autonomy.ALONE
    assert most([None]) is None
    assert most([]) is None


def test_beyond_says_both_levels() -> None:
    said = exceeded({"level": "proposes"}, Used(autonomy=Autonomy.ALONE))
    assert said == (
        "a model acts beyond the approved level (acts alone; approved: proposes: a person decides each case)",
    )
    assert exceeded({"users": 5}, Used(autonomy=Autonomy.ALONE)) == ()


def test_every_level_has_words_and_none_for_what_is_none() -> None:
    assert all(words_of(code) for code in CODES)
    assert words_of("") == words_of("total") == ""


def test_a_motion_names_the_level_and_an_unknown_one_is_refused_at_its_place() -> None:
    gate = next(one for one in GATES if one.code == "G5")
    said = {"outcome": "go", "because": "It holds.", "ceiling": {"level": "supervised"}}
    read = read_motion(said, gate=gate, today=TODAY)
    assert read.ceiling.level == "supervised"
    assert read_motion(motion_to_json(read), gate=gate, today=TODAY) == read
    with pytest.raises(RuleError) as refused:
        read_motion({**said, "ceiling": {"level": "total"}}, gate=gate, today=TODAY)
    assert (refused.value.code, refused.value.pointer) == ("not_a_known_word", "/ceiling/level")
