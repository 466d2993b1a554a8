"""Minutes: drafted from the record within ten working days, approved at the next meeting, then fixed."""

from datetime import datetime

from django.db import transaction

from core import audit, clock
from core.access import Actor
from core.errors import conflict, not_found
from domain.decision_log import canonical, seal_of
from domain.working_days import working_days_after
from governance.models import AgendaItem, Meeting, Minutes
from governance.queries.council import charter_on
from governance.queries.council_minutes import minutes_of
from governance.queries.deadlines import calendar_on
from governance.services.council_meetings import held_meeting, require_begun
from governance.services.council_seats import require_arranges


def draft_minutes(*, meeting_id: int, by: Actor, at: datetime) -> Minutes:
    """Write the minutes from the record; again, until they are approved, as often as the record grows.

    Raises Problem 404, 403, 409 `not_held`, `item_open`, `approved`.
    """
    require_arranges(by)
    with transaction.atomic():
        meeting = held_meeting(meeting_id, running=False)
        if meeting.state != Meeting.State.HELD or meeting.ended_at is None:
            raise conflict("not_held", f"{meeting.ref} is not over. Minutes are drafted after it.")
        _require_settled(meeting)
        row = Minutes.objects.filter(meeting=meeting).first()
        if row is not None and row.approved_at is not None:
            raise conflict("approved", "The minutes are approved. They stand.")
        ended = clock.day_of(meeting.ended_at)
        if row is None:
            due = working_days_after(ended, charter_on(ended).minutes_days, calendar_on(ended))
            row = Minutes(meeting=meeting, due_on=due, version=0)
        row.document, row.drafted_at = canonical(minutes_of(meeting)), at
        row.version += 1
        row.save()
        audit.record(by=by, at=at, action="minutes.drafted", obj=meeting, after={"version": row.version})
    return row


def approve_minutes(*, meeting_id: int, in_meeting_id: int, by: Actor, at: datetime) -> Minutes:
    """Approve them at a later meeting; from now on they stand, with their seal.

    Raises Problem 404, 403, 409 `not_drafted`, `approved`, `not_the_next`, `not_in_session`, `not_begun`.
    """
    require_arranges(by)
    with transaction.atomic():
        meeting = held_meeting(meeting_id, running=False)
        row = Minutes.objects.filter(meeting=meeting).first()
        if row is None:
            raise conflict("not_drafted", "Draft the minutes first.")
        if row.approved_at is not None:
            raise conflict("approved", "The minutes are approved already.")
        later = Meeting.objects.filter(pk=in_meeting_id, kind=Meeting.Kind.MEETING).first()
        if later is None:
            raise not_found()
        if later.begins_at <= meeting.begins_at:
            raise conflict("not_the_next", "Minutes are approved at a later meeting.")
        if later.ended_at is not None:
            raise conflict("not_in_session", f"{later.ref} is not in session.")
        require_begun(later, at)
        row.document = canonical(minutes_of(meeting))
        row.seal = seal_of(row.document)
        row.approved_at, row.approved_by, row.approved_in = at, by.user, later
        row.version += 1
        row.save()
        audit.record(
            by=by,
            at=at,
            action="minutes.approved",
            obj=meeting,
            after={"seal": row.seal, "in_meeting": later.pk},
        )
    return row


def _require_settled(meeting: Meeting) -> None:
    if meeting.items.filter(state__in=[AgendaItem.State.OPEN, AgendaItem.State.CONFIRMING]).exists():
        raise conflict(
            "item_open", "An item waits for its result. Minutes are drafted once every item has one."
        )
