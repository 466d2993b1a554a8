"""What an experiment is held against: the least its tests need, and what was planned before its first case."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from domain.policy_rows import row, whole, within
from domain.series import MOST_COUNT, count


class Outcome(StrEnum):
    ARM_1_BETTER = "arm_1_better"
    ARM_2_BETTER = "arm_2_better"
    AMBIGUOUS = "ambiguous"


class Doubt(StrEnum):
    """Why a result is ambiguous."""

    DATA_MISSING = "data_missing"
    TOO_FEW_CASES = "too_few_cases"
    NO_SPREAD = "no_spread"
    INTERVAL_SPANS_ZERO = "interval_spans_zero"
    NOT_SIGNIFICANT = "not_significant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The least a test needs. Under it no arm is called better.

    fewest_cases: in each arm, or pairs. fewest_expected: successes and failures to be expected in the smaller arm if
    both were alike, so that the normal approximation holds (Cochran 1954, Biometrics 10). fewest_discordant: pairs
    that only one arm had right; with five even 5 to 0 is not significant.
    """

    fewest_cases: int = 30
    fewest_expected: int = 5
    fewest_discordant: int = 6

    def __post_init__(self) -> None:
        for name in self.to_json():
            within(getattr(self, name), 1 if name != "fewest_cases" else 2, MOST_COUNT, f"/{name}")

    def to_json(self) -> dict[str, int]:
        """Every threshold by name."""
        return {
            "fewest_cases": self.fewest_cases,
            "fewest_expected": self.fewest_expected,
            "fewest_discordant": self.fewest_discordant,
        }

    @classmethod
    def from_json(cls, stored: object) -> "Policy":
        """The policy a stored row says; a threshold the row does not name keeps its default."""
        named = row(stored, DEFAULT.to_json())
        return cls(**{name: whole(value, f"/{name}") for name, value in named.items()})


DEFAULT: Final = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was agreed before the first case; None = nobody recorded it.

    per_arm: cases planned in each arm (pairs, where the arms share their cases). ends_on: the day the result was to
    be looked at. looks_before_end: how often it was looked at before that day, this look not counted.
    """

    per_arm: int | None = None
    ends_on: date | None = None
    looks_before_end: int | None = None

    def __post_init__(self) -> None:
        if self.per_arm is not None:
            count(self.per_arm, "/per_arm", least=1)
        if self.looks_before_end is not None:
            count(self.looks_before_end, "/looks_before_end", most=1_000_000)
