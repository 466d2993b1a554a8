"""The one clock. Read once per request, task or command, and passed down as `at=`."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  the one place that reads the clock


def day_of(at: datetime) -> date:
    """The organisation's calendar day of a moment. `at` must be aware."""
    if at.tzinfo is None:
        raise ValueError("A moment needs a time zone.")
    return at.astimezone(ZoneInfo(settings.ORG_TIME_ZONE)).date()


def today() -> date:
    """The organisation's day now. Use `day_of(at)` wherever `at` was passed down."""
    return day_of(now())
