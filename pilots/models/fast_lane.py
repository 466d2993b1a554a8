"""The fast lane of a pilot: what it promises, and what each release brought. Both stand as they were written."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Paths
from core.models.record import Record
from pilots.models.pilots import Pilot
from portfolio.models import Initiative


class FastLane(Record):
    """A time box of `days` from the start of the pilot, and how simple it begins. `pilot` null: it is planned."""

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="fast_lanes")
    pilot = models.OneToOneField(
        Pilot, null=True, blank=True, on_delete=models.CASCADE, related_name="fast_lane"
    )
    days = models.PositiveIntegerField()
    simplest = models.CharField(max_length=500)
    kept_simple = models.CharField(max_length=500)
    proves = models.CharField(max_length=500)
    measure = models.CharField(max_length=200)
    # Null: nobody measured what it is held against.
    benchmark = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    higher_is_better = models.BooleanField(default=True)
    policy_number = models.PositiveIntegerField(default=0)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = Paths(
        unit="initiative__unit__path",
        people=("initiative__lead", "initiative__sponsor", "initiative__members__user"),
        runs=("initiative__lead", "initiative__sponsor"),
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["initiative"], condition=Q(pilot=None), name="one_lane_ahead"),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=365), name="lane_days_in_a_year"),
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} fast lane"


class Iteration(Record):
    """One release of a pilot in the fast lane: what changed, what was measured, what was learned. Rows are added."""

    lane = models.ForeignKey(FastLane, on_delete=models.CASCADE, related_name="iterations")
    number = models.PositiveSmallIntegerField()
    released_on = models.DateField()
    changed = models.CharField(max_length=1_000)
    # Null: it was released and nobody measured it.
    measured = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    learned = models.CharField(max_length=1_000)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["lane_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["lane", "number"], name="iteration_number_once")]

    def __str__(self) -> str:
        return f"{self.lane_id} iteration {self.number}"
