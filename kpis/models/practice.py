"""What surrounds KPIs: workshops, data needs, comparisons, the setting right of what was not said in time."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Paths
from core.models.record import Record
from kpis.models.definitions import OF_A_KPI, Kpi
from portfolio.models import Flag, Initiative

OF_AN_INITIATIVE = Paths(
    unit="initiative__unit__path",
    people=("initiative__lead", "initiative__sponsor", "initiative__members__user"),
    runs=("initiative__lead", "initiative__sponsor"),
)


class Workshop(Record):
    """A meeting in which KPIs were agreed: when, by whom in which role, and which."""

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="workshops")
    held_on = models.DateField()
    # [{"name": ..., "role": product | data_science | engineering | executive | other, "user": id or null}]
    attendees = models.JSONField(default=list)
    kpis = models.ManyToManyField(Kpi, blank=True, related_name="workshops")
    notes = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = OF_AN_INITIATIVE

    class Meta:
        ordering = ["-held_on", "-id"]

    def __str__(self) -> str:
        return f"{self.initiative_id} workshop of {self.held_on}"


class DataNeed(Record):
    """Data that measuring or building needs, linked to the KPIs that need it. Without a KPI it is listed as unlinked."""

    class Availability(models.TextChoices):
        YES = "yes", "Available"
        PARTLY = "partly", "Partly available"
        NO = "no", "Not available"
        UNKNOWN = "unknown", "Not reported"

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="data_needs")
    name = models.CharField(max_length=200)
    system = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    available = models.CharField(max_length=8, choices=Availability.choices, default=Availability.UNKNOWN)
    note = models.TextField(blank=True)
    kpis = models.ManyToManyField(Kpi, blank=True, related_name="data_needs")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = OF_AN_INITIATIVE

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "name"], name="data_need_once_per_initiative")
        ]

    def __str__(self) -> str:
        return self.name


class Comparison(Record):
    """Two arms measured against each other: an A/B test, a champion and its challenger, a simple model and a larger one.

    Arm 1 is the control, champion or simple model. Counts are successes out of trials, more being better; paired
    counts are of cases both arms judged. `ended_on` is the planned end, `planned_sample` the cases planned in each arm.
    What follows is computed by domain.experiment on reading.
    """

    class Design(models.TextChoices):
        AB_TEST = "ab_test", "A/B test"
        CHAMPION_CHALLENGER = "champion_challenger", "Champion and challenger"
        SIMPLE_BASELINE = "simple_baseline", "Simple model and candidate"

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="comparisons", db_index=False)
    name = models.CharField(max_length=200)
    design = models.CharField(max_length=20, choices=Design.choices)
    paired = models.BooleanField(default=False)
    arm_1 = models.CharField(max_length=120)
    arm_2 = models.CharField(max_length=120)
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    planned_sample = models.PositiveBigIntegerField(null=True, blank=True)
    source = models.CharField(max_length=80, blank=True)
    source_key = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = OF_A_KPI

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "source", "source_key"],
                condition=~Q(source_key=""),
                name="comparison_once_by_source_key",
            )
        ]
        indexes = [
            # Read by a KPI's page.
            models.Index(fields=["kpi", "-id"], name="comparison_of_kpi")
        ]

    def __str__(self) -> str:
        return self.name


class ArmCount(Record):
    """One look at the arms of a comparison. The latest speaks; how many there were is said beside it. Append-only.

    Of paired arms `successes` are the pairs only that arm had right, `trials_1` those both had right and `trials_2`
    those neither had. Empty trials: not recorded.
    """

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="looks", db_index=False)
    looked_on = models.DateField()
    successes_1 = models.PositiveBigIntegerField()
    trials_1 = models.PositiveBigIntegerField(null=True, blank=True)
    successes_2 = models.PositiveBigIntegerField()
    trials_2 = models.PositiveBigIntegerField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = Paths(
        unit=f"comparison__{OF_A_KPI.unit}",
        people=tuple(f"comparison__{path}" for path in OF_A_KPI.people),
        runs=tuple(f"comparison__{path}" for path in OF_A_KPI.runs),
    )

    class Meta:
        ordering = ["comparison_id", "looked_on", "id"]
        constraints = [models.UniqueConstraint(fields=["comparison", "looked_on"], name="one_look_a_day")]

    def __str__(self) -> str:
        return f"{self.comparison_id} on {self.looked_on}"


class Intervention(Record):
    """What somebody is to do about an early warning, by when, and how it ended. A flag has at most one open."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="interventions", db_index=False)
    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="interventions")
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="interventions"
    )
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    action = models.CharField(max_length=500)
    due_on = models.DateField()
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    closure = models.CharField(max_length=500, blank=True)
    # Set by the sweep when it was overdue: it is on the council's list from then on.
    escalated_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = Paths(
        unit=OF_AN_INITIATIVE.unit,
        people=("assigned_to", *OF_AN_INITIATIVE.people),
        runs=OF_AN_INITIATIVE.runs,
    )

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["flag"], condition=Q(closed_at=None), name="one_open_intervention_per_flag"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | ~Q(closure=""), name="intervention_closed_with_a_note"
            ),
        ]
        indexes = [
            # Read by the sweep: what is overdue and not escalated yet.
            models.Index(
                fields=["due_on"], name="intervention_overdue", condition=Q(closed_at=None, escalated_on=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.action[:40]} by {self.due_on}"


class Remediation(Record):
    """Setting KPIs after the fact, in four steps. What comes of it is labelled post-hoc for ever (`Kpi.remediation`)."""

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="remediations")
    because = models.CharField(max_length=500)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    ACCESS: ClassVar[Paths] = OF_AN_INITIATIVE

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["initiative"], condition=Q(closed_at=None), name="one_open_remediation_per_initiative"
            )
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} set right after the fact"


class RemediationStep(Record):
    """One step done, in order. Append-only: the database refuses to change or to delete one."""

    class Step(models.TextChoices):
        RETROSPECTIVE = "retrospective", "Retrospective analysis"
        POST_HOC_KPI = "post_hoc_kpi", "Post-hoc KPI"
        VALIDATION = "validation", "Validation on history"
        REALIGNMENT = "realignment", "Realignment"

    class Realignment(models.TextChoices):
        RETRAIN = "retrain", "Retrain the model"
        UPDATE = "update", "Update the model"
        NONE = "none", "Neither"

    remediation = models.ForeignKey(
        Remediation, on_delete=models.CASCADE, related_name="steps", db_index=False
    )
    step = models.CharField(max_length=13, choices=Step.choices)
    finding = models.TextField()
    kpi = models.ForeignKey(
        Kpi, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    readings = models.PositiveIntegerField(null=True, blank=True)
    realignment = models.CharField(max_length=7, choices=Realignment.choices, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = Paths(
        unit=f"remediation__{OF_AN_INITIATIVE.unit}",
        people=tuple(f"remediation__{path}" for path in OF_AN_INITIATIVE.people),
        runs=tuple(f"remediation__{path}" for path in OF_AN_INITIATIVE.runs),
    )

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["remediation", "step"], name="one_of_each_step")]

    def __str__(self) -> str:
        return f"{self.remediation_id} {self.step}"
