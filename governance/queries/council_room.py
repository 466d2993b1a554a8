"""One item as a reader sees it: who may vote, the quorum as it stands, how many have voted, and the reader's own ballot."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core import clock
from core.access import Actor
from core.models import User
from domain.council import Numbers, Place, Result, decide
from domain.council_charter import Charter
from domain.motions import Motion
from domain.stage_words import Outcome
from governance.models import AgendaItem, Ballot, ItemSeat, Recusal
from governance.queries.conflicts import conflicted_each
from governance.queries.council import Held, charter_on, seats_on
from governance.queries.council_minutes import because_of
from governance.queries.council_roster import covering, holders_on, places

NEUTRAL = Motion(Outcome.HOLD, "")


@dataclass(frozen=True, slots=True)
class Chair:
    """One seat in the room: who holds it, and whether they may vote. `state`: eligible, recused, vacant or inactive; once the
    item is closed present or absent in place of eligible, as ballots say."""

    name: str
    holder: User | None
    presides: int | None
    state: str
    note: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Room:
    """`numbers`: the stored arithmetic of a closed item, else as it would be now. `own`: the reader's ballot, theirs alone."""

    chairs: tuple[Chair, ...]
    numbers: Mapping[str, Any]
    cast: int
    own: Ballot | None
    seat: ItemSeat | None
    lent: bool
    recused: Recusal | None


def room_of(item: AgendaItem, actor: Actor, at: datetime) -> Room:
    """A constant number of statements."""
    day = clock.day_of(at)
    away = {row.user_id: row for row in item.recusals.filter(lifted_at=None)}
    if item.opened_at is None:
        return _ahead(item, actor, day, away)
    known = {one.seat: one for one in places(item, holders_on(day))}
    roster = list(item.roster.select_related("holder"))
    me = actor.user.pk if actor.user else None
    there = _there(item)
    chairs = tuple(_chair(row, known[row.seat_id], away, me, there) for row in roster)
    seat = next((row for row in roster if row.holder_id == me and me is not None), None)
    lent = False
    if seat is None and me is not None:
        seat = next(
            (
                row
                for row in roster
                if row.holder_id and covering(row, me, at, item.opened_at, charter_on(day), item.meeting_id)
            ),
            None,
        )
        lent = seat is not None
    own = item.ballots.filter(seat=seat.seat_id, cast_by=me).first() if seat else None
    now = decide(known.values(), [], motion=NEUTRAL, charter=charter_on(day)).numbers
    return Room(
        chairs,
        item.told_numbers or now.to_json(),
        item.ballots.count(),
        own,
        seat,
        lent,
        away.get(me) if me else None,
    )


def forecast(held: list[Held], away: Collection[int], charter: Charter) -> Numbers:
    """The quorum that an item will need with those seats, as far as the record says already who is in conflict."""
    known = [
        Place(
            seat=one.seat.pk, presides=one.seat.presides, vacant=one.holder is None,
            recused=one.holder is not None and one.holder.pk in away,
            inactive=one.holder is not None and not one.holder.is_active,
        )
        for one in held
    ]  # fmt: skip
    return decide(known, [], motion=NEUTRAL, charter=charter).numbers


def near(items: Sequence[AgendaItem]) -> dict[int, dict[int, str]]:
    """Item -> who may not judge it -> why, in words: by the record as it stands, and by what was declared.

    Of an item that was opened only what was found and declared then: its roster is frozen. About a dozen statements,
    however many items.
    """
    found: dict[int, dict[int, str]] = {item.pk: {} for item in items}
    recusals = Recusal.objects.filter(item__in=items, lifted_at=None)
    for pk, user, kind, because in recusals.order_by("pk").values_list(
        "item_id", "user_id", "kind", "because"
    ):
        found[pk][user] = _in_words(kind, because)
    ahead = [item for item in items if item.opened_at is None]
    if ahead:
        asked = conflicted_each([(item.initiative, item.submission) for item in ahead])
        for item, ties in zip(ahead, asked, strict=True):
            for user, why in ties.items():
                found[item.pk].setdefault(user, _in_words(Recusal.Kind.COMPUTED, why.value))
    return found


def _in_words(kind: str, because: str) -> str:
    words = because_of(kind, because)
    return f"by the record, {words}" if kind == Recusal.Kind.COMPUTED else words


def _ahead(item: AgendaItem, actor: Actor, day: date, away: Mapping[int, Recusal]) -> Room:
    """Before the opening: the seats of today, and who is known to leave."""
    held, me = seats_on(day), actor.user.pk if actor.user else None
    gone = near([item])[item.pk]
    chairs = tuple(
        Chair(
            one.seat.name, one.holder, one.seat.presides,
            "vacant" if one.holder is None else "recused" if one.holder.pk in gone else "eligible",
            gone.get(one.holder.pk, "").capitalize() if one.holder else "", one.holder is not None and one.holder.pk == me,
        )
        for one in held
    )  # fmt: skip
    return Room(
        chairs,
        forecast(held, gone, charter_on(day)).to_json(),
        0,
        None,
        None,
        False,
        away.get(me) if me else None,
    )


def _there(item: AgendaItem) -> set[int] | None:
    """Seats that cast a ballot, once everybody may see who did; None before, and where nobody voted at all."""
    if item.state != AgendaItem.State.CLOSED or item.result == Result.ESCALATED:
        return None
    return set(item.ballots.values_list("seat_id", flat=True))


def _chair(
    row: ItemSeat, known: Place, away: Mapping[int, Recusal], me: int | None, there: set[int] | None
) -> Chair:
    """`there`: seats with a ballot, None while that is nobody's to know. Who was there stays so, whatever became of the seat."""
    state = (
        "present"
        if there is not None and row.seat_id in there
        else "vacant"
        if known.vacant
        else "inactive"
        if known.inactive
        else "recused"
        if known.recused
        else "eligible"
        if there is None
        else "absent"
    )
    note = _why(away.get(row.holder_id)) if row.holder_id else ""
    return Chair(row.name, row.holder, row.presides, state, note, row.holder_id == me and me is not None)


def _why(row: Recusal | None) -> str:
    if row is None:
        return ""
    words = because_of(row.kind, row.because)
    return f"By the record: {words}. Nobody lifts it." if row.kind == Recusal.Kind.COMPUTED else words
