"""Answering what was proposed (core.proposals): a role that approves or manages people, another address for somebody.

Proposed by an administrator, answered within 14 days by another one who neither proposed nor receives it; an address
also by the person whose it is. Consent is given by people who have signed in, never by a token or a machine.
"""

from datetime import datetime

from django.db import transaction

from core.access import Actor, actor_for, read_again
from core.addresses import change_address
from core.errors import Problem, conflict, forbidden, not_found
from core.grants import give, manages_people_in, path_of
from core.locks import hold
from core.models import AccessRequest
from core.proposals import AREA, Kind, State, record, said
from core.refusals import refusal
from domain.four_eyes import Near, has_lapsed, too_near_to_consent

TOO_NEAR = {
    Near.PROPOSED: "You proposed it yourself. Another administrator consents.",
    Near.RECEIVES: "It is for yourself. Another administrator consents.",
}


def confirm(*, pk: int, by: Actor, at: datetime) -> AccessRequest:
    """Consent: the role is held, or the address changed, from now on.

    Raises Problem 404; 403 `four_eyes` for the proposer and the receiver, 403 for a token, a machine, and whoever does
    not manage people there; 409 when it was answered, has lapsed, or its proposer may not propose it any more.
    """
    with transaction.atomic():
        hold("people")
        row = _answerable(pk, by, at)
        proposer = row.proposed_by
        if not manages_people_in(actor_for(proposer, via=by.via), row.unit):
            raise conflict(
                "proposer_gone", f"{proposer.name} no longer manages people there. Propose it anew."
            )
        if row.kind == Kind.EMAIL:
            change_address(user=row.user, email=row.email, by=by, at=at)
        else:
            give(
                user=row.user, role=row.role, unit=row.unit, by=by, at=at, granted_by=proposer, confirmed_by=by.user,
                because=row.because,
            )  # fmt: skip
        return _answer(row, State.CONFIRMED, by, at)


def decline(*, pk: int, by: Actor, at: datetime) -> AccessRequest:
    """Say no: nothing changes. Raises Problem as `confirm`."""
    with transaction.atomic():
        hold("people")
        return _answer(_answerable(pk, by, at), State.DECLINED, by, at)


def withdraw(*, pk: int, by: Actor, at: datetime) -> AccessRequest:
    """The proposer takes it back. Raises Problem 404, 403 for anybody else, 409 when it was answered or has lapsed."""
    with transaction.atomic():
        hold("people")
        row = _found(pk)
        if by.user is None or by.user.pk != row.proposed_by_id:
            raise forbidden("Only who proposed it takes it back.")
        _require_waiting(row, at)
        return _answer(row, State.WITHDRAWN, by, at)


def in_the_way(row: AccessRequest, by: Actor) -> str:
    """Why this reader cannot answer it, as a sentence; empty when they can. Asked for buttons: the acts ask again."""
    try:
        _require_may_answer(row, by)
    except Problem as problem:
        return problem.detail
    near = _near(row, by)
    return TOO_NEAR[near] if near else ""


def _answerable(pk: int, by: Actor, at: datetime) -> AccessRequest:
    row, by = _found(pk), read_again(by)
    _require_may_answer(row, by)
    near = _near(row, by)
    if near is not None:
        raise refusal(
            TOO_NEAR[near], by=by, at=at, action=f"{AREA[Kind(row.kind)]}.refused", obj=row.user,
            unit_path=path_of(row.unit), after=said(row),
        )  # fmt: skip
    _require_waiting(row, at)
    return row


def _found(pk: int) -> AccessRequest:
    row = AccessRequest.objects.select_related("user", "unit", "proposed_by").filter(pk=pk).first()
    if row is None:
        raise not_found()
    return row


def _require_may_answer(row: AccessRequest, by: Actor) -> None:
    if by.user is None or by.token_id is not None or by.user.is_service:
        raise forbidden("Consent is given by a person who has signed in.")
    own = row.kind == Kind.EMAIL and by.user.pk == row.user_id
    if not own and not manages_people_in(by, row.unit):
        raise forbidden("Another administrator consents, one who manages people there.")


def _near(row: AccessRequest, by: Actor) -> Near | None:
    if by.user is None:
        return None
    return too_near_to_consent(
        by.user.pk,
        proposer=row.proposed_by_id,
        receiver=row.user_id,
        receiver_consents=row.kind == Kind.EMAIL,
    )


def _require_waiting(row: AccessRequest, at: datetime) -> None:
    if row.state != State.WAITING:
        raise conflict("already_answered", f"This was {row.get_state_display().lower()} already.")
    if has_lapsed(row.lapses_at, at):
        raise conflict("lapsed", "Nobody consented in time, so it has lapsed. Propose it anew.")


def _answer(row: AccessRequest, state: AccessRequest.State, by: Actor, at: datetime) -> AccessRequest:
    row.state, row.decided_by, row.decided_at = state, by.user, at
    row.save(update_fields=["state", "decided_by", "decided_at"])
    if state != State.CONFIRMED:  # what was confirmed is on record as the role or the address itself
        record(row, state.value, by, at)
    return row
