"""The thresholds of the purgatory rules: versioned data with the defaults of the product."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from domain.errors import RuleError

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
    def from_json(cls, row: Mapping[str, Any]) -> "Policy":
        """The policy a stored row says; a threshold the row does not name keeps its default.

        Raises RuleError `unknown_key`, `wrong_type` or `out_of_range` with a pointer to the key.
        """
        shapes = {field.name: getattr(DEFAULT, field.name) for field in fields(cls)}
        for key in row:
            if key not in shapes:
                raise RuleError(
                    "unknown_key", f"The purgatory policy has no threshold named {key}.", f"/{key}"
                )
        return cls(**{key: _read(key, shapes[key], value) for key, value in row.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Decimal) else value


def _read(key: str, shape: Any, value: Any) -> Any:
    if isinstance(shape, tuple):
        if not isinstance(value, list | tuple) or len(value) != len(shape):
            raise RuleError("wrong_type", f"{key} takes a list of {len(shape)} limits.", f"/{key}")
        return tuple(_read(key, one, item) for one, item in zip(shape, value, strict=True))
    if isinstance(shape, Decimal):
        return _read_decimal(key, value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise RuleError("wrong_type", f"{key} takes a whole number.", f"/{key}")
    return value


def _read_decimal(key: str, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise RuleError("wrong_type", f'{key} takes a decimal number as a string, like "0.25".', f"/{key}")
    try:
        return Decimal(value)
    except InvalidOperation:
        raise RuleError(
            "wrong_type", f'{key} takes a decimal number as a string, like "0.25".', f"/{key}"
        ) from None


def _check(name: str, value: Any) -> None:
    limits = value if isinstance(value, tuple) else (value,)
    for limit in limits:
        finite = not isinstance(limit, Decimal) or limit.is_finite()
        if not finite or not 0 <= limit <= MOST_DAYS:
            raise RuleError("out_of_range", f"{name} must lie between 0 and {MOST_DAYS}.", f"/{name}")
    if any(later <= earlier for earlier, later in itertools.pairwise(limits)):
        raise RuleError("out_of_range", f"The limits of {name} must rise with the severity.", f"/{name}")
    if name in COUNTS and limits[0] < 1:
        raise RuleError("out_of_range", f"{name} must be at least 1.", f"/{name}")


DEFAULT: Final = Policy()
