"""What people owe initiatives by a day, for their reminders: what was agreed when a group met."""

from collections.abc import Iterable
from datetime import date

from core.reminders import Owed, reminds
from portfolio.models import WorkingAction


@reminds
def actions(first: date, last: date) -> Iterable[Owed]:
    """Actions of working meetings that are not done. One statement."""
    rows = WorkingAction.objects.filter(done_on=None, due_on__gte=first, due_on__lte=last).order_by("pk")
    names = ("pk", "owner_id", "due_on", "text", "meeting__initiative_id", "meeting__initiative__name")
    for pk, owner, due_on, text, initiative, name in rows.values_list(*names):
        yield Owed(
            user_id=owner, subject=f"working-action-{pk}", due_on=due_on, title=text[:200],
            body=f"AI-{initiative:04d} {name}", url=f"/portfolio/initiatives/AI-{initiative:04d}/people/#actions",
        )  # fmt: skip
