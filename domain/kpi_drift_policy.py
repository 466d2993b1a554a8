"""When a KPI counts as drifting: the thresholds of all three kinds, versioned data with the product's defaults."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final

from domain.errors import RuleError
from domain.policy_rows import number, row, whole, within

MOST_DAYS: Final = 36_500
MOST_READINGS: Final = 10_000

_WHOLE: Final = {
    "fewest_reference": (3, MOST_READINGS),
    "fewest_watched": (1, MOST_READINGS),
    "period_months": (1, 12),
    "window_pairs": (3, MOST_READINGS),
    "fewest_pairs": (3, MOST_READINGS),
    "recent_days": (1, MOST_DAYS),
    "review_days": (1, MOST_DAYS),
}
_SIGMAS: Final = ("ewma_width", "cusum_interval", "page_hinkley_threshold")
_SLACKS: Final = ("cusum_slack", "page_hinkley_slack")
_CORRELATIONS: Final = ("holds_from", "lost_below")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of the thresholds. Those in sigmas count the spread of the reference readings.

    Value: EWMA with weight `ewma_lambda` and limits of `ewma_width` sigmas; CUSUM with `cusum_slack` and signal above
    `cusum_interval`; Page-Hinkley with `page_hinkley_slack` and signal above `page_hinkley_threshold`, without
    forgetting. No answer under `fewest_reference` readings before the reference ends or `fewest_watched` after.
    Relevance: changes over periods of `period_months` calendar months, in two windows of up to `window_pairs` pairs;
    no answer under `fewest_pairs` in each, or when the newest pair is older than `recent_days`. A correlation holds
    from `holds_from` and is lost below `lost_below`. A change of the world calls for a review within `review_days`.
    """

    ewma_lambda: Decimal = Decimal("0.2")
    ewma_width: Decimal = Decimal(3)
    cusum_slack: Decimal = Decimal("0.5")
    cusum_interval: Decimal = Decimal(5)
    page_hinkley_slack: Decimal = Decimal("0.5")
    page_hinkley_threshold: Decimal = Decimal(5)
    fewest_reference: int = 8
    fewest_watched: int = 3
    period_months: int = 1
    window_pairs: int = 12
    fewest_pairs: int = 8
    holds_from: Decimal = Decimal("0.5")
    lost_below: Decimal = Decimal("0.2")
    recent_days: int = 180
    review_days: int = 30

    def __post_init__(self) -> None:
        for name, (least, most) in _WHOLE.items():
            within(getattr(self, name), least, most, f"/{name}")
        for name in (*_SIGMAS, *_SLACKS):
            within(getattr(self, name), 0, 100, f"/{name}")
        for name in (*_SIGMAS, "ewma_lambda"):
            if getattr(self, name) <= 0:
                raise RuleError("out_of_range", "Give a number above 0.", f"/{name}")
        within(self.ewma_lambda, 0, 1, "/ewma_lambda")
        for name in _CORRELATIONS:
            within(getattr(self, name), 0, 1, f"/{name}")
        if self.lost_below > self.holds_from:
            raise RuleError("limits_must_rise", "Give lost_below no more than holds_from.", "/lost_below")
        if self.fewest_pairs > self.window_pairs:
            raise RuleError(
                "limits_must_rise", "Give fewest_pairs no more than window_pairs.", "/fewest_pairs"
            )

    def to_json(self) -> dict[str, Any]:
        """Every threshold by name: counts as numbers, the others as strings."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: str(value) if isinstance(value, Decimal) else value for name, value in found.items()}

    @classmethod
    def from_json(cls, stored: object) -> "Policy":
        """The policy a stored row says; a threshold the row does not name keeps its default.

        Raises RuleError with a pointer to the key that is unknown, no number, or out of range.
        """
        named = row(stored, [field.name for field in fields(cls)])
        return cls(**{key: _read(key, value) for key, value in named.items()})


def _read(name: str, value: object) -> Any:
    return whole(value, f"/{name}") if name in _WHOLE else number(value, f"/{name}")


DEFAULT: Final = Policy()
