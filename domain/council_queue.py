"""How long the queue before the council will last: Little's law on what arrived and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from domain.portfolio_rules import share

LEAST_HISTORY: Final = 5
"""So many decisions of one kind say how long they take here; fewer say nothing."""


class Trend(StrEnum):
    """`unknown`: too little was ever decided to say."""

    EMPTY = "empty"
    CLEARS = "clears"
    GROWS = "grows"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Forecast:
    """`clears_on`: the day on which nothing waits any more at this pace, None where it never comes or nobody knows.

    `wait_days`: how long an item waits at this pace, by Little's law (waiting divided by what arrives a day), None where
    nothing arrived.
    """

    trend: Trend
    clears_on: date | None = None
    wait_days: Decimal | None = None


def forecast(*, waiting: int, arrived: int, decided: int, days: int, today: date) -> Forecast:
    """`arrived`, `decided`: how many in the last `days` days, at least 1. Days are rounded up to whole ones."""
    wait = Decimal(waiting * days) / Decimal(arrived) if arrived else None
    if waiting == 0:
        return Forecast(Trend.EMPTY, today, wait)
    if decided == 0 and arrived == 0:
        return Forecast(Trend.UNKNOWN, None, wait)
    if decided <= arrived:
        return Forecast(Trend.GROWS, None, wait)
    needed = -(-waiting * days // (decided - arrived))
    return Forecast(Trend.CLEARS, today + timedelta(days=needed), wait)


def longer_than(age: int, history: Sequence[int]) -> Decimal | None:
    """Of the decisions made before, given by their days of waiting, the share that waited less than `age`; None of too few."""
    if len(history) < LEAST_HISTORY:
        return None
    return share(sum(days < age for days in history), len(history))


@dataclass(frozen=True, slots=True)
class Undecided:
    """What the passing of time decided instead of people: counts, and their shares; None where nothing was to be decided.

    `silent`: days to decide by that passed without an answer, of `due` such days; `extended`: decisions that only gave more
    time, of all `decisions`.
    """

    silent: int
    due: int
    extended: int
    decisions: int

    @property
    def silence(self) -> Decimal | None:
        return share(self.silent, self.due)

    @property
    def extension(self) -> Decimal | None:
        return share(self.extended, self.decisions)


def undecided(days: Sequence[tuple[date, date | None]], outcomes: Sequence[str], as_of: date) -> Undecided:
    """From (to be decided by, decided on or None) and the outcomes of all decisions. Deciding on the day is in time."""
    due = [(by, on) for by, on in days if by < as_of or on is not None]
    silent = sum(on is None or on > by for by, on in due)
    return Undecided(silent, len(due), list(outcomes).count("extend"), len(outcomes))
