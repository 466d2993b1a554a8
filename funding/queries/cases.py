"""Which cases there are, and one with all its lines."""

from collections.abc import Iterable

from django.db.models import QuerySet

from funding.models import BusinessCase, CaseBenefit, CaseCost, CaseScenario
from funding.translate import Lines


def in_force(initiatives: Iterable[int]) -> QuerySet[BusinessCase]:
    """The latest published version of each of these initiatives."""
    published = BusinessCase.objects.filter(
        initiative__in=list(initiatives), state=BusinessCase.State.PUBLISHED
    )
    latest = published.order_by("initiative", "-number").values("pk", "initiative")
    first: dict[int, int] = {}
    for row in latest:
        first.setdefault(row["initiative"], row["pk"])
    return BusinessCase.objects.filter(pk__in=first.values()).order_by("initiative")


def lines_of(case: BusinessCase) -> Lines:
    """The version with its lines, in three statements."""
    benefits = CaseBenefit.objects.filter(case=case).select_related("owner", "kpi").order_by("key")
    return Lines(
        case,
        list(CaseCost.objects.filter(case=case).order_by("pk")),
        list(benefits),
        list(CaseScenario.objects.filter(case=case).order_by("pk")),
    )
