"""Data an organisation's models and initiatives rest on: the register, its checks, and integrations with other systems."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Actor, Paths, scope
from core.models import BusinessUnit
from core.models.record import Record
from core.roles import Action
from governance.models import AiModel
from portfolio.models import Initiative


class DataSourceQuerySet(models.QuerySet["DataSource"]):
    def visible_to(self, actor: Actor) -> "DataSourceQuerySet":
        return self.filter(scope(actor, Action.VIEW, DataSource))


class DataSource(Record):
    """One source of data. `checklist`: item (domain.data_readiness.CHECKLIST) -> yes, partly, no, not_applicable.

    `score` and `gaps` are written with the checklist. `lacks_assessment`: personal data, and no privacy assessment dated.
    """

    class Personal(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"
        UNKNOWN = "unknown", "Not reported"

    class Classification(models.TextChoices):
        PUBLIC = "public", "Public"
        INTERNAL = "internal", "Internal"
        CONFIDENTIAL = "confidential", "Confidential"
        RESTRICTED = "restricted", "Restricted"

    name = models.CharField(max_length=200)
    system = models.CharField(max_length=200, blank=True)
    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="data_sources")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="data_sources"
    )
    lineage = models.TextField(blank=True)
    quality = models.TextField(blank=True)
    personal = models.CharField(max_length=8, choices=Personal.choices, default=Personal.UNKNOWN)
    classification = models.CharField(max_length=12, choices=Classification.choices, blank=True)
    legal_basis = models.CharField(max_length=500, blank=True)
    assessment_url = models.CharField(max_length=500, blank=True)
    assessed_on = models.DateField(null=True, blank=True)
    # The last day on which it may be used, by licence, consent or law.
    usable_until = models.DateField(null=True, blank=True)
    update_days = models.PositiveSmallIntegerField(null=True, blank=True)
    checklist = models.JSONField(default=dict, blank=True)
    audited_on = models.DateField(null=True, blank=True)
    score = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    gaps = models.JSONField(default=list, blank=True)
    lacks_assessment = models.BooleanField(default=False)
    ai_models = models.ManyToManyField(AiModel, blank=True, related_name="data_sources")
    initiatives = models.ManyToManyField(Initiative, blank=True, related_name="data_sources")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = DataSourceQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = Paths(
        unit="unit__path",
        people=("owner", "ai_models__owner", "initiatives__lead", "initiatives__sponsor", "initiatives__members__user"),
        runs=("owner",),
    )  # fmt: skip

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "name"], name="data_source_name_once_per_unit"),
            models.CheckConstraint(condition=~Q(name=""), name="data_source_has_a_name"),
        ]
        indexes = [
            # Read by the list of personal data without a privacy assessment.
            models.Index(fields=["-id"], name="data_source_unassessed", condition=Q(lacks_assessment=True))
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        return f"DS-{self.pk:04d}"


OF_A_SOURCE = Paths(
    unit="data_source__unit__path",
    people=(
        "data_source__owner", "data_source__ai_models__owner", "data_source__initiatives__lead",
        "data_source__initiatives__sponsor", "data_source__initiatives__members__user",
    ),
    runs=("data_source__owner",),
)  # fmt: skip


class DataCheck(Record):
    """A check of a source that runs by itself. `due_on`: the last day its next result is not late.

    `last_...`, `due_on` and `silent` are written by assurance.services only.
    """

    data_source = models.ForeignKey(DataSource, on_delete=models.PROTECT, related_name="checks")
    name = models.CharField(max_length=200)
    interval_days = models.PositiveSmallIntegerField()
    last_on = models.DateField(null=True, blank=True)
    last_outcome = models.CharField(max_length=8, blank=True)
    due_on = models.DateField()
    silent = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = OF_A_SOURCE

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["data_source", "name"], name="data_check_name_once"),
            models.CheckConstraint(condition=Q(interval_days__gte=1), name="data_check_interval_from_1"),
        ]
        indexes = [
            # Read by the sweep: checks whose result did not come.
            models.Index(fields=["due_on"], name="data_check_due", condition=Q(silent=False, ended_at=None))
        ]

    def __str__(self) -> str:
        return self.name


class DataCheckResult(Record):
    """What a run of a check found. Append-only."""

    class Outcome(models.TextChoices):
        PASSED = "passed", "Passed"
        WARNED = "warned", "Warned"
        FAILED = "failed", "Failed"

    data_check = models.ForeignKey(
        DataCheck, on_delete=models.PROTECT, related_name="results", db_index=False
    )
    ran_on = models.DateField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    rows = models.PositiveBigIntegerField(null=True, blank=True)
    rows_failed = models.PositiveBigIntegerField(null=True, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    source = models.CharField(max_length=80, blank=True)
    source_key = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = Paths(
        unit=f"data_check__{OF_A_SOURCE.unit}",
        people=tuple(f"data_check__{path}" for path in OF_A_SOURCE.people),
        runs=tuple(f"data_check__{path}" for path in OF_A_SOURCE.runs),
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["data_check", "source", "source_key"],
                condition=~Q(source_key=""),
                name="check_result_once_by_source_key",
            )
        ]
        indexes = [
            # Read by a source's page, newest first.
            models.Index(fields=["data_check", "-ran_on", "-id"], name="check_result_of_check")
        ]

    def __str__(self) -> str:
        return f"{self.data_check_id} {self.ran_on} {self.outcome}"


class Integration(Record):
    """A system an initiative is joined with, who answers for the join, and whether it works. Without an owner it is warned of."""

    class Kind(models.TextChoices):
        CRM = "crm", "CRM"
        ERP = "erp", "ERP"
        IOT = "iot", "IoT"
        API = "api", "API"
        FILE = "file", "File"

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        BUILDING = "building", "Being built"
        LIVE = "live", "Live"
        BROKEN = "broken", "Broken"
        ENDED = "ended", "Ended"

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="integrations")
    system = models.CharField(max_length=200)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PLANNED)
    note = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = Paths(
        unit="initiative__unit__path",
        people=("initiative__lead", "initiative__sponsor", "initiative__members__user"),
        runs=("initiative__lead", "initiative__sponsor"),
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "system", "kind"], name="integration_once"),
            models.CheckConstraint(condition=~Q(system=""), name="integration_names_a_system"),
        ]

    def __str__(self) -> str:
        return f"{self.system} ({self.kind})"
