"""Leaving an item: declared by oneself, added by the chair, lifted by the chair. A computed recusal nobody touches."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from core import audit, clock
from core.access import Actor, everywhere, require
from core.errors import Problem, conflict, field_error, forbidden, not_found
from core.models import User
from core.roles import Action
from core.text import clean
from governance.models import AgendaItem, Ballot, Recusal
from governance.models.council import CHAIR, DEPUTY
from governance.queries.council import lent, seats_on
from governance.queries.council_roster import cast_on, found_in_conflict, recused
from governance.services.council_held import (
    held_item,
    keep_conflicts,
    next_version,
    require_may_judge,
    require_person,
)

LEFT = (AgendaItem.State.CLOSED, AgendaItem.State.WITHDRAWN)


def declare(*, item_id: int, because: str, by: Actor, at: datetime) -> Recusal:
    """Say that one has an interest in an item, before or while it is open.

    Raises Problem 404, 403 for anybody but a person with the right to vote, 409 `already_recused`, `decision_closed`.
    """
    because = clean("because", because, limit=500, required="Say what your interest is.")
    with transaction.atomic():
        item = held_item(item_id, by=by)
        person = require_person(by)
        require(by, Action.VOTE, item)
        keep_conflicts(item, at)
        return leave(item=item, user=person, because=because, by=by, at=at)


def add(*, item_id: int, user: User, because: str, by: Actor, at: datetime) -> Recusal:
    """Recuse another member who told an interest, by whoever presides or arranges the council.

    Raises Problem as `declare`, 403 for anybody else, 400 `not_a_member` for who could cast no ballot on it.
    """
    because = clean("because", because, limit=500, required="Say what their interest is.")
    with transaction.atomic():
        item = held_item(item_id, by=by)
        require_person(by)
        if presides(by, at) is None and not everywhere(by, Action.ARRANGE_COUNCIL):
            raise forbidden("The chair, the deputy or whoever arranges the council recuses another member.")
        require_may_judge(item, None, in_conflict=keep_conflicts(item, at), by=by, at=at)
        if user.pk not in members_of(item, at):
            raise field_error(
                "user", "Name somebody who holds a seat on this item, or a delegate.", code="not_a_member"
            )
        return leave(item=item, user=user, because=because, by=by, at=at, kind=Recusal.Kind.ADDED)


def members_of(item: AgendaItem, at: datetime) -> set[int]:
    """Who could cast a ballot on an item: holders of its roster, or of today's seats before it opens, and their delegates."""
    if item.opened_at is None:
        holders = {one.holder.pk for one in seats_on(clock.day_of(at)) if one.holder is not None}
    else:
        rows = item.roster.filter(holder__isnull=False).values_list("holder_id", flat=True)
        holders = {one for one in rows if one is not None}
    return holders | {one.delegate_id for one in lent(at) if one.holder_id in holders}


def lift(*, recusal_id: int, because: str, by: Actor, at: datetime, item_id: int | None = None) -> Recusal:
    """Take a declared recusal back, by the chair; the chair's own by the deputy.

    Raises Problem 404; 403 for anybody else and for one who is recused; 409 `computed` for one the record says, `lifted`,
    `decision_closed`.
    """
    because = clean("because", because, limit=300, required="Say why it is lifted.")
    found = Recusal.objects.filter(pk=recusal_id).values_list("item_id", flat=True).first()
    if found is None or item_id not in {None, found}:
        raise not_found()
    with transaction.atomic():
        item = held_item(found, by=by)
        row = Recusal.objects.get(pk=recusal_id)
        require_person(by)
        in_conflict = keep_conflicts(item, at)
        if row.kind == Recusal.Kind.COMPUTED or row.user_id in in_conflict:
            raise conflict("computed", "This follows from the record, so nobody lifts it.")
        _require_lifts(row, by, at)
        require_may_judge(item, None, in_conflict=in_conflict, by=by, at=at)
        if row.lifted_at is not None:
            raise conflict("lifted", "This was lifted already.")
        _require_running(item)
        row.lifted_at, row.lifted_by, row.lifted_because = at, by.user, because
        row.save(update_fields=["lifted_at", "lifted_by", "lifted_because"])
        _tell("recusal.lifted", item, row, because, by, at)
        next_version(item)
    return row


