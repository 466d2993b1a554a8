"""Small builders for the tests of cases: the worked case of the specification, and cases that go through the services."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.access import Actor, system
from domain.finance.case import CostCategory
from funding.models import BusinessCase
from funding.services.cases import publish_case, save_draft
from funding.services.draft import BenefitDraft, CaseDraft, CostDraft, ScenarioDraft
from portfolio.models import Initiative
from tests.cast import AT

NOT_SAID: Any = object()


def amounts(*said: Any) -> tuple[Decimal | None, ...]:
    """Yearly amounts, today's first; None where nobody said."""
    return tuple(None if one is None else Decimal(str(one)) for one in said)


def costs(today: Any = 500_000, *, years: int = 4, **later: Any) -> tuple[CostDraft, ...]:
    """Every category at 0 but the build, which costs so much today; `cloud=(0, 1, ...)` says another."""
    nothing = amounts(*[0] * (years + 1))
    said = dict.fromkeys(CostCategory, nothing)
    said[CostCategory.BUILD] = amounts(today, *[0] * years)
    said |= {CostCategory(name): amounts(*given) for name, given in later.items()}
    return tuple(CostDraft(category=name.value, amounts=given) for name, given in said.items())


def benefit(*given: Any, owner: int | None = None, **more: Any) -> BenefitDraft:
    """A cashable benefit measured against a control group."""
    said = {
        "description": "Fewer handling hours",
        "type": "cashable",
        "evidence": "controlled",
        "owner_id": owner,
        **more,
    }
    return BenefitDraft(amounts=amounts(*given), **said)


SCENARIOS = (
    ScenarioDraft(name="conservative", haircut=Decimal("0.4"), years_late=1, probability=Decimal("0.25")),
    ScenarioDraft(name="pilot", haircut=Decimal(0), probability=Decimal("0.50")),
    ScenarioDraft(name="optimistic", haircut=Decimal("-0.25"), probability=Decimal("0.25")),
)


def worked(owner: int | None, **more: Any) -> CaseDraft:
    """The base case of the specification: 500,000 today, then 120, 220, 260, 260 thousand, at 10 %."""
    said: dict[str, Any] = {
        "starts_on": date(2027, 1, 1),
        "years": 4,
        "rate": Decimal("0.10"),
        "costs": costs(),
        "benefits": (benefit(0, 120_000, 220_000, 260_000, 260_000, owner=owner),),
        "scenarios": SCENARIOS,
        "spread_running": Decimal(30_000),
        "do_nothing": amounts(0, -40_000, -60_000, -80_000, -100_000),
        "delay_means": "fixed_horizon",
        **more,
    }
    return CaseDraft(**said)


def with_benefit(draft: CaseDraft, **more: Any) -> CaseDraft:
    """The draft with other facts of its first benefit."""
    first, *rest = draft.benefits
    return replace(draft, benefits=(replace(first, **more), *rest))


def published(
    initiative: Initiative,
    draft: CaseDraft | None = None,
    *,
    by: Actor | None = None,
    at: datetime = AT,
    because: str = "",
) -> BusinessCase:
    """A version in force. Without a draft, the worked case, the initiative's lead answering for the benefit."""
    by = by or system()
    row = save_draft(initiative_id=initiative.pk, draft=draft or worked(initiative.lead_id), by=by, at=at)
    return publish_case(pk=row.pk, because=because, by=by, at=at)
