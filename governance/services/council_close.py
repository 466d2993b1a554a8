"""Closing an item: every ballot is asked again, the numbers are stored, and the result ends in the decision log."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from core import audit, clock, outbox
from core.access import Actor, actor_for, allows, everywhere, read_again
from core.errors import Item, Problem, conflict, field_error, forbidden, from_rule
from core.models import User
from core.roles import Action
from core.wording import day as in_words
from domain.authority import Authority
from domain.conflicts import Conflict
from domain.council import Answer, Choice, Result, Why, decide
from domain.council import Ballot as Cast
from domain.council_conditions import Listed, confirmed, listed
from domain.errors import RuleError
from domain.motions import Motion, read_motion
from domain.stage_words import Body, Outcome
from domain.working_days import working_days_after
from governance.models import AgendaItem, Ballot, CouncilSeat, ItemPack, Meeting
from governance.queries.council import charter_on, seats_on
from governance.queries.council_roster import cast_on, found_in_conflict, holders_on, places
from governance.queries.deadlines import calendar_on
from governance.services.council_held import (
    held_item,
    keep_conflicts,
    next_version,
    require_may_judge,
    require_open,
    require_person,
)
from governance.services.council_matter import gate_voted, motion_of, record
from governance.services.sound import sound

POLLED: Final = outbox.announces("item.polled")
ESCALATED: Final = outbox.announces("item.escalated")
WORDS = {
    Why.INQUORATE: "No quorum: {present} present of {needed} needed.",
    Why.NOBODY_DECIDED: "Nobody voted for or against.",
    Why.TIE_LEFT: "A tie that whoever presides left.",
}


def close_item(*, item_id: int, by: Actor, at: datetime, expected_version: int | None = None) -> AgendaItem:
    """End the voting. Carried with conditions, it waits for whoever presides to confirm them; else it is decided at once.

    Closed by whoever presides or arranges the council, never by somebody in conflict; a written procedure also by its time.
    Raises Problem 404, 403, 409 `not_open`, `decision_closed`, `still_running` for a written procedure in which somebody may still
    vote, and what `record_decision` refuses.
    """
    with transaction.atomic():
        item = held_item(item_id, by=by, expected_version=expected_version)
        in_conflict = keep_conflicts(item, at)
        if not by.is_system:
            by = read_again(by)
            require_may_judge(item, None, in_conflict=in_conflict, by=by, at=at)
            _require_closes(item, by)
        require_open(item)
        _require_over(item, at)
        _require_same_gate(item, at)
        settle(item, _count(item, in_conflict, at), by, at)
    return item


def confirm_conditions(
    *, item_id: int, conditions: Sequence[dict[str, Any]], by: Actor, at: datetime
) -> AgendaItem:
    """Whoever presided confirms conditions that were voted on, at least one, within two working days: a conditional go.

    `conditions`: each by its text, what its ballots left open completed (domain.council_conditions). Raises Problem 404; 403 for
    anybody else; 409 `nothing_to_confirm`, `too_late`; 400 `conditions_missing`, `not_listed`, `not_as_voted`, with a pointer.
    """
    with transaction.atomic():
        item = held_item(item_id, by=by)
        in_conflict = keep_conflicts(item, at)
        require_may_judge(item, None, in_conflict=in_conflict, by=by, at=at)
        require_confirms(item, by, at)
        motion = _confirmed(item, conditions, at)
        item.result, item.why = Result.ADOPTED.value, item.numbers["why"]
        try:
            _decide(item, motion, carried=True, by=by, at=at)
        except Problem as problem:
            # The conditions stand by themselves in what was sent, not in a motion.
            raise replace(problem, items=tuple(_bare(one) for one in problem.items)) from problem
    return item


def require_confirms(item: AgendaItem, by: Actor, at: datetime) -> None:
    """Refuse whoever did not preside, 403, and an item that waits for no conditions any more, 409."""
    person = require_person(by)
    if item.state != AgendaItem.State.CONFIRMING or item.confirm_by is None:
        raise conflict("nothing_to_confirm", f"{item.ref} has no conditions to confirm.")
    if person.pk != item.presider_id:
        raise forbidden("Whoever presided confirms the conditions.")
    if clock.day_of(at) > item.confirm_by:
        raise conflict(
            "too_late", f"They were to be confirmed by {in_words(item.confirm_by)}. It is not decided."
        )


def listed_on(item: AgendaItem, at: datetime) -> tuple[Listed, ...]:
    """The conditions that were voted on: the motion's, and those named in ballots that counted, told without whose they are."""
    rows = item.ballots.filter(counted=True, choice=Choice.WITH_CONDITIONS).order_by("pk")
    return listed(motion_of(item, at), rows.values_list("reason", flat=True))


