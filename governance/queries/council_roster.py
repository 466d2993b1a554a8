"""Who is eligible on one item, and whose ballot counts, as the record says it at a moment."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import Q

from domain.conflicts import Conflict
from domain.council import Ballot as Cast
from domain.council import Choice, Place
from domain.council_charter import Charter
from domain.council_delegates import Delegation as Lent
from governance.models import AgendaItem, Ballot, Delegation, GateSubmission, ItemSeat, Recusal
from governance.queries.conflicts import conflicted
from governance.queries.council import lent, seats_on


def recused(item: AgendaItem) -> dict[int, Recusal]:
    """Person -> the recusal in force on this item."""
    return {row.user_id: row for row in item.recusals.filter(lifted_at=None)}


def found_in_conflict(item: AgendaItem, at: datetime) -> dict[int, Conflict]:
    """Person -> why they may not judge this item now, delegates of anybody named among them."""
    delegates: dict[int, list[int]] = {}
    for row in lent(at):
        delegates.setdefault(row.holder_id, []).append(row.delegate_id)
    return conflicted(item.initiative, item.submission or _at_stake(item), delegates=delegates)


def _at_stake(item: AgendaItem) -> GateSubmission | None:
    """The open submission that a decision beside the gates bears on: who is near that one is near this."""
    if item.gate:
        return None
    return GateSubmission.objects.filter(initiative=item.initiative, state=GateSubmission.State.OPEN).first()


def places(item: AgendaItem, holders: Mapping[int, int | None]) -> list[Place]:
    """The frozen roster with what is known now. `holders`: seat -> who holds it today; another holder is vacancy."""
    away = recused(item)
    return [
        Place(
            seat=row.seat_id,
            presides=row.presides,
            may_veto=row.may_veto,
            vacant=row.holder is None or holders.get(row.seat_id) != row.holder_id,
            recused=row.holder_id in away,
            inactive=row.holder is not None and (not row.holder.is_active or row.holder.is_service),
        )
        for row in item.roster.select_related("holder")
    ]


def holders_on(day: date) -> dict[int, int | None]:
    """Voting seat -> holder on a day."""
    return {one.seat.pk: one.term.holder_id if one.term else None for one in seats_on(day)}


def cast_on(item: AgendaItem, in_conflict: Mapping[int, Conflict]) -> list[tuple[Ballot, Cast, str]]:
    """Each ballot as the rule takes it, with why it does not count (empty: nothing stands against it)."""
    away = recused(item)
    holders = {row.seat_id: row.holder_id for row in item.roster.all()}
    found = []
    for row in item.ballots.select_related("cast_by"):
        why = barred(row.cast_by_id, holders.get(row.seat_id), in_conflict, away)
        if not row.cast_by.is_active or row.cast_by.is_service:
            why = why or "inactive"
        said = Cast(
            seat=row.seat_id, choice=Choice(row.choice), reason=row.reason, by_delegate=row.delegation_id is not None,
            barred=bool(why),
        )  # fmt: skip
        found.append((row, said, why))
    return found


def barred(
    person: int, holder: int | None, in_conflict: Mapping[int, Conflict], away: Mapping[int, Recusal]
) -> str:
    """Why neither of the two, who casts and whose seat it is, may judge; empty where both may."""
    for one in (person, holder):
        if one is not None and one in in_conflict:
            return in_conflict[one].value
        if one is not None and one in away:
            return "recused"
    return ""


def covering(
    seat: ItemSeat, person: int, at: datetime, opened: datetime, charter: Charter, meeting: int
) -> Delegation | None:
    """The delegation by which a person may cast this seat's ballot now; one for a meeting is good in that meeting alone."""
    rows = Delegation.objects.filter(
        Q(meeting=None) | Q(meeting=meeting), seat=seat.seat_id, holder=seat.holder_id, delegate=person
    )
    return next((row for row in rows if as_rule(row).covers(at, opened=opened, charter=charter)), None)


def as_rule(row: Delegation) -> Lent:
    return Lent(
        holder=row.holder_id, delegate=row.delegate_id, begins=row.begins_at, until=row.until, notified=row.notified_at,
        revoked=row.revoked_at,
    )  # fmt: skip
