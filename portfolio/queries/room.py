"""What may still be spent and committed on an initiative: the ceiling of what was released, spend, and open commitments."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from domain.finance.release import Released, Room, ceiling_of, open_commitment
from domain.kpi_figures import EXACT
from portfolio.models import Commitment, FundingTranche, Initiative


@dataclass(frozen=True, slots=True)
class Promised:
    """A commitment with what was paid of it, and what is still owed (0 once it is cancelled)."""

    row: Commitment
    paid: Decimal
    owed: Decimal


def commitments_of(initiative: Initiative) -> list[Promised]:
    """Newest first. One query."""
    rows = Commitment.objects.filter(initiative=initiative).select_related("recorded_by", "cancelled_by")
    found = []
    for row in rows.annotate(paid_of_it=Sum("paid__amount")).order_by("-committed_on", "-pk"):
        paid = row.paid_of_it or Decimal(0)
        owed = Decimal(0) if row.cancelled_on else open_commitment(row.amount, paid)
        found.append(Promised(row, paid, owed))
    return found


def room_of(initiative: Initiative, promised: Sequence[Promised] | None = None) -> Room:
    """Two queries at most. Nothing released is a ceiling of 0."""
    tranches = FundingTranche.objects.filter(initiative=initiative, released_on__isnull=False).order_by()
    released = [
        Released(number=n, amount=a, ceiling=c) for n, a, c in tranches.values_list("number", "amount", "ceiling")
    ]  # fmt: skip
    committed = Decimal(0)
    for one in commitments_of(initiative) if promised is None else promised:
        committed = EXACT.add(committed, one.owed)
    return Room(ceiling=ceiling_of(released), spent=initiative.spent or Decimal(0), committed=committed)
