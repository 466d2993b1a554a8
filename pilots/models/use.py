"""How a pilot is used and taken up: weeks of use, training, what changes for people, and what they say."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from pilots.models.parts import PilotPart


class AdoptionWeek(PilotPart):
    """The use of one week, from a Monday. Rows are added: of two for a week the later counts. Null: nobody counted.

    `overridden`: answers that people set aside; `bypassed`: cases done without it that it was meant for.
    """

    week = models.DateField()
    eligible = models.PositiveIntegerField(null=True)
    invited = models.PositiveIntegerField(null=True)
    active = models.PositiveIntegerField(null=True)
    uses = models.PositiveIntegerField(null=True)
    overridden = models.PositiveIntegerField(null=True)
    bypassed = models.PositiveIntegerField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pilot_id", "-week", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(active=None) | Q(invited=None) | Q(active__lte=F("invited")),
                name="adoption_active_among_invited",
            ),
        ]
        # Read with the pilot's page: its weeks, the latest first.
        indexes = [models.Index(fields=["pilot", "-week", "-id"], name="adoption_of_pilot")]

    def __str__(self) -> str:
        return f"{self.pilot_id} {self.week}"


class TrainingGroup(PilotPart):
    """Who is to be trained, how many, and how many were. `evidence`: where that is to be seen."""

    audience = models.CharField(max_length=200)
    people = models.PositiveIntegerField()
    trained = models.PositiveIntegerField(default=0)
    due_on = models.DateField(null=True, blank=True)
    evidence = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["pilot_id", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(people__gt=0, trained__lte=F("people")), name="trained_among_people"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pilot_id} {self.audience}"


class ChangeItem(PilotPart):
    """One line of the change plan; of all four kinds something has to be said before it is a plan."""

    class Kind(models.TextChoices):
        ROLE = "role", "Role that changes"
        MESSAGE = "message", "What is said to whom"
        INCENTIVE = "incentive", "Incentive that is set"
        RESISTANCE = "resistance", "Resistance, and what was done about it"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=500)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    done_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["pilot_id", "id"]

    def __str__(self) -> str:
        return f"{self.pilot_id} {self.kind}"


class Feedback(PilotPart):
    """What somebody says of the pilot. Anonymous: nobody is kept with it, also not here. One answer, the first, is timed."""

    text = models.CharField(max_length=1_000)
    anonymous = models.BooleanField(default=False)
    answer = models.CharField(max_length=1_000, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["pilot_id", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(anonymous=False) | Q(recorded_by=None), name="anonymous_feedback_names_nobody"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="") | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="feedback_answered_with_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pilot_id} feedback"
