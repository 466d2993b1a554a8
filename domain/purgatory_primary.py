"""What several primary KPIs say together to the purgatory rules, and how far one of them has moved.

The worst speaks; criteria are met only when all are achieved. Movement is told over sixty days, from the reading that
stood sixty days ago to the latest one, and only from three readings on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from domain.kpi_codes import Reason, Status
from domain.purgatory_rules import NO_EVIDENCE

MOVEMENT_DAYS: Final = 60
MOVEMENT_READINGS: Final = 3

_QUIET: Final = (Status.NOT_STARTED, Status.ON_TRACK, Status.ACHIEVED)


@dataclass(frozen=True, slots=True)
class Primary:
    """One primary KPI as judged. progress: a ratio, None = cannot be computed. since: of the status."""

    status: str
    reason: str
    progress: Decimal | None
    since: date | None
    valid_until: date | None
    change: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """`change` None: fewer than three readings. `valid_until`: the last day on which the same readings are told."""

    change: Decimal | None
    valid_until: date | None


def worst(primaries: Iterable[Primary]) -> Primary | None:
    """The one that speaks, or None of none: first what fires R08 most severely, then what fires R09, then the rest.

    Between equals the one with less progress speaks, one whose progress is unknown first.
    """
    return min(primaries, key=_rank, default=None)


def all_achieved_on(primaries: Sequence[Primary]) -> date | None:
    """The day from which every primary KPI is achieved, or None while one is not or its day is not known."""
    days = [one.since for one in primaries if one.status == Status.ACHIEVED]
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(primaries) else None


def movement(readings: Sequence[tuple[date, Decimal]], as_of: date) -> Movement:
    """How far progress moved, from readings (day, progress) in date order, one a day, none after `as_of`."""
    cut = as_of - timedelta(days=MOVEMENT_DAYS)
    before = [place for place, (day, _) in enumerate(readings) if day <= cut]
    told = readings[before[-1] :] if before else readings
    until = told[1][0] + timedelta(days=MOVEMENT_DAYS - 1) if len(told) > 1 else None
    if len(told) < MOVEMENT_READINGS:
        return Movement(None, until)
    return Movement(told[-1][1] - told[0][1], until)


def _rank(one: Primary) -> tuple[int, bool, Decimal]:
    return (_place(one), one.progress is not None, one.progress or Decimal(0))


def _place(one: Primary) -> int:
    status = one.status
    if status == Status.MISSED:
        return 0
    if status == Status.OFF_TRACK:
        return 1 if one.progress is not None and one.progress <= 0 else 2
    if status in NO_EVIDENCE:
        awaiting = status == Status.NO_DATA and one.reason == Reason.AWAITING_FIRST_MEASUREMENT
        return 5 if awaiting else 3
    return 4 if status == Status.AT_RISK else 6 + _QUIET.index(Status(status)) if status in _QUIET else 9
