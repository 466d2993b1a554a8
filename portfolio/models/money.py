"""Money on an initiative, in the organisation's currency: tranches, spend, benefits. Dated rows, append-only."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.access import Paths
from core.models.record import Record
from portfolio.models.initiatives import Initiative

PATHS = Paths(
    unit="initiative__unit__path",
    people=("initiative__lead", "initiative__sponsor", "initiative__members__user"),
    runs=("initiative__lead", "initiative__sponsor"),
)


class MoneyRow(Record):
    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="%(class)ss")
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        abstract = True


class FundingTranche(MoneyRow):
    """Money approved for an initiative; released on a date, or not yet. Who recorded the row approved it."""

    number = models.PositiveSmallIntegerField()
    approved_on = models.DateField()
    released_on = models.DateField(null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
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
            models.CheckConstraint(
                condition=~Q(recorded_by=F("approved_for")), name="tranche_not_approved_by_who_leads"
            ),
            models.CheckConstraint(
                condition=~Q(released_by=F("approved_for")), name="tranche_not_released_by_who_leads"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} tranche {self.number}"


class Expenditure(MoneyRow):
    """Money spent on a day. A correction is a row with the opposite sign."""

    spent_on = models.DateField()
    category = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-spent_on", "-id"]
        indexes = [models.Index(fields=["initiative", "spent_on"], name="spend_by_day")]

    def __str__(self) -> str:
        return f"{self.initiative_id} {self.spent_on} {self.amount}"


class BenefitEntry(MoneyRow):
    """Value in a month: planned, claimed by the initiative, or validated by finance."""

    class Kind(models.TextChoices):
        PLANNED = "planned", "Planned"
        CLAIMED = "claimed", "Claimed"
        VALIDATED = "validated", "Validated"

    kind = models.CharField(max_length=9, choices=Kind.choices)
    month = models.DateField()
    # On validated value: who last claimed value up to that month. Never who validates it.
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )

    class Meta:
        ordering = ["-month", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(recorded_by=F("claimed_by")), name="benefit_not_validated_by_who_claimed_it"
            )
        ]
        indexes = [
            # Read by the tallies: what the initiatives of a unit planned up to today.
            models.Index(fields=["initiative", "kind", "month", "amount"], name="benefit_of_initiative")
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} {self.kind} {self.month} {self.amount}"
