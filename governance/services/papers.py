"""Issuing the papers of a meeting: the pack as it is, kept with its seal. A later change is another issue."""

from datetime import datetime

from django.db import transaction

from core import audit, outbox
from core.access import Actor
from core.errors import conflict
from domain.decision_log import canonical, seal_of
from governance.models import AgendaItem, PackIssue
from governance.queries.papers.issues import changed_since, pack_document
from governance.services.council_meetings import held_meeting
from governance.services.council_seats import require_arranges

ISSUED = outbox.announces("papers.issued")


def issue_papers(*, meeting_id: int, by: Actor, at: datetime) -> PackIssue:
    """Keep the pack of a coming meeting as it is now. Raises Problem 404, 403, 409 `over`, `no_items`, `nothing_changed`."""
    require_arranges(by)
    with transaction.atomic():
        meeting = held_meeting(meeting_id)
        if not meeting.items.exclude(state=AgendaItem.State.WITHDRAWN).exists():
            raise conflict(
                "no_items", "Nothing is on the agenda. Put something on it, then issue the papers."
            )
        last = PackIssue.objects.filter(meeting=meeting).first()
        if last is not None and not changed_since(last, by):
            raise conflict("nothing_changed", f"Nothing has changed since issue {last.number}. It stands.")
        text = canonical(pack_document(meeting, by, at))
        seal = seal_of(text)
        row = PackIssue.objects.create(
            meeting=meeting, number=last.number + 1 if last else 1, document=text, seal=seal, issued_at=at,
            issued_by=by.user,
        )  # fmt: skip
        audit.record(
            by=by, at=at, action="papers.issued", obj=row,
            after={"meeting": meeting.ref, "issue": row.number, "seal": seal},
        )  # fmt: skip
        outbox.owe(kind=ISSUED, payload={"issue_id": row.pk}, at=at)
    return row