def _confirmed(item: AgendaItem, conditions: Sequence[dict[str, Any]], at: datetime) -> Motion:
    """The conditional go with these conditions; what was voted on lay ahead when the item was opened, the rest lies ahead now."""
    opened, voted = clock.day_of(item.opened_at or at), listed_on(item, at)
    try:
        said = confirmed(voted, conditions)
        asked = {**item.motion, "outcome": Outcome.CONDITIONAL_GO.value, "conditions": said}
        motion = read_motion(asked, gate=gate_voted(item, opened), today=opened)
    except RuleError as error:
        raise from_rule(error) from error
    known = {one.said for one in voted}
    for place, one in enumerate(motion.conditions):
        if one not in known and one.due_on <= clock.day_of(at):
            raise field_error(f"conditions/{place}/due_on", "Give a day that lies ahead.", code="not_ahead")
    return sound(motion, under="")


def _bare(one: Item) -> Item:
    return replace(one, pointer=one.pointer.removeprefix("/motion"))


def lapse(*, item_id: int, by: Actor, at: datetime) -> AgendaItem:
    """Conditions that nobody confirmed in time: not decided. Raises Problem 409 `nothing_to_confirm`, `not_yet`."""
    with transaction.atomic():
        item = held_item(item_id, by=by)
        if item.state != AgendaItem.State.CONFIRMING or item.confirm_by is None:
            raise conflict("nothing_to_confirm", f"{item.ref} has no conditions to confirm.")
        if clock.day_of(at) <= item.confirm_by:
            raise conflict("not_yet", f"They can be confirmed until {in_words(item.confirm_by)}.")
        item.result, item.why = Result.NOT_DECIDED.value, "not_confirmed"
        _not_decided(item, "The conditions were not confirmed in time.", by, at)
    return item


def settle(item: AgendaItem, answer: Answer, by: Actor, at: datetime) -> None:
    """Keep the numbers and end the item with its result. The caller holds it."""
    item.polled_at = at
    item.numbers = {**answer.numbers.to_json(), "result": answer.result.value, "why": answer.why.value}
    if answer.presider is not None:
        item.presider = item.roster.select_related("holder").get(seat=answer.presider).holder
    if answer.with_conditions:
        today = clock.day_of(at)
        item.state = AgendaItem.State.CONFIRMING
        item.confirm_by = working_days_after(today, charter_on(today).confirm_days, calendar_on(today))
        next_version(item, "state", "polled_at", "numbers", "presider", "confirm_by")
        # Not what was voted: a recusal may still open the voting again.
        audit.record(
            by=by, at=at, action="item.polled", obj=item, initiative_id=item.initiative_id,
            unit_path=item.initiative.unit.path, after={"confirm_by": item.confirm_by, "presider": item.presider_id},
        )  # fmt: skip
        outbox.owe(kind=POLLED, payload={"item_id": item.pk}, at=at)
        return
    item.result, item.why = answer.result.value, answer.why.value
    if answer.result is Result.ESCALATED:
        item.escalated_to = _authority_above(item, at)
        _end(item, by, at)
    elif answer.result is Result.NOT_DECIDED:
        words = WORDS[answer.why].format(present=answer.numbers.present, needed=answer.numbers.needed)
        _not_decided(item, words, by, at)
    else:
        carried = answer.result is Result.ADOPTED
        motion = motion_of(item, at)
        _decide(item, motion.unconditional() if carried else motion, carried=carried, by=by, at=at)


def _count(item: AgendaItem, in_conflict: dict[int, Conflict], at: datetime) -> Answer:
    """Ask every ballot again and mark each as counted or not."""
    day = clock.day_of(at)
    roster = places(item, holders_on(day))
    cast: list[tuple[Ballot, Cast, str]] = cast_on(item, in_conflict)
    answer = decide(
        roster, [said for _, said, _ in cast], motion=motion_of(item, at), charter=charter_on(day)
    )
    for row, said, why in cast:
        row.counted = said.seat in answer.counted
        row.not_counted = "" if row.counted else why or "not_eligible"
        row.save(update_fields=["counted", "not_counted"])
    return answer


def _decide(item: AgendaItem, motion: Motion, *, carried: bool, by: Actor, at: datetime) -> None:
    item.decision = record(item, motion, authority_of(item), carried=carried, by=_presiding(item, by), at=at)
    _end(item, by, at)


