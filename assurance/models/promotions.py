"""A role for a version is asked for with evidence, and given by somebody else."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assurance.models.versions import OF_A_VERSION, ModelVersion
from core.access import Actor, Paths, scope
from core.models.record import Record
from core.roles import Action
from kpis.models import Comparison


class VersionPromotionQuerySet(models.QuerySet["VersionPromotion"]):
    def visible_to(self, actor: Actor) -> "VersionPromotionQuerySet":
        return self.filter(scope(actor, Action.VIEW, VersionPromotion))


class VersionPromotion(Record):
    """One role asked for one version. What was asked stands; the answer is written once, by another person.

    `going_back`: the role is champion, and the version the one before the champion. `champion_then`: who served when it was
    asked, whom the evidence speaks of. `champion_becomes`: what the displaced champion is then. `owner` and `developer`
    are the model's (asked, then answered), and `answered_name` whoever answered, so that the database can refuse.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Waits for an answer"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="promotions")
    to_role = models.CharField(max_length=12, choices=ModelVersion.Role.choices)
    from_role = models.CharField(max_length=12, choices=ModelVersion.Role.choices)
    going_back = models.BooleanField(default=False)
    champion_then = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    champion_becomes = models.CharField(max_length=12, choices=ModelVersion.Role.choices, blank=True)
    evidence = models.TextField()
    comparison = models.ForeignKey(
        Comparison, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    filename = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    content = models.BinaryField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.ASKED)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # fmt: skip
    answered_at = models.DateTimeField(null=True, blank=True)
    because = models.CharField(max_length=500, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # fmt: skip
    developer = models.CharField(max_length=200, blank=True)
    answered_name = models.CharField(max_length=200, blank=True)

    objects = VersionPromotionQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = OF_A_VERSION

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(state="asked"), name="one_open_promotion_per_version"
            ),
            models.CheckConstraint(condition=~Q(evidence=""), name="promotion_has_evidence"),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | (Q(answered_by__isnull=False) & ~Q(answered_by=F("asked_by")))
                & (Q(owner=None) | ~Q(answered_by=F("owner")))
                & (Q(developer="") | ~Q(answered_name=F("developer"))),
                name="promotion_given_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", answered_at=None)
                | ~Q(state="asked") & Q(answered_at__isnull=False),
                name="promotion_answered_has_a_moment",
            ),
        ]
        indexes = [
            # Read by a model's page and by whoever answers: what waits.
            models.Index(fields=["version"], name="promotion_waiting", condition=Q(state="asked")),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} as {self.to_role}"
