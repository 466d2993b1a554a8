"""Casting and changing a ballot. One service decides who may; every door comes here, and the database asks again."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from core import audit, clock
from core.access import Actor, read_again, require
from core.errors import conflict, forbidden, stale
from core.roles import Action
from core.text import clean
from domain.council import Choice, require_choice
from domain.council_charter import Charter
from domain.council_conditions import named, require_named
from domain.stage_words import Outcome
from governance.models import AgendaItem, Ballot, Delegation, ItemSeat, Meeting
from governance.queries.council import charter_on
from governance.queries.council_roster import as_rule, covering, holders_on
from governance.services.council_held import (
    held_item,
    keep_conflicts,
    next_version,
    refused,
    require_may_judge,
    require_open,
    require_person,
)
from governance.services.council_matter import motion_of
from governance.services.council_recusals import leave
from governance.services.sound import CONDITION


def cast_vote(
    *, item_id: int, choice: Choice, by: Actor, at: datetime, reason: str = "", veto: bool = False,
    expected_version: int | None = None,
) -> Ballot | None:  # fmt: skip
    """Cast the ballot of the actor's seat, or of the seat lent to them; `expected_version` of the ballot changes it.

    None for a recusal, which is a declaration and ends the ballot. Nobody sees a choice before the item closes, and the log
    does not say who has voted until then. Raises Problem 404; 403 `only_a_person`, `four_eyes`, `delegation_conflict`, `recused`,
    `not_on_roster`, `vote_is_lent`; 409 `not_open`, `decision_closed`, `already_voted`; 412 for a ballot changed meanwhile; 400
    for a choice this motion does not offer, and `condition_missing` for conditions that nobody names.
    """
    reason = clean("reason", reason, limit=1000)
    with transaction.atomic():
        item = held_item(item_id, by=by)
        by = read_again(by)
        in_conflict = keep_conflicts(item, at)
        seat, loan = _seat(item, by, at)
        require_may_judge(item, seat.holder_id if seat else None, in_conflict=in_conflict, by=by, at=at)
        person = require_person(by)
        require(by, Action.VOTE, item)
        require_open(item)
        _require_in_time(item, at)
        if seat is None:
            raise refused(
                item,
                "not_on_roster",
                "You hold no seat on this item, and nobody lent you one in time.",
                by=by,
                at=at,
            )
        _require_not_lent(item, seat, loan, at)
        require_choice(choice, reason, _outcome_of(item), item.gate, veto=veto)
        _require_named(item, choice, reason, at)
        if choice is Choice.RECUSE:
            leave(item=item, user=person, because=reason, by=by, at=at)
            return None
        return _write(item, seat, loan, (choice, reason), expected_version, by, at)


def _seat(item: AgendaItem, by: Actor, at: datetime) -> tuple[ItemSeat | None, Delegation | None]:
    """The place on the frozen roster that is theirs, or that was lent to them and covers this moment."""
    if by.user is None or item.opened_at is None:
        return None, None
    day = clock.day_of(at)
    charter: Charter = charter_on(day)
    holders = holders_on(day)
    # A seat vacated, or filled anew, since the opening is vacant for this item.
    places = [
        one for one in item.roster.select_related("holder") if holders.get(one.seat_id) == one.holder_id
    ]
    for place in places:
        if place.holder_id == by.user.pk:
            return place, None
    for place in places:
        if place.holder_id is not None:
            loan = covering(place, by.user.pk, at, item.opened_at, charter, item.meeting_id)
            if loan is not None:
                return place, loan
    return None, None


def _require_in_time(item: AgendaItem, at: datetime) -> None:
    """A written procedure ends by its time, whether or not the worker has closed it yet."""
    meeting = item.meeting
    if meeting.kind == Meeting.Kind.WRITTEN and meeting.ended_at is None and at >= meeting.ends_at:
        raise conflict("decision_closed", f"Voting on {item.ref} has ended. Its ballots stand.")


def _require_not_lent(item: AgendaItem, seat: ItemSeat, loan: Delegation | None, at: datetime) -> None:
    if loan is not None:
        return
    rows = Delegation.objects.filter(
        Q(meeting=None) | Q(meeting=item.meeting_id),
        seat=seat.seat_id,
        holder=seat.holder_id,
        revoked_at=None,
    )
    if any(as_rule(row).in_force(at) for row in rows):
        raise forbidden(f"Your vote on {item.ref} is lent. Take it back first.", code="vote_is_lent")


def _outcome_of(item: AgendaItem) -> Outcome:
    return Outcome(item.motion["outcome"])


def _require_named(item: AgendaItem, choice: Choice, reason: str, at: datetime) -> None:
    """Conditions are named by the motion or by the ballot that asks for them, so that what is confirmed was voted on."""
    if choice is not Choice.WITH_CONDITIONS:
        return
    require_named(choice, reason, motion_of(item, at))
    for line in named(reason):
        clean("reason", line, limit=CONDITION)


def _write(
    item: AgendaItem, seat: ItemSeat, loan: Delegation | None, said: tuple[Choice, str], expected_version: int | None,
    by: Actor, at: datetime,
) -> Ballot:  # fmt: skip
    """The seat's ballot, new or changed. `said`: choice and reason. The caller has asked who casts it."""
    row = Ballot.objects.filter(item=item, seat=seat.seat_id).first()
    if row is None and Ballot.objects.filter(item=item, cast_by=by.user).exists():
        raise conflict("already_voted", "You have voted on this for another seat. Nobody votes twice.")
    if row is not None and expected_version is None:
        raise conflict("already_voted", f"This seat has voted on {item.ref}. Change that ballot instead.")
    if (row.version if row else None) != expected_version:
        raise stale("This ballot was changed meanwhile. Read it again, then send your change.")
    row = row or Ballot(item=item, seat_id=seat.seat_id, version=0)
    row.cast_by, row.delegation, row.cast_at = require_person(by), loan, at
    row.choice, row.reason = said[0].value, said[1]
    row.version += 1
    row.save()
    next_version(item)
    _tell(item, row, by, at)
    return row


def _tell(item: AgendaItem, row: Ballot, by: Actor, at: datetime) -> None:
    """That a ballot was cast, not whose and not what: turnout is a number until the item closes, in the log too."""
    nobody = replace(by, user=None, grants=(), request_id="")
    audit.record(
        by=nobody, at=at, action="ballot.cast" if row.version == 1 else "ballot.changed", obj=item,
        initiative_id=item.initiative_id, unit_path=item.initiative.unit.path, after={"cast": item.ballots.count()},
    )  # fmt: skip
