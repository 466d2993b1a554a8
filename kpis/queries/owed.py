"""What people owe KPIs by a day, for their reminders: readings, interventions, early warnings to act on."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from core.reminders import Owed, reminds
from domain.rollup import LEFT_OUT
from kpis.models import Intervention, Kpi
from portfolio.models import Flag

# A reading comes round again: told on its day and a week late, and not at all where it is due oftener than weekly.
READING: Final = (0, 7)
WEEKLY: Final = 7


@reminds
def interventions(first: date, last: date) -> Iterable[Owed]:
    """What somebody undertook about a flag. One statement."""
    rows = Intervention.objects.filter(closed_at=None, due_on__gte=first, due_on__lte=last).order_by("pk")
    names = ("pk", "assigned_to_id", "due_on", "action", "initiative_id", "initiative__name")
    for pk, person, due_on, action, initiative, name in rows.values_list(*names):
        yield Owed(
            user_id=person, subject=f"intervention-{pk}", due_on=due_on, title=action[:200],
            body=f"AI-{initiative:04d} {name}", url=f"/kpis/interventions/{pk}/",
        )  # fmt: skip


@reminds
def warnings(first: date, last: date) -> Iterable[Owed]:
    """Open flags with a last day to act, told to who answers for them. One statement."""
    rows = Flag.objects.filter(
        cleared_at=None, owner__isnull=False, initiative__isnull=False, due_on__gte=first, due_on__lte=last
    )
    names = ("pk", "owner_id", "due_on", "cause", "initiative_id", "initiative__name")
    for pk, person, due_on, cause, initiative, name in rows.order_by("pk").values_list(*names):
        yield Owed(
            user_id=person, subject=f"flag-{pk}", due_on=due_on, title=f"Act on: {cause}",
            body=f"AI-{initiative:04d} {name}", url=f"/kpis/initiative/AI-{initiative:04d}/#warnings",
        )  # fmt: skip


@reminds
def readings(first: date, last: date) -> Iterable[Owed]:
    """The next reading of active KPIs, told to their owner, else the lead. One statement."""
    rows = (
        Kpi.objects.filter(Q(owner__isnull=False) | Q(initiative__lead__isnull=False), state=Kpi.State.ACTIVE)
        .filter(current__cadence_days__gte=WEEKLY, last_observed_on__isnull=False, last_observed_on__lte=last)
        .exclude(status__in=LEFT_OUT)
        .annotate(answers=Coalesce("owner_id", "initiative__lead_id"), every=F("current__cadence_days"))
        .order_by("pk")
    )
    names = ("pk", "name", "answers", "last_observed_on", "every", "initiative_id", "initiative__name")
    for pk, name, person, read_on, every, initiative, of in rows.values_list(*names):
        due_on = read_on + timedelta(days=every)
        if first <= due_on <= last:
            yield Owed(
                user_id=person, subject=f"reading-{pk}", due_on=due_on, title=f"Read {name}", offsets=READING,
                body=f"K-{pk:04d}, AI-{initiative:04d} {of}, every {every} days", url=f"/kpis/K-{pk:04d}/readings/new/",
            )  # fmt: skip
