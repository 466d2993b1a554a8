"""What the council waits for from one person: ballots they may cast, conditions to confirm, answers from above."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from core import clock
from core.access import Actor
from domain.council import Result
from domain.council_charter import Charter
from governance.models import AgendaItem, Ballot, Delegation, ItemSeat, Recusal
from governance.queries.council import charter_on, lent
from governance.queries.council_roster import as_rule, holders_on


@dataclass(frozen=True, slots=True)
class Yours:
    """`ballots`: open items on which the reader's seat, or one lent to them, has cast none yet."""

    ballots: tuple[AgendaItem, ...] = ()
    confirm: tuple[AgendaItem, ...] = ()
    above: tuple[AgendaItem, ...] = ()

    @property
    def any(self) -> bool:
        return bool(self.ballots or self.confirm or self.above)


def yours(actor: Actor, at: datetime) -> Yours:
    """Told to that person alone: who has voted is nobody else's to know. A constant number of statements."""
    if actor.user is None:
        return Yours()
    me = actor.user.pk
    asked = Q(state=AgendaItem.State.OPEN, meeting__ended_at=None) | Q(
        state=AgendaItem.State.CONFIRMING, presider=me
    )
    asked |= Q(result=Result.ESCALATED.value, decision=None, escalated_to=me)
    rows = list(
        AgendaItem.objects.filter(asked).select_related("initiative", "meeting").order_by("opened_at", "pk")
    )
    open_ones = [row for row in rows if row.state == AgendaItem.State.OPEN]
    may = _may_cast(open_ones, me, at)
    return Yours(
        tuple(row for row in open_ones if row.pk in may),
        tuple(row for row in rows if row.state == AgendaItem.State.CONFIRMING),
        tuple(row for row in rows if row.result == Result.ESCALATED.value),
    )


def _may_cast(items: Sequence[AgendaItem], me: int, at: datetime) -> set[int]:
    """Of these open items, those on which this person may cast a ballot now and has cast none. A lent seat is its delegate's."""
    if not items:
        return set()
    today = clock.day_of(at)
    holders, charter, loans = holders_on(today), charter_on(today), lent(at)
    away = set(Recusal.objects.filter(item__in=items, lifted_at=None).values_list("item_id", "user_id"))
    cast = set(Ballot.objects.filter(item__in=items).order_by().values_list("item_id", "seat_id"))
    known, found = {item.pk: item for item in items}, set[int]()
    for place in ItemSeat.objects.filter(item__in=items, holder__isnull=False):
        item = known[place.item_id]
        if holders.get(place.seat_id) != place.holder_id or (item.pk, place.seat_id) in cast:
            continue
        caster = _caster(place, item, loans, at, charter)
        if caster == me and not {(item.pk, place.holder_id), (item.pk, me)} & away:
            found.add(item.pk)
    return found


def _caster(
    place: ItemSeat, item: AgendaItem, loans: Sequence[Delegation], at: datetime, charter: Charter
) -> int | None:
    """Who casts the ballot of a seat now: the delegate while it is lent, else the holder."""
    for loan in loans:
        if (loan.seat_id, loan.holder_id) != (place.seat_id, place.holder_id):
            continue
        if loan.meeting_id not in {None, item.meeting_id}:
            continue
        if as_rule(loan).covers(at, opened=item.opened_at or item.meeting.begins_at, charter=charter):
            return loan.delegate_id
    return place.holder_id
