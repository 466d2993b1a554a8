"""What a pilot found, how much it is like production, and which of its flags were put off for a while."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from domain.likeness import ANSWERS, ITEMS
from pilots.models.parts import PilotPart
from portfolio.models import Flag


class LogEntry(PilotPart):
    """Something that went wrong or was learnt. It stays open until it is on the roadmap (`todo`, who and by when) or closed
    with a reason."""

    class Kind(models.TextChoices):
        INGESTION = "ingestion", "Data came in wrong"
        EDGE_CASE = "edge_case", "Edge case"
        DRIFT = "drift", "Drift"
        INTEGRATION = "integration", "Integration"
        USE = "use", "Use"
        OTHER = "other", "Other"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ROADMAP = "roadmap", "On the roadmap"
        CLOSED = "closed", "Closed"

    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=11, choices=Kind.choices)
    severity = models.PositiveSmallIntegerField()
    seen_on = models.DateField()
    text = models.CharField(max_length=1_000)
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    todo = models.CharField(max_length=300, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    due_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    closed_because = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["pilot_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="log_number_once"),
            models.CheckConstraint(condition=Q(severity__in=[1, 2, 3]), name="log_severity_1_to_3"),
            models.CheckConstraint(
                condition=~Q(state="roadmap") | (~Q(todo="") & Q(due_on__isnull=False)),
                name="log_roadmap_says_what_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | (~Q(closed_because="") & Q(closed_on__isnull=False)),
                name="log_closed_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pilot_id} finding {self.number}"


class CheckAnswer(PilotPart):
    """How like production one side of the pilot is. Rows are added: the latest of an item counts."""

    item = models.CharField(max_length=20, choices=[(one.code, one.words) for one in ITEMS])
    answer = models.CharField(max_length=8, choices=ANSWERS)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pilot_id", "-id"]

    def __str__(self) -> str:
        return f"{self.pilot_id} {self.item} {self.answer}"


class FlagSnooze(PilotPart):
    """A flag of a pilot that a portfolio manager puts off: it stays open and visible, and says until when and why."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="snoozes")
    until = models.DateField()
    because = models.CharField(max_length=300)
    ended_on = models.DateField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.flag_id} until {self.until}"
