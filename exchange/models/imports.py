"""An import is staged in rows: upload, map, validate, preview, commit. It can be left, resumed and repeated."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Paths
from core.models import Job
from core.models.record import Record
from portfolio.models import Initiative


class SavedMapping(Record):
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


class ImportFile(Record):
    """The bytes as they came, in the database: no row without its file, no file without its row."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveIntegerField(default=0)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.sha256


class ImportRun(Record):
    """One file read through one mapping."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Waiting for a mapping"
        STAGING = "staging", "Being read"
        READY = "ready", "Ready to commit"
        COMMITTING = "committing", "Being committed"
        COMMITTED = "committed", "Committed"
        REFUSED = "refused", "Refused"
        DISCARDED = "discarded", "Discarded"

    filename = models.CharField(max_length=255)
    file = models.ForeignKey(ImportFile, on_delete=models.PROTECT, related_name="runs")
    mapping_name = models.CharField(max_length=80, blank=True)
    mapping_toml = models.TextField(blank=True)
    series = models.CharField(max_length=80, blank=True)
    # The day the file speaks of: as given, else the mapping's, else the day it was read.
    as_of = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    encoding = models.CharField(max_length=20, blank=True)
    counts = models.JSONField(default=dict)
    # What the preview says beside the rows: sheet, columns, units to be made, records the file does not name.
    summary = models.JSONField(default=dict)
    problem = models.JSONField(null=True)
    only_good_rows = models.BooleanField(default=False)
    # Mapping by clicking: what the columns hold, and the document as far as it was clicked.
    detected = models.JSONField(null=True)
    draft = models.JSONField(null=True)
    # The latest import of the series when this one was previewed: commit refuses when another came in between.
    base = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    rejects = models.ForeignKey(ImportFile, null=True, on_delete=models.PROTECT, related_name="+")
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="import_run")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="imports"
    )
    committed_at = models.DateTimeField(null=True)
    committed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = Paths(unit="")

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Read when a preview is made and committed: the latest import of a series.
            models.Index(
                fields=["series", "-committed_at", "-id"],
                name="import_latest_of_series",
                condition=Q(state="committed"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.filename}"


class ImportRow(Record):
    """How one row ends: created, updated, unchanged, or refused with row, column, value and reason."""

    class Outcome(models.TextChoices):
        CREATED = "created", "Created"
        UPDATED = "updated", "Updated"
        UNCHANGED = "unchanged", "Unchanged"
        REFUSED = "refused", "Refused"

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    label = models.CharField(max_length=300, blank=True)
    # [{"of": "field" | "fact" | "column", "name", "was", "now", "here"?}]: `here` is there when it was edited here.
    changes = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    refusals = models.JSONField(default=list)
    warned = models.BooleanField(default=False)
    # What is to be written, kept from the preview to the commit and no longer.
    staged = models.JSONField(null=True)
    record = models.ForeignKey(
        "exchange.ImportedRecord", null=True, on_delete=models.SET_NULL, related_name="import_rows"
    )
    initiative = models.ForeignKey(
        Initiative, null=True, on_delete=models.SET_NULL, related_name="import_rows"
    )

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="import_row_once")]
        indexes = [
            models.Index(fields=["run", "outcome", "number"], name="import_row_outcome"),
            # Read by the preview's list of cells that could not be read.
            models.Index(fields=["run", "number"], name="import_row_warned", condition=Q(warned=True)),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} row {self.number} {self.outcome}"


class ImportedRecord(Record):
    """Which record of a series became which initiative, so that next year's file updates instead of doubling."""

    series = models.CharField(max_length=80)
    namespace = models.CharField(max_length=40)
    key = models.CharField(max_length=700)
    key_parts = models.JSONField(default=list)
    occurrence = models.PositiveIntegerField(default=1)
    # What the source said last time: the next file is compared with this, so that edits made here stay.
    values = models.JSONField(default=dict)
    values_hash = models.CharField(max_length=64, blank=True)
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
