"""The fast lane of a pilot: a time box to the first release, and how long an initiative took to its first user.

A fast lane promises time and simplicity. It loosens nothing that a gate asks for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from domain.ageing import median
from domain.policy_rows import full_row, whole, within

MOST_DAYS: Final = 90
RULE: Final = "time_box_passed"
CAUSE: Final = "No release in its time box"
CLEARS: Final = "Record the first release in the fast lane; the box itself is not moved."


@dataclass(frozen=True, slots=True)
class Policy:
    """`most_days`: so many days from the start of a pilot its first release may lie ahead at most."""

    most_days: int = MOST_DAYS

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Policy":
        """As stored. Raises RuleError with a pointer."""
        most = whole(full_row(stored, ("most_days",))["most_days"], "/most_days")
        within(most, 1, 365, "/most_days")
        return cls(most)


def release_by(starts_on: date | None, days: int) -> date | None:
    """The last day of the box; None while nobody knows when the pilot began."""
    return None if starts_on is None else starts_on + timedelta(days=days)


class Kept(Enum):
    """How the first release stands to the promise. What was out before it was promised keeps no promise."""

    BEFORE_PROMISE = "before_promise"
    WITHIN = "within"
    AFTER = "after"


def kept(first_on: date | None, promised_on: date, due_on: date | None) -> Kept | None:
    """None while nothing is released, and where nobody knows until when the box runs. Both its last day and the day of the
    promise are within it."""
    if first_on is None:
        return None
    if first_on < promised_on:
        return Kept.BEFORE_PROMISE
    if due_on is None:
        return None
    return Kept.WITHIN if first_on <= due_on else Kept.AFTER


@dataclass(frozen=True, slots=True)
class Late:
    """A box that has passed without a release, since the day after it."""

    since: date
    days: int


def late(due_on: date | None, released: bool, as_of: date) -> Late | None:
    """Whether the box has passed with nothing released. Its last day is still within it."""
    if released or due_on is None or as_of <= due_on:
        return None
    return Late(due_on + timedelta(days=1), (as_of - due_on).days)


def holds_until(due_on: date | None, released: bool, as_of: date) -> date | None:
    """The last day on which `late` answers as on `as_of`; None: until something is recorded."""
    return None if released or due_on is None or as_of > due_on else due_on


class Against(Enum):
    """A measured result beside the benchmark."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    UNKNOWN = "unknown"


def against(measured: Decimal | None, benchmark: Decimal | None, *, higher_is_better: bool) -> Against:
    """Unknown where one of the two was not measured."""
    if measured is None or benchmark is None:
        return Against.UNKNOWN
    if measured == benchmark:
        return Against.SAME
    return Against.BETTER if (measured > benchmark) == higher_is_better else Against.WORSE


class Basis(Enum):
    """From what the day of the first user is known."""

    USE = "use"
    RELEASE = "release"


BASES: Final[Mapping[Basis, str]] = {
    Basis.USE: "first recorded week of use",
    Basis.RELEASE: "first release on record; nobody recorded use",
}


@dataclass(frozen=True, slots=True)
class FirstUser:
    """When somebody first used it, as far as the record tells. `why`: why the days are unknown, empty where they are known."""

    started_on: date | None
    on: date | None
    basis: Basis | None
    days: int | None
    why: str


def first_user(started_on: date | None, used_on: date | None, released_on: date | None) -> FirstUser:
    """Days from the start to the first user: recorded use, else a recorded release, else unknown.

    A week of use is told by its Monday, so in the week in which work began it counts as 0 days. What is older than the work
    contradicts the record, and is no 0: unknown.
    """
    on = used_on or released_on
    basis = Basis.USE if used_on else Basis.RELEASE if released_on else None
    if on is None:
        return FirstUser(started_on, None, None, None, "no use and no release on record")
    if started_on is None:
        return FirstUser(None, on, basis, None, "nobody recorded when work began")
    if on < started_on - timedelta(days=started_on.weekday() if basis is Basis.USE else 0):
        return FirstUser(
            started_on, on, basis, None, f"{_BEFORE[basis]} before work began, as the record has it"
        )
    return FirstUser(started_on, on, basis, max((on - started_on).days, 0), "")


_BEFORE: Final[Mapping[Basis | None, str]] = {Basis.USE: "used", Basis.RELEASE: "released"}


def work_began(stays: Iterable[tuple[str, date | None]]) -> date | None:
    """The day work began, by the stays in development and pilot as they were recorded: (stage, day entered, None for undated).

    The first stay in each stage speaks for it; the earlier of the two is when work began. Undated stays are ordered as they
    were recorded, and the first of all being undated is unknown: no later stay replaces it. None for no stays too.
    """
    first: dict[str, date | None] = {}
    for stage, entered in stays:
        first.setdefault(stage, entered)
    days = list(first.values())
    return None if not days or days[0] is None else min(day for day in days if day is not None)


@dataclass(frozen=True, slots=True)
class Days:
    """Of several initiatives: the median of those known, by nearest rank, and how many are not."""

    median: int | None
    known: int
    unknown: int


def together(rows: Iterable[FirstUser]) -> Days:
    """What is unknown counts as unknown, never as zero days."""
    found = list(rows)
    days = [one.days for one in found if one.days is not None]
    return Days(median(days), len(days), len(found) - len(days))