def leave(
    *, item: AgendaItem, user: User, because: str, by: Actor, at: datetime, kind: Recusal.Kind = Recusal.Kind.DECLARED
) -> Recusal:  # fmt: skip
    """Write the recusal of a person on an item that is held. A ballot of theirs is kept, and will not count.

    Declared after the ballots were counted and before the decision is recorded, it opens the item again.
    """
    _require_running(item)
    if user.pk in recused(item):
        raise conflict("already_recused", f"{user.name} is recused from {item.ref} already.")
    row = Recusal.objects.create(
        item=item, user=user, kind=kind, because=because, declared_at=at, declared_by=by.user
    )
    _tell(
        "recusal.declared" if kind == Recusal.Kind.DECLARED else "recusal.added", item, row, because, by, at
    )
    if item.state == AgendaItem.State.CONFIRMING and _counted(item, user):
        _open_again(item, user, by, at)
    next_version(item)
    return row


def _counted(item: AgendaItem, user: User) -> bool:
    """Whether a ballot counted that this person cast, or that was cast for their seat."""
    seats = list(item.roster.filter(holder=user).values_list("seat_id", flat=True))
    return item.ballots.filter(Q(cast_by=user) | Q(seat__in=seats), counted=True).exists()


def presides(by: Actor, at: datetime) -> int | None:
    """1 for whoever holds the chair now, 2 for the deputy, None for anybody else."""
    if by.user is None or by.token_id is not None:
        return None
    person = by.user.pk
    for one in seats_on(clock.day_of(at)):
        if one.seat.presides and one.term is not None and one.term.holder_id == person:
            return one.seat.presides
    return None


def liftable(rows: Iterable[Recusal], by: Actor, at: datetime) -> set[int]:
    """Those of these recusals that are theirs to lift. A constant number of statements."""
    place, chair = presides(by, at), _chair(at)
    if place is None or by.user is None:
        return set()
    return {
        row.pk
        for row in rows
        if row.kind != Recusal.Kind.COMPUTED
        and row.lifted_at is None
        and row.user_id != by.user.pk
        and place == (DEPUTY if row.user_id == chair else CHAIR)
    }


def _chair(at: datetime) -> int | None:
    for one in seats_on(clock.day_of(at)):
        if one.seat.presides == CHAIR and one.term is not None:
            return one.term.holder_id
    return None


def _require_lifts(row: Recusal, by: Actor, at: datetime) -> None:
    wanted = DEPUTY if row.user_id == _chair(at) else CHAIR
    if presides(by, at) != wanted or (by.user is not None and by.user.pk == row.user_id):
        raise forbidden(
            "The deputy lifts a recusal of the chair." if wanted == DEPUTY else "The chair lifts a recusal."
        )


def _require_running(item: AgendaItem) -> None:
    if item.state in LEFT:
        problem: Problem = conflict(
            "decision_closed", f"{item.ref} is decided. Put the initiative on the agenda again instead."
        )
        raise problem


def _open_again(item: AgendaItem, user: User, by: Actor, at: datetime) -> None:
    before = {"state": item.state, "numbers": item.numbers}
    item.state, item.polled_at, item.confirm_by, item.numbers, item.presider = (
        AgendaItem.State.OPEN,
        None,
        None,
        {},
        None,
    )
    item.save(update_fields=["state", "polled_at", "confirm_by", "numbers", "presider"])
    # First those against whom something stands now: the database lets no other ballot of theirs be counted anew.
    for row, _, why in cast_on(item, found_in_conflict(item, at)):
        if why:
            Ballot.objects.filter(pk=row.pk).update(counted=False, not_counted=why)
    item.ballots.filter(counted=True).update(counted=None)
    audit.record(
        by=by, at=at, action="item.reopened", obj=item, initiative_id=item.initiative_id,
        unit_path=item.initiative.unit.path, before=before, after={"state": item.state}, reason=f"{user.name} is recused",
    )  # fmt: skip


def _tell(action: str, item: AgendaItem, row: Recusal, because: str, by: Actor, at: datetime) -> None:
    audit.record(
        by=by, at=at, action=action, obj=item, initiative_id=item.initiative_id, unit_path=item.initiative.unit.path,
        reason=because, after={"user": row.user_id, "kind": row.kind},
    )  # fmt: skip
