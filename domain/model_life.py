"""What happens to a model after it is registered: who stands too near to judge it, and what its retirement takes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.model_roles import names_same_person

CRITICAL: Final = "critical"
SEVERITIES: Final = ((CRITICAL, "Critical"), ("high", "High"), ("medium", "Medium"), ("low", "Low"))
"""Of a finding, the gravest first."""


class Near(StrEnum):
    """Why a person's judgement of a model would be about their own work."""

    OWNER = "owner"
    DEVELOPER = "developer"
    AUTHOR = "author"


WORDS: Final[Mapping[Near, str]] = {
    Near.OWNER: "Nobody judges a model they own or owned. Ask somebody else.",
    Near.DEVELOPER: "Nobody judges a model they developed. Ask somebody else.",
    Near.AUTHOR: "Nobody decides what they asked for themselves. Ask somebody else.",
}


def too_near(
    person: int,
    name: str,
    *,
    owner: int | None,
    owned: Collection[int] = (),
    developer: str = "",
    formerly: Collection[str] = (),
    developers: Collection[int] = (),
    authors: Collection[int | None] = (),
) -> Near | None:
    """Why `person` (an id, and the name they are known by) may not judge; None when they may.

    `owned`: the ids of those who owned it before: handing it over makes nobody apart. `developers`: the ids of all who are or ever were named as developing it. `developer`: the words on the model's record
    where a team is named instead; `formerly`: those that stood there before. Names are compared as
    `domain.model_roles.names_same_person` does: who was the developer once does not stop having been it.
    """
    if person in authors:
        return Near.AUTHOR
    if person == owner or person in owned:
        return Near.OWNER
    if person in developers or any(names_same_person(name, one) for one in (developer, *formerly)):
        return Near.DEVELOPER
    return None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a retirement takes. `asks`: what its evidence says."""

    code: str
    words: str
    asks: str


STEPS: Final = (
    Step("consumers_told", "Consumers told", "Who was told, how, and what they use instead"),
    Step("data_disposal", "Data disposed of", "What was deleted or kept, by which rule"),
    Step("access_revoked", "Access revoked", "Which accounts, keys and endpoints were closed"),
    Step("archive", "Archived", "Where model, code and record are kept, and for how long"),
)
STEP_CODES: Final = tuple(one.code for one in STEPS)


def lacking(done: Collection[str]) -> tuple[Step, ...]:
    """The steps that are not done, in their order. Empty: the model can be retired."""
    return tuple(one for one in STEPS if one.code not in done)


@dataclass(frozen=True, slots=True)
class Tested:
    """Which of the tests of security and privacy a model was asked, and what is lacking.

    leakage: "done", "lacking", "not_asked" (it handles no personal data) or "unknown" (nobody said whether it does).
    """

    threat_assessment: bool
    red_team: bool
    leakage: str


def what_was_tested(kinds: Collection[str], personal_data: bool | None) -> Tested:
    """What of the tests is on record. `kinds`: of the finished ones. A leakage test is asked where personal data is used."""
    if "leakage_test" in kinds:
        leakage = "done"
    else:
        leakage = {True: "lacking", False: "not_asked", None: "unknown"}[personal_data]
    return Tested("threat_assessment" in kinds, "red_team" in kinds, leakage)
