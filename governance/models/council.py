"""The council: its seats and who holds them, votes lent out, its meetings, their minutes and actions."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core import clock
from core.access import Paths
from core.models.record import Record

EVERYBODY = Paths(unit="")
CHAIR, DEPUTY = 1, 2


class CouncilSeat(Record):
    """A role on the council, filled or vacant. `presides`: 1 the chair, 2 the deputy.

    An authority is no member: it decides what the council cannot, the sponsor first (`position`).
    """

    class Kind(models.TextChoices):
        VOTING = "voting", "Votes"
        ADVISER = "adviser", "Advises"
        AUTHORITY = "authority", "Decides what the council cannot"

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=9, choices=Kind.choices, default=Kind.VOTING)
    presides = models.PositiveSmallIntegerField(null=True, blank=True)
    may_veto = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    abolished_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = EVERYBODY

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(abolished_on=None), name="seat_name_once"),
            models.UniqueConstraint(
                fields=["presides"],
                condition=Q(abolished_on=None, presides__isnull=False),
                name="one_chair_one_deputy",
            ),
            models.CheckConstraint(
                condition=Q(presides=None) | Q(presides__in=[CHAIR, DEPUTY], kind="voting"),
                name="who_presides_votes",
            ),
            models.CheckConstraint(condition=Q(may_veto=False) | Q(kind="voting"), name="who_vetoes_votes"),
        ]

    def __str__(self) -> str:
        return self.name


class SeatTerm(Record):
    """Who held a seat, and for how long. `until_on`: as planned; `ended_on`: the day it ended, sooner or by then."""

    seat = models.ForeignKey(CouncilSeat, on_delete=models.PROTECT, related_name="terms")
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField()
    until_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    ended_because = models.CharField(max_length=300, blank=True)
    seated_at = models.DateTimeField()
    seated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = EVERYBODY

    class Meta:
        ordering = ["seat_id", "-from_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["seat"], condition=Q(ended_on=None), name="seat_held_by_one"),
            models.UniqueConstraint(
                fields=["holder"], condition=Q(ended_on=None), name="one_seat_for_a_person"
            ),
            models.CheckConstraint(condition=Q(until_on__gt=F("from_on")), name="term_has_a_length"),
            models.CheckConstraint(
                condition=Q(ended_on=None, ended_because="")
                | Q(ended_on__isnull=False) & ~Q(ended_because=""),
                name="term_ended_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat_id} {self.holder_id} from {self.from_on}"


class Meeting(Record):
    """A meeting, or a written procedure: voting between meetings, from `begins_at` to `ends_at`."""

    class Kind(models.TextChoices):
        MEETING = "meeting", "Meeting"
        WRITTEN = "written", "Written procedure"

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        IN_SESSION = "in_session", "In session"
        HELD = "held", "Held"
        CANCELLED = "cancelled", "Cancelled"

    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.MEETING)
    number = models.PositiveIntegerField(unique=True)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = EVERYBODY

    class Meta:
        ordering = ["-begins_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="meeting_has_a_length"),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "in_session"], ended_at=None)
                | Q(state__in=["held", "cancelled"], ended_at__isnull=False),
                name="meeting_ended_or_not",
            ),
        ]
        indexes = [
            # Read by the council's home and by the sweep: what comes next, what is over.
            models.Index(fields=["state", "begins_at"], name="meeting_next")
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.begins_at:%Y-%m-%d}"

    @property
    def ref(self) -> str:
        return f"CM-{self.pk:04d}"


class Delegation(Record):
    """A seat's vote lent to one person, for a meeting or a time. Revoked, never changed."""

    seat = models.ForeignKey(CouncilSeat, on_delete=models.PROTECT, related_name="delegations")
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    delegate = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    meeting = models.ForeignKey(
        Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="delegations"
    )
    begins_at = models.DateTimeField()
    until = models.DateTimeField()
    notified_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    ACCESS: ClassVar[Paths] = EVERYBODY

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("begins_at")), name="delegation_has_a_length"),
            models.CheckConstraint(condition=~Q(holder=F("delegate")), name="delegation_to_another"),
        ]
        indexes = [
            # Read by whoever casts a ballot, and by the roster: what is in force.
            models.Index(fields=["until"], name="delegation_in_force", condition=Q(revoked_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.seat_id}: {self.holder_id} to {self.delegate_id}"


class Minutes(Record):
    """What a meeting's record says, drafted from it, approved at the next meeting, then fixed.

    `document`: canonical JSON as text; `seal`: its SHA-256, given with the approval.
    """

    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, related_name="minutes")
    document = models.TextField()
    seal = models.CharField(max_length=64, blank=True)
    due_on = models.DateField()
    drafted_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    approved_in = models.ForeignKey(
        Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="approves"
    )
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = EVERYBODY

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_at=None, seal="")
                | Q(approved_at__isnull=False, approved_in__isnull=False) & ~Q(seal=""),
                name="minutes_approved_are_sealed",
            )
        ]

    def __str__(self) -> str:
        return f"minutes of {self.meeting_id}"


class MeetingAction(Record):
    """What somebody is to do after a meeting, by a day. `note`: what came of it, said by whoever closed it."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="actions")
    item = models.ForeignKey(
        "governance.AgendaItem", null=True, blank=True, on_delete=models.PROTECT, related_name="actions"
    )
    text = models.CharField(max_length=300)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    created_at = models.DateTimeField()
    done_on = models.DateField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    note = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [
            # Read by the meeting's page and by whoever owes it: what is open.
            models.Index(fields=["due_on", "id"], name="meeting_action_open", condition=Q(done_on=None))
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.text[:40]}"

    @property
    def ref(self) -> str:
        return f"A-{self.pk:04d}"

    def age_on(self, today: date) -> int:
        """Days since it was set, until it was done."""
        return max(((self.done_on or today) - clock.day_of(self.created_at)).days, 0)
