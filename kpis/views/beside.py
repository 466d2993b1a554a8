"""What stands beside a KPI's computed status on its page: declarations, and what was restated. On any day."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from core.access import Actor, allows
from core.roles import Action
from domain.override import effective
from kpis.models import Kpi, KpiOverride, Restatement
from kpis.queries import as_declared, override_on, stored_answer

SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration. `counts`: it counts in place of the computed status; else `why_not` says why it does not."""

    row: KpiOverride
    counts: bool
    why_not: str


def beside(kpi: Kpi, actor: Actor, day: date, known_at: datetime | None, *, now: bool) -> dict[str, Any]:
    """Declarations and restatements of the KPI as it stood on `day`, as far as known by `known_at`, the latest first."""
    known = {} if known_at is None else {"recorded_at__lte": known_at}
    made = KpiOverride.objects.filter(kpi=kpi.pk, begins_on__lte=day, **known)
    overrides = list(made.select_related("recorded_by").order_by("pk"))
    standing = override_on(overrides, day, known_at)
    restated = Restatement.objects.filter(kpi=kpi.pk, on__lte=day, **known)
    found = list(restated.select_related("recorded_by", "cause").order_by("-pk")[: SHOWN + 1])
    return {
        "declaration": None if standing is None else _declared(kpi, standing, day),
        "declared_before": [row for row in reversed(overrides) if row is not standing][:SHOWN],
        "restated": found[:SHOWN],
        "restated_more": len(found) > SHOWN,
        "may_declare": now and kpi.state == Kpi.State.ACTIVE and allows(actor, Action.DECLARE_WORSE, kpi),
    }


def _declared(kpi: Kpi, row: KpiOverride, day: date) -> Declared:
    said = effective(stored_answer(kpi), as_declared(row), as_of=day, last_recorded_at=None)
    return Declared(row, said.overridden, "" if said.overridden else said.sentence.split(" Computed:")[0])
