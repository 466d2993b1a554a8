"""Initiatives whose money waits for a KPI, for the tests of this room."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.models import Role, RoleGrant
from funding.services.tranches import approve
from kpis.models import Kpi
from portfolio.models import FundingTranche, Initiative
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, promise, series

READINGS = {"green": [9, 8, 5], "red": [9, 8, 7], "blind": []}


def waiting_kpi(cast: Cast, how: str = "green", initiative: Initiative | None = None) -> Kpi:
    """A KPI of Alice's initiative: on track, off track, or never read."""
    kpi = promise(initiative or claims_triage(cast), by=cast.actor("alice"), at=AT - timedelta(days=200))
    series(kpi, READINGS[how])
    return Kpi.objects.select_related("initiative").get(pk=kpi.pk)


def tranche(cast: Cast, kpi: Kpi | None, initiative: Initiative | None = None, **more: Any) -> FundingTranche:
    """100 approved by Max, waiting for the KPI."""
    row = initiative or (kpi.initiative if kpi else claims_triage(cast))
    facts: dict[str, Any] = {
        "amount": Decimal(100),
        "approved_on": date(2026, 11, 1),
        "because": "Agreed at G3.",
        **more,
    }
    return approve(initiative_id=row.pk, kpi_id=kpi.pk if kpi else None, by=cast.actor("max"), at=AT, **facts)


def managing(cast: Cast, name: str) -> Any:
    """That person with the portfolio manager's rights besides."""
    RoleGrant.objects.get_or_create(
        user=cast.people[name], role=Role.PORTFOLIO_MANAGER, defaults={"granted_at": AT}
    )
    return cast.actor(name)


DAY = TODAY
