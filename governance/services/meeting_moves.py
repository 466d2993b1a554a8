"""Moving a meeting: another time or place, with a reason, so that calendars follow."""

from datetime import datetime, timedelta

from django.db import transaction

from core import audit
from core.access import Actor
from core.errors import conflict, field_error
from core.text import clean
from governance.models import Meeting
from governance.services.council_meetings import AHEAD, LONGEST, held_meeting
from governance.services.council_seats import require_arranges


def move_meeting(
    *, meeting_id: int, begins_at: datetime, because: str, by: Actor, at: datetime, ends_at: datetime | None = None,
    place: str | None = None, expected_version: int | None = None,
) -> Meeting:  # fmt: skip
    """Another time for what has not begun; it stays as long as it was unless an end is given. `place` None: the same.

    Reminders are asked of the record, so that those for the old time are called off; the calendar entry gets a higher SEQUENCE.
    Raises Problem 404, 403, 412, 400 by field, 409 `over`, `begun` once an item was opened, `same_time`.
    """
    require_arranges(by)
    because = clean("because", because, limit=300, required="Say why it is moved.")
    with transaction.atomic():
        row = held_meeting(meeting_id, expected_version=expected_version)
        if row.state != Meeting.State.PLANNED:
            raise conflict("begun", "It has begun. What has begun is ended, not moved.")
        ends = ends_at or begins_at + (row.ends_at - row.begins_at)
        where = row.place if place is None else clean("place", place, limit=200)
        _require_times(begins_at, ends, at)
        if (begins_at, ends, where) == (row.begins_at, row.ends_at, row.place):
            raise conflict("same_time", f"{row.ref} has this time and place already.")
        before = audit.snapshot(row, ("begins_at", "ends_at", "place"))
        row.begins_at, row.ends_at, row.place = begins_at, ends, where
        row.version += 1
        row.save(update_fields=["begins_at", "ends_at", "place", "version"])
        was, now = audit.difference(before, audit.snapshot(row, tuple(before)))
        audit.record(by=by, at=at, action="meeting.moved", obj=row, reason=because, before=was, after=now)
    return row


def _require_times(begins_at: datetime, ends_at: datetime, at: datetime) -> None:
    if begins_at < at - timedelta(minutes=5):
        raise field_error("begins_at", "Give a time that lies ahead.", code="not_ahead")
    if begins_at > at + AHEAD:
        raise field_error("begins_at", "Plan at most two years ahead.", code="out_of_range")
    if not begins_at < ends_at <= begins_at + LONGEST:
        raise field_error("ends_at", "It ends after it begins, and within sixty days.", code="out_of_range")
