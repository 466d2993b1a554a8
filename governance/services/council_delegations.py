"""Lending a seat's vote to one person for a meeting or a time, and taking it back."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from core import audit, clock, outbox
from core.access import Actor, actor_for, everywhere
from core.errors import Item, Problem, conflict, field_error, forbidden, from_rule, not_found
from core.locks import hold
from core.models import User
from core.refusals import refusal
from core.roles import Action
from domain.council_delegates import require_delegate
from domain.errors import RuleError
from governance.models import AgendaItem, Delegation, Meeting
from governance.models.council_items import Recusal
from governance.queries.conflicts import conflicted_each
from governance.queries.council import LOCK, charter_on, lent, seat_of, seats_on
from governance.services.council_held import require_person

LENT: Final = outbox.announces("vote.lent")
TAKEN_BACK: Final = outbox.announces("vote.taken_back")


def delegate_vote(
    *, delegate: User, by: Actor, at: datetime, meeting: Meeting | None = None, begins_at: datetime | None = None,
    until: datetime | None = None,
) -> Delegation:  # fmt: skip
    """Lend the vote of one's own seat, for one meeting or from `begins_at` until `until`, told at once.

    It begins an hour from now at the earliest. Raises Problem 403 for whoever holds no seat and for a token, 403
    `delegation_conflict` from or to somebody in conflict on what is decided then, 400 by field, 409 `two_votes`,
    `delegation_chain`, `already_lent`, `meeting_over`.
    """
    with transaction.atomic():
        hold(LOCK)
        person = require_person(by)
        held = seat_of(by, clock.day_of(at))
        if held is None:
            raise forbidden("Only who holds a seat lends its vote.")
        begins, ends = _window(meeting, begins_at, until, at)
        others = [one for one in lent(at) if one.begins_at < ends and begins < one.until]
        if any(one.holder_id == person.pk for one in others):
            raise conflict("already_lent", "Your vote is lent in that time already. Take it back first.")
        _require_may_hold(delegate)
        _require_single_hop(held.seat.pk, person, delegate, others, by, at)
        row = Delegation.objects.create(
            seat=held.seat,
            holder=person,
            delegate=delegate,
            meeting=meeting,
            begins_at=begins,
            until=ends,
            notified_at=at,
        )
        audit.record(
            by=by, at=at, action="vote.lent", obj=held.seat,
            after={"delegation": row.pk, "delegate": delegate.pk, "begins_at": begins.isoformat(), "until": ends.isoformat()},
        )  # fmt: skip
        outbox.owe(kind=LENT, payload={"delegation_id": row.pk}, at=at)
    return row


def take_back(*, delegation_id: int, by: Actor, at: datetime) -> Delegation:
    """Vote for oneself again from now on; what the delegate cast before stands. Raises Problem 404, 403, 409 `taken_back`."""
    with transaction.atomic():
        hold(LOCK)
        row = Delegation.objects.select_related("seat").filter(pk=delegation_id).first()
        if row is None:
            raise not_found()
        person = require_person(by)
        if person.pk not in {row.holder_id, row.delegate_id}:
            raise forbidden("Whoever lent the vote takes it back, or whoever it was lent to gives it back.")
        if row.revoked_at is not None or row.until <= at:
            raise conflict("taken_back", "This has ended already.")
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        audit.record(by=by, at=at, action="vote.taken_back", obj=row.seat, after={"delegation": row.pk})
        outbox.owe(kind=TAKEN_BACK, payload={"delegation_id": row.pk, "by": person.pk}, at=at)
    return row


def _window(
    meeting: Meeting | None, begins_at: datetime | None, until: datetime | None, at: datetime
) -> tuple[datetime, datetime]:
    notice = timedelta(minutes=charter_on(clock.day_of(at)).notice_minutes)
    if meeting is not None:
        if begins_at is not None or until is not None:
            raise field_error("meeting", "Give a meeting or a time, not both.")
        if meeting.state in {Meeting.State.HELD, Meeting.State.CANCELLED}:
            raise conflict("meeting_over", f"{meeting.ref} is over.")
        # A meeting may run late; what it did not come to is another meeting's.
        begins, ends = meeting.begins_at, meeting.ends_at + timedelta(hours=12)
    elif begins_at is None or until is None:
        raise field_error("begins_at", "Give a meeting, or from when until when.", code="required")
    else:
        begins, ends = begins_at, until
    if begins < at + notice:
        raise field_error(
            "begins_at", f"A delegate is told at least {charter_on(clock.day_of(at)).notice_minutes} minutes ahead.",
            code="too_late",
        )  # fmt: skip
    if ends <= begins:
        raise field_error("until", "It ends after it begins.", code="too_early")
    return begins, ends


def _require_may_hold(delegate: User) -> None:
    if not delegate.is_active or delegate.is_service:
        raise field_error("delegate", "A vote is lent to an active person.", code="invalid_choice")
    if not everywhere(actor_for(delegate, via="page"), Action.VOTE):
        raise field_error(
            "delegate",
            f"{delegate.name} has no role that votes. Two administrators give it first.",
            code="may_not_vote",
        )


def _require_single_hop(
    seat: int, person: User, delegate: User, others: list[Delegation], by: Actor, at: datetime
) -> None:
    day = clock.day_of(at)
    members = {one.term.holder_id for one in seats_on(day) if one.term is not None and one.seat.pk != seat}
    try:
        require_delegate(
            holder=person.pk, delegate=delegate.pk, members=frozenset(members),
            delegating=frozenset(one.holder_id for one in others), lent_to=frozenset(one.delegate_id for one in others),
            conflicted=_in_conflict({person.pk, delegate.pk}),
        )  # fmt: skip
    except RuleError as error:
        if error.code == "delegation_conflict":
            raise refusal(
                error.message, by=by, at=at, action="delegation.refused", obj=person, code=error.code,
                after={"delegate": delegate.pk},
            ) from error  # fmt: skip
        if error.code in {"two_votes", "delegation_chain"}:
            item = Item(error.pointer or "", error.code, error.message)
            raise Problem(409, error.code, error.message, (item,)) from error
        raise from_rule(error) from error


def _in_conflict(people: set[int]) -> frozenset[int]:
    """Who of the two is in conflict, or recused, on an item that is open now. On others the delegate inherits both's recusals."""
    items = list(
        AgendaItem.objects.filter(state__in=["open", "confirming"]).select_related("initiative", "submission")
    )
    found: set[int] = set()
    for near in conflicted_each([(item.initiative, item.submission) for item in items]):
        found |= people & set(near)
    found |= set(
        Recusal.objects.filter(item__in=items, lifted_at=None, user__in=people).values_list(
            "user_id", flat=True
        )
    )
    return frozenset(found)
