"""Sums of an initiative's money rows, kept beside it so that a portfolio of thousands adds up in one scan."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When

from portfolio.models import BenefitEntry, Commitment, Expenditure, FundingTranche, Initiative
from portfolio.models.money import MoneyRow
from portfolio.services.tallies import touch_units_of

Sums = Mapping[str, Subquery]


def refresh_totals(initiative_ids: Iterable[int] | None = None, *, of: type[MoneyRow] | None = None) -> int:
    """Recompute the sums of these initiatives (or all) from their rows; `of` one kind of rows only.

    Called by every money service in its transaction. No row of a kind leaves its sum empty: unknown, not zero.
    Returns how many initiatives were written.
    """
    ids = None if initiative_ids is None else list(initiative_ids)
    rows = Initiative.objects.all() if ids is None else Initiative.objects.filter(pk__in=ids)
    kinds = _SUMS if of is None else (of,)
    if not any(_SUMS[kind] for kind in kinds):
        return 0
    touch_units_of(ids)
    return rows.order_by().update(**{name: total for kind in kinds for name, total in _SUMS[kind].items()})


_NOTHING = Value(Decimal(0), output_field=DecimalField(max_digits=18, decimal_places=2))


def _total(
    rows: QuerySet[Expenditure] | QuerySet[FundingTranche] | QuerySet[BenefitEntry], amount: Any = "amount"
) -> Subquery:
    mine = rows.filter(Q(initiative=OuterRef("pk"))).order_by().values("initiative")
    return Subquery(mine.annotate(total=Sum(amount)).values("total"))


_SUMS: Mapping[type[MoneyRow], Sums] = {
    Expenditure: {"spent": _total(Expenditure.objects.all())},
    FundingTranche: {
        # What was returned is budget no more; 0 where all of it was.
        "approved": _total(
            FundingTranche.objects.all(), Case(When(returned_on=None, then=F("amount")), default=_NOTHING)
        ),
        "released": _total(FundingTranche.objects.filter(released_on__isnull=False)),
    },
    # Nothing of the portfolio's sums: what is committed is read where the ceiling is asked.
    Commitment: {},
    BenefitEntry: {
        "claimed": _total(BenefitEntry.objects.filter(kind=BenefitEntry.Kind.CLAIMED)),
        "validated": _total(BenefitEntry.objects.filter(kind=BenefitEntry.Kind.VALIDATED)),
    },
}
