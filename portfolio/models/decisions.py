"""Money moves by a recorded decision: tranches, and who decided what of them, when, why and on which facts."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.access import Paths
from core.models.record import Record
from portfolio.models.initiatives import Initiative
from portfolio.models.money import PATHS, MoneyRow


class FundingTranche(MoneyRow):
    """Money approved for an initiative; released on a date, or not yet, or returned. Who recorded the row approved it.

    `condition`: what has to be true before it is released, in words. `gate`: which gate it waits for a go at. `ceiling`: what may be
    spent and committed in all once it is released; empty = what was released up to it.
    """

    class Gate(models.TextChoices):
        G1 = "G1", "G1"
        G2 = "G2", "G2"
        G3 = "G3", "G3"
        G4 = "G4", "G4"
        G5 = "G5", "G5"
        G6 = "G6", "G6"

    number = models.PositiveSmallIntegerField()
    approved_on = models.DateField()
    condition = models.CharField(max_length=300, blank=True)
    gate = models.CharField(max_length=2, choices=Gate.choices, blank=True)
    ceiling = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    released_on = models.DateField(null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    # The decision that released it: written first, and never without it.
    release = models.OneToOneField(
        "portfolio.FundingDecision", null=True, blank=True, on_delete=models.PROTECT, related_name="released"
    )
    returned_on = models.DateField(null=True, blank=True)
    # Who led the initiative when the money was approved, and neither approves nor releases it.
    approved_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["initiative_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "number"], name="tranche_number_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="tranche_above_zero"),
            models.CheckConstraint(condition=Q(ceiling=None) | Q(ceiling__gt=0), name="tranche_ceiling_above_zero"),
            models.CheckConstraint(
                condition=~Q(recorded_by=F("approved_for")), name="tranche_not_approved_by_who_leads"
            ),
            models.CheckConstraint(
                condition=~Q(released_by=F("approved_for")), name="tranche_not_released_by_who_leads"
            ),
            models.CheckConstraint(
                condition=Q(released_on=None, release=None) | Q(released_on__isnull=False, release__isnull=False),
                name="tranche_released_by_a_decision",
            ),
            models.CheckConstraint(
                condition=Q(returned_on=None) | Q(released_on=None), name="tranche_not_released_and_returned"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.initiative_id} tranche {self.number}"


class FundingDecision(Record):
    """What was decided of the money of an initiative. Never changed, never deleted, also below the application.

    `tranche` None: a hold of all that is not released. `facts`: what it stood on (the KPI it waits for and its case, as
    they were). `because_unknown`: why it was released although nobody knew how its KPI stood. `decided_for`: who led the
    initiative then, and does not decide; empty where the return follows from a stop, which is decided elsewhere.
    """

    class Act(models.TextChoices):
        APPROVE = "approve", "Approved"
        RELEASE = "release", "Released"
        HOLD = "hold", "Held"
        RETURN = "return", "Returned"

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="funding_decisions")
    tranche = models.ForeignKey(
        FundingTranche, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    act = models.CharField(max_length=7, choices=Act.choices)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    decided_on = models.DateField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    decided_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()
    because = models.CharField(max_length=500)
    because_unknown = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict)

    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(because=""), name="decision_says_why"),
            models.CheckConstraint(
                condition=~Q(decided_by=F("decided_for")), name="decision_not_by_who_leads"
            ),
            models.CheckConstraint(
                condition=Q(tranche__isnull=False, amount__isnull=False) | Q(act="hold", tranche=None),
                name="decision_of_a_tranche_or_hold_of_all",
            ),
            models.UniqueConstraint(
                fields=["tranche", "act"], condition=~Q(act="hold"), name="decision_once_of_a_tranche"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} {self.act} {self.decided_on}"
