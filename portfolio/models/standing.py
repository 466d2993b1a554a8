"""How the approvals of an initiative stand, pushed down from the room that decides: what a release of money asks."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.access import Paths
from core.models.record import Record
from portfolio.models.initiatives import Initiative
from portfolio.models.money import PATHS


class GateStanding(Record):
    """One row for each initiative that anything was decided of. Written by portfolio.services.standing alone.

    `before_start`: references of the open conditions to be met before any money is released. `suspended_on`: since when its
    approval is suspended, `suspended_because` the sentences. `limited`: the approval names a ceiling or
    stands on sealed evidence, so what is used of it and what it was taken on are asked again when they change. `valid_until`: the last day of this answer.
    """

    initiative = models.OneToOneField(
        Initiative, primary_key=True, on_delete=models.CASCADE, related_name="gate_standing"
    )
    before_start = models.JSONField(default=list)
    suspended_on = models.DateField(null=True, blank=True)
    suspended_because = models.TextField(blank=True)
    limited = models.BooleanField(default=False)
    judged_on = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["initiative_id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(suspended_on=None, suspended_because="")
                | Q(suspended_on__isnull=False) & ~Q(suspended_because=""),
                name="approval_suspended_for_a_reason",
            )
        ]
        indexes = [
            # Read by the sweep: answers that have expired.
            models.Index(
                fields=["valid_until"], name="standing_expiring", condition=Q(valid_until__isnull=False)
            ),
            # Read by the council's agenda: what is suspended, the longest first.
            models.Index(
                fields=["suspended_on"], name="standing_suspended", condition=Q(suspended_on__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} {'suspended' if self.suspended_on else 'in force'}"
