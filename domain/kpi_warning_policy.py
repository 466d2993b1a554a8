"""The thresholds of the early warnings of KPI neglect: versioned data with the defaults of the product."""

from dataclasses import dataclass, fields
from typing import Any, Final

from domain.policy_rows import items, row, text, whole, within

MOST_DAYS: Final = 3_650
ROLES: Final = ("product", "data_science", "engineering", "executive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of the thresholds. A boundary belongs to the milder side: day 60 of 60 is still in time.

    required_roles: who signs a definition off. owner_silent_days: how long after launch the business owner may do
    nothing. value_days: how long in production, and how long since the last business measurement. intervention_days:
    how long a warning of severity 1, 2, 3 may go unanswered; longest_intervention_days: how far out a person may set it.
    """

    required_roles: tuple[str, ...] = ROLES
    owner_silent_days: int = 60
    value_days: int = 90
    intervention_days: tuple[int, int, int] = (30, 14, 7)
    longest_intervention_days: int = 30

    def __post_init__(self) -> None:
        for name in ("owner_silent_days", "value_days", "longest_intervention_days"):
            within(getattr(self, name), 1, MOST_DAYS, f"/{name}")
        for place, limit in enumerate(self.intervention_days):
            within(limit, 1, MOST_DAYS, f"/intervention_days/{place}")

    def days_to_act(self, severity: int) -> int:
        return self.intervention_days[severity - 1]

    def to_json(self) -> dict[str, Any]:
        """Every threshold by name."""
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def from_json(cls, stored: object) -> "Policy":
        """The policy a stored row says; a threshold the row does not name keeps its default. RuleError otherwise."""
        named = row(stored, [one.name for one in fields(cls)])
        return cls(**{key: _read(key, value, f"/{key}") for key, value in named.items()})


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _read(key: str, value: object, at: str) -> Any:
    if key == "required_roles":
        return tuple(text(one, f"{at}/{place}") for place, one in enumerate(items(value, at)))
    if key == "intervention_days":
        return tuple(whole(one, f"{at}/{place}") for place, one in enumerate(items(value, at, 3)))
    return whole(value, at)


DEFAULT: Final = Policy()
