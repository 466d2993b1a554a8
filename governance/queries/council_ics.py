"""A meeting for a calendar, and nothing of what is decided there."""

from datetime import datetime

from django.conf import settings

from core.calendar import Entry, calendar_of
from governance.models import Meeting


def ics_of(row: Meeting, at: datetime, url: str) -> str:
    """One event. A change of the meeting keeps its UID and raises SEQUENCE, so that calendars move it."""
    what = "AI council" if row.kind == Meeting.Kind.MEETING else "AI council, written procedure"
    name = f"{what} {row.number}, {settings.ORG_NAME}" if settings.ORG_NAME else f"{what} {row.number}"
    entry = Entry(
        uid=f"meeting-{row.pk}", sequence=row.version - 1, begins=row.begins_at, ends=row.ends_at, summary=name,
        location=row.place, url=url, cancelled=row.state == Meeting.State.CANCELLED,
    )  # fmt: skip
    return calendar_of([entry], at, name)
