"""Which ended work resembles a new idea: a stated rule, with the reason of every point."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.lessons import Ended, Work, likeness, similar, words_of

ON = date(2026, 3, 1)
NEW = Work("Drafting broker replies", "/1/2/", frozenset({7}), frozenset({"llm"}))


def ended(number: int = 1, days: int = 0, **of: Any) -> Ended:
    return Ended(number, ON + timedelta(days=days), Work(**{"text": "", **of}))


def test_words_are_significant_in_one_number_and_without_marks() -> None:
    assert words_of("The BROKERS' replies, and this model's data") == {"broker", "replie"}
    assert words_of("a AI of the 2026 loss") == {"loss"}
    assert words_of("") == frozenset()


@pytest.mark.parametrize(
    ("old", "points", "reasons"),
    [
        ({}, 0, ()),
        ({"objectives": frozenset({7})}, 3, ("same objective",)),
        ({"unit": "/1/2/"}, 2, ("same business unit",)),
        ({"unit": "/1/9/"}, 1, ("same part of the organisation",)),
        ({"unit": "/3/2/"}, 0, ()),
        ({"techniques": frozenset({"llm", "rules"})}, 2, ("same technique",)),
        ({"text": "Broker portal"}, 1, ("also about broker",)),
        ({"text": "Broker portal", "unit": "/1/2/"}, 3, ("same business unit", "also about broker")),
    ],
)
def test_each_point_has_its_reason(old: dict[str, Any], points: int, reasons: tuple[str, ...]) -> None:
    found = likeness(NEW, ended(**old))
    assert (found.points, found.reasons) == (points, reasons)


def test_what_is_unknown_of_both_is_no_likeness() -> None:
    assert likeness(Work("x"), ended()).points == 0


def test_too_little_in_common_is_not_suggested() -> None:
    assert similar(NEW, [ended(unit="/1/2/"), ended(2, text="broker")]) == ()
    assert len(similar(NEW, [ended(unit="/1/2/", text="broker")])) == 1


def test_the_most_alike_comes_first_of_equals_the_latest_and_no_more_than_asked() -> None:
    known = [
        ended(1, 0, objectives=frozenset({7})),
        ended(2, 5, objectives=frozenset({7})),
        ended(3, 0, objectives=frozenset({7}), unit="/1/2/"),
    ]
    assert [one.ended.id for one in similar(NEW, known)] == [3, 2, 1]
    assert [one.ended.id for one in similar(NEW, reversed(known))] == [3, 2, 1]
    assert [one.ended.id for one in similar(NEW, known, most=1)] == [3]


def test_words_and_objectives_count_only_so_far() -> None:
    many = " ".join(f"{chr(97 + n) * 5}" for n in range(20))
    assert likeness(Work(many), ended(text=many)).points == 4
    every = frozenset(range(9))
    assert likeness(Work("x", objectives=every), ended(objectives=every)).points == 6