def _not_decided(item: AgendaItem, because: str, by: Actor, at: datetime) -> None:
    """Kept in the log as such: it counts as a deferral, and the submission stays open."""
    item.decision = record(
        item, Motion(Outcome.NOT_DECIDED, because), authority_of(item), carried=True, by=by, at=at
    )
    _end(item, by, at)


def _end(item: AgendaItem, by: Actor, at: datetime) -> None:
    item.state, item.closed_at, item.confirm_by = AgendaItem.State.CLOSED, at, None
    next_version(
        item, "state", "polled_at", "closed_at", "confirm_by", "result", "why", "numbers", "presider", "escalated_to",
        "decision",
    )  # fmt: skip
    _tell("item.closed", item, by, at)
    if item.result == Result.ESCALATED:
        outbox.owe(kind=ESCALATED, payload={"item_id": item.pk}, at=at)


def authority_of(item: AgendaItem) -> Authority:
    """What stands behind the decision, for ever: numbers, each ballot, and statements as they stood."""
    names = {row.seat_id: row.name for row in item.roster.all()}
    return Authority(
        body=Body.COUNCIL,
        item=item.pk,
        numbers=item.numbers,
        ballots=tuple(
            {
                "seat": names[row.seat_id], "cast_by": row.cast_by_id, "choice": row.choice, "reason": row.reason,
                "by_delegate": row.delegation_id is not None, "counted": bool(row.counted), "not_counted": row.not_counted,
            }
            for row in item.ballots.order_by("pk")
        ),
        dissents=tuple(
            {"author": row.author_id, "kind": row.kind, "text": row.text} for row in item.dissents.order_by("pk")
        ),
        evidence=ItemPack.objects.filter(item=item).values_list("seal", flat=True).first() or "",
    )  # fmt: skip


def _presiding(item: AgendaItem, by: Actor) -> Actor:
    """A decision of the council is recorded by whoever presided, also where somebody else closed the item."""
    if item.presider is None or (by.user is not None and by.user.pk == item.presider_id):
        return by
    presider: User = item.presider
    return replace(actor_for(presider, via=by.via), request_id=by.request_id)


def _require_closes(item: AgendaItem, by: Actor) -> None:
    require_person(by)
    if everywhere(by, Action.ARRANGE_COUNCIL):
        return
    presiding = item.roster.filter(presides__isnull=False, holder=by.user)
    if not (allows(by, Action.VOTE, item) and presiding.exists()):
        raise forbidden("The chair, the deputy or whoever arranges the council closes an item.")


def _require_same_gate(item: AgendaItem, at: datetime) -> None:
    """What was voted at one gate is not recorded at another that the stage has reached meanwhile."""
    gate = None if item.submission_id else gate_voted(item, clock.day_of(at))
    if gate is not None and gate.code != item.gate:
        raise conflict(
            "another_gate", f"{item.ref} was about {item.gate}. Take it off the agenda and put it on anew."
        )


def _require_over(item: AgendaItem, at: datetime) -> None:
    """A written procedure runs to its end, or until everybody who can vote has voted."""
    if item.meeting.kind != Meeting.Kind.WRITTEN or at >= item.meeting.ends_at:
        return
    able = {one.seat for one in places(item, holders_on(clock.day_of(at))) if one.eligible}
    if able - set(item.ballots.values_list("seat_id", flat=True)):
        raise conflict("still_running", f"Voting runs until {in_words(clock.day_of(item.meeting.ends_at))}.")


def _authority_above(item: AgendaItem, at: datetime) -> User | None:
    """The council's sponsor, or the next authority that is not in conflict; None where the charter names none left."""
    in_conflict = found_in_conflict(item, at)
    for one in seats_on(clock.day_of(at), (CouncilSeat.Kind.AUTHORITY,)):
        if one.holder is not None and one.holder.is_active and one.holder.pk not in in_conflict:
            return one.holder
    return None


def _tell(action: str, item: AgendaItem, by: Actor, at: datetime) -> None:
    audit.record(
        by=by, at=at, action=action, obj=item, initiative_id=item.initiative_id, unit_path=item.initiative.unit.path,
        after={
            "result": item.result, "why": item.why, "numbers": item.numbers, "presider": item.presider_id,
            "decision": item.decision_id, "escalated_to": item.escalated_to_id,
            "ballots": [dict(one) for one in authority_of(item).ballots],
        },
    )  # fmt: skip
