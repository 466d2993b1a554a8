"""What the log is told of a draft that keeps itself: the first change at once, what follows when the session ends.

A session is one person at one draft, through one door, with no more than 15 minutes between two changes and nobody else in
between. Who works on a case is on record from their first change on, because whoever worked on it does not decide on it. The
changes after that are one event, from what was told last to the last state. The draft itself is the record meanwhile; events
are only ever added.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from core import audit, outbox
from core.access import Actor
from funding.models import BusinessCase, DraftSession
from funding.queries.cases import lines_of
from funding.queries.document import document_of
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative

IDLE: Final = timedelta(minutes=15)
ENDS: Final = "case.session_ends"
CHANGED: Final = "case.changed"


def session_of(row: BusinessCase, initiative: Initiative, by: Actor, at: datetime) -> DraftSession | None:
    """The open session of `by` at a draft whose initiative the caller holds; that of anybody else ends here."""
    found = DraftSession.objects.select_related("user").filter(case=row).first()
    if found is None or (found.is_of(by) and at - found.last_at <= IDLE):
        return found
    end_session(row, initiative)
    return None


def remember(row: BusinessCase, by: Actor, at: datetime, *, told: bool) -> None:
    """Begin or go on with the session of `by`. `told`: the log knows the draft as it is now."""
    said: dict[str, Any] = {"user": by.user, "via": by.via, "token_id": by.token_id, "last_at": at}
    if told:
        said["before"] = document_of(lines_of(row))
    DraftSession.objects.update_or_create(case=row, defaults=said)
    key = f"case-{row.pk}"
    outbox.owe(kind=ENDS, payload={"case_id": row.pk}, at=at, key=key, due_at=at + IDLE)


def end_session(row: BusinessCase, initiative: Initiative) -> None:
    """Tell the log what was not told yet, by whoever did it, on the moment of their last change. The caller holds the initiative."""
    found = DraftSession.objects.select_related("user").filter(case=row).first()
    if found is None:
        return
    was, now = audit.difference(found.before, document_of(lines_of(row)))
    if now:
        by = Actor(found.user, (), found.via, token_id=found.token_id)
        audit.record(
            by=by, at=found.last_at, action=CHANGED, obj=row, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, before=was, after=now,
        )  # fmt: skip
    found.delete()


def end_idle(*, case_id: int, at: datetime) -> None:
    """End the session of a draft that nobody changed for 15 minutes; else look again when that may be so. Safe to run twice."""
    initiative_id = BusinessCase.objects.filter(pk=case_id).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        return
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        found = DraftSession.objects.select_related("case").filter(case=case_id).first()
        if found is None:
            return
        if at - found.last_at >= IDLE:
            end_session(found.case, initiative)
            return
        due_at = found.last_at + IDLE
        outbox.owe(kind=ENDS, payload={"case_id": case_id}, at=at, key=f"case-{case_id}", due_at=due_at)
