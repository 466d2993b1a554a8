"""The thresholds of the purgatory rules: versioned data with the defaults of the product."""

from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from domain.errors import RuleError
from domain.policy_rows import items, number, row, whole, within

MOST_DAYS: Final = 200_000
"""No count of days may be larger, in facts or in policy: longer than the three centuries dates may span."""

COUNTS: Final = ("extensions", "deferrals", "measure_changes", "extend_divisor")
"""Thresholds that 0 would turn into "always"."""

Three = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of the thresholds. A boundary belongs to the milder side.

    A tuple gives the limits of severity 1, 2, 3 (or of the severities the rule knows, in rising order). `_days`,
    `_ratios` and `_shares` are exceeded strictly (`>`); counts (`extensions`, `deferrals`, `measure_changes`) and
    `won_days`, `movement_from_day`, `half_time` are reached (`>=`).
    """

    no_date_days: int = 14
    overdue_days: Three = (0, 14, 30)
    timebox_ratios: tuple[Decimal, Decimal, Decimal] = (Decimal("1.0"), Decimal("1.5"), Decimal("2.0"))
    age_days: Three = (180, 270, 365)
    extensions: Three = (1, 2, 3)
    deferrals: Three = (1, 2, 3)
    movement: Decimal = Decimal("0.05")
    movement_from_day: int = 60
    sponsor_silent_days: int = 60
    half_time: Decimal = Decimal("0.5")
    scope_shares: tuple[Decimal, Decimal] = (Decimal("0.25"), Decimal("0.50"))
    measure_changes: tuple[int, int] = (1, 2)
    spend_ratios: tuple[Decimal, Decimal] = (Decimal("1.10"), Decimal("1.25"))
    condition_overdue_days: tuple[int, int] = (0, 30)
    won_days: int = 30
    adoption_share: Decimal = Decimal("0.20")
    decision_soon_days: int = 14
    hold_days: int = 30
    extend_max_days: int = 45
    extend_divisor: int = 2
    extend_unplanned_days: int = 30

    def __post_init__(self) -> None:
        for field in fields(self):
            _check(field.name, getattr(self, field.name))

    def to_json(self) -> dict[str, Any]:
        """Every threshold by name: counts as numbers, shares and ratios as strings."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_json(cls, stored: object) -> "Policy":
        """The policy a stored row says; a threshold the row does not name keeps its default.

        Raises RuleError with a pointer to the key that is unknown, no number, or out of range.
        """
        shapes = {field.name: getattr(DEFAULT, field.name) for field in fields(cls)}
        named = row(stored, shapes)
        return cls(**{key: _read(shapes[key], value, f"/{key}") for key, value in named.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Decimal) else value


def _read(shape: Any, value: object, at: str) -> Any:
    if isinstance(shape, tuple):
        limits = items(value, at, len(shape))
        return tuple(
            _read(one, limit, f"{at}/{place}")
            for place, (one, limit) in enumerate(zip(shape, limits, strict=True))
        )
    return number(value, at) if isinstance(shape, Decimal) else whole(value, at)


def _check(name: str, value: Any) -> None:
    limits = value if isinstance(value, tuple) else (value,)
    for limit in limits:
        within(limit, 1 if name in COUNTS else 0, MOST_DAYS, f"/{name}")
    if any(later <= earlier for earlier, later in pairwise(limits)):
        raise RuleError("limits_must_rise", f"The limits of {name} must rise with the severity.", f"/{name}")


DEFAULT: Final = Policy()
