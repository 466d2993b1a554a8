"""Drift of KPIs: what was last found, what people said about it, and what changed in the world around them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Paths
from core.models.record import Record
from kpis.models.definitions import OF_A_KPI, Kpi
from kpis.models.practice import OF_AN_INITIATIVE
from portfolio.models import Initiative


class DriftWatch(Record):
    """What was last found of a KPI's three kinds of drift, for lists and flags, and the day to ask again.

    Its page and the API compute the whole answer from the facts. `due_on`: the first day on which the stored answer may
    not hold any more; the day of a change when readings or versions changed; empty when nothing but a new fact can
    change it. Kept apart from the KPI, so that a reading rewrites no wide row and no index of one.
    """

    class Value(models.TextChoices):
        STEADY = "steady", "Steady"
        DRIFT = "drift", "Drift"
        UNKNOWN = "unknown", "Unknown"

    class Toward(models.TextChoices):
        BETTER = "better", "For the better"
        WORSE = "worse", "For the worse"

    class Definition(models.TextChoices):
        STEADY = "steady", "Steady"
        BROKEN = "broken", "Broken"
        UNKNOWN = "unknown", "Unknown"

    class Relevance(models.TextChoices):
        HOLDS = "holds", "Holds"
        LOST = "lost", "Lost"
        UNKNOWN = "unknown", "Unknown"

    class Review(models.TextChoices):
        NOT_DUE = "not_due", "Not due"
        DUE = "due", "Due"
        OVERDUE = "overdue", "Overdue"

    kpi = models.OneToOneField(Kpi, on_delete=models.CASCADE, primary_key=True, related_name="drift")
    due_on = models.DateField(null=True)
    judged_on = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    value = models.CharField(max_length=7, choices=Value.choices, blank=True, default="")
    toward = models.CharField(max_length=6, choices=Toward.choices, blank=True, default="")
    value_since = models.DateField(null=True)
    definition = models.CharField(max_length=7, choices=Definition.choices, blank=True, default="")
    broken_on = models.DateField(null=True)
    relevance = models.CharField(max_length=7, choices=Relevance.choices, blank=True, default="")
    review = models.CharField(max_length=7, choices=Review.choices, blank=True, default="")
    review_due_by = models.DateField(null=True)
    policy = models.PositiveIntegerField(default=0)

    ACCESS: ClassVar[Paths] = OF_A_KPI

    class Meta:
        indexes = [
            # Read by the sweep: what is to be asked again.
            models.Index(fields=["due_on"], name="drift_due", condition=Q(due_on__isnull=False)),
            # Read by lists of KPIs: those that drift.
            models.Index(fields=["value"], name="drift_of_value", condition=Q(value="drift")),
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.value or 'never asked'}"


class DriftReference(Record):
    """From which readings a KPI's usual level is known, and why it is another one than before. Append-only.

    Those from `begins_on` (empty: all since the definition broke) and before `ends_on`, the first day that is watched,
    which may be still to come. The latest that had been stated by a day speaks.
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="drift_references", db_index=False)
    begins_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField()
    stated_on = models.DateField()
    because = models.CharField(max_length=500)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = OF_A_KPI

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Read by a judgement of drift: the last one stated.
            models.Index(fields=["kpi", "-id"], name="drift_reference_of_kpi")
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} to {self.ends_on}"


class RelevanceReview(Record):
    """A look at whether the KPI still stands for its outcome: by whom, on which day, and what came of it. Append-only."""

    class Verdict(models.TextChoices):
        KEEP = "keep", "Keep it as it is"
        DEFINE_ANEW = "define_anew", "Define it anew"
        RETIRE = "retire", "Retire it"

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="relevance_reviews", db_index=False)
    verdict = models.CharField(max_length=11, choices=Verdict.choices)
    because = models.CharField(max_length=500)
    reviewed_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = OF_A_KPI

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Read by a KPI's page and a judgement of drift, the latest first.
            models.Index(fields=["kpi", "-id"], name="relevance_review_of_kpi")
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} reviewed on {self.reviewed_on}: {self.verdict}"


class WorldChange(Record):
    """A change around an initiative, of user behaviour, market or product: its KPIs ask for a look. Append-only."""

    class Kind(models.TextChoices):
        BEHAVIOUR = "behaviour", "User behaviour"
        MARKET = "market", "Market"
        PRODUCT = "product", "Product"

    initiative = models.ForeignKey(
        Initiative, on_delete=models.CASCADE, related_name="world_changes", db_index=False
    )
    kind = models.CharField(max_length=9, choices=Kind.choices)
    on = models.DateField()
    what = models.CharField(max_length=300)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = OF_AN_INITIATIVE

    class Meta:
        ordering = ["-on", "-id"]
        indexes = [
            # Read by a judgement of drift: what changed around an initiative.
            models.Index(fields=["initiative", "-on"], name="world_change_of_initiative")
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} {self.kind} {self.on}"
