"""The council as it is on a day: its charter, the calendar it counts by, its seats and who holds them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from core.access import Actor
from core.models import User
from core.policies import in_force
from domain.council_charter import DEFAULT, Charter
from domain.council_charter import KIND as CHARTER
from governance.models import CouncilSeat, Delegation, SeatTerm

LOCK = "council"
"""Held by whoever changes seats, delegations or meetings; after the initiative, where one is locked."""


@dataclass(frozen=True, slots=True)
class Held:
    """A seat and who holds it; `term` None is vacant."""

    seat: CouncilSeat
    term: SeatTerm | None

    @property
    def holder(self) -> User | None:
        return self.term.holder if self.term else None


def charter_on(day: date) -> Charter:
    row = in_force(CHARTER, day)
    return DEFAULT if row is None else Charter.from_json(row.data)


def seats_on(day: date, kinds: Iterable[str] = ("voting",)) -> list[Held]:
    """Seats of these kinds in their order, with whoever holds them on that day. Two statements.

    A term that has run out leaves its seat vacant, whether or not somebody ended it.
    """
    return seats_on_days([day], kinds)[day]


def seats_on_days(days: Collection[date], kinds: Iterable[str] = ("voting",)) -> dict[date, list[Held]]:
    """Day -> the same. Two statements, however many days."""
    if not days:
        return {}
    first, last = min(days), max(days)
    seats = list(
        CouncilSeat.objects.filter(Q(abolished_on=None) | Q(abolished_on__gt=first), kind__in=list(kinds))
    )
    terms = list(
        SeatTerm.objects.filter(
            Q(ended_on=None) | Q(ended_on__gt=first), seat__in=seats, from_on__lte=last, until_on__gt=first
        )
        .select_related("holder")
        .order_by("from_on", "pk")
    )
    return {day: _held(seats, terms, day) for day in days}


def _held(seats: list[CouncilSeat], terms: list[SeatTerm], day: date) -> list[Held]:
    held = {
        term.seat_id: term
        for term in terms
        if term.from_on <= day < term.until_on and (term.ended_on is None or day < term.ended_on)
    }
    return [
        Held(seat, held.get(seat.pk))
        for seat in seats
        if seat.abolished_on is None or day < seat.abolished_on
    ]


def lent(at: datetime) -> list[Delegation]:
    """Votes lent out that are in force, or will be, at a moment."""
    rows = Delegation.objects.filter(Q(revoked_at=None) | Q(revoked_at__gt=at), until__gt=at)
    return list(rows.select_related("holder", "delegate", "seat").order_by("pk"))


def seat_of(actor: Actor, day: date) -> Held | None:
    """The voting seat the reader holds on that day."""
    if actor.user is None:
        return None
    person = actor.user.pk
    return next((one for one in seats_on(day) if one.holder is not None and one.holder.pk == person), None)
