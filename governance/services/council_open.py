"""Opening an item: the roster is frozen, what is known is sealed, who is in conflict is recused, and where no quorum is possible it
is escalated."""

from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from core import audit, clock, outbox
from core.access import Actor
from core.errors import conflict
from domain.council import Answer, cannot_be_decided, decide
from domain.decision_log import canonical, seal_of
from domain.stage_words import APPROVALS
from governance.models import AgendaItem, GateSubmission, ItemPack, ItemSeat, Meeting
from governance.queries.council import charter_on, seats_on
from governance.queries.council_roster import holders_on, places
from governance.queries.item_pack import item_pack_of, price_pack_of
from governance.queries.must_meets.scale import open_conditions
from governance.services.council_close import settle
from governance.services.council_held import held_item, keep_conflicts, next_version
from governance.services.council_matter import motion_of, read_matter
from governance.services.council_meetings import begin, require_begun
from governance.services.council_seats import require_arranges

OPENED: Final = outbox.announces("item.opened")


def open_item(*, item_id: int, by: Actor, at: datetime, expected_version: int | None = None) -> AgendaItem:
    """Open an item for ballots. Fewer than three eligible, or neither chair nor deputy: escalated at once, never voted.

    Raises Problem 404; 403; 409 `not_planned`, `no_motion`, `over`, `not_begun` before the time of the meeting, `not_waiting` where the
    submission is answered or withdrawn, `another_gate` where the stage has moved, `conditions_open` before an approval; 400 below `/motion` for days that have passed.
    """
    if not by.is_system:
        require_arranges(by)
    with transaction.atomic():
        item = held_item(item_id, by=by, expected_version=expected_version)
        if item.state != AgendaItem.State.PLANNED:
            raise conflict("not_planned", f"{item.ref} is {item.get_state_display().lower()} already.")
        if not item.motion:
            raise conflict(
                "no_motion", f"{item.ref} has no motion yet. Say what is to be decided, then open it."
            )
        _require_time(item.meeting, at)
        _require_current(item, at)
        item.state, item.opened_at = AgendaItem.State.OPEN, at
        try:
            with transaction.atomic():
                next_version(item, "state", "opened_at")
        except IntegrityError as error:
            raise conflict("on_an_agenda", f"{item.ref}: its submission is voted on already.") from error
        _freeze(item, at)
        seal = _seal(item, at)
        keep_conflicts(item, at)
        begin(item.meeting, by, at)
        roster = places(item, holders_on(clock.day_of(at)))
        audit.record(
            by=by, at=at, action="item.opened", obj=item, initiative_id=item.initiative_id,
            unit_path=item.initiative.unit.path,
            after={"seats": len(roster), "eligible": sum(one.eligible for one in roster), "motion": item.motion["outcome"], "seal": seal},
        )  # fmt: skip
        if cannot_be_decided(roster, charter_on(clock.day_of(at))) is not None:
            settle(item, _escalated(item, at), by, at)
        elif item.meeting.kind == Meeting.Kind.WRITTEN:
            outbox.owe(kind=OPENED, payload={"item_id": item.pk}, at=at)
    return item


def _freeze(item: AgendaItem, at: datetime) -> None:
    ItemSeat.objects.bulk_create(
        [
            ItemSeat(
                item=item, seat=one.seat, name=one.seat.name, holder=one.holder, presides=one.seat.presides,
                may_veto=one.seat.may_veto,
            )
            for one in seats_on(clock.day_of(at))
        ]
    )  # fmt: skip


def _seal(item: AgendaItem, at: datetime) -> str:
    """What is known now is what the vote stands on: a submission sealed its own, everything else is sealed here; beside a submission
    the price of an extension. The seal of what the vote stands on."""
    today = clock.day_of(at)
    known = item_pack_of(item, today) if item.submission is None else price_pack_of(item, today)
    seal = "" if item.submission is None else item.submission.seal
    if known is None:
        return seal
    text = canonical(known)
    made = ItemPack.objects.create(item=item, document=text, seal=seal_of(text), sealed_at=at)
    return seal or made.seal


def _escalated(item: AgendaItem, at: datetime) -> Answer:
    day = clock.day_of(at)
    return decide(places(item, holders_on(day)), [], motion=motion_of(item, at), charter=charter_on(day))


def _require_time(meeting: Meeting, at: datetime) -> None:
    if meeting.ended_at is not None:
        raise conflict("over", f"{meeting.ref} is over.")
    require_begun(meeting, at)
    if meeting.kind == Meeting.Kind.WRITTEN and at >= meeting.ends_at:
        raise conflict("over", f"{meeting.ref} has ended.")


def _require_current(item: AgendaItem, at: datetime) -> None:
    """What is voted on can still be decided: the submission waits, the gate is the next one, the days lie ahead."""
    if item.submission is not None and item.submission.state != GateSubmission.State.OPEN:
        raise conflict(
            "not_waiting", f"{item.submission.ref} waits for no decision any more. Take the item off."
        )
    matter = read_matter(item.motion, item.initiative, item.submission, at)
    gate = matter.gate
    if gate is not None and (gate.from_stage != item.initiative.stage or gate.code != item.gate):
        raise conflict(
            "another_gate", f"{item.initiative.ref} has moved to another stage. Take the item off."
        )
    waiting = [one.ref for one in open_conditions(item.initiative_id)]
    if matter.motion.outcome in APPROVALS and waiting:
        raise conflict(
            "conditions_open", f"Still open: {', '.join(waiting)}. Discharge or waive each of them first."
        )
