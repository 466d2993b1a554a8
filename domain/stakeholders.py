"""Who has a stake in an initiative, by function; which functions nobody speaks for; who bridges business and data science.

An initiative without compliance at the table learns of it at the gate. Pure: functions and roles in, words out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.errors import RuleError


class Function(StrEnum):
    """For what somebody speaks."""

    BUSINESS = "business"
    IT = "it"
    DATA = "data"
    COMPLIANCE = "compliance"
    OTHER = "other"


class GroupRole(StrEnum):
    """What somebody is in a working group, or spoke as in a meeting of it."""

    LEAD = "lead"
    TRANSLATOR = "translator"
    BUSINESS = "business"
    DATA_SCIENCE = "data_science"
    ENGINEERING = "engineering"
    COMPLIANCE = "compliance"
    OTHER = "other"


FUNCTION_WORDS: Final = {
    Function.BUSINESS: "Business",
    Function.IT: "IT",
    Function.DATA: "Data",
    Function.COMPLIANCE: "Compliance",
    Function.OTHER: "Other",
}
ROLE_WORDS: Final = {
    GroupRole.LEAD: "Leads the group",
    GroupRole.TRANSLATOR: "Translator",
    GroupRole.BUSINESS: "Business",
    GroupRole.DATA_SCIENCE: "Data science",
    GroupRole.ENGINEERING: "Engineering and IT",
    GroupRole.COMPLIANCE: "Compliance",
    GroupRole.OTHER: "Other",
}
NEEDED: Final = (Function.BUSINESS, Function.IT, Function.DATA, Function.COMPLIANCE)
"""Functions of which each initiative has somebody on its register."""


@dataclass(frozen=True, slots=True)
class Stake:
    """One entry of a register, as far as the matrix asks. `ref`: what the caller knows it by."""

    ref: int
    function: Function
    concerned: bool = False
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One function of the matrix. `refs`: who speaks for it, as given; `missing`: it is needed and nobody does."""

    function: Function
    refs: tuple[int, ...]
    signed: int
    concerned: int
    missing: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """The register by function, every function in its order. `sentence`: the warning, empty where there is none."""

    lines: tuple[Line, ...]
    missing: tuple[Function, ...]
    sentence: str


def matrix(stakes: Sequence[Stake]) -> Matrix:
    """The register by function. An empty register is nothing known, and is said in other words than a gap in one."""
    lines = []
    for function in Function:
        mine = [one for one in stakes if one.function is function]
        lines.append(
            Line(
                function,
                tuple(one.ref for one in mine),
                sum(one.signed for one in mine),
                sum(one.concerned for one in mine),
                function in NEEDED and not mine,
            )
        )
    missing = tuple(line.function for line in lines if line.missing)
    if not stakes:
        words = "Nobody is on the stakeholder register yet."
    elif missing:
        words = f"Nobody speaks for {in_words(missing)}."
    else:
        words = ""
    return Matrix(tuple(lines), missing, words)


def in_words(functions: Sequence[Function]) -> str:
    """ "IT", "IT and compliance", "business, IT and data": within a sentence."""
    names = [FUNCTION_WORDS[one] if one is Function.IT else FUNCTION_WORDS[one].lower() for one in functions]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def bridged(roles: Iterable[GroupRole]) -> bool:
    """Whether somebody in a group translates between business and data science."""
    return GroupRole.TRANSLATOR in set(roles)


def require_one_name(user: int | None, name: str) -> None:
    """Somebody is a person of the register or a name, never both and never neither. Raises RuleError at `/name`."""
    if user is None and not name:
        raise RuleError(
            "required", "Choose a person, or write the name of somebody without an account.", "/name"
        )
    if user is not None and name:
        raise RuleError("contradiction", "Choose a person or write a name, not both.", "/name")
