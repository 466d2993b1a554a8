"""Going back to the version before at once, by one person; another confirms it afterwards."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assurance.models.deployments import OF_A_MODEL
from assurance.models.versions import ModelVersion
from core.access import Actor, Paths, scope
from core.models.record import Record
from core.roles import Action
from governance.models import AiModel


class RollbackQuerySet(models.QuerySet["Rollback"]):
    def visible_to(self, actor: Actor) -> "RollbackQuerySet":
        return self.filter(scope(actor, Action.VIEW, Rollback))


class Rollback(Record):
    """A champion gone back from at once. `version` serves again, `left` did. What was done stands; it is confirmed once.

    `confirm_by`: the last day for a second person to confirm it. `late_on`: when it was flagged because nobody had.
    """

    model = models.ForeignKey(AiModel, on_delete=models.PROTECT, related_name="rollbacks", db_index=False)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    left = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    left_becomes = models.CharField(max_length=12, choices=ModelVersion.Role.choices)
    because = models.TextField()
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    done_at = models.DateTimeField()
    confirm_by = models.DateField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # fmt: skip
    confirmed_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)
    late_on = models.DateField(null=True, blank=True)

    objects = RollbackQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = OF_A_MODEL

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(because=""), name="rollback_has_a_reason"),
            models.CheckConstraint(condition=~Q(version=F("left")), name="rollback_goes_somewhere"),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False) & ~Q(confirmed_by=F("done_by")),
                name="rollback_confirmed_by_another",
            ),
        ]
        indexes = [
            # Read by a model's page, newest first.
            models.Index(fields=["model", "-id"], name="rollback_of_model"),
            # Read by the sweep: those nobody confirmed in time.
            models.Index(
                fields=["confirm_by"],
                name="rollback_unconfirmed",
                condition=Q(confirmed_at=None, late_on=None),
            ),
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} back at once"
