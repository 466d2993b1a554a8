"""Looks at a comparison, read from the text of a table: a line a day, or a line for each arm."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Problem
from kpis.models import Comparison
from kpis.services.look_rows import read_looks
from tests.kpis.comparing import HEAD, look

UNHURRIED = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)


def plain(**more: Any) -> Comparison:
    return Comparison(**{**HEAD, **more})


def test_a_line_a_day_is_read_in_any_order_and_with_any_separator() -> None:
    text = "looked_on;successes_1;trials_1;successes_2;trials_2\n2026-11-21;5;10;6;10\n2026-11-20;4;;5;9\n"
    assert read_looks(text, plain()) == [look(20, 4, None, 5, 9), look(21, 5, 10, 6, 10)]


def test_a_line_for_each_arm_is_read_by_its_name() -> None:
    text = "\ufefflooked_on,arm,successes,trials\r\n2026-11-20,Blue,5,9\r\n2026-11-20,grey,4,8\r\n"
    assert read_looks(text, plain()) == [look(20, 4, 8, 5, 9)]


def test_pairs_are_read() -> None:
    text = "looked_on\tonly_1\tboth\tonly_2\tneither\n2026-11-20\t20\t780\t38\t62"
    assert read_looks(text, plain(paired=True)) == [look(20, 20, 780, 38, 62)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no line"),
        ("looked_on,successes_1,trials_1,successes_2,trials_2", "no line below"),
        ("day,a,b\n1,2,3", "Line 1 must name the columns"),
        ("looked_on,arm,successes,trials\n2026-11-20,Blue,5,9", "no line for Grey"),
        ("looked_on,arm,successes,trials\n2026-11-20,Red,5,9", "Line 2 names the arm"),
        ("looked_on,arm,successes,trials\n2026-11-20,1,5,9\n2026-11-20,1,5,9", "Line 3 is a second one"),
        ("looked_on,successes_1,trials_1,successes_2,trials_2\n20.11.2026,1,2,1,2", "Line 2 has no day"),
        (
            "looked_on,successes_1,trials_1,successes_2,trials_2\n2026-11-20,1.5,2,1,2",
            "no whole number in successes_1",
        ),
        ("looked_on,successes_1,trials_1,successes_2,trials_2\n2026-11-20,1,2", "Line 2 has 3 cells"),
        (
            "looked_on,successes_1,trials_1,successes_2,trials_2\n2026-11-20,1,2,1,²",
            "no whole number in trials_2",
        ),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, words: str) -> None:
    with pytest.raises(Problem) as refused:
        read_looks(text, plain())
    assert words in refused.value.detail
    assert refused.value.items[0].pointer == "/rows"


@UNHURRIED
@given(st.text(max_size=300))
def test_no_text_whatever_breaks_the_reading(text: str) -> None:
    with suppress(Problem):
        assert read_looks(text, plain())
