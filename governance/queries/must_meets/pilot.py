"""G3 pilot: what will be tried on whom, until when, what counts as success, and who takes it over afterwards."""

from typing import Final

from django.urls import reverse

from domain.phrases import listed
from governance.queries.must_meets import file
from governance.queries.must_meets.told import NO, UNKNOWN, YES, Asked, Gap, Told
from kpis.models import Kpi
from pilots.queries.plan import plan_ahead

_CLASSES: Final = {
    "business": frozenset({"business", "operational"}),
    "technical": frozenset({"model_metric"}),
    "adoption": frozenset({"user"}),
}
_A: Final = {"business": "a business", "technical": "a technical", "adoption": "an adoption"}
_NEW: Final = {"business": "business", "technical": "model_metric", "adoption": "user"}
"""Class -> the kind of KPI that is offered where one is missing."""


def told(asked: Asked) -> dict[str, Told]:
    """Two statements: the plan of the pilot ahead, and the KPIs."""
    plan, form = plan_ahead(asked.initiative), reverse("pilot-plan", args=[asked.initiative.ref])
    at = asked.url("initiative-pilot")

    def where(name: str) -> str:
        return f"{form}#id_{name}"

    return {
        "charter": file.charter(plan, at, where),
        "success_criteria": _criteria(asked),
        "transition_plan": file.transition(plan, at, where),
    }


def _criteria(asked: Asked) -> Told:
    """A sealed KPI of each class. One that is drafted and not sealed yet is named: that is all it lacks."""
    at = asked.url("initiative-kpis")
    kpis = list(
        Kpi.objects.filter(initiative=asked.initiative)
        .exclude(state=Kpi.State.RETIRED)
        .select_related("current")
        .order_by("pk")
    )
    sealed = [one for one in kpis if one.current is not None and one.current.seal]
    gaps = []
    for name, kinds in _CLASSES.items():
        if any(one.kind in kinds for one in sealed):
            continue
        drafted = next((one for one in kpis if one.kind in kinds), None)
        if drafted is not None:
            words = f"the seal of {drafted.ref} {drafted.name}, the {name} criterion"
            gaps.append(Gap(name, words, reverse("kpi-detail", args=[drafted.ref])))
        else:
            url = reverse("kpi-create", args=[asked.initiative.ref])
            gaps.append(Gap(name, f"{_A[name]} criterion", f"{url}?kind={_NEW[name]}"))
    if not gaps:
        return Told(YES, "a sealed KPI of each class: business, technical, adoption", at)
    fact = f"no sealed KPI of the class {listed([one.code for one in gaps])}"
    return Told(NO if sealed else UNKNOWN, fact, gaps[0].url, tuple(gaps))
