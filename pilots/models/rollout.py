"""The phased rollout of what a pilot showed: waves with go criteria, each locked until the one before has met its own."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.models import BusinessUnit
from core.models.record import Record
from pilots.models.parts import PilotPart


class Wave(PilotPart):
    """One wave: where, for how many, from when. `tailoring`: whether the unit takes it as it is; empty, nobody decided.

    `champion`: who stands for it in that unit. `started_on`: it has begun, so its plan stands.
    """

    class Tailoring(models.TextChoices):
        AS_IS = "as_is", "As it is elsewhere"
        TAILORED = "tailored", "Changed for this unit"

    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    unit = models.ForeignKey(
        BusinessUnit, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    users = models.PositiveIntegerField(null=True, blank=True)
    sites = models.PositiveIntegerField(null=True, blank=True)
    planned_on = models.DateField(null=True, blank=True)
    champion = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    tailoring = models.CharField(max_length=8, choices=Tailoring.choices, blank=True)
    tailored = models.CharField(max_length=500, blank=True)
    started_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["pilot_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="wave_number_once"),
            models.CheckConstraint(
                condition=~Q(tailoring="tailored") | ~Q(tailored=""), name="wave_says_what_is_tailored"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pilot_id} wave {self.number}"


class WaveCriterion(Record):
    """What must be true of a wave before the next may begin. `met` null: nobody has said."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="criteria")
    number = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    met = models.BooleanField(null=True)
    evidence = models.CharField(max_length=500, blank=True)
    judged_on = models.DateField(null=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["wave_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["wave", "number"], name="wave_criterion_number_once"),
            models.CheckConstraint(condition=Q(met=None) | ~Q(evidence=""), name="wave_criterion_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.wave_id} {self.number}"
