"""What came true: predictions waiting for their truth, corrections people made, and how much people looked at."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assurance.models.monitoring import Monitor, MonitorObservation, of_a_model
from core.access import Paths
from core.models.record import Record
from governance.models import AiModel


class Prediction(Record):
    """One case a model judged, by its key at the source. Append-only; what came true is a row of its own."""

    monitor = models.ForeignKey(Monitor, on_delete=models.PROTECT, related_name="predictions", db_index=False)
    key = models.CharField(max_length=200)
    predicted = models.CharField(max_length=200)
    predicted_on = models.DateField()
    segment = models.CharField(max_length=120, blank=True)
    recorded_at = models.DateTimeField()

    ACCESS: ClassVar[Paths] = of_a_model("monitor__model__")

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["monitor", "key"], name="prediction_key_once")]

    def __str__(self) -> str:
        return f"{self.monitor_id} {self.key}"


class Actual(Record):
    """What came true of a prediction, and the observation it was counted in. Append-only."""

    prediction = models.OneToOneField(Prediction, on_delete=models.PROTECT, related_name="actual")
    actual = models.CharField(max_length=200)
    actual_on = models.DateField()
    observation = models.ForeignKey(
        MonitorObservation, null=True, on_delete=models.PROTECT, related_name="actuals", db_index=False
    )
    recorded_at = models.DateTimeField()

    ACCESS: ClassVar[Paths] = of_a_model("prediction__monitor__model__")

    def __str__(self) -> str:
        return f"{self.prediction_id} {self.actual}"


class OutcomeCorrection(Record):
    """An answer of a model that somebody corrected: training material. Append-only."""

    model = models.ForeignKey(AiModel, on_delete=models.PROTECT, related_name="corrections", db_index=False)
    case = models.CharField(max_length=200)
    predicted = models.CharField(max_length=2_000)
    corrected = models.CharField(max_length=2_000)
    because = models.CharField(max_length=500, blank=True)
    corrected_on = models.DateField()
    source = models.CharField(max_length=80, blank=True)
    source_key = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = of_a_model()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["model", "source", "source_key"],
                condition=~Q(source_key=""),
                name="correction_once_by_source_key",
            ),
            models.CheckConstraint(
                condition=~Q(predicted=F("corrected")), name="correction_changes_something"
            ),
        ]
        indexes = [
            # Read by a model's page and its export.
            models.Index(fields=["model", "-id"], name="correction_of_model")
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.predicted[:40]} -> {self.corrected[:40]}"


class ReviewCount(Record):
    """How many of a model's answers people looked at in a period, and how many they set aside. Append-only."""

    model = models.ForeignKey(AiModel, on_delete=models.PROTECT, related_name="review_counts", db_index=False)
    begins_on = models.DateField()
    ends_on = models.DateField()
    answers = models.PositiveBigIntegerField(null=True, blank=True)
    reviewed = models.PositiveBigIntegerField()
    set_aside = models.PositiveBigIntegerField()
    source = models.CharField(max_length=80, blank=True)
    source_key = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = of_a_model()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["model", "source", "source_key"],
                condition=~Q(source_key=""),
                name="review_count_once_by_source_key",
            ),
            models.CheckConstraint(
                condition=Q(set_aside__lte=F("reviewed")), name="review_count_set_aside_were_reviewed"
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("begins_on")), name="review_count_period"),
        ]
        indexes = [
            # Read by a model's page and its export.
            models.Index(fields=["model", "-id"], name="review_count_of_model")
        ]

    def __str__(self) -> str:
        return f"{self.model_id} {self.reviewed} reviewed"
