"""Where a version runs, as pipelines say; and what a cluster's own list said on a day."""

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assurance.models.versions import ModelVersion
from core.access import Actor, Paths, scope
from core.models import BusinessUnit
from core.models.record import Record
from core.roles import Action
from governance.models import AiModel

OF_A_MODEL: Final = Paths(
    unit="model__unit__path",
    people=("model__owner", "model__initiatives__lead", "model__initiatives__sponsor"),
    runs=("model__owner",),
)


class DeploymentQuerySet(models.QuerySet["Deployment"]):
    def visible_to(self, actor: Actor) -> "DeploymentQuerySet":
        return self.filter(scope(actor, Action.VIEW, Deployment))


class Deployment(Record):
    """One version put into one environment. `version` None: nobody registered the version it names in `version_number`.

    `source` and `source_event` name the event, so that it is heard once. `previous`: the version to go back to. `observed`:
    it was found running, nobody asked. `objections`: what stood against it when it was recorded, code and sentence each.
    `asked_at`: when the gate was last asked of one it had something against; `approved_at`: since when that stands no more.
    """

    model = models.ForeignKey(AiModel, on_delete=models.PROTECT, related_name="deployments", db_index=False)
    version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="deployments"
    )
    version_number = models.CharField(max_length=80)
    environment = models.CharField(max_length=40)
    commit = models.CharField(max_length=64, blank=True)
    image = models.CharField(max_length=400, blank=True)
    image_digest = models.CharField(max_length=80, blank=True)
    previous = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    deployed_at = models.DateTimeField()
    last_heartbeat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=300, blank=True)
    observed = models.BooleanField(default=False)
    objections = models.JSONField(default=list, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=80, blank=True)
    source_event = models.CharField(max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = DeploymentQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = OF_A_MODEL

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_event"], condition=~Q(source_event=""), name="deployment_event_once"
            ),
            models.CheckConstraint(condition=~Q(version_number=""), name="deployment_names_a_version"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("deployed_at")),
                name="deployment_ends_after_it_began",
            ),
        ]
        indexes = [
            # Read by a model's page, newest first.
            models.Index(fields=["model", "-id"], name="deployment_of_model"),
            # Read when another takes its place, by a cluster's reconciliation, and by the latest heartbeat of a model.
            models.Index(fields=["model", "environment"], name="deployment_open", condition=Q(ended_at=None)),
            # Read by the sweep: what runs without approval, to be asked again.
            models.Index(
                fields=["asked_at"], name="deployment_unapproved",
                condition=Q(ended_at=None, approved_at=None, asked_at__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.model_id} {self.version_number} in {self.environment}"

    @property
    def unapproved(self) -> bool:
        """Whether it runs without approval."""
        return bool(self.objections) and self.ended_at is None and self.approved_at is None

    @property
    def by_tag_alone(self) -> bool:
        return bool(self.image) and not self.image_digest


class ClusterLookQuerySet(models.QuerySet["ClusterLook"]):
    def visible_to(self, actor: Actor) -> "ClusterLookQuerySet":
        return self.filter(scope(actor, Action.VIEW, ClusterLook))


class ClusterLook(Record):
    """What one list of a cluster's deployments said beside the record. Previewed first; once kept it stands.

    `found`: the lists `matched`, `running` (not registered) and `registered` (not running), with what is shown of each.
    """

    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="+", db_index=False)
    cluster = models.CharField(max_length=80)
    environment = models.CharField(max_length=40)
    filename = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    containers = models.PositiveIntegerField()
    matched = models.PositiveIntegerField()
    running = models.PositiveIntegerField()
    registered = models.PositiveIntegerField()
    found = models.JSONField()
    looked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    looked_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True, blank=True)

    objects = ClusterLookQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = Paths(unit="unit__path", people=("looked_by",))

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Read by the tidying of previews nobody kept.
            models.Index(fields=["looked_at"], name="look_not_kept", condition=Q(kept_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.cluster} {self.looked_at}"
