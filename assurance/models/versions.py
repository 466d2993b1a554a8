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


OF_A_VERSION = Paths(
    unit="version__model__unit__path",
    people=(
        "version__model__owner",
        "version__model__initiatives__lead",
        "version__model__initiatives__sponsor",
    ),
    runs=("version__model__owner",),
)


class ModelVersion(Record):
    """One trained version of a model. `role` ... `role_since` are written by assurance.services only.

    `number` is the registry's own ("3", "1.4.0"), once for a model. `metrics`: name -> value as text, a decimal or
    "NaN", as its source says it. `previous` is the version to go back to. `gone_at`: since when its source no longer
    has it; the row stays. `aliases` and `source_stage` are what its source calls it: they propose, and give no role.
    `source_updated`: when its source changed it, in its own milliseconds. `run_ended`: its run is over, and was read.
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
    aliases = models.JSONField(default=list, blank=True)
    source_stage = models.CharField(max_length=40, blank=True)
    source_updated = models.BigIntegerField(null=True, blank=True)
    run_ended = models.BooleanField(default=False)
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


class VersionMetric(Record):
    """One value in the history of a metric of a version, as its source gave it: at a step, at a moment. Added, never changed."""

    version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="history", db_index=False
    )
    name = models.CharField(max_length=250)
    step = models.BigIntegerField()
    at = models.BigIntegerField()  # milliseconds since 1970, as registries count
    value = models.CharField(max_length=60)

    ACCESS: ClassVar[Paths] = OF_A_VERSION

    class Meta:
        ordering = ["version_id", "name", "step", "at"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "name", "step", "at", "value"], name="version_metric_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.value}"
