"""How long the queue before the council will last: Little's law on what arrived and what was decided."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum


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
