"""Validations and tests of models, and what they found, to its closure."""

from django.db import models
from django.db.models import F, Q

from assurance.models.life import LifeRecord, person
from assurance.models.versions import ModelVersion
from domain.model_life import SEVERITIES


class Validation(LifeRecord):
    """A look at a model by somebody who neither owns nor developed it. `recorded_by` is who looked.

    `finished_on` and `outcome` come together; until then it is under way. Only one that ends fit makes a model validated.
    """

    class Kind(models.TextChoices):
        VALIDATION = "validation", "Validation"
        THREAT = "threat_assessment", "Threat assessment"
        RED_TEAM = "red_team", "Red team exercise"
        LEAKAGE = "leakage_test", "Privacy leakage test"

    class Outcome(models.TextChoices):
        FIT = "fit", "Fit for use"
        FINDINGS = "fit_with_findings", "Fit for use, with findings"
        UNFIT = "not_fit", "Not fit for use"

    kind = models.CharField(max_length=17, choices=Kind.choices)
    model_version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    scope = models.TextField()
    started_on = models.DateField()
    finished_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=17, choices=Outcome.choices, blank=True)
    summary = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", finished_on=None) | (~Q(outcome="") & Q(finished_on__isnull=False)),
                name="validation_ends_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(finished_on=None) | Q(finished_on__gte=F("started_on")),
                name="validation_ends_after_it_starts",
            ),
        ]
        indexes = [
            # Read by a model's life, and when what it says is pushed down.
            models.Index(fields=["model", "-id"], name="validation_of_model"),
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} {self.kind} {self.pk}"


class ModelFinding(LifeRecord):
    """Something a validation or test found. Closed by somebody else than who owns it, with evidence."""

    validation = models.ForeignKey(
        Validation, on_delete=models.PROTECT, related_name="findings", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    severity = models.CharField(max_length=8, choices=SEVERITIES)
    text = models.TextField()
    owner = person()
    due_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    closed_by = person(null=True, blank=True)
    evidence = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["validation", "number"], name="finding_number_once"),
            models.CheckConstraint(
                condition=Q(closed_on=None, closed_by=None, evidence="")
                | (Q(closed_on__isnull=False, closed_by__isnull=False) & ~Q(evidence="")),
                name="finding_closed_with_evidence",
            ),
            models.CheckConstraint(
                condition=Q(closed_by=None) | ~Q(closed_by=F("owner")), name="finding_closed_by_another"
            ),
        ]
        indexes = [
            # Read by a model's life, and when its open critical findings are counted.
            models.Index(fields=["model", "-id"], name="finding_of_model"),
            # Read by reminders and the calendar: what is open and due by a day.
            models.Index(fields=["due_on"], name="finding_open_due", condition=Q(closed_on=None)),
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} finding {self.number}"
