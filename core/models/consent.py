"""What waits for a second person's consent."""

from django.db import models
from django.db.models import F, Q

from core.models.people import BusinessUnit, Role, User


class AccessRequest(models.Model):
    """What somebody proposed about a person's access, and another has to consent to: a role, or another address."""

    class Kind(models.TextChoices):
        ROLE = "role", "Role"
        EMAIL = "email", "E-mail address"

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for consent"
        CONFIRMED = "confirmed", "Confirmed"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"
        LAPSED = "lapsed", "Lapsed"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="access_requests")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    role = models.CharField(max_length=24, choices=Role.choices, blank=True)
    unit = models.ForeignKey(BusinessUnit, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(blank=True)
    because = models.CharField(max_length=300)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="role") & ~Q(role="") & Q(email=""))
                | (Q(kind="email") & Q(role="", unit=None) & ~Q(email="")),
                name="access_request_is_a_role_or_an_address",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "lapsed"], decided_by=None, decided_at=None)
                | Q(state__in=["confirmed", "declined", "withdrawn"], decided_by__isnull=False, decided_at__isnull=False),
                name="access_request_decided_by_somebody",
            ),
            # Nobody consents to what they proposed, nor to a role of their own; only the proposer takes it back.
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "declined"])
                | (~Q(decided_by=F("proposed_by")) & (Q(kind="email") | ~Q(decided_by=F("user")))),
                name="access_request_needs_another_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | Q(decided_by=F("proposed_by")),
                name="access_request_withdrawn_by_its_proposer",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "unit"], condition=Q(state="waiting", kind="role", unit__isnull=False),
                name="a_role_in_a_unit_asked_for_once",
            ),
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(state="waiting", kind="role", unit=None),
                name="a_role_everywhere_asked_for_once",
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(state="waiting", kind="email"), name="one_address_asked_for_at_a_time"
            ),
        ]  # fmt: skip
        indexes = [
            # Read by the list of people: what waits.
            models.Index(fields=["-id"], name="access_request_waiting", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id} {self.state}"

    @property
    def what(self) -> str:
        """What was asked for, in words."""
        if self.kind == self.Kind.EMAIL:
            return f"the address {self.email}"
        return f"{self.get_role_display().lower()} {f'in {self.unit.name} and below' if self.unit else 'everywhere'}"
