"""Several versions with all their lines, in a number of statements that does not grow with them."""

from collections import defaultdict
from collections.abc import Sequence

from funding.models import BusinessCase, CaseBenefit, CaseCost, CaseScenario
from funding.translate import Lines


def lines_of_all(cases: Sequence[BusinessCase]) -> list[Lines]:
    """Each version with its lines, in the order given. Three statements."""
    costs: dict[int, list[CaseCost]] = defaultdict(list)
    benefits: dict[int, list[CaseBenefit]] = defaultdict(list)
    scenarios: dict[int, list[CaseScenario]] = defaultdict(list)
    for cost in CaseCost.objects.filter(case__in=cases).order_by("pk"):
        costs[cost.case_id].append(cost)
    for one in CaseBenefit.objects.filter(case__in=cases).select_related("owner", "kpi").order_by("key"):
        benefits[one.case_id].append(one)
    for way in CaseScenario.objects.filter(case__in=cases).order_by("pk"):
        scenarios[way.case_id].append(way)
    return [Lines(case, costs[case.pk], benefits[case.pk], scenarios[case.pk]) for case in cases]
