"""What is asked about a model and decided by somebody else: its risk tier, a change, an exception from a rule."""

from django.db import models
from django.db.models import F, Q

from assurance.models.life import LifeRecord, person
from assurance.models.versions import ModelVersion
from domain.risk_tier import Level
from portfolio.models.initiatives import TIERS

LEVELS = [(one.value, one.value.capitalize()) for one in Level]


class RiskAssessment(LifeRecord):
    """How much hangs on a model and how complex it is, and the tier that follows. Rows are added, never edited.

    `computed`: what the matrix of policy `policy_number` gives. It stands at once. `override`: another tier asked for, with
    the reason; it stands when somebody else approved it. The newest answer counts.
    """

    class State(models.TextChoices):
        IN_FORCE = "in_force", "In force"
        PROPOSED = "proposed", "Override proposed"
        APPROVED = "approved", "Override approved"
        REFUSED = "refused", "Override refused"

    materiality = models.CharField(max_length=6, choices=LEVELS)
    complexity = models.CharField(max_length=6, choices=LEVELS)
    computed = models.PositiveSmallIntegerField(choices=TIERS)
    policy_number = models.PositiveIntegerField(default=0)
    reasoning = models.TextField(blank=True)
    override = models.PositiveSmallIntegerField(null=True, blank=True, choices=TIERS)
    state = models.CharField(max_length=8, choices=State.choices, default=State.IN_FORCE)
    decided_by = person(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    because = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["model"], condition=Q(state="proposed"), name="assessment_one_override_waits"
            ),
            models.CheckConstraint(
                condition=Q(override=None, state="in_force") | (~Q(override=None) & ~Q(state="in_force") & ~Q(reasoning="")),
                name="assessment_override_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("recorded_by")), name="assessment_approved_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"]) | Q(decided_by__isnull=False),
                name="assessment_decided_by_somebody",
            ),
        ]  # fmt: skip
        indexes = [
            # Read by a model's life: its tier history.
            models.Index(fields=["model", "-id"], name="assessment_of_model"),
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} tier {self.tier}"

    @property
    def tier(self) -> int:
        """The tier this assessment gives now."""
        return self.override if self.state == "approved" and self.override else self.computed


class ChangeRequest(LifeRecord):
    """A change somebody wants to make to a model. `recorded_by` is its author; the reviewer is another."""

    class Materiality(models.TextChoices):
        MINOR = "minor", "Minor"
        MATERIAL = "material", "Material"

    class State(models.TextChoices):
        OPEN = "open", "Waits for its review"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"

    title = models.CharField(max_length=200)
    description = models.TextField()
    materiality = models.CharField(max_length=8, choices=Materiality.choices)
    model_version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    decided_by = person(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    because = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "rejected"]) | ~Q(decided_by=F("recorded_by")),
                name="change_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_by=None)
                | (~Q(state="open") & Q(decided_by__isnull=False) & ~Q(because="")),
                name="change_decided_with_a_reason",
            ),
        ]
        indexes = [
            # Read by a model's life.
            models.Index(fields=["model", "-id"], name="change_of_model"),
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} {self.title}"


class ModelException(LifeRecord):
    """Leave, until a day, not to follow a rule: with a reason, what is done instead, and who answers for it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waits for approval"
        APPROVED = "approved", "In force"
        REFUSED = "refused", "Refused"
        ENDED = "ended", "Ended"
        EXPIRED = "expired", "Expired"

    rule = models.CharField(max_length=200)
    reason = models.TextField()
    compensating_control = models.TextField()
    owner = person()
    expires_on = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    decided_by = person(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    because = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | (~Q(decided_by=F("recorded_by")) & ~Q(decided_by=F("owner"))),
                name="exception_approved_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "expired", "refused"]) | Q(decided_by__isnull=False),
                name="exception_decided_by_somebody",
            ),
        ]
        indexes = [
            # Read by a model's life.
            models.Index(fields=["model", "-id"], name="exception_of_model"),
            # Read by the sweep, reminders and the calendar: what is in force, by the day it ends.
            models.Index(fields=["expires_on"], name="exception_running", condition=Q(state="approved")),
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} exception from {self.rule}"
