"""Work owed: the row is the job, the Celery message only a nudge."""

from django.db import models
from django.db.models import Q

from core.models.record import Record


class Outbox(Record):
    """A side effect owed, written in the transaction that owes it.

    Claimed with a lease; attempts are counted and committed before the work; after five it is dead and visible.
    """

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120, blank=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "outbox"
        constraints = [
            # The same effect asked for twice before anybody began on it is owed once. Once begun it is owed again:
            # the worker may have read the facts before the second asker wrote theirs.
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=Q(done_at=None, dead_at=None, attempts=0) & ~Q(key=""),
                name="outbox_owed_once",
            )
        ]
        indexes = [
            # Read by outbox.claim().
            models.Index(fields=["due_at"], name="outbox_open", condition=Q(done_at=None, dead_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.kind}"


class ProcessedEvent(Record):
    """Written with an effect, so that a second delivery of the same event does nothing."""

    event = models.CharField(max_length=160, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.event


class PeriodicRun(Record):
    """One period of one periodic job: unique, so two beats do it once."""

    job = models.CharField(max_length=60)
    period = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "period"], name="a_period_once")]

    def __str__(self) -> str:
        return f"{self.job} {self.period}"


class Heartbeat(Record):
    """When a worker or beat last showed life; read by /readyz and the page's freshness line."""

    name = models.CharField(max_length=60, unique=True)
    at = models.DateTimeField()
    note = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.name} {self.at}"


class Job(Record):
    """Long work a person started: it can be left, shows progress, and tells when done."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    title = models.CharField(max_length=200)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    result = models.JSONField(default=dict)
    problem = models.JSONField(null=True)
    created_by = models.ForeignKey("core.User", null=True, on_delete=models.SET_NULL, related_name="jobs")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.id} {self.state}"
