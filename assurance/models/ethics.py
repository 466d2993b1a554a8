"""Ethics reviews of models: before a launch, and as periodic audits of what serves."""

from django.db import models
from django.db.models import F, Q

from assurance.models.life import LifeRecord
from domain.ethics import KINDS, OUTCOMES, PASSED


class EthicsReview(LifeRecord):
    """One review, held by somebody who neither owns nor developed the model nor asked for it. `recorded_by` is who reviewed.

    `findings` says what was found, and under which conditions it passed. `next_due_on`: the day its reviewer set for the
    next, where that is to be earlier than the cadence of the tier.
    """

    kind = models.CharField(max_length=14, choices=KINDS)
    reviewed_on = models.DateField()
    outcome = models.CharField(max_length=22, choices=OUTCOMES)
    findings = models.TextField(blank=True)
    evidence_url = models.CharField(max_length=500, blank=True)
    next_due_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome=PASSED) | ~Q(findings=""), name="ethics_review_says_what_was_found"
            ),
            models.CheckConstraint(
                condition=Q(next_due_on=None) | Q(next_due_on__gt=F("reviewed_on")), name="ethics_review_next_is_later"
            ),
        ]  # fmt: skip
        indexes = [
            # Read by a model's life, and when what it says is pushed down.
            models.Index(fields=["model", "-id"], name="ethics_review_of_model"),
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} ethics {self.outcome} {self.reviewed_on}"
