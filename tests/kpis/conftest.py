"""KPIs that several files of tests begin from."""

from datetime import timedelta
from typing import Any

import pytest

from kpis.models import Kpi
from tests.cast import AT, Cast
from tests.kpis.build import (
    claims_triage,
    promise,
    seal,
    series,
)


@pytest.fixture
def promised(cast: Cast, frozen: Any) -> Kpi:
    """Alice's KPI: sealed sixty days ago, then measured at 9, 8 and 7, where about 5.5 were promised."""
    kpi = promise(claims_triage(cast), by=cast.actor("alice"), at=AT - timedelta(days=61))
    seal(kpi, cast, at=AT - timedelta(days=60))
    series(kpi, [9, 8, 7], at=AT - timedelta(hours=1))
    return Kpi.objects.select_related("current", "initiative").get(pk=kpi.pk)


@pytest.fixture
def measured(cast: Cast, frozen: Any) -> Kpi:
    """Alice's KPI, measured three times: at 7 days, 30 points behind."""
    kpi = promise(claims_triage(cast), by=cast.actor("alice"))
    series(kpi, [9, 8, 7])
    return Kpi.objects.select_related("current").get(pk=kpi.pk)
