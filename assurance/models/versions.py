"""Versions of a model: where each comes from, and which of them serves."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.access import Actor, Paths, scope
from core.models.record import Record
from core.roles import Action
from governance.models import AiModel


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def visible_to(self, actor: Actor) -> "ModelVersionQuerySet":
        return self.filter(scope(actor, Action.VIEW, ModelVersion))


class ModelVersion(Record):
    """One trained version of a model. `role` ... `role_since` are written by assurance.services only.

    `number` is the registry's own ("3", "1.4.0"), once for a model. `metrics`: name -> value as text, a decimal or
    "NaN", as its source says it. `previous` is the version to go back to. `gone_at`: since when its source no longer
    has it; the row stays.
    """

    class Role(models.TextChoices):
        REGISTERED = "registered", "Registered"
        CHALLENGER = "challenger", "Challenger"
        SHADOW = "shadow", "Shadow"
        CHAMPION = "champion", "Champion"
        RETIRED = "retired", "Retired"

    model = models.ForeignKey(AiModel, on_delete=models.PROTECT, related_name="versions")
    number = models.CharField(max_length=80)
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.REGISTERED)
    role_since = models.DateField(null=True, blank=True)
    trained_on = models.DateField(null=True, blank=True)
    source_run = models.CharField(max_length=400, blank=True)
    commit = models.CharField(max_length=64, blank=True)
    image = models.CharField(max_length=400, blank=True)
    image_digest = models.CharField(max_length=80, blank=True)
    metrics = models.JSONField(default=dict, blank=True)
    notes = models.TextField(blank=True)
    previous = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=400, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = ModelVersionQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = Paths(
        unit="model__unit__path",
        people=("model__owner", "model__initiatives__lead", "model__initiatives__sponsor"),
        runs=("model__owner",),
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="version_number_once"),
            models.UniqueConstraint(
                fields=["model"], condition=Q(role="champion"), name="version_one_champion"
            ),
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="version_external_id_once",
            ),
            models.CheckConstraint(condition=~Q(number=""), name="version_has_a_number"),
            models.CheckConstraint(condition=~Q(previous=F("id")), name="version_not_before_itself"),
        ]
        indexes = [
            # Read by a model's page, newest first.
            models.Index(fields=["model", "-id"], name="version_of_model"),
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} version {self.number}"
