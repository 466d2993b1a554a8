"""Which role a version of a model may be given, and what becomes of the champion it displaces.

One version of a model serves: the champion. A challenger is measured against it, a shadow answers unseen beside it. A role
is asked for with evidence and given by somebody else; going back to the version before is asked for in the same way.
"""

import re
import unicodedata
from enum import StrEnum
from typing import Final

from domain.errors import RuleError


class VersionRole(StrEnum):
    """What a version is used for."""

    REGISTERED = "registered"
    CHALLENGER = "challenger"
    SHADOW = "shadow"
    CHAMPION = "champion"
    RETIRED = "retired"


GIVEN: Final = (VersionRole.CHAMPION, VersionRole.CHALLENGER, VersionRole.SHADOW, VersionRole.RETIRED)
"""What can be asked for. `registered` is where every version begins, and none goes back to it."""
DISPLACED: Final = (VersionRole.RETIRED, VersionRole.CHALLENGER)
"""What a champion becomes when another takes its place."""


def require_role(
    current: VersionRole, to: VersionRole, *, gone: bool, going_back: bool = False, displaced: VersionRole | None = None
) -> None:  # fmt: skip
    """Refuse a role that cannot be given. `gone`: its source no longer has the version. `going_back`: to the one before.

    Raises RuleError `not_given`, `same_role`, `gone`, `retired`, `not_displaced`.
    """
    if to not in GIVEN:
        raise RuleError("not_given", "No version goes back to being only registered.", "/to_role")
    if current is to:
        raise RuleError("same_role", f"It is {to.value} already.", "/to_role")
    if gone and to is not VersionRole.RETIRED:
        raise RuleError("gone", "Its source no longer has this version. It can only be retired.", "/to_role")
    if current is VersionRole.RETIRED and not going_back:
        raise RuleError(
            "retired", "A retired version serves again only by going back to it from the champion after it.", "/to_role"
        )  # fmt: skip
    if displaced is not None and displaced not in DISPLACED:
        raise RuleError(
            "not_displaced", "The champion before becomes retired or challenger.", "/champion_becomes"
        )


def names_same_person(name: str, developer: str) -> bool:
    """Whether a person is named as the developer on the record. Nobody is the developer nobody named.

    Their name counts wherever its words stand in this order: "Rita Ost (Model team)" and "Jan Kowal, Rita Ost" name Rita Ost.
    """
    wanted, words = _words(name), _words(developer)
    if not wanted:
        return False
    places = range(len(words) - len(wanted) + 1)
    return any(words[place : place + len(wanted)] == wanted for place in places)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
