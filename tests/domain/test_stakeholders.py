"""The register by function: a gap is named, an empty register is nothing known, and nobody is counted twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.stakeholders import (
    FUNCTION_WORDS,
    NEEDED,
    ROLE_WORDS,
    Function,
    GroupRole,
    Stake,
    bridged,
    in_words,
    matrix,
    require_one_name,
)


def stakes(*functions: Function) -> list[Stake]:
    return [Stake(place, function) for place, function in enumerate(functions)]


def test_a_register_with_all_four_functions_warns_of_nothing() -> None:
    found = matrix(stakes(*NEEDED))
    assert (found.missing, found.sentence) == ((), "")


def test_functions_that_nobody_speaks_for_are_named() -> None:
    found = matrix(stakes(Function.BUSINESS, Function.OTHER))
    assert found.missing == (Function.IT, Function.DATA, Function.COMPLIANCE)
    assert found.sentence == "Nobody speaks for IT, data and compliance."


def test_an_empty_register_is_said_in_other_words_than_a_gap() -> None:
    found = matrix([])
    assert found.missing == NEEDED
    assert found.sentence == "Nobody is on the stakeholder register yet."


def test_other_is_never_missing() -> None:
    assert not [
        line for line in matrix(stakes(*NEEDED)).lines if line.function is Function.OTHER and line.missing
    ]


def test_a_line_counts_who_signed_and_who_is_concerned() -> None:
    rows = [Stake(7, Function.IT, True, True), Stake(9, Function.IT, True, False), Stake(8, Function.DATA)]
    line = next(one for one in matrix(rows).lines if one.function is Function.IT)
    assert (line.refs, line.signed, line.concerned) == ((7, 9), 1, 2)


@given(st.lists(st.sampled_from(Function)))
def test_everybody_stands_on_one_line_and_every_function_has_one(functions: list[Function]) -> None:
    found = matrix(stakes(*functions))
    assert [line.function for line in found.lines] == list(Function)
    assert sorted(ref for line in found.lines for ref in line.refs) == list(range(len(functions)))
    assert set(found.missing) == set(NEEDED) - set(functions)


@pytest.mark.parametrize(
    ("functions", "words"),
    [
        ((Function.IT,), "IT"),
        ((Function.IT, Function.DATA), "IT and data"),
        (NEEDED, "business, IT, data and compliance"),
    ],
)
def test_functions_read_as_a_sentence(functions: tuple[Function, ...], words: str) -> None:
    assert in_words(functions) == words


def test_every_function_and_every_role_has_a_word() -> None:
    assert (set(FUNCTION_WORDS), set(ROLE_WORDS)) == (set(Function), set(GroupRole))


def test_a_group_is_bridged_by_a_translator_alone() -> None:
    assert bridged([GroupRole.BUSINESS, GroupRole.TRANSLATOR])
    assert not bridged([GroupRole.BUSINESS, GroupRole.DATA_SCIENCE])


@pytest.mark.parametrize(("user", "name", "code"), [(None, "", "required"), (3, "Ines", "contradiction")])
def test_somebody_is_a_person_or_a_name(user: int | None, name: str, code: str) -> None:
    with pytest.raises(RuleError) as caught:
        require_one_name(user, name)
    assert (caught.value.code, caught.value.pointer) == (code, "/name")


def test_a_person_alone_and_a_name_alone_are_taken() -> None:
    require_one_name(3, "")
    require_one_name(None, "Ines")
