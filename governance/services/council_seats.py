"""Seats of the council: made, filled for a term, vacated. Nobody seats themselves; the role that votes is given by two."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from core import audit, clock
from core.access import Actor, actor_for, everywhere, require_anywhere
from core.errors import conflict, field_error, forbidden, not_found
from core.locks import hold
from core.models import User
from core.refusals import refusal
from core.roles import Action
from core.text import clean
from domain.ageing import months_after
from governance.models import CouncilSeat, SeatTerm
from governance.queries.council import LOCK, charter_on


def make_seat(
    *, name: str, by: Actor, at: datetime, kind: str = "voting", presides: int | None = None, may_veto: bool = False,
    position: int = 0,
) -> CouncilSeat:  # fmt: skip
    """A new seat, vacant. Raises Problem 400, 403, 409 `taken` for a name or a chair that there is already."""
    require_anywhere(by, Action.ARRANGE_COUNCIL)
    name = clean("name", name, limit=80, required="Give the seat a name.")
    if kind not in CouncilSeat.Kind.values:
        raise field_error(
            "kind", f"Choose one of: {', '.join(CouncilSeat.Kind.values)}.", code="invalid_choice"
        )
    if presides not in {None, 1, 2}:
        raise field_error("presides", "1 is the chair, 2 the deputy.", code="invalid_choice")
    if kind != CouncilSeat.Kind.VOTING and (presides or may_veto):
        raise field_error("kind", "Only a seat that votes presides or vetoes.", code="invalid_choice")
    try:
        with transaction.atomic():
            hold(LOCK)
            row = CouncilSeat.objects.create(
                name=name, kind=kind, presides=presides, may_veto=may_veto, position=position
            )
            audit.record(
                by=by, at=at, action="seat.made", obj=row,
                after=audit.snapshot(row, ("name", "kind", "presides", "may_veto", "position")),
            )  # fmt: skip
    except IntegrityError as error:
        raise conflict(
            "taken", "There is a seat of that name, or one that presides in that place."
        ) from error
    return row


def seat_person(
    *, seat_id: int, holder: User, by: Actor, at: datetime, from_on: date | None = None, until_on: date | None = None
) -> SeatTerm:  # fmt: skip
    """Fill a vacant seat, for two years unless said otherwise. Items that are open stay as they were frozen.

    Raises Problem 404; 403, `four_eyes` for seating oneself; 400 for a holder who may not vote or is no active person;
    409 `seat_taken`, `holds_a_seat`.
    """
    require_anywhere(by, Action.ARRANGE_COUNCIL)
    today = clock.day_of(at)
    begins = from_on or today
    with transaction.atomic():
        hold(LOCK)
        seat = _seat(seat_id)
        if by.user is not None and by.user.pk == holder.pk:
            raise refusal(
                "Nobody seats themselves on the council. Somebody else does.",
                by=by,
                at=at,
                action="seat.refused",
                obj=seat,
            )
        until = until_on or months_after(begins, charter_on(today).term_months)
        if until <= begins or until <= today:
            raise field_error("until_on", "A term ends after it begins, and after today.", code="too_early")
        _require_may_sit(seat, holder)
        _end_run_out(seat, holder, today)
        if seat.terms.filter(ended_on=None).exists():
            raise conflict("seat_taken", f"{seat.name} is held. Vacate it first.")
        if SeatTerm.objects.filter(holder=holder, ended_on=None).exists():
            raise conflict("holds_a_seat", f"{holder.name} holds a seat already. Nobody holds two.")
        row = SeatTerm.objects.create(
            seat=seat, holder=holder, from_on=begins, until_on=until, seated_at=at, seated_by=by.user
        )
        audit.record(
            by=by, at=at, action="seat.filled", obj=seat,
            after={"holder": holder.pk, "from_on": begins.isoformat(), "until_on": until.isoformat()},
        )  # fmt: skip
    return row


def vacate(*, seat_id: int, because: str, by: Actor, at: datetime) -> SeatTerm:
    """End the term of whoever holds a seat, today. Raises Problem 404, 403, 409 `vacant`."""
    require_anywhere(by, Action.ARRANGE_COUNCIL)
    because = clean("because", because, limit=300, required="Say why the seat is vacated.")
    with transaction.atomic():
        hold(LOCK)
        seat = _seat(seat_id)
        row = seat.terms.filter(ended_on=None).first()
        if row is None:
            raise conflict("vacant", f"{seat.name} is vacant already.")
        row.ended_on, row.ended_because = clock.day_of(at), because
        row.save(update_fields=["ended_on", "ended_because"])
        audit.record(
            by=by, at=at, action="seat.vacated", obj=seat, reason=because, before={"holder": row.holder_id},
            after={"ended_on": row.ended_on.isoformat()},
        )  # fmt: skip
    return row


def _seat(pk: int) -> CouncilSeat:
    row = CouncilSeat.objects.filter(pk=pk, abolished_on=None).first()
    if row is None:
        raise not_found()
    return row


def _require_may_sit(seat: CouncilSeat, holder: User) -> None:
    if not holder.is_active or holder.is_service:
        raise field_error("holder", "A seat is held by an active person.", code="invalid_choice")
    if seat.kind == CouncilSeat.Kind.VOTING and not everywhere(actor_for(holder, via="page"), Action.VOTE):
        raise field_error(
            "holder",
            f"{holder.name} has no role that votes. Two administrators give it first.",
            code="may_not_vote",
        )


def _end_run_out(seat: CouncilSeat, holder: User, today: date) -> None:
    """Terms that have run out are ended by their own day, so that the seat and the person are free."""
    rows = SeatTerm.objects.filter(ended_on=None, until_on__lte=today)
    for row in (rows.filter(seat=seat) | rows.filter(holder=holder)).distinct():
        row.ended_on, row.ended_because = row.until_on, "The term ran out."
        row.save(update_fields=["ended_on", "ended_because"])


def require_arranges(by: Actor) -> None:
    """Whoever plans meetings and agendas: the chair and the portfolio manager, for the whole organisation."""
    if by.token_id is not None:
        raise forbidden("The council is arranged by a person who has signed in.", code="only_a_person")
    require_anywhere(by, Action.ARRANGE_COUNCIL)
