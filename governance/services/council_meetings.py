"""Meetings and written procedures: planned, held, cancelled. A written procedure is voting between meetings."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from core import audit, clock
from core.access import Actor
from core.errors import conflict, field_error, not_found, stale
from core.locks import hold
from core.text import clean
from core.wording import moment
from domain.working_days import working_days_after
from governance.models import AgendaItem, Meeting
from governance.queries.council import LOCK, charter_on
from governance.queries.deadlines import calendar_on
from governance.services.council_seats import require_arranges

LONGEST = timedelta(days=60)
AHEAD = timedelta(days=730)
EARLY: Final = timedelta(minutes=15)
"""A meeting may begin so much before its time: who is there is there."""


def plan_meeting(
    *,
    begins_at: datetime,
    by: Actor,
    at: datetime,
    ends_at: datetime | None = None,
    kind: str = "meeting",
    place: str = "",
) -> Meeting:
    """A meeting of two hours, or a written procedure of five working days, unless said otherwise.

    Raises Problem 400 by field, 403.
    """
    require_arranges(by)
    place = clean("place", place, limit=200)
    if kind not in Meeting.Kind.values:
        raise field_error("kind", f"Choose one of: {', '.join(Meeting.Kind.values)}.", code="invalid_choice")
    if begins_at < at - timedelta(minutes=5):
        raise field_error("begins_at", "Plan what lies ahead.", code="not_ahead")
    if begins_at > at + AHEAD:
        raise field_error("begins_at", "Plan at most two years ahead.", code="out_of_range")
    ends = ends_at or _usual_end(kind, begins_at)
    if not begins_at < ends <= begins_at + LONGEST:
        raise field_error("ends_at", "It ends after it begins, and within sixty days.", code="out_of_range")
    with transaction.atomic():
        hold(LOCK)
        last = Meeting.objects.aggregate(last=Max("number"))["last"] or 0
        row = Meeting.objects.create(
            kind=kind,
            number=last + 1,
            begins_at=begins_at,
            ends_at=ends,
            place=place,
            planned_at=at,
            planned_by=by.user,
        )
        audit.record(
            by=by, at=at, action="meeting.planned", obj=row,
            after={"kind": kind, "number": row.number, "begins_at": begins_at.isoformat(), "ends_at": ends.isoformat()},
        )  # fmt: skip
    return row


def end_meeting(*, meeting_id: int, by: Actor, at: datetime) -> Meeting:
    """The meeting is over; what it did not come to goes to the next one. Raises Problem 404, 403, 409 `not_begun`, `item_open`, `over`."""
    require_arranges(by)
    with transaction.atomic():
        row = held_meeting(meeting_id)
        require_begun(row, at)
        if row.items.filter(state=AgendaItem.State.OPEN).exists():
            raise conflict("item_open", "An item is open. Close it first.")
        row.items.filter(state=AgendaItem.State.PLANNED).update(
            state=AgendaItem.State.WITHDRAWN, off_because="The meeting ended before it."
        )
        _end(row, Meeting.State.HELD, "meeting.held", by, at)
    return row


def cancel_meeting(*, meeting_id: int, because: str, by: Actor, at: datetime) -> Meeting:
    """It does not take place. Raises Problem 404, 403, 409 `begun` once an item was opened, `over`."""
    require_arranges(by)
    because = clean("because", because, limit=300, required="Say why it is cancelled.")
    with transaction.atomic():
        row = held_meeting(meeting_id)
        if row.items.exclude(state__in=[AgendaItem.State.PLANNED, AgendaItem.State.WITHDRAWN]).exists():
            raise conflict("begun", "An item of it was opened already. End it instead.")
        row.items.filter(state=AgendaItem.State.PLANNED).update(
            state=AgendaItem.State.WITHDRAWN, off_because=f"The meeting was cancelled: {because}"
        )
        _end(row, Meeting.State.CANCELLED, "meeting.cancelled", by, at, because)
    return row


def held_meeting(pk: int, *, expected_version: int | None = None, running: bool = True) -> Meeting:
    """The meeting, the council's records held. Raises Problem 404, 412, 409 `over` where it is (unless not `running`)."""
    hold(LOCK)
    row = Meeting.objects.filter(pk=pk).first()
    if row is None:
        raise not_found()
    if expected_version is not None and row.version != expected_version:
        raise stale()
    if running and row.ended_at is not None:
        raise conflict("over", f"{row.ref} is over.")
    return row


def may_begin(meeting: Meeting, at: datetime) -> bool:
    """Whether its time has come. A written procedure opens to the minute, because the clock opens it."""
    early = timedelta() if meeting.kind == Meeting.Kind.WRITTEN else EARLY
    return at >= meeting.begins_at - early


def require_begun(meeting: Meeting, at: datetime) -> None:
    """Nothing is voted on, ended or approved in a meeting that has not taken place: papers, delegates and members are asked for its
    time. Raises Problem 409 `not_begun`."""
    if may_begin(meeting, at):
        return
    zone = ZoneInfo(settings.ORG_TIME_ZONE)
    words = f"{meeting.ref} begins on {moment(meeting.begins_at.astimezone(zone))} {zone.key}."
    if meeting.kind == Meeting.Kind.MEETING:
        words += " What cannot wait so long is decided in a written procedure."
    raise conflict("not_begun", words)


def begin(meeting: Meeting, by: Actor, at: datetime) -> None:
    """Mark it as in session, with its first item. The caller holds the council's records."""
    if meeting.state == Meeting.State.PLANNED:
        meeting.state = Meeting.State.IN_SESSION
        meeting.version += 1
        meeting.save(update_fields=["state", "version"])
        audit.record(by=by, at=at, action="meeting.begun", obj=meeting)


def _end(row: Meeting, state: Meeting.State, action: str, by: Actor, at: datetime, because: str = "") -> None:
    row.state, row.ended_at = state, at
    row.version += 1
    row.save(update_fields=["state", "ended_at", "version"])
    audit.record(by=by, at=at, action=action, obj=row, reason=because)


def _usual_end(kind: str, begins_at: datetime) -> datetime:
    """Two hours; of a written procedure the end of the last of its working days."""
    if kind != Meeting.Kind.WRITTEN:
        return begins_at + timedelta(hours=2)
    day = clock.day_of(begins_at)
    last = working_days_after(day, charter_on(day).written_days, calendar_on(day))
    return datetime.combine(last + timedelta(days=1), time(), ZoneInfo(settings.ORG_TIME_ZONE))
