"""What is to be decided of pilots by a day, for the reminders of who answers for them."""

from collections.abc import Iterable
from datetime import date

from core.reminders import Owed, reminds
from pilots.models import Pilot


@reminds
def decisions(first: date, last: date) -> Iterable[Owed]:
    """Decision dates of running pilots, told to sponsor and lead. One statement."""
    rows = Pilot.objects.filter(ended_on=None, decision_on__gte=first, decision_on__lte=last).order_by("pk")
    names = (
        "pk",
        "decision_on",
        "initiative_id",
        "initiative__name",
        "initiative__lead_id",
        "initiative__sponsor_id",
    )
    for pk, due_on, initiative, name, lead, sponsor in rows.values_list(*names):
        for person in dict.fromkeys(one for one in (lead, sponsor) if one is not None):
            yield Owed(
                user_id=person, subject=f"pilot-decision-{pk}", due_on=due_on, title=f"Decide on the pilot: {name}",
                body=f"AI-{initiative:04d}, P-{pk:04d}", url=f"/pilots/P-{pk:04d}/",
            )  # fmt: skip
