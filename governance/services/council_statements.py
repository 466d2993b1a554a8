"""What members say beside a result, and what is to be done after a meeting."""

from datetime import date, datetime

from django.db import transaction

from core import audit, clock
from core.access import Actor, require_anywhere
from core.errors import conflict, field_error, forbidden, not_found, stale
from core.locks import hold
from core.models import User
from core.roles import Action
from core.text import clean
from governance.models import AgendaItem, Dissent, MeetingAction, Minutes
from governance.queries.council import LOCK
from governance.queries.council_roster import recused
from governance.services.council_held import held_item, require_person
from governance.services.council_meetings import held_meeting
from governance.services.council_seats import require_arranges

LONGEST = 4000


def state(*, item_id: int, kind: str, text: str, by: Actor, at: datetime) -> Dissent:
    """A statement of a member of the item's roster, for ever: nobody edits or removes it, its author neither.

    Raises Problem 404; 400; 403 for anybody else and for whoever is recused; 409 `not_open`, `minutes_approved`,
    `already_said` for the same one sent twice.
    """
    text = clean("text", text, limit=LONGEST, required="Say what you would have on record.")
    if kind not in Dissent.Kind.values:
        raise field_error("kind", f"Choose one of: {', '.join(Dissent.Kind.values)}.", code="invalid_choice")
    with transaction.atomic():
        item = held_item(item_id, by=by)
        person = require_person(by)
        if item.opened_at is None:
            raise conflict("not_open", f"{item.ref} was not opened. Its members are not known yet.")
        if not item.roster.filter(holder=person).exists() or person.pk in recused(item):
            raise forbidden("A member of this item's roster who is not recused makes a statement.")
        if Minutes.objects.filter(meeting=item.meeting, approved_at__isnull=False).exists():
            raise conflict("minutes_approved", "The minutes are approved. Nothing is added to them.")
        if item.dissents.filter(author=person, kind=kind, text=text).exists():
            raise conflict("already_said", "This statement of yours stands there already.")
        row = Dissent.objects.create(item=item, author=person, kind=kind, text=text, at=at)
        _tell(item, row, by, at)
    return row


def add_action(
    *,
    meeting_id: int,
    text: str,
    owner: User,
    due_on: date,
    by: Actor,
    at: datetime,
    item_id: int | None = None,
) -> MeetingAction:
    """Somebody is to do something by a day. Raises Problem 404, 403, 400 by field."""
    require_arranges(by)
    text = clean("text", text, limit=300, required="Say what is to be done.")
    if due_on < clock.day_of(at):
        raise field_error("due_on", "Give a day that lies ahead.", code="not_ahead")
    if not owner.is_active or owner.is_service:
        raise field_error("owner", "Name a person who is here.", code="invalid_choice")
    with transaction.atomic():
        meeting = held_meeting(meeting_id, running=False)
        item = AgendaItem.objects.filter(pk=item_id, meeting=meeting).first() if item_id else None
        if item_id and item is None:
            raise not_found()
        row = MeetingAction.objects.create(
            meeting=meeting, item=item, text=text, owner=owner, due_on=due_on, created_at=at
        )
        audit.record(
            by=by, at=at, action="action.set", obj=row, after={"meeting": meeting.pk, "owner": owner.pk, "due_on": due_on.isoformat()}
        )  # fmt: skip
    return row


def finish_action(
    *, action_id: int, note: str, by: Actor, at: datetime, expected_version: int | None = None
) -> MeetingAction:
    """It is done, says its owner or whoever arranges the council, and what came of it. Raises Problem 404, 403, 400, 409 `done`, 412."""
    note = clean("note", note, limit=500, required="Say what came of it.")
    with transaction.atomic():
        hold(LOCK)
        row = MeetingAction.objects.filter(pk=action_id).first()
        if row is None:
            raise not_found()
        person = require_person(by)
        if row.owner_id != person.pk:
            require_anywhere(by, Action.ARRANGE_COUNCIL)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        if row.done_on is not None:
            raise conflict("done", f"{row.ref} is done already.")
        row.done_on, row.done_by, row.note = clock.day_of(at), person, note
        row.version += 1
        row.save(update_fields=["done_on", "done_by", "note", "version"])
        audit.record(
            by=by, at=at, action="action.done", obj=row, reason=note, after={"done_on": row.done_on.isoformat()}
        )  # fmt: skip
    return row


def _tell(item: AgendaItem, row: Dissent, by: Actor, at: datetime) -> None:
    """Its text stays out of the log until the item closes: what somebody thinks of an open item is nobody's yet."""
    audit.record(
        by=by, at=at, action="statement.made", obj=item, initiative_id=item.initiative_id,
        unit_path=item.initiative.unit.path, after={"statement": row.pk},
    )  # fmt: skip
