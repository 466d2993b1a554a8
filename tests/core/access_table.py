"""Who may do what at every address: the whole table, read row by row, and how a room adds to it.

A room keeps `tests/<room>/access.py` with `ROWS` (route name -> Row) and, where its routes need records of their
own, `furnish(world)`. It is found by itself. What a cell does not say:

- everybody signed in who is not named is refused with 403,
- an anonymous visitor is sent to sign in (302) by a page and refused (401) by the API,
- a method without an expectation is 405 for everybody signed in; HEAD answers as GET does.

The expectations are written by hand. They are not computed from core/roles.py, so that a slip there turns a cell red.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cast import ROLES, Cast

EVERYBODY = tuple(ROLES)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Sets of people, for rows to be short. `nobody` has signed in but holds no role.
ROLED = "alice bob charlie dana edith max mona audrey adam vera ursula"
WIDE = "dana edith max audrey adam"  # read the whole organisation
NOWHERE = 987_654_321


@dataclass
class World:
    """The records the table speaks of: `ids["initiative.claims"]` is the one in claims."""

    cast: Cast
    ids: dict[str, int] = field(default_factory=dict)

    def id(self, kind: str, at: str) -> int:
        return NOWHERE if at == "nowhere" else self.ids[f"{kind}.{at}"]


@dataclass(frozen=True, slots=True)
class Case:
    """One target. `get="200: alice max; 404: charlie"`; whoever is not named gets 403.

    In `data` (the body of POST, PUT and PATCH) a string "$initiative" is the id of that kind at this target, "$unit.claims"
    that one's id.
    """

    at: str = ""
    get: str = ""
    post: str = ""
    patch: str = ""
    delete: str = ""
    put: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def expected(self, method: str) -> dict[str, int] | None:
        """Status by person, or None where the method is not offered."""
        said = {
            "GET": self.get,
            "HEAD": self.get,
            "POST": self.post,
            "PATCH": self.patch,
            "DELETE": self.delete,
            "PUT": self.put,
        }
        words = said.get(method, "")
        if not words:
            return None
        out = dict.fromkeys(EVERYBODY, 403)
        for part in words.split(";"):
            status, _, names = part.partition(":")
            for name in names.split():
                if name not in out:
                    raise KeyError(name)
                out[name] = int(status)
        return out


@dataclass(frozen=True, slots=True)
class Row:
    """One route. `args`: its URL arguments by the kind of record they name. `open`: needs no sign-in (say why)."""

    cases: tuple[Case, ...]
    args: Mapping[str, str] = field(default_factory=dict)
    query: str = ""


def row(*cases: Case, query: str = "", **args: str) -> Row:
    return Row(cases, args, query)


def reads(who: str, *, others: str = "") -> Row:
    """A page or list without a target."""
    return row(Case(get=f"200: {who}{'; ' + others if others else ''}"))


@dataclass(frozen=True, slots=True)
class Open:
    """A route outside the rule, and why. `statuses`: what an anonymous GET may answer."""

    why: str
    statuses: frozenset[int] = frozenset({200})


Furnish = Callable[[World], None]


def rooms() -> list[Any]:
    """Every tests/<room>/access.py."""
    here = Path(__file__).resolve().parent.parent
    return [
        importlib.import_module(f"tests.{path.parent.name}.access")
        for path in sorted(here.glob("*/access.py"))
    ]


def table() -> dict[str, Row | Open]:
    """The rows of all rooms. A route named twice is an error."""
    out: dict[str, Row | Open] = {}
    for room in rooms():
        for name, one in room.ROWS.items():
            if name in out:
                raise ValueError(f"{name} stands in the table twice.")
            out[name] = one
    return out


def furnished(cast: Cast) -> World:
    """The world with the records of every room."""
    world = World(cast)
    for room in rooms():
        furnish: Furnish | None = getattr(room, "furnish", None)
        if furnish is not None:
            furnish(world)
    return world
