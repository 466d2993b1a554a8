"""Which initiatives are to be asked about early warnings, and until when the last answer holds."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.access import Paths
from core.models.record import Record
from kpis.models.practice import OF_AN_INITIATIVE
from portfolio.models import Initiative


class Watch(Record):
    """One initiative that can be warned about: it has KPIs, or is in production.

    A row of its own and no columns of the initiative: it is marked in the transactions that record readings, and the
    sweep finds what is due through an index of its own. `hears_readings`, `compares`: whether one more reading, a turned
    status could change the answer, so that nothing is marked for those that cannot.
    """

    initiative = models.OneToOneField(
        Initiative, on_delete=models.CASCADE, primary_key=True, related_name="watch"
    )
    due = models.BooleanField(default=True, db_default=True)
    judged_on = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    policy_number = models.PositiveIntegerField(null=True)
    hears_readings = models.BooleanField(default=True, db_default=True)
    compares = models.BooleanField(default=True, db_default=True)
    # Set while the business owner is silent: the last event of the initiative's log that was heard.
    heard_to = models.BigIntegerField(null=True)

    ACCESS: ClassVar[Paths] = OF_AN_INITIATIVE

    class Meta:
        indexes = [
            # Read by the sweep: what a change of facts marked.
            models.Index(fields=["initiative"], name="watch_due", condition=Q(due=True)),
            # Read by the sweep: answers that have expired.
            models.Index(
                fields=["valid_until"], name="watch_expiring", condition=Q(valid_until__isnull=False)
            ),
            # Read by the sweep: silent owners, to hear the first one who acts again.
            models.Index(fields=["heard_to"], name="watch_silent", condition=Q(heard_to__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"watch over {self.initiative_id}"
