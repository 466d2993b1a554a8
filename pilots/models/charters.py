"""Versions of a charter: what was agreed, each as it stood. The pilot itself carries the newest."""

from django.conf import settings
from django.db import models

from core.models.record import Record
from kpis.models import Kpi
from pilots.models.parts import PilotPart


class CharterVersion(PilotPart):
    """The charter as it stood from a moment on. Rows are added, never changed. `..._count`: null, nobody counted."""

    number = models.PositiveSmallIntegerField()
    scope_units = models.TextField(blank=True)
    scope_sites = models.TextField(blank=True)
    scope_users = models.TextField(blank=True)
    scope_systems = models.TextField(blank=True)
    units_count = models.PositiveIntegerField(null=True)
    sites_count = models.PositiveIntegerField(null=True)
    users_count = models.PositiveIntegerField(null=True)
    systems_count = models.PositiveIntegerField(null=True)
    sample = models.CharField(max_length=200, blank=True)
    stop_threshold = models.CharField(max_length=300, blank=True)
    planned_days = models.PositiveIntegerField(null=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    decision_on = models.DateField(null=True)
    because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pilot_id", "number"]
        constraints = [models.UniqueConstraint(fields=["pilot", "number"], name="charter_number_once")]

    def __str__(self) -> str:
        return f"{self.pilot_id} charter {self.number}"


class Hypothesis(Record):
    """One thing that must turn out true, of one version. `answer` is what the pilot showed, empty until somebody says it."""

    class Answer(models.TextChoices):
        HELD = "held", "Held"
        FAILED = "failed", "Did not hold"
        UNCLEAR = "unclear", "Unclear"

    version = models.ForeignKey(CharterVersion, on_delete=models.CASCADE, related_name="hypotheses")
    number = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=500)
    kpi = models.ForeignKey(Kpi, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answer = models.CharField(max_length=7, choices=Answer.choices, blank=True)
    evidence = models.CharField(max_length=500, blank=True)
    answered_on = models.DateField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["version_id", "number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="hypothesis_number_once")]

    def __str__(self) -> str:
        return f"{self.version_id} H{self.number}"
