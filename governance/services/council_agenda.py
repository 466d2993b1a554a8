"""Putting items on a meeting's agenda, changing their order and time, and taking them off again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from core import audit, clock
from core.access import Actor, require
from core.errors import conflict, field_error
from core.models import User
from core.roles import Action
from core.text import clean
from domain.motions import is_beside_gates, motion_to_json
from governance.models import AgendaItem, Meeting
from governance.services.council_held import end_without_result, held_item, next_version
from governance.services.council_matter import overtaken, read_matter, submission_for
from governance.services.council_meetings import held_meeting
from governance.services.council_seats import require_arranges
from portfolio.services.locks import lock_initiative

MOST_MINUTES = 480


def put_on_agenda(
    *, meeting_id: int, initiative_id: int, motion: Mapping[str, Any], by: Actor, at: datetime, submission_id: int | None = None,
    presenter: User | None = None, minutes: int = 15, because: str = "",
) -> AgendaItem:  # fmt: skip
    """An item with its motion, at the end of the agenda. `because`: what brought it here (governance.queries.council_queue).

    Raises Problem 404; 403; 400 with a pointer below `/motion`; 409 `over`, `on_an_agenda`, `no_pilot`, `not_waiting` for a submission
    that is not open, `submission_missing` for an approval without one, `wrong_body` at G1 or for a condition the council did not
    set, `closed`, `no_gate`, `not_stopped`.
    """
    require_arranges(by)
    _require_minutes(minutes)
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.VIEW, initiative)
        meeting = held_meeting(meeting_id)
        submission = None if is_beside_gates(motion) else submission_for(submission_id, initiative)
        matter = read_matter(motion, initiative, submission, at)
        if presenter is None:
            presenter = initiative.lead
        last = meeting.items.aggregate(last=Max("position"))["last"] or 0
        try:
            with transaction.atomic():
                row = AgendaItem.objects.create(
                    meeting=meeting, position=last + 1, minutes=minutes, presenter=presenter, initiative=initiative,
                    submission=submission, condition=matter.condition, gate=matter.gate.code if matter.gate else "",
                    because=because, motion=motion_to_json(matter.motion), created_at=at,
                )  # fmt: skip
        except IntegrityError as error:
            what = matter.condition.ref if matter.condition else initiative.ref
            raise conflict("on_an_agenda", f"{what} is on an agenda already.") from error
        _tell("item.planned", row, by, at, after={"meeting": meeting.pk, "motion": row.motion["outcome"]})
    return row


def change_item(
    *, item_id: int, by: Actor, at: datetime, expected_version: int | None = None, motion: Mapping[str, Any] | None = None,
    presenter: User | None = None, minutes: int | None = None,
) -> AgendaItem:  # fmt: skip
    """Another motion, presenter or time for an item that nobody opened yet. Raises Problem as `put_on_agenda`, 412."""
    require_arranges(by)
    with transaction.atomic():
        row = held_item(item_id, by=by, expected_version=expected_version)
        _require_planned(row)
        before = audit.snapshot(row, ("motion", "presenter", "minutes"))
        if motion is not None:
            _say(row, motion, at)
        if minutes is not None:
            _require_minutes(minutes)
            row.minutes = minutes
        row.presenter = presenter or row.presenter
        was, now = audit.difference(before, audit.snapshot(row, tuple(before)))
        if now:
            next_version(row, "motion", "gate", "submission", "minutes", "presenter")
            _tell("item.changed", row, by, at, before=was, after=now)
    return row


def adopt_draft(*, item_id: int, by: Actor, at: datetime, expected_version: int | None = None) -> AgendaItem:
    """Make what the record proposes the motion of an item, by whoever arranges the council: nothing does it by itself (C3).

    Raises Problem 404, 403, 412, 409 `opened`, `no_draft`, and as `put_on_agenda` what the draft lacks by now.
    """
    require_arranges(by)
    with transaction.atomic():
        row = held_item(item_id, by=by, expected_version=expected_version)
        _require_planned(row)
        if not row.draft:
            raise conflict("no_draft", f"Nothing is drafted for {row.ref}. Say its motion.")
        _say(row, row.draft, at)
        next_version(row, "motion", "gate", "submission")
        _tell("item.drafted", row, by, at, after={"motion": row.motion["outcome"]})
    return row


def take_off(*, item_id: int, because: str, by: Actor, at: datetime) -> AgendaItem:
    """Take an item off that nobody opened yet, or that another decision has overtaken. Raises Problem 404, 403, 409 `opened`."""
    require_arranges(by)
    because = clean("because", because, limit=300, required="Say why it is taken off.")
    with transaction.atomic():
        row = held_item(item_id, by=by)
        if not overtaken(row, clock.day_of(at)):
            _require_planned(row)
        end_without_result(row, because, by, at)
    return row


def _say(row: AgendaItem, motion: Mapping[str, Any], at: datetime) -> None:
    """The motion of an item. What the item is about stays: its condition, or the initiative; a submission made since is taken along."""
    submission = row.submission
    if submission is None and not is_beside_gates(motion):
        submission = submission_for(None, row.initiative)
    matter = read_matter(motion, row.initiative, submission, at)
    if (matter.condition.pk if matter.condition else None) != row.condition_id:
        raise conflict(
            "another_matter", f"{row.ref} is about something else. Put that on the agenda by itself."
        )
    row.motion, row.submission = motion_to_json(matter.motion), matter.submission
    row.gate = matter.gate.code if matter.gate else ""


def reorder(*, meeting_id: int, items: Sequence[int], by: Actor, at: datetime) -> Meeting:
    """The order of the whole agenda, item ids first to last. Raises Problem 404, 403, 400 unless each is named once."""
    require_arranges(by)
    with transaction.atomic():
        meeting = held_meeting(meeting_id)
        rows = {row.pk: row for row in meeting.items.exclude(state=AgendaItem.State.WITHDRAWN)}
        closed = [row for row in rows.values() if row.state == AgendaItem.State.CLOSED]
        movable = {pk: row for pk, row in rows.items() if row not in closed}
        if sorted(items) != sorted(movable):
            raise field_error("items", "Name every item that is not closed yet, each once.", code="not_all")
        first = max((row.position for row in closed), default=0)
        before = sorted(movable, key=lambda pk: (movable[pk].position, pk))
        for place, pk in enumerate(items, first + 1):
            AgendaItem.objects.filter(pk=pk).update(position=place)
        if list(items) != before:
            audit.record(
                by=by,
                at=at,
                action="agenda.reordered",
                obj=meeting,
                before={"items": before},
                after={"items": list(items)},
            )
    return meeting


def _require_planned(row: AgendaItem) -> None:
    if row.state != AgendaItem.State.PLANNED:
        raise conflict("opened", f"{row.ref} was opened. What is voted on stands.")


def _require_minutes(minutes: int) -> None:
    if not 1 <= minutes <= MOST_MINUTES:
        raise field_error("minutes", f"Plan 1 to {MOST_MINUTES} minutes.", code="out_of_range")


def _tell(action: str, row: AgendaItem, by: Actor, at: datetime, **more: Any) -> None:
    audit.record(
        by=by,
        at=at,
        action=action,
        obj=row,
        initiative_id=row.initiative_id,
        unit_path=row.initiative.unit.path,
        **more,
    )
