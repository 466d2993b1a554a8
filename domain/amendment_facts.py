"""The recorded facts from which later changes of a KPI's promise are judged: its versions, and what was known when."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.errors import RuleError
from domain.kpi_contract import Contract
from domain.kpi_words import day


class ReasonCode(StrEnum):
    """Why a promise may be changed at all: what it was about has changed. "It was not reached" is none of them."""

    USER_BEHAVIOUR = "user_behaviour"
    MARKET = "market"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a KPI's contract. People are ids; None = nobody, or nobody recorded who.

    recorded_at is a moment (aware, UTC), recorded_on the organisation's day of it. sealed_at, sealed_on: when it was
    sealed, None if never; without a day that of the moment in UTC. approved_by and approved_on: who approved it and on which day; without a day the approval counts as given
    when the version was recorded. population_size: how many the population holds, where somebody counted.
    """

    number: int
    contract: Contract
    recorded_at: datetime
    recorded_on: date
    effective_on: date
    recorded_by: int | None = None
    sealed_at: datetime | None = None
    sealed_on: date | None = None
    approved_by: int | None = None
    approved_on: date | None = None
    reason: ReasonCode | None = None
    population_size: int | None = None

    def __post_init__(self) -> None:
        for name in ("recorded_at", "sealed_at"):
            moment: datetime | None = getattr(self, name)
            if moment is not None and moment.utcoffset() is None:
                raise RuleError("naive_moment", "Give the moment with its zone.", f"/{name}")

    @property
    def in_force_on(self) -> date:
        """The first day it counts: never before it was recorded, however far back it was dated."""
        return max(self.recorded_on, self.effective_on)

    @property
    def seal_day(self) -> date | None:
        """The day it was sealed."""
        return self.sealed_on if self.sealed_at is None or self.sealed_on else self.sealed_at.date()

    @property
    def accepted(self) -> bool:
        """Somebody other than its author accepted it and it says which of the three reasons holds."""
        somebody_else = self.approved_by is not None and self.approved_by != self.recorded_by
        return somebody_else and self.reason is not None

    @property
    def approved(self) -> bool:
        """Accepted by the day it came into force."""
        return self.accepted and (self.approved_on is None or self.approved_on <= self.in_force_on)

    @property
    def lacks(self) -> str:
        """Why it does not count as approved, as a sentence; "" when it does."""
        if self.approved:
            return ""
        if self.approved_by is None:
            return "Nobody approved it."
        if self.approved_by == self.recorded_by:
            return "Only its author approved it."
        if self.reason is None:
            return "It was approved without a reason: user behaviour, market or product."
        return f"It was approved only on {day(self.approved_on)}, after it came into force."


@dataclass(frozen=True, slots=True)
class GateDay:
    """A gate and the days it was planned for or decided on; a day nobody recorded is None."""

    code: str
    planned_on: date | None = None
    decided_on: date | None = None


@dataclass(frozen=True, slots=True)
class OtherKpi:
    """Another KPI of the same initiative. passed_on: the first day it stood at its target, None if never."""

    name: str
    passed_on: date | None = None
    primary_since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Everything the findings are made of. Moments are aware, UTC; days are the organisation's.

    first_observed_on: the day the first measurement is true of, None = there is none. first_recorded_at: when that was
    recorded; None beside a day = known from the start. development_on: the first day of development. live_on: the
    first day in use. retired_on: the day the KPI was given up.
    """

    versions: tuple[Version, ...]
    first_observed_on: date | None = None
    first_recorded_at: datetime | None = None
    development_on: date | None = None
    live_on: date | None = None
    retired_on: date | None = None
    gates: tuple[GateDay, ...] = ()
    others: tuple[OtherKpi, ...] = ()

    def __post_init__(self) -> None:
        if self.first_recorded_at is not None and self.first_recorded_at.utcoffset() is None:
            raise RuleError("naive_moment", "Give the moment with its zone.", "/first_recorded_at")
        numbers = [version.number for version in self.versions]
        if len(set(numbers)) != len(numbers):
            raise RuleError("duplicate_version", "Two versions have the same number.", "/versions")
