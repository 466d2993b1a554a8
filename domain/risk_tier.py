"""A model's risk tier: how much hangs on it (materiality) times how hard it is to see through (complexity).

The matrix is versioned data. An override needs a reason and somebody else's approval; that is the service's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from domain.errors import RuleError
from domain.policy_rows import full_row, row, whole, within


class Level(StrEnum):
    """A grade of materiality or complexity."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


Matrix = Mapping[Level, Mapping[Level, int]]


def _matrix(*rows: tuple[int, int, int]) -> Matrix:
    return MappingProxyType(
        {
            one: MappingProxyType(dict(zip(Level, tiers, strict=True)))
            for one, tiers in zip(Level, rows, strict=True)
        }
    )


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the matrix: materiality -> complexity -> tier 1 (the highest risk), 2 or 3."""

    matrix: Matrix = field(default_factory=lambda: _matrix((1, 1, 2), (1, 2, 3), (2, 3, 3)))

    def __post_init__(self) -> None:
        for one in Level:
            for other in Level:
                within(self.matrix[one][other], 1, 3, f"/matrix/{one}/{other}")

    def to_json(self) -> dict[str, Any]:
        return {"matrix": {one.value: {o.value: self.matrix[one][o] for o in Level} for one in Level}}

    @classmethod
    def from_json(cls, stored: object) -> "Policy":
        """The matrix a stored row says; without one, the default. Raises RuleError with a pointer."""
        named = row(stored, ["matrix"])
        if "matrix" not in named:
            return cls()
        outer = full_row(named["matrix"], [one.value for one in Level], "/matrix")
        rows = []
        for one in Level:
            inner = full_row(outer[one.value], [o.value for o in Level], f"/matrix/{one}")
            first, second, third = (whole(inner[o.value], f"/matrix/{one}/{o}") for o in Level)
            rows.append((first, second, third))
        return cls(_matrix(*rows))


DEFAULT: Final = Policy()


def tier_of(materiality: str, complexity: str, policy: Policy = DEFAULT) -> int:
    """The tier the matrix gives. Raises RuleError `unknown_level` at the one that is no level."""
    levels = []
    for name, value in (("materiality", materiality), ("complexity", complexity)):
        if value not in set(Level):
            known = ", ".join(Level)
            raise RuleError("unknown_level", f"Choose {name} among: {known}.", f"/{name}")
        levels.append(Level(value))
    return policy.matrix[levels[0]][levels[1]]
