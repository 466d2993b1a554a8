"""What is awaited of people between meetings: ballots, a confirmation, an answer from above; each told to that person alone."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from core import clock
from governance.models import AgendaItem, Ballot, Delegation, ItemSeat, Meeting, Recusal
from governance.queries.council import charter_on, seats_on_days
from governance.queries.council_roster import as_rule

WEEK: Final = timedelta(days=7)


def last_day(meeting: Meeting) -> date:
    """The last day on which a written procedure takes ballots: it may end with the midnight after it."""
    return clock.day_of(meeting.ends_at - timedelta(microseconds=1))


def awaited(items: Sequence[AgendaItem]) -> dict[int, set[int]]:
    """Open item of a written procedure, its meeting joined -> who may cast a ballot when it ends, and has cast none.

    A lent seat is its delegate's. Who is recused, or holds the seat no more, is not awaited. Never shown to anybody: each is
    told for themselves. Six statements, however many items.
    """
    if not items:
        return {}
    ends = {item.pk: last_day(item.meeting) for item in items}
    holders = {
        day: {one.seat.pk: one.term.holder_id for one in held if one.term is not None}
        for day, held in seats_on_days(set(ends.values())).items()
    }
    charter = charter_on(min(ends.values()))
    away = set(
        Recusal.objects.filter(item__in=items, lifted_at=None).order_by().values_list("item_id", "user_id")
    )
    cast = set(Ballot.objects.filter(item__in=items).order_by().values_list("item_id", "seat_id"))
    loans: dict[int, list[Delegation]] = {}
    for loan in Delegation.objects.filter(
        revoked_at=None, until__gte=min(item.meeting.ends_at for item in items)
    ):
        loans.setdefault(loan.seat_id, []).append(loan)
    known = {item.pk: item for item in items}
    found: dict[int, set[int]] = {item.pk: set() for item in items}
    for place in ItemSeat.objects.filter(item__in=items, holder__isnull=False).order_by("pk"):
        item = known[place.item_id]
        holder = place.holder_id
        if holder is None or holders[ends[item.pk]].get(place.seat_id) != holder:
            continue
        moment = item.meeting.ends_at - timedelta(microseconds=1)
        opened = item.opened_at or item.meeting.begins_at
        lent = next(
            (
                one.delegate_id
                for one in loans.get(place.seat_id, ())
                if one.meeting_id in {None, item.meeting_id}
                and one.holder_id == holder
                and as_rule(one).covers(moment, opened=opened, charter=charter)
            ),
            holder,
        )
        if (item.pk, place.seat_id) not in cast and not {(item.pk, holder), (item.pk, lent)} & away:
            found[item.pk].add(lent)
    return found


def answer_by(item: AgendaItem) -> date:
    """The day an escalated item is to be answered: its submission's, else a week after; never before the day after."""
    since = clock.day_of(item.closed_at or item.created_at)
    due = item.submission.due_on if item.submission is not None else since + WEEK
    return max(due, since + timedelta(days=1))
