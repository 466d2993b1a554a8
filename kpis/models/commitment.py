"""Who stands behind a KPI's definition, what was expected of it, and what was declared in place of its status."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Paths
from core.fields import ExactDecimalField
from core.models.record import Record
from kpis.models.definitions import OF_A_KPI, Kpi, KpiVersion
from kpis.models.readings import Measurement


def _prefixed(paths: Paths, prefix: str) -> Paths:
    return Paths(
        unit=f"{prefix}{paths.unit}",
        people=tuple(f"{prefix}{path}" for path in paths.people),
        runs=tuple(f"{prefix}{path}" for path in paths.runs),
    )


OF_A_VERSION = _prefixed(OF_A_KPI, "kpi_version__")


class SignOff(Record):
    """One role's word on a version: who was asked, and what they said. A version is sealed when all four approve."""

    class Role(models.TextChoices):
        PRODUCT = "product", "Product"
        DATA_SCIENCE = "data_science", "Data science"
        ENGINEERING = "engineering", "Engineering"
        EXECUTIVE = "executive", "Executive"

    class Verdict(models.TextChoices):
        APPROVED = "approved", "Approved"
        DISSENTED = "dissented", "Dissented"

    kpi_version = models.ForeignKey(
        KpiVersion, on_delete=models.CASCADE, related_name="sign_offs", db_index=False
    )
    role = models.CharField(max_length=12, choices=Role.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="kpi_sign_offs"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField()
    verdict = models.CharField(max_length=9, choices=Verdict.choices, blank=True)
    note = models.CharField(max_length=500, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)

    ACCESS: ClassVar[Paths] = OF_A_VERSION

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["kpi_version", "role"], name="one_sign_off_per_role"),
            # Four roles are four people.
            models.UniqueConstraint(fields=["kpi_version", "person"], name="one_role_per_signatory"),
            models.CheckConstraint(
                condition=Q(verdict="", signed_at=None) | (~Q(verdict="") & Q(signed_at__isnull=False)),
                name="sign_off_said_and_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} on {self.kpi_version_id}: {self.verdict or 'asked'}"


class SmartSignature(Record):
    """A person's word that a version is achievable, or relevant: the two of SMART that no field can tell."""

    class Item(models.TextChoices):
        ACHIEVABLE = "achievable", "Achievable"
        RELEVANT = "relevant", "Relevant"

    kpi_version = models.ForeignKey(
        KpiVersion, on_delete=models.CASCADE, related_name="smart_signatures", db_index=False
    )
    item = models.CharField(max_length=10, choices=Item.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    because = models.CharField(max_length=500)
    signed_at = models.DateTimeField()

    ACCESS: ClassVar[Paths] = OF_A_VERSION

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["kpi_version", "item"], name="one_smart_signature_per_item")
        ]

    def __str__(self) -> str:
        return f"{self.item} of {self.kpi_version_id}"


class ExpectedInfluence(Record):
    """What the initiative was expected to do to the KPI, said before development: three values in the KPI's unit.

    `likely` lies between the other two, which the service sees to: exact decimals are text on SQLite. The latest row
    speaks; `frozen_at` is set when development begins, and nothing is added after it.
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="influences", db_index=False)
    low = ExactDecimalField(max_digits=38, decimal_places=12)
    likely = ExactDecimalField(max_digits=38, decimal_places=12)
    high = ExactDecimalField(max_digits=38, decimal_places=12)
    because = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    frozen_at = models.DateTimeField(null=True, blank=True)

    ACCESS: ClassVar[Paths] = OF_A_KPI

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Read by a KPI's page: what was expected, the latest first.
            models.Index(fields=["kpi", "-id"], name="influence_of_kpi")
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} expects {self.likely}"


class KpiOverride(Record):
    """A status somebody declared in place of the computed one, which stays beside it. Ends by day, reading or word.

    `authority`: in which capacity they spoke (domain.override). Whoever answers for the KPI speaks as its owner.
    """

    class Authority(models.TextChoices):
        OWNER = "owner", "Owner"
        PORTFOLIO_MANAGER = "portfolio_manager", "Portfolio manager"
        COUNCIL = "council", "Council"

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="overrides", db_index=False)
    computed = models.CharField(max_length=12)
    declared = models.CharField(max_length=12)
    better = models.BooleanField()
    authority = models.CharField(max_length=17, choices=Authority.choices, default=Authority.OWNER)
    because = models.CharField(max_length=500)
    begins_on = models.DateField()
    until = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=200, blank=True)

    ACCESS: ClassVar[Paths] = OF_A_KPI

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kpi"], condition=Q(ended_at=None), name="one_standing_override_per_kpi"
            ),
            models.CheckConstraint(
                condition=Q(better=False) | Q(until__isnull=False), name="a_better_override_has_an_end"
            ),
        ]
        indexes = [
            # Read by a KPI's page and by an answer for a past day.
            models.Index(fields=["kpi", "-id"], name="override_of_kpi")
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} declared {self.declared}"


class Restatement(Record):
    """A status that had been published for a day, and what it is now that a reading corrected the past. Append-only."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="restatements", db_index=False)
    on = models.DateField()
    was = models.CharField(max_length=12)
    now = models.CharField(max_length=12)
    was_value = ExactDecimalField(max_digits=38, decimal_places=12, null=True)
    now_value = ExactDecimalField(max_digits=38, decimal_places=12, null=True)
    cause = models.ForeignKey(Measurement, on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = OF_A_KPI

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Read by a KPI's page: what was restated, the latest first.
            models.Index(fields=["kpi", "-id"], name="restatement_of_kpi")
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} on {self.on}: {self.was} -> {self.now}"
