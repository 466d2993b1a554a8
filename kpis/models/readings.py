"""Measurements, which of them are not folded yet, and the ledger of what followed from them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Paths
from core.fields import ExactDecimalField
from core.models.record import Record
from kpis.models.definitions import OF_A_KPI, Kpi, KpiVersion


class Measurement(Record):
    """One reading, append-only. A correction supersedes, a withdrawal voids; nothing is edited.

    `observed_on` is the day the value is true of, `recorded_at` when the system learnt it. An empty value is a
    reading that holds no finite number: kept, never used, flagged.
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="measurements", db_index=False)
    kpi_version = models.ForeignKey(KpiVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    observed_on = models.DateField()
    value = ExactDecimalField(max_digits=38, decimal_places=12, null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    source = models.CharField(max_length=80, blank=True)
    source_key = models.CharField(max_length=200, blank=True)
    supersedes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by", db_index=False
    )
    void = models.BooleanField(default=False)
    note = models.CharField(max_length=500, blank=True)
    evidence = models.CharField(max_length=500, blank=True)

    ACCESS: ClassVar[Paths] = OF_A_KPI

    class Meta:
        ordering = ["-id"]
        constraints = [
            # A pipeline that sends the same reading twice is heard once.
            models.UniqueConstraint(
                fields=["kpi", "source", "source_key"],
                condition=~Q(source_key=""),
                name="measurement_once_by_source_key",
            ),
            # A reading is replaced once; partial, because nearly every reading replaces none.
            models.UniqueConstraint(
                fields=["supersedes"],
                condition=Q(supersedes__isnull=False),
                name="measurement_superseded_once",
            ),
        ]
        indexes = [
            # Read by the fold and the series, newest day first.
            models.Index(fields=["kpi", "-observed_on", "-id"], name="measurement_series")
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.observed_on} {self.value}"


class KpiFold(Record):
    """A KPI's folded history (domain.kpi.Fold as JSON), so that one more reading costs the same after ten thousand."""

    kpi = models.OneToOneField(Kpi, on_delete=models.CASCADE, primary_key=True, related_name="folded")
    data = models.JSONField()

    ACCESS: ClassVar[Paths] = OF_A_KPI

    def __str__(self) -> str:
        return f"fold of {self.kpi_id}"


class Arrival(Record):
    """A reading that the fold of its KPI does not hold yet; without a reading, that all must be folded again.

    Written with the reading, taken away with the fold. A row of its own and not a mark on the KPI: what arrives
    while a worker folds is a row the worker has not seen, and stays.
    """

    # Never read but through its KPI, and written by the thousand: the reading's own constraint is the check.
    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="arrivals", db_constraint=False)
    measurement_id = models.BigIntegerField(null=True)

    ACCESS: ClassVar[Paths] = OF_A_KPI

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.measurement_id or 'all'}"


class StatusChange(Record):
    """The ledger of a KPI's published status: was, now, from which day, through which reading and version."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="changes", db_index=False)
    was = models.CharField(max_length=12, blank=True)
    now = models.CharField(max_length=12)
    reason = models.CharField(max_length=60, blank=True)
    on = models.DateField()
    at = models.DateTimeField()
    measurement = models.ForeignKey(
        Measurement, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    kpi_version = models.ForeignKey(KpiVersion, on_delete=models.PROTECT, related_name="+", db_index=False)

    ACCESS: ClassVar[Paths] = OF_A_KPI

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Read by the KPI's page: its ledger, newest first.
            models.Index(fields=["kpi", "-id"], name="status_change_of_kpi")
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.was} -> {self.now}"


class Outlook(Record):
    """What a KPI's status will be on each later day if no new fact arrives: one row per stretch of days.

    Written from domain.kpi.outlook whenever facts change. The sweep and `evaluate --all` only look up the day.
    `since` is the day the status began, which may lie before the stretch; `value` and `observed_on` are those of
    the reading the answer stands on. `declared`: the status that counts in its place while a declaration stands.
    `due_on`: the day to look it up, empty for the first stretch, which is published when it is written.
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="outlook", db_index=False)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    since = models.DateField()
    status = models.CharField(max_length=12)
    reason = models.CharField(max_length=60, blank=True)
    progress = ExactDecimalField(max_digits=60, decimal_places=6, null=True)
    expected = ExactDecimalField(max_digits=60, decimal_places=6, null=True)
    shortfall = ExactDecimalField(max_digits=60, decimal_places=6, null=True)
    forecast = ExactDecimalField(max_digits=60, decimal_places=4, null=True)
    last_known = models.CharField(max_length=12, blank=True)
    pending = models.CharField(max_length=12, blank=True)
    declared = models.CharField(max_length=12, blank=True, default="")
    flags = models.JSONField(default=list)
    due_on = models.DateField(null=True)
    measurement_id = models.BigIntegerField(null=True)
    observed_on = models.DateField(null=True)
    value = ExactDecimalField(max_digits=38, decimal_places=12, null=True)

    ACCESS: ClassVar[Paths] = OF_A_KPI

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kpi", "valid_from"], name="outlook_day_once")]
        indexes = [
            # Read by the sweep: stretches that begin on the days since the last one.
            models.Index(fields=["due_on"], name="outlook_due", condition=Q(due_on__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.valid_from}..{self.valid_until or 'for ever'} {self.status}"
