"""An initiative whose record gives a whole memo: a pilot, a KPI that was measured, money, and the worked case in force."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from core.access import system
from domain.experiment_looks import Look
from funding.models import BusinessCase
from funding.services.draft import ScenarioDraft
from funding.services.tranches import approve
from kpis.models import Kpi
from kpis.services.comparisons import record_comparison
from pilots.services.opening import ensure_pilot
from portfolio.models import Initiative, StageSpell
from portfolio.services.money import record_expenditure
from tests.cast import AT, TODAY, Cast
from tests.funding.build import published, worked
from tests.kpis.build import claims_triage, make_kpi, read

MILD = (ScenarioDraft(name="conservative", haircut=Decimal("0.2"), years_late=0),)
"""By hand: 0.8 x 663,834.44 - 500,000 = 31,067.55."""


def pilot_of(initiative: Initiative, by: Any, at: datetime = AT) -> None:
    StageSpell.objects.create(
        initiative=initiative, stage="pilot", entered_on=TODAY - timedelta(days=60), recorded_at=AT
    )
    ensure_pilot(initiative=initiative, by=by, at=at)


def told(cast: Cast, *, at: datetime = AT, mild: bool = True, name: str = "Claims triage") -> Initiative:
    """Alice's initiative: on track, 10,000 spent, tranches of 80,000 and 420,000 not released, the worked case published."""
    initiative = claims_triage(cast, name)
    by, today = cast.actor("max"), at.date()
    pilot_of(initiative, by, at)
    kpi = make_kpi(initiative, at=at)
    read(kpi, Decimal("5.1"), today, at=at)
    for amount in (80_000, 420_000):
        approve(
            initiative_id=initiative.pk, amount=Decimal(amount), approved_on=today, because="A first step.", by=by, at=at
        )  # fmt: skip
    record_expenditure(
        initiative_id=initiative.pk, amount=Decimal(10_000), spent_on=today, by=cast.actor("alice"), at=at
    )
    case_of(initiative, mild=mild, at=at)
    return Initiative.objects.select_related("unit", "sponsor", "lead").get(pk=initiative.pk)


def case_of(initiative: Initiative, *, mild: bool = True, at: datetime = AT) -> BusinessCase:
    more: dict[str, Any] = {"scenarios": MILD} if mild else {}
    return published(initiative, worked(initiative.lead_id, **more), by=system(), at=at)


def compared(kpi: Kpi, by: Any, at: datetime = AT) -> int:
    """A comparison in which the challenger does better; its id."""
    facts: Any = {
        "name": "Rules or model",
        "design": "champion_challenger",
        "arm_1": "Rules",
        "arm_2": "Model",
    }
    looks = [Look(at.date(), (300, 1_000, 400, 1_000))]
    return record_comparison(kpi_id=kpi.pk, facts=facts, looks=looks, by=by, at=at).comparison.pk
