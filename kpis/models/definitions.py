"""A KPI, the versions of its definition, and the spells in which it was paused or retired."""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q, TextChoices  # by name: a KPI's own `models` are those that serve it

from core.access import Actor, Paths, scope
from core.fields import ExactDecimalField
from core.models.record import Record
from core.roles import Action
from portfolio.models import Initiative

PATHS = Paths(
    unit="initiative__unit__path",
    people=("owner", "judge", "initiative__lead", "initiative__sponsor", "initiative__members__user"),
    runs=("owner", "initiative__lead", "initiative__sponsor"),
)
OF_A_KPI = Paths(
    unit="kpi__initiative__unit__path",
    people=tuple(f"kpi__{path}" for path in PATHS.people),
    runs=tuple(f"kpi__{path}" for path in PATHS.runs),
)


class KpiQuerySet(models.QuerySet["Kpi"]):
    def visible_to(self, actor: Actor) -> "KpiQuerySet":
        return self.filter(scope(actor, Action.VIEW, Kpi))


class Kpi(Record):
    """A measure of an initiative. Its judgement (`status` ... `valid_until`) is written by kpis.services only.

    That judgement is the stretch of its `Outlook` that `judged_on` lies in, repeated here so that lists read one
    table; readings not yet part of it stand in `Arrival`. No index holds a column of it that each reading changes
    (what expires is found through the outlook), so that PostgreSQL writes one row and no index entry.
    """

    class Kind(TextChoices):
        BUSINESS = "business", "Business impact"
        OPERATIONAL = "operational", "Operational"
        USER = "user", "User-focused"
        COMPLIANCE = "compliance", "Compliance and explainability"
        GUARD = "guard", "Guard"
        MODEL_METRIC = "model_metric", "Model metric"

    class Metric(TextChoices):
        ACCURACY = "accuracy", "Accuracy"
        PRECISION = "precision", "Precision"
        RECALL = "recall", "Recall"
        F1 = "f1", "F1"
        PR_AUC = "pr_auc", "PR-AUC"
        ROC_AUC = "roc_auc", "ROC-AUC"
        RMSE = "rmse", "RMSE"
        MAE = "mae", "MAE"
        COST = "cost", "Cost of errors"
        OTHER = "other", "Other"

    class RollsUpBy(TextChoices):
        WEIGHTED_MEAN = "weighted_mean", "Weighted mean of progress"
        WORST = "worst", "Worst wins"

    class State(TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        RETIRED = "retired", "Retired"

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="kpis", db_index=False)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    definition = models.TextField(blank=True)
    formula = models.TextField(blank=True)
    population = models.CharField(max_length=300, blank=True)
    window = models.CharField(max_length=120, blank=True)
    unit_of_measure = models.CharField(max_length=40, blank=True)
    data_source = models.CharField(max_length=200, blank=True)
    # Set for a judgement KPI: only this person records what they find, on the scale of the version.
    judge = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="owned_kpis",
        db_index=False,
    )
    primary = models.BooleanField(default=False)
    weight = models.DecimalField(max_digits=9, decimal_places=4, default=1)
    serves = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="served_by", db_index=False
    )
    serves_because = models.TextField(blank=True)
    # Of a model metric: which one it is, and the share of the rarer class where it was said.
    metric = models.CharField(max_length=12, choices=Metric.choices, blank=True)
    minority_share = models.DecimalField(max_digits=7, decimal_places=6, null=True, blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children", db_index=False
    )
    parent_weight = models.DecimalField(max_digits=9, decimal_places=4, default=1)
    rolls_up_by = models.CharField(max_length=14, choices=RollsUpBy.choices, default=RollsUpBy.WEIGHTED_MEAN)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    state_because = models.CharField(max_length=300, blank=True)
    paused_until = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=200, blank=True)
    current = models.ForeignKey(
        "kpis.KpiVersion", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # The first version that was sealed: what was promised. Empty until one is.
    promised = models.ForeignKey(
        "kpis.KpiVersion", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Set by the remediation that found it missing: it is post-hoc for ever. The database refuses to take that back.
    remediation = models.ForeignKey(
        "kpis.Remediation", null=True, on_delete=models.PROTECT, related_name="kpis", db_index=False
    )
    # What somebody declared in place of the computed status (KpiOverride): the status while it counts, and the last day
    # of the declaration while it stands. The first is a column of the stored answer, as the outlook foresees it.
    declared_status = models.CharField(max_length=12, blank=True)
    declared_until = models.DateField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    # The stored answer: the stretch of the outlook in which `judged_on` lies.
    status = models.CharField(max_length=12, default="not_started")
    reason = models.CharField(max_length=60, blank=True)
    status_since = models.DateField(null=True)
    progress = ExactDecimalField(max_digits=60, decimal_places=6, null=True)
    expected = ExactDecimalField(max_digits=60, decimal_places=6, null=True)
    shortfall = ExactDecimalField(max_digits=60, decimal_places=6, null=True)
    forecast = ExactDecimalField(max_digits=60, decimal_places=4, null=True)
    last_known = models.CharField(max_length=12, blank=True)
    pending = models.CharField(max_length=12, blank=True)
    flags = models.JSONField(default=list)
    last_value = ExactDecimalField(max_digits=38, decimal_places=12, null=True)
    last_observed_on = models.DateField(null=True)
    last_measurement_id = models.BigIntegerField(null=True)
    judged_on = models.DateField(null=True)
    valid_until = models.DateField(null=True)

    objects = KpiQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="kpi_external_id_once_per_source",
            ),
            models.UniqueConstraint(fields=["initiative", "name"], name="kpi_name_once_per_initiative"),
            models.CheckConstraint(condition=Q(weight__gte=0), name="kpi_weight_not_negative"),
            models.CheckConstraint(
                condition=~Q(state="paused") | Q(paused_until__isnull=False), name="kpi_pause_has_an_end"
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="kpi_not_its_own_parent"),
            models.CheckConstraint(condition=Q(parent_weight__gte=0), name="kpi_parent_weight_not_negative"),
            models.CheckConstraint(
                condition=Q(minority_share=None)
                | Q(minority_share__gt=0, minority_share__lte=Decimal("0.5")),
                name="kpi_minority_share_to_half",
            ),
        ]
        indexes = [
            # Read by the sweep: pauses that have come to their end.
            models.Index(fields=["paused_until"], name="kpi_paused", condition=Q(state="paused")),
            # Read by lists filtered by status.
            models.Index(fields=["status", "-id"], name="kpi_by_status"),
            # Read by access.scope(): the KPIs somebody owns.
            models.Index(fields=["owner"], name="kpi_owned", condition=Q(owner__isnull=False)),
            # Read by a KPI's page: the model metrics that serve it.
            models.Index(fields=["serves"], name="kpi_serving", condition=Q(serves__isnull=False)),
            # Read by a KPI's page and its roll-up: the KPIs below it.
            models.Index(fields=["parent"], name="kpi_below", condition=Q(parent__isnull=False)),
            # Read by the sweep: declarations that have come to their end.
            models.Index(
                fields=["declared_until"], name="kpi_declared", condition=Q(declared_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.name}"

    @property
    def ref(self) -> str:
        return f"K-{self.pk:04d}"

    @property
    def post_hoc(self) -> bool:
        """Whether it was set after the fact, by a remediation."""
        return self.remediation_id is not None


class KpiVersion(Record):
    """What is measured and what success is, as said on a day. See domain.kpi.Definition and domain.seal.

    A draft is edited until it is sealed or a reading cites it; from then on a change is a new version and this one
    stays. A version judges from `in_force_at` on: at once, or when its proposal was approved (from `effective_on`
    on, where that day was still to come). The columns that a KPI has too (`name` ... `rolls_up_by`) are said here;
    the KPI repeats those of the version in force, for lists. `series` counts the measures: versions of one series
    measure the same thing in the same way, and only readings of the series speak under a version. `moved`: what the
    verdict stands on is no longer what the first version in use said.
    """

    class ReasonCode(TextChoices):
        USER_BEHAVIOUR = "user_behaviour", "User behaviour changed"
        MARKET = "market", "The market changed"
        PRODUCT = "product", "The product changed"

    class Shape(TextChoices):
        TRAJECTORY = "trajectory", "Trajectory"
        BAND = "band", "Band"

    class Direction(TextChoices):
        HIGHER = "higher", "Higher is better"
        LOWER = "lower", "Lower is better"

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveSmallIntegerField()
    effective_on = models.DateField()
    because = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    in_force_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    declined_because = models.CharField(max_length=300, blank=True)
    reason_code = models.CharField(max_length=14, choices=ReasonCode.choices, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    series = models.PositiveSmallIntegerField(default=1)
    moved = models.BooleanField(default=False)
    # The measure
    name = models.CharField(max_length=200, default="")
    kind = models.CharField(max_length=12, choices=Kpi.Kind.choices, default=Kpi.Kind.BUSINESS)
    definition = models.TextField(blank=True)
    formula = models.TextField(blank=True)
    population = models.CharField(max_length=300, blank=True)
    # How many the population holds, where somebody counted: so that a narrowed one can be told.
    population_size = models.PositiveBigIntegerField(null=True, blank=True)
    window = models.CharField(max_length=120, blank=True)
    unit_of_measure = models.CharField(max_length=40, blank=True)
    data_source = models.CharField(max_length=200, blank=True)
    judge = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    # What it counts for
    primary = models.BooleanField(default=False)
    weight = models.DecimalField(max_digits=9, decimal_places=4, default=1)
    serves = models.ForeignKey(
        Kpi, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    serves_because = models.TextField(blank=True)
    parent = models.ForeignKey(
        Kpi, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    rolls_up_by = models.CharField(
        max_length=14, choices=Kpi.RollsUpBy.choices, default=Kpi.RollsUpBy.WEIGHTED_MEAN
    )
    # On which scale it is judged, the worst first
    scale_low = ExactDecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    scale_high = ExactDecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    scale_words = models.TextField(blank=True)
    # Success
    shape = models.CharField(max_length=10, choices=Shape.choices)
    direction = models.CharField(max_length=6, choices=Direction.choices, default=Direction.HIGHER)
    baseline = ExactDecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    baseline_on = models.DateField(null=True, blank=True)
    baseline_source = models.CharField(max_length=200, blank=True)
    baseline_method = models.CharField(max_length=300, blank=True)
    baseline_from = models.DateField(null=True, blank=True)
    baseline_to = models.DateField(null=True, blank=True)
    baseline_locked_at = models.DateTimeField(null=True, blank=True)
    baseline_locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    # The target as a change of the baseline, a share: -0.30 is 30 % less. Resolved when the baseline is locked.
    target_change = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    target = ExactDecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    target_on = models.DateField(null=True, blank=True)
    # Points [share of the time, share of the way] as decimal strings, between (0, 0) and (1, 1).
    curve = models.JSONField(default=list, blank=True)
    lower = ExactDecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    upper = ExactDecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    cadence_days = models.PositiveSmallIntegerField(default=30)
    stale_after_days = models.PositiveSmallIntegerField(null=True, blank=True)
    settle_days = models.PositiveSmallIntegerField(default=14)
    amber = models.DecimalField(max_digits=7, decimal_places=6, default=Decimal("0.10"))
    red = models.DecimalField(max_digits=7, decimal_places=6, default=Decimal("0.25"))
    hysteresis = models.DecimalField(max_digits=7, decimal_places=6, default=Decimal("0.02"))
    confirm_worse = models.PositiveSmallIntegerField(default=1)
    warn_margin = ExactDecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    warn_fraction = models.DecimalField(max_digits=7, decimal_places=6, default=Decimal("0.10"))
    required_compliance = models.DecimalField(max_digits=7, decimal_places=6, default=Decimal("0.90"))
    benchmark = ExactDecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    benchmark_source = models.CharField(max_length=200, blank=True)
    benchmark_on = models.DateField(null=True, blank=True)
    # The seal: SHA-256 of `sealed_document`, the canonical JSON of domain.seal. Refused to change by the database.
    seal = models.CharField(max_length=64, blank=True)
    sealed_at = models.DateTimeField(null=True, blank=True)
    sealed_document = models.TextField(blank=True)

    ACCESS: ClassVar[Paths] = OF_A_KPI
    # What a KPI and its versions both say: a version as it was said, the KPI as it is in force.
    REPEATED: ClassVar[tuple[str, ...]] = (
        "name", "kind", "definition", "formula", "population", "window", "unit_of_measure", "data_source", "judge",
        "primary", "weight", "serves", "serves_because", "parent", "rolls_up_by",
    )  # fmt: skip

    class Meta:
        ordering = ["kpi_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["kpi", "number"], name="kpi_version_number_once"),
            models.UniqueConstraint(
                fields=["kpi"],
                condition=Q(in_force_at=None, declined_at=None),
                name="one_proposed_version_per_kpi",
            ),
            # Nobody approves what they wrote.
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(recorded_by=None) | ~Q(approved_by=F("recorded_by")),
                name="kpi_version_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(seal="", sealed_at=None) | (~Q(seal="") & Q(sealed_at__isnull=False)),
                name="kpi_version_sealed_whole",
            ),
        ]
        indexes = [
            # Read by the sweep: approved changes whose day was still to come.
            models.Index(
                fields=["effective_on"],
                name="kpi_version_waiting",
                condition=Q(in_force_at=None, declined_at=None, approved_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} v{self.number}"


class KpiSpell(Record):
    """From a day on, the KPI was active, paused (until a day, for a reason) or retired. Append-only.

    The latest spell that began by a day, and had been recorded by a moment, speaks for that day.
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="spells", db_index=False)
    state = models.CharField(max_length=8, choices=Kpi.State.choices)
    begins_on = models.DateField()
    until = models.DateField(null=True, blank=True)
    because = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = OF_A_KPI

    class Meta:
        ordering = ["kpi_id", "id"]
        indexes = [
            # Read by an answer for a past day, and by the KPI's page.
            models.Index(fields=["kpi", "id"], name="kpi_spell_of_kpi")
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.state} from {self.begins_on}"
