"""Thresholds, stages and criteria as versioned rows: they change, and old answers keep theirs."""

from django.db import models

from core.models.record import Record


class Policy(Record):
    """One version of one policy (`purgatory`, `staleness`, `stages` ...). Never edited, only followed."""

    kind = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    effective_on = models.DateField()
    data = models.JSONField()
    because = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["kind", "-number"]
        constraints = [models.UniqueConstraint(fields=["kind", "number"], name="policy_number_once")]

    def __str__(self) -> str:
        return f"{self.kind} v{self.number}"
