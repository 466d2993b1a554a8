"""G3 pilot: what will be tried on whom, until when, what counts as success, and who takes it over afterwards."""

from typing import Final

from domain.phrases import listed
from governance.queries.must_meets.told import NO, UNKNOWN, YES, Asked, Told
from kpis.models import Kpi

_CLASSES: Final = {
    "business": frozenset({"business", "operational"}),
    "technical": frozenset({"model_metric"}),
    "adoption": frozenset({"user"}),
}


def told(asked: Asked) -> dict[str, Told]:
    """One statement: the KPIs. A pilot's own record begins with its stay in that stage, so the charter is evidence."""
    at = asked.url("initiative-kpis")
    kpis = (
        Kpi.objects.filter(initiative=asked.initiative)
        .exclude(state=Kpi.State.RETIRED)
        .select_related("current")
    )
    kinds = {one.kind for one in kpis if one.current is not None and one.current.seal}
    lacking = [name for name, those in _CLASSES.items() if not kinds & those]
    if not lacking:
        return {
            "success_criteria": Told(YES, "a sealed KPI of each class: business, technical, adoption", at)
        }
    answer = NO if kinds else UNKNOWN
    return {"success_criteria": Told(answer, f"no sealed KPI of the class {listed(lacking)}", at)}
