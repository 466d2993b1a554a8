"""A KPI and the versions of its definition."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Actor, Paths, scope
from core.roles import Action
from portfolio.models import Initiative

PATHS = Paths(
    unit="initiative__unit__path",
    people=("owner", "initiative__lead", "initiative__sponsor", "initiative__members__user"),
)


class KpiQuerySet(models.QuerySet["Kpi"]):
    def visible_to(self, actor: Actor) -> "KpiQuerySet":
        return self.filter(scope(actor, Action.VIEW, Kpi))


class Kpi(models.Model):
    """A measure of an initiative. Its judgement (`status` ... `valid_until`) is written by kpis.services only.

    `fold` is the folded history, so that one more reading costs the same after ten or ten thousand;
    `due` says that facts arrived which it does not hold yet.
    """

    class Kind(models.TextChoices):
        BUSINESS = "business", "Business impact"
        OPERATIONAL = "operational", "Operational"
        USER = "user", "User-focused"
        COMPLIANCE = "compliance", "Compliance and explainability"
        GUARD = "guard", "Guard"
        MODEL_METRIC = "model_metric", "Model metric"

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        RETIRED = "retired", "Retired"

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="kpis")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    definition = models.TextField(blank=True)
    formula = models.TextField(blank=True)
    population = models.CharField(max_length=300, blank=True)
    unit_of_measure = models.CharField(max_length=40, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="owned_kpis")
    primary = models.BooleanField(default=False)
    weight = models.DecimalField(max_digits=9, decimal_places=4, default=1)
    serves = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="served_by")
    serves_because = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    state_because = models.CharField(max_length=300, blank=True)
    paused_until = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=200, blank=True)
    current = models.ForeignKey("kpis.KpiVersion", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    # The stored answer, and what it is made of.
    status = models.CharField(max_length=12, default="not_started")
    reason = models.CharField(max_length=60, blank=True)
    status_since = models.DateField(null=True)
    progress = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    expected = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    shortfall = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    forecast = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    last_known = models.CharField(max_length=12, blank=True)
    pending = models.CharField(max_length=12, blank=True)
    flags = models.JSONField(default=list)
    last_value = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    last_observed_on = models.DateField(null=True)
    last_measurement_id = models.BigIntegerField(null=True)
    judged_on = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    fold = models.JSONField(null=True)
    due = models.BooleanField(default=True)

    objects = KpiQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="kpi_external_id_once_per_source"
            ),
            models.UniqueConstraint(fields=["initiative", "name"], name="kpi_name_once_per_initiative"),
            models.CheckConstraint(condition=Q(weight__gte=0), name="kpi_weight_not_negative"),
            models.CheckConstraint(
                condition=~Q(state="paused") | Q(paused_until__isnull=False), name="kpi_pause_has_an_end"
            ),
        ]
        indexes = [
            # Read by the sweep: answers that have expired.
            models.Index(fields=["valid_until"], name="kpi_expiring", condition=Q(valid_until__isnull=False)),
            # Read by the sweep: KPIs with facts not yet folded.
            models.Index(fields=["id"], name="kpi_due", condition=Q(due=True)),
            # Read by lists filtered by status.
            models.Index(fields=["status", "-id"], name="kpi_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.name}"

    @property
    def ref(self) -> str:
        return f"K-{self.pk:04d}"


class KpiVersion(models.Model):
    """What success is, as said on a day. A change is a new version; this one stays. See domain.kpi.Definition."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    effective_on = models.DateField()
    because = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    shape = models.CharField(max_length=10, choices=[("trajectory", "Trajectory"), ("band", "Band")])
    direction = models.CharField(max_length=6, choices=[("higher", "Higher"), ("lower", "Lower")], default="higher")
    baseline = models.DecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    baseline_on = models.DateField(null=True, blank=True)
    baseline_source = models.CharField(max_length=200, blank=True)
    target = models.DecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    target_on = models.DateField(null=True, blank=True)
    curve = models.JSONField(default=list)
    lower = models.DecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    upper = models.DecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    cadence_days = models.PositiveSmallIntegerField(default=30)
    stale_after_days = models.PositiveSmallIntegerField(null=True, blank=True)
    settle_days = models.PositiveSmallIntegerField(default=14)
    amber = models.DecimalField(max_digits=7, decimal_places=6, default="0.10")
    red = models.DecimalField(max_digits=7, decimal_places=6, default="0.25")
    hysteresis = models.DecimalField(max_digits=7, decimal_places=6, default="0.02")
    confirm_worse = models.PositiveSmallIntegerField(default=1)
    warn_margin = models.DecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    warn_fraction = models.DecimalField(max_digits=7, decimal_places=6, default="0.10")
    required_compliance = models.DecimalField(max_digits=7, decimal_places=6, default="0.90")

    ACCESS: ClassVar[Paths] = Paths(
        unit="kpi__initiative__unit__path",
        people=("kpi__owner", "kpi__initiative__lead", "kpi__initiative__sponsor", "kpi__initiative__members__user"),
    )

    class Meta:
        ordering = ["kpi_id", "number"]
        constraints = [models.UniqueConstraint(fields=["kpi", "number"], name="kpi_version_number_once")]

    def __str__(self) -> str:
        return f"{self.kpi_id} v{self.number}"
