"""Measurements and what followed from them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Paths
from kpis.models.definitions import Kpi, KpiVersion


class Measurement(models.Model):
    """One reading, append-only. A correction supersedes, a withdrawal voids; nothing is edited.

    `observed_on` is the day the value is true of, `recorded_at` when the system learnt it.
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="measurements", db_index=False)
    kpi_version = models.ForeignKey(KpiVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    observed_on = models.DateField()
    value = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    source = models.CharField(max_length=80, blank=True)
    source_key = models.CharField(max_length=200, blank=True)
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    void = models.BooleanField(default=False)
    note = models.CharField(max_length=500, blank=True)
    evidence = models.CharField(max_length=500, blank=True)

    ACCESS: ClassVar[Paths] = Paths(
        unit="kpi__initiative__unit__path",
        people=("kpi__owner", "kpi__initiative__lead", "kpi__initiative__sponsor", "kpi__initiative__members__user"),
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            # A pipeline that sends the same reading twice is heard once.
            models.UniqueConstraint(
                fields=["kpi", "source", "source_key"],
                condition=~Q(source_key=""),
                name="measurement_once_by_source_key",
            )
        ]
        indexes = [
            # Read by the fold and the series, newest day first.
            models.Index(fields=["kpi", "-observed_on", "-id"], name="measurement_series")
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.observed_on} {self.value}"


class StatusChange(models.Model):
    """The ledger of a KPI's published status: was, now, from which day, through which reading and version."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="changes")
    was = models.CharField(max_length=12, blank=True)
    now = models.CharField(max_length=12)
    reason = models.CharField(max_length=60, blank=True)
    on = models.DateField()
    at = models.DateTimeField()
    measurement = models.ForeignKey(Measurement, null=True, on_delete=models.SET_NULL, related_name="+")
    kpi_version = models.ForeignKey(KpiVersion, on_delete=models.PROTECT, related_name="+")

    ACCESS: ClassVar[Paths] = Measurement.ACCESS

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["kpi", "-id"], name="status_change_of_kpi")]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.was} -> {self.now}"


class Outlook(models.Model):
    """What a KPI's status will be on each later day if no new fact arrives: one row per stretch of days.

    Written from domain.kpi.outlook whenever facts change. The sweep and `evaluate --all` only look up the day.
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="outlook", db_index=False)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    status = models.CharField(max_length=12)
    reason = models.CharField(max_length=60, blank=True)
    progress = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    expected = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    shortfall = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    forecast = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    last_known = models.CharField(max_length=12, blank=True)
    pending = models.CharField(max_length=12, blank=True)
    flags = models.JSONField(default=list)
    measurement_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kpi", "valid_from"], name="outlook_day_once")]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.valid_from}..{self.valid_until or 'for ever'} {self.status}"
