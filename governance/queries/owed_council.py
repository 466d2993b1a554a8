"""What is owed to the council between its meetings: ballots of a written procedure, conditions to confirm, answers from above."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from core.reminders import Owed, reminds
from domain.council import Result
from governance.models import AgendaItem, Meeting
from governance.queries.council_voters import answer_by, awaited, last_day

# Told at once when they begin (governance.services.news_council), so there is no reminder a week ahead.
BEFORE_THE_END: Final = (-1, 0)
UNTIL_ANSWERED: Final = (-1, 0, 7, 14, 28)


@reminds
def ballots(first: date, last: date) -> Iterable[Owed]:
    """Ballots that may still be cast in written procedures, each told to that person alone. Seven statements."""
    open_ones = AgendaItem.objects.filter(
        state=AgendaItem.State.OPEN, meeting__kind=Meeting.Kind.WRITTEN, meeting__ended_at=None
    )
    rows = [
        row
        for row in open_ones.select_related("meeting", "initiative").order_by("pk")
        if first <= last_day(row.meeting) <= last
    ]
    for row, people in zip(rows, awaited(rows).values(), strict=True):
        for person in sorted(people):
            yield ballot(row, person)


@reminds
def confirmations(first: date, last: date) -> Iterable[Owed]:
    """Conditions that whoever presided is to confirm. One statement."""
    rows = AgendaItem.objects.filter(
        state=AgendaItem.State.CONFIRMING, presider__isnull=False, confirm_by__gte=first, confirm_by__lte=last
    )
    for row in rows.select_related("initiative").order_by("pk"):
        yield from confirmation(row)


@reminds
def escalations(first: date, last: date) -> Iterable[Owed]:
    """Items that wait for the authority above the council. One statement."""
    rows = AgendaItem.objects.filter(
        result=Result.ESCALATED.value, decision=None, escalated_to__isnull=False
    ).select_related("initiative", "submission")
    for row in rows.order_by("pk"):
        if first <= answer_by(row) <= last:
            yield from escalation(row)


def ballot(row: AgendaItem, person: int) -> Owed:
    return Owed(
        user_id=person, subject=f"ballot-{row.pk}", due_on=last_day(row.meeting), offsets=BEFORE_THE_END,
        title=f"Cast your ballot on {row.initiative.name}", body=f"Written procedure {row.meeting.number}, {row.ref}.",
        url=_address(row),
    )  # fmt: skip


def confirmation(row: AgendaItem) -> Iterable[Owed]:
    """Nothing where it waits for nobody."""
    if row.presider_id is not None and row.confirm_by is not None:
        yield Owed(
            user_id=row.presider_id, subject=f"confirm-{row.pk}", due_on=row.confirm_by, offsets=BEFORE_THE_END,
            title=f"Confirm the conditions of {row.initiative.name}",
            body=f"{row.ref} carried with conditions. Where none is confirmed in time, it is not decided.", url=_address(row),
        )  # fmt: skip


def escalation(row: AgendaItem) -> Iterable[Owed]:
    """Nothing where the charter names nobody who is free to answer."""
    if row.escalated_to_id is not None:
        yield Owed(
            user_id=row.escalated_to_id, subject=f"escalated-{row.pk}", due_on=answer_by(row), offsets=UNTIL_ANSWERED,
            title=f"Decide on {row.initiative.name}", body=f"{row.ref}: the council cannot, so it is for you to adopt or not.",
            url=_address(row),
        )  # fmt: skip


def _address(row: AgendaItem) -> str:
    return f"/governance/council/items/{row.ref}/"
