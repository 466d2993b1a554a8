"""Registries of models elsewhere that are read from: an MLflow server, or Databricks by the same protocol."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Actor, Paths, scope
from core.models import BusinessUnit
from core.models.record import Record
from core.roles import Action
from governance.models import AiModel


class ModelRegistryQuerySet(models.QuerySet["ModelRegistry"]):
    def visible_to(self, actor: Actor) -> "ModelRegistryQuerySet":
        return self.filter(scope(actor, Action.VIEW, ModelRegistry))


class ModelRegistry(Record):
    """One registry that is read. New models are registered in `unit`; `name_filter`: only names that begin so.

    The token is not kept here: the machine's settings hold it beside the address it may be sent to (docs/registries.md).
    `failing_since` and `failure`: since when it could not be read, and why. `counts`: what the last whole reading saw.
    """

    name = models.CharField(max_length=80, unique=True)
    base_url = models.CharField(max_length=300)
    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="+", db_index=False)
    name_filter = models.CharField(max_length=120, blank=True)
    active = models.BooleanField(default=True)
    synced_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=500, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = ModelRegistryQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = Paths(unit="unit__path")

    class Meta:
        verbose_name_plural = "model registries"
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="registry_has_a_name")]
        indexes = [
            # Read by the sweep: which registry is to be read next.
            models.Index(fields=["next_try_at"], name="registry_due", condition=Q(active=True)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stale(self) -> bool:
        """Whether what it says here may be old: it could not be read."""
        return self.failing_since is not None


class RegisteredModel(Record):
    """A model of a registry and the model here it is. A registry knows a model by name and birth: a rename keeps the birth,
    and a name given again after a deletion has another. `gone_at`: since when the registry answers that there is none.
    """

    registry = models.ForeignKey(
        ModelRegistry, on_delete=models.PROTECT, related_name="models", db_index=False
    )
    model = models.ForeignKey(AiModel, on_delete=models.PROTECT, related_name="registered_as")
    name = models.CharField(max_length=300)
    born = models.BigIntegerField()  # the registry's creation_timestamp, milliseconds
    aliases = models.JSONField(default=dict, blank=True)
    seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)

    ACCESS: ClassVar[Paths] = Paths(
        unit="model__unit__path",
        people=("model__owner", "model__initiatives__lead", "model__initiatives__sponsor"),
        runs=("model__owner",),
    )

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["registry", "name", "born"], name="registered_model_once")
        ]

    def __str__(self) -> str:
        return self.name
