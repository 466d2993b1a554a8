"""Money on an initiative, in the organisation's currency: tranches, spend, benefits. Dated rows, append-only.

Money moves by a recorded decision (`portfolio.models.decisions`).
"""

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


class Commitment(MoneyRow):
    """Money promised to somebody: an order, a contract. `cancelled_on`: what was not paid of it is owed no more.

    `source_key`: by which the row of a table is recognised, so that it is not taken twice.
    """

    committed_on = models.DateField()
    supplier = models.CharField(max_length=120)
    until = models.DateField(null=True, blank=True)
    cancelled_on = models.DateField(null=True, blank=True)
    cancelled_because = models.CharField(max_length=300, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )  # fmt: skip
    source_key = models.CharField(max_length=120, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-committed_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="commitment_above_zero"),
            models.UniqueConstraint(
                fields=["source_key"], condition=~Q(source_key=""), name="commitment_once_by_source_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} {self.supplier} {self.amount}"


class Expenditure(MoneyRow):
    """Money spent on a day. A correction is a row with the opposite sign. `commitment`: what it pays off, if anything.

    `source`, `source_key`: where it was read from, so that the same row is not taken twice.
    """

    spent_on = models.DateField()
    category = models.CharField(max_length=40, blank=True)
    commitment = models.ForeignKey(
        Commitment, null=True, blank=True, on_delete=models.PROTECT, related_name="paid", db_index=False
    )
    source_key = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-spent_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source_key"], condition=~Q(source_key=""), name="spend_once_by_source_key"
            )
        ]
        indexes = [
            models.Index(fields=["initiative", "spent_on"], name="spend_by_day"),
            # Read with a commitment: what was paid of it.
            models.Index(fields=["commitment"], name="spend_on_commitment", condition=Q(commitment__isnull=False)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.initiative_id} {self.spent_on} {self.amount}"


class BenefitEntry(MoneyRow):
    """Value in a month: planned, claimed by the initiative, validated by finance, or rejected by it.

    `evidence`: what a claim or a validation rests on; of a rejection, why. `answers`: the claim that finance answers, once.
    """

    class Kind(models.TextChoices):
        PLANNED = "planned", "Planned"
        CLAIMED = "claimed", "Claimed"
        VALIDATED = "validated", "Validated"
        REJECTED = "rejected", "Rejected"

    kind = models.CharField(max_length=9, choices=Kind.choices)
    month = models.DateField()
    evidence = models.CharField(max_length=500, blank=True)
    answers = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="answered_by"
    )
    source_key = models.CharField(max_length=120, blank=True)
    # On validated and rejected value: who claimed it (or last claimed value up to that month). Never who judges it.
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
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("validated", "rejected")) | Q(answers=None),
                name="benefit_answers_by_finance",
            ),
            models.CheckConstraint(
                condition=~Q(kind="rejected") | (Q(answers__isnull=False) & ~Q(evidence="")),
                name="benefit_rejected_says_what_and_why",
            ),
            models.UniqueConstraint(
                fields=["source_key"], condition=~Q(source_key=""), name="benefit_once_by_source_key"
            ),
        ]
        indexes = [
            # Read by the tallies: what the initiatives of a unit planned up to today.
            models.Index(fields=["initiative", "kind", "month", "amount"], name="benefit_of_initiative")
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} {self.kind} {self.month} {self.amount}"
