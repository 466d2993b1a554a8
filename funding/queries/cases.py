"""Which cases there are, and one with all its lines."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from core.listing import Filter, Listing
from funding.models import BusinessCase, CaseBenefit, CaseCost, CaseScenario
from funding.translate import Lines
from portfolio.models import CaseWorth

PUBLISHED: Final = BusinessCase.State.PUBLISHED
CASES: Final = Listing(
    filters={
        "id": Filter("pk", "id"),
        "ref": Filter("pk", "ref", prefix="BC"),
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "unit": Filter("initiative__unit__path", "subtree"),
        "state": Filter("state", "choice", choices=tuple(BusinessCase.State.values)),
        "number": Filter("number", "int", ops=("", "gte", "lte")),
        "in_force": Filter("in_force", "bool", ops=("",)),
        "starts_on": Filter("starts_on", "date", ops=("", "gte", "lte")),
        "kpi": Filter("benefits__kpi", "ref", prefix="K", many=True),
    },
    orders={
        "initiative": "initiative__name",
        "number": "number",
        "starts_on": "starts_on",
        "updated_at": "updated_at",
        "published_at": "published_at",
    },
    search=("initiative__name", "because"),
    nullable=frozenset({"published_at"}),
)


def told(rows: QuerySet[BusinessCase], until: datetime | None = None) -> QuerySet[BusinessCase]:
    """The rows with `in_force`: published, and no later version is, or had been by `until`."""
    later = BusinessCase.objects.filter(
        initiative=OuterRef("initiative"), state=PUBLISHED, number__gt=OuterRef("number")
    )
    if until is not None:
        later = later.filter(published_at__lte=until)
    first = BusinessCase.objects.filter(pk=OuterRef("pk"), state=PUBLISHED)
    return rows.annotate(in_force=Exists(first) & ~Exists(later))


def in_force(initiatives: Iterable[int]) -> QuerySet[BusinessCase]:
    """The latest published version of each of these initiatives."""
    published = BusinessCase.objects.filter(initiative__in=list(initiatives), state=PUBLISHED)
    latest = published.order_by("initiative", "-number").values("pk", "initiative")
    first: dict[int, int] = {}
    for row in latest:
        first.setdefault(row["initiative"], row["pk"])
    return BusinessCase.objects.filter(pk__in=first.values()).order_by("initiative")


def in_force_at(initiative: int, until: datetime | None = None) -> BusinessCase | None:
    """The version in force now, or the latest that had been published by `until`. What is published never changes."""
    rows = BusinessCase.objects.filter(initiative=initiative, state=PUBLISHED).order_by("-number")
    return (rows if until is None else rows.filter(published_at__lte=until)).first()


def lapsed_on(initiative: int) -> date | None:
    """The day its case lapsed because it ended, and no version was published since; None: it did not. One query."""
    return CaseWorth.objects.filter(pk=initiative).values_list("lapsed_on", flat=True).first()


def draft_of(initiative: int) -> BusinessCase | None:
    """The draft of an initiative, if it has one."""
    return BusinessCase.objects.filter(initiative=initiative, state=BusinessCase.State.DRAFT).first()


def lines_of(case: BusinessCase) -> Lines:
    """The version with its lines, in three statements."""
    return lines_of_all([case])[case.pk]


def lines_of_all(cases: Iterable[BusinessCase]) -> dict[int, Lines]:
    """Case -> its lines, in three statements however many."""
    found = {case.pk: case for case in cases}
    costs: dict[int, list[CaseCost]] = {pk: [] for pk in found}
    gains: dict[int, list[CaseBenefit]] = {pk: [] for pk in found}
    ways: dict[int, list[CaseScenario]] = {pk: [] for pk in found}
    if not found:
        return {}
    for cost in CaseCost.objects.filter(case__in=found).order_by("pk"):
        costs[cost.case_id].append(cost)
    benefits = CaseBenefit.objects.filter(case__in=found).select_related("owner", "kpi").order_by("key")
    for benefit in benefits:
        gains[benefit.case_id].append(benefit)
    for scenario in CaseScenario.objects.filter(case__in=found).order_by("pk"):
        ways[scenario.case_id].append(scenario)
    return {pk: Lines(case, costs[pk], gains[pk], ways[pk]) for pk, case in found.items()}
