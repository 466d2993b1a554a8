"""Monitors of a model: what is watched and how, the baselines it is compared with, what arrived, and what was alarming."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from assurance.models.versions import ModelVersion
from core.access import Actor, Paths, scope
from core.fields import ExactDecimalField
from core.models.record import Record
from core.roles import Action
from domain.monitoring import Band, Kind, Method
from domain.retraining import Direction, Equality, Outcome, Unit
from governance.models import AiModel


def of_a_model(way: str = "model__") -> Paths:
    """Whoever sees the model sees what hangs on it; its owner runs it. `way` leads to the model."""
    return Paths(
        unit=f"{way}unit__path",
        people=(
            f"{way}owner", f"{way}initiatives__lead", f"{way}initiatives__sponsor", f"{way}initiatives__members__user",
        ),
        runs=(f"{way}owner",),
    )  # fmt: skip


KINDS = [
    (Kind.INPUT_DRIFT.value, "Input drift"),
    (Kind.PREDICTION_DRIFT.value, "Prediction drift"),
    (Kind.PERFORMANCE.value, "Performance"),
]
METHODS = [
    (Method.PSI.value, "PSI"),
    (Method.EWMA.value, "EWMA chart"),
    (Method.CUSUM.value, "CUSUM chart"),
    (Method.PAGE_HINKLEY.value, "Page-Hinkley"),
    (Method.THRESHOLD.value, "Threshold"),
]

BECAME = {band.value: f"It became {band.value}." for band in (Band.MODERATE, Band.SIGNIFICANT)}
"""Why an alert ends where the next of the same condition takes its place."""


class MonitorQuerySet(models.QuerySet["Monitor"]):
    def visible_to(self, actor: Actor) -> "MonitorQuerySet":
        return self.filter(scope(actor, Action.VIEW, Monitor))


class Monitor(Record):
    """What is watched of a model, by which method. `band` ... `silent_since` are written by assurance.services only.

    `subject`: the feature or metric. `parameters`: those of the method (domain.monitoring), decimals as text. `smallest`: fewer
    cases than this tell nothing. `metric` and `positive`: of a performance monitor fed by predictions and what came true.
    """

    model = models.ForeignKey(AiModel, on_delete=models.PROTECT, related_name="monitors")
    model_version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=16, choices=KINDS)
    name = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    method = models.CharField(max_length=12, choices=METHODS)
    parameters = models.JSONField(default=dict, blank=True)
    smallest = models.PositiveIntegerField(default=0)
    metric = models.CharField(max_length=20, blank=True)
    positive = models.CharField(max_length=200, blank=True)
    cadence_days = models.PositiveSmallIntegerField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    # The stored answer: of the latest observation against the baseline in force.
    band = models.CharField(max_length=12, blank=True)
    band_since = models.DateField(null=True, blank=True)
    observed_on = models.DateField(null=True, blank=True)
    value = ExactDecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    cases = models.BigIntegerField(null=True, blank=True)
    sentence = models.TextField(blank=True)
    baseline_number = models.PositiveIntegerField(default=0)
    # The last day on which its next data is not late, None for one nobody expects any of; and since when it is late.
    due_on = models.DateField(null=True, blank=True)
    silent_since = models.DateField(null=True, blank=True)

    objects = MonitorQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = of_a_model()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["model", "name"], name="monitor_name_once"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(subject=""), name="monitor_says_what"),
        ]
        indexes = [
            # Read by a drift report, column by column.
            models.Index(fields=["model", "subject"], name="monitor_of_subject"),
            # Read by the list of monitors by band.
            models.Index(fields=["band", "-id"], name="monitor_by_band"),
            # Read by the sweep: monitors whose data did not come.
            models.Index(fields=["due_on"], name="monitor_due", condition=Q(silent_since=None)),
        ]

    def __str__(self) -> str:
        return f"{self.name} of M-{self.model_id:04d}"


class MonitorBaseline(Record):
    """What a monitor compares with from a day on, and where that is from. Another baseline is another row.

    `data`: of PSI `counts` or `shares` by bin with `edges` (exact fractions) and `labels` where they are known; else `target`
    and `sigma` as text.
    """

    monitor = models.ForeignKey(Monitor, on_delete=models.PROTECT, related_name="baselines")
    number = models.PositiveIntegerField()
    fixed_on = models.DateField()
    source = models.CharField(max_length=200)
    because = models.CharField(max_length=300, blank=True)
    data = models.JSONField(default=dict)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()

    ACCESS: ClassVar[Paths] = of_a_model("monitor__model__")

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["monitor", "number"], name="baseline_number_once")]

    def __str__(self) -> str:
        return f"baseline {self.number} of {self.monitor_id}"


class MonitorObservation(Record):
    """What arrived, and what it said when it did. Append-only.

    `data`: counts or shares by bin, a value as text, segments. `result`: the calculator's answer. `value` null: infinite.
    """

    monitor = models.ForeignKey(
        Monitor, on_delete=models.PROTECT, related_name="observations", db_index=False
    )
    baseline = models.ForeignKey(
        MonitorBaseline, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    observed_on = models.DateField()
    band = models.CharField(max_length=12)
    value = ExactDecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    cases = models.BigIntegerField(null=True, blank=True)
    data = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    sentence = models.TextField(blank=True)
    source = models.CharField(max_length=80, blank=True)
    source_key = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = of_a_model("monitor__model__")

    class Meta:
        ordering = ["-id"]
        constraints = [
            # A pipeline that sends the same observation twice is heard once.
            models.UniqueConstraint(
                fields=["monitor", "source", "source_key"],
                condition=~Q(source_key=""),
                name="observation_once_by_source_key",
            )
        ]
        indexes = [
            # Read by charts and by the next observation of a series, newest first.
            models.Index(fields=["monitor", "-observed_on", "-id"], name="observation_series")
        ]

    def __str__(self) -> str:
        return f"{self.monitor_id} {self.observed_on} {self.band}"


class MonitorAlert(Record):
    """A condition that was told once, for as long as it lasts. Acknowledged by a person, cleared by data. Never deleted."""

    monitor = models.ForeignKey(Monitor, on_delete=models.PROTECT, related_name="alerts", db_index=False)
    observation = models.ForeignKey(
        MonitorObservation, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    band = models.CharField(max_length=12)
    since = models.DateField()
    sentence = models.TextField()
    raised_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # fmt: skip
    note = models.CharField(max_length=500, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_because = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = of_a_model("monitor__model__")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["monitor"], condition=Q(cleared_at=None), name="alert_one_open_per_monitor"
            )
        ]
        indexes = [
            # Read by a monitor's history of alerts.
            models.Index(fields=["monitor", "-id"], name="alert_of_monitor"),
            # Read by the list of open alerts.
            models.Index(fields=["-id"], name="alert_open", condition=Q(cleared_at=None)),
        ]

    @property
    def unseen(self) -> bool:
        """Whether it cleared before anybody acknowledged it, and no later one of the same condition stands for it."""
        return (
            self.cleared_at is not None
            and self.acknowledged_at is None
            and self.cleared_because not in BECAME.values()
        )

    def __str__(self) -> str:
        return f"{self.band} of monitor {self.monitor_id}"


UNITS = [(Unit.POINTS.value, "Points"), (Unit.RELATIVE.value, "Relative, %")]
DIRECTIONS = [(Direction.DROP.value, "A drop"), (Direction.RISE.value, "A rise")]
EQUALITIES = [(Equality.AT_LEAST.value, "At least"), (Equality.MORE_THAN.value, "More than")]
TRIGGERED = [(Outcome.RAISED.value, "Raised"), (Outcome.IN_COOLDOWN.value, "Logged, in the cooldown")]


class RetrainingRule(Record):
    """When a performance monitor says: retrain. `reference` null: the target of the monitor's baseline."""

    monitor = models.ForeignKey(Monitor, on_delete=models.PROTECT, related_name="retraining_rules")
    direction = models.CharField(max_length=4, choices=DIRECTIONS)
    amount = ExactDecimalField(max_digits=38, decimal_places=12)
    unit = models.CharField(max_length=8, choices=UNITS)
    equality = models.CharField(max_length=9, choices=EQUALITIES)
    reference = ExactDecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    minimum_sample = models.PositiveIntegerField(default=1)
    cooldown_days = models.PositiveSmallIntegerField(default=30)
    window_days = models.PositiveSmallIntegerField(default=91)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Written with each trigger.
    last_raised_on = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = of_a_model("monitor__model__")

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="retraining_amount_above_0")]

    def __str__(self) -> str:
        return f"{self.direction} of {self.amount} {self.unit}, monitor {self.monitor_id}"


class RetrainingTrigger(Record):
    """A rule's condition met by an observation: raised, or logged in the cooldown. Append-only."""

    rule = models.ForeignKey(
        RetrainingRule, on_delete=models.PROTECT, related_name="triggers", db_index=False
    )
    observation = models.ForeignKey(
        MonitorObservation, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    outcome = models.CharField(max_length=12, choices=TRIGGERED)
    on = models.DateField()
    reference = ExactDecimalField(max_digits=38, decimal_places=12)
    value = ExactDecimalField(max_digits=38, decimal_places=12)
    change = ExactDecimalField(max_digits=38, decimal_places=12)
    sentence = models.TextField()
    recorded_at = models.DateTimeField()

    ACCESS: ClassVar[Paths] = of_a_model("rule__monitor__model__")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "observation"], name="trigger_once_per_observation")
        ]

    def __str__(self) -> str:
        return f"{self.outcome} on {self.on}"
