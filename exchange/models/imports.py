"""An import is staged in rows: upload, map, validate, preview, commit. It can be left, resumed and repeated."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from core.access import Paths
from core.models import Job
from portfolio.models import Initiative


class SavedMapping(models.Model):
    """A mapping somebody built or uploaded (TOML). Shipped ones are files in exchange/mappings."""

    name = models.CharField(max_length=80, unique=True)
    toml = models.TextField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    ACCESS: ClassVar[Paths] = Paths(unit="")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ImportFile(models.Model):
    """The bytes as they came, in the database: no row without its file, no file without its row."""

    sha256 = models.CharField(max_length=64, unique=True)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.sha256


class ImportRun(models.Model):
    """One file read through one mapping."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Uploaded"
        READY = "ready", "Ready to commit"
        COMMITTED = "committed", "Committed"
        REFUSED = "refused", "Refused"

    filename = models.CharField(max_length=255)
    file = models.ForeignKey(ImportFile, on_delete=models.PROTECT, related_name="runs")
    mapping_name = models.CharField(max_length=80, blank=True)
    mapping_toml = models.TextField(blank=True)
    series = models.CharField(max_length=80, blank=True)
    as_of = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    encoding = models.CharField(max_length=20, blank=True)
    counts = models.JSONField(default=dict)
    problem = models.JSONField(null=True)
    only_good_rows = models.BooleanField(default=False)
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="import_run")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="imports"
    )
    committed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = Paths(unit="", people=("created_by",))

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.id} {self.filename}"


class ImportRow(models.Model):
    """How one row ends: created, updated, unchanged, or refused with row, column, value and reason."""

    class Outcome(models.TextChoices):
        CREATED = "created", "Created"
        UPDATED = "updated", "Updated"
        UNCHANGED = "unchanged", "Unchanged"
        REFUSED = "refused", "Refused"

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    label = models.CharField(max_length=300, blank=True)
    changes = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)
    refusals = models.JSONField(default=list)
    initiative = models.ForeignKey(
        Initiative, null=True, on_delete=models.SET_NULL, related_name="import_rows"
    )

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="import_row_once")]
        indexes = [models.Index(fields=["run", "outcome", "number"], name="import_row_outcome")]

    def __str__(self) -> str:
        return f"{self.run_id} row {self.number} {self.outcome}"


class ImportedRecord(models.Model):
    """Which record of a series became which initiative, so that next year's file updates instead of doubling."""

    series = models.CharField(max_length=80)
    namespace = models.CharField(max_length=40)
    key = models.CharField(max_length=700)
    key_parts = models.JSONField(default=list)
    occurrence = models.PositiveIntegerField(default=1)
    # What the source said last time: the next file is compared with this, so that edits made here stay.
    values = models.JSONField(default=dict)
    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="imported_as")
    content_hash = models.CharField(max_length=64)
    last_run = models.ForeignKey(ImportRun, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["series", "namespace", "key", "occurrence"], name="imported_key_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.key} #{self.occurrence}"
