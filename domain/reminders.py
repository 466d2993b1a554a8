"""When a person is reminded of a day, and when their mail goes out: pure rules over days, offsets and the reader's time zone.

A reminder is known by a marker (what, of which day, how long before), never by today's date being equal to something: so a
worker that was off for a week still reminds, once, and a day that was moved makes another marker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

MORNING: Final = time(7, 0)
"""People are told in the morning of their own day."""

OFFSETS: Final = (-7, -1, 0, 7)
"""Days after the due day on which it is told: a week before, the day before, on the day, a week late."""

KEPT_DAYS: Final = 60
"""So long after a due day the last reminder may still be made up for."""


class Mails(StrEnum):
    """How a person wants mail of what they are told in the product."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Call:
    """One reminder that is to be made now. `offset`: days after the due day, negative before."""

    marker: str
    offset: int


def moment(day: date, zone: tzinfo) -> datetime:
    """The morning of a day where the reader is, aware."""
    return datetime.combine(day, MORNING, tzinfo=zone)


def call(
    subject: str,
    due_on: date,
    *,
    at: datetime,
    zone: tzinfo,
    offsets: Sequence[int] = OFFSETS,
    kept_days: int = KEPT_DAYS,
) -> Call | None:
    """The latest reminder of `due_on` whose morning has come at `at` for a reader in `zone`; None before the first.

    Of several that were missed only the latest is made. After `kept_days` nothing is told any more. `subject` names what is
    due, such as "condition-12".
    """
    passed = [offset for offset in offsets if moment(due_on + timedelta(days=offset), zone) <= at]
    if not passed or at > moment(due_on + timedelta(days=max(offsets) + kept_days), zone):
        return None
    offset = max(passed)
    return Call(f"{subject}:{due_on.isoformat()}:{offset:+d}", offset)


def mail_at(choice: Mails, at: datetime, zone: tzinfo) -> datetime | None:
    """When what is told at `at` goes out by mail: at once, with the next morning's, with Monday's, or never (None)."""
    if choice is Mails.NEVER:
        return None
    if choice is Mails.AT_ONCE:
        return at
    day = at.astimezone(zone).date()
    if at >= moment(day, zone):
        day += timedelta(days=1)
    if choice is Mails.WEEKLY:
        day += timedelta(days=-day.weekday() % 7)
    return moment(day, zone)


def in_words(offset: int) -> str:
    """How the due day stands to today: "due in 7 days", "due tomorrow", "due today", "7 days overdue"."""
    if offset > 0:
        return f"{offset} day{'s' if offset > 1 else ''} overdue"
    return {0: "due today", -1: "due tomorrow"}.get(offset, f"due in {-offset} days")
