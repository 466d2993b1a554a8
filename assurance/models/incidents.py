"""Incidents with models: what happened, what was done, and the clocks that run."""

from django.db import models
from django.db.models import Q

from assurance.models.life import PATHS, LifeQuerySet, LifeRecord, person
from core.access import Paths
from core.models.record import Record
from domain.incident_clocks import Consequence, Ends
from governance.models import AiModel

CONSEQUENCES = [
    (Consequence.NONE.value, "No serious consequence"),
    (Consequence.SERIOUS.value, "Serious incident"),
    (Consequence.DEATH.value, "Death of a person"),
    (Consequence.WIDESPREAD.value, "Widespread, or critical infrastructure disrupted"),
]


class Incident(LifeRecord):
    """Harm done, or nearly. `model` is where it came from; `others` were touched too. Severity 3 is the highest.

    Its moments are written by assurance.services.incidents, each with a row that stands (IncidentEvent).
    """

    title = models.CharField(max_length=200)
    description = models.TextField()
    severity = models.PositiveSmallIntegerField()
    consequence = models.CharField(max_length=10, choices=CONSEQUENCES, default=Consequence.NONE.value)
    others = models.ManyToManyField(AiModel, blank=True, related_name="+")
    lead = person()
    detected_at = models.DateTimeField()
    contained_at = models.DateTimeField(null=True, blank=True)
    containment = models.TextField(blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    post_mortem = models.URLField(max_length=400, blank=True)
    policy_number = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(severity__in=[1, 2, 3]), name="incident_severity_1_to_3"),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(contained_at__isnull=False),
                name="incident_contained_before_resolved",
            ),
        ]
        indexes = [
            # Read by a model's life.
            models.Index(fields=["model", "-id"], name="incident_of_model"),
            # Read by the register: open ones, the latest first.
            models.Index(fields=["-detected_at"], name="incident_open", condition=Q(resolved_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    @property
    def ref(self) -> str:
        return f"IN-{self.pk:04d}"

    @property
    def state(self) -> str:
        """open, contained or resolved."""
        if self.resolved_at is not None:
            return "resolved"
        return "contained" if self.contained_at is not None else "open"


class IncidentEvent(Record):
    """One thing that happened in the course of an incident. Rows are added; the database keeps them as they are."""

    class Kind(models.TextChoices):
        DETECTED = "detected", "Detected"
        CONTAINED = "contained", "Contained"
        RESOLVED = "resolved", "Resolved"
        REPORTED = "reported", "Authority told"
        POST_MORTEM = "post_mortem", "Post-mortem held"
        RATED = "rated", "Rated anew"
        NOTED = "noted", "Noted"

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="events", db_index=False)
    kind = models.CharField(max_length=11, choices=Kind.choices)
    happened_at = models.DateTimeField()
    said = models.TextField()
    recorded_by = person()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [
            # Read by an incident and by a model's life, first to last.
            models.Index(fields=["incident", "id"], name="incident_event_of"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.kind}"


class IncidentClock(Record):
    """A clock that runs for an incident, as the policy in force set it. `off_at`: it was rated anew and runs no more."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="clocks", db_index=False)
    code = models.CharField(max_length=40)
    words = models.CharField(max_length=200)
    basis = models.CharField(max_length=200, blank=True)
    ends = models.CharField(max_length=11, choices=[(one.value, one.value) for one in Ends])
    due_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True, blank=True)
    off_at = models.DateTimeField(null=True, blank=True)

    objects = LifeQuerySet.as_manager()
    ACCESS = Paths(
        unit=f"incident__{PATHS.unit}", people=tuple(f"incident__{one}" for one in PATHS.people),
        runs=tuple(f"incident__{one}" for one in PATHS.runs),
    )  # fmt: skip

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "code"], name="incident_clock_once"),
        ]
        indexes = [
            # Read by reminders and the calendar: what runs, by when it ends.
            models.Index(
                fields=["due_at"], name="incident_clock_running", condition=Q(met_at=None, off_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.code}"
