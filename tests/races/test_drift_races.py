"""Readings recorded while the sweep asks for drift: what was not asked stays marked, and in the end all was asked."""

from datetime import timedelta

import pytest
from django.db import connection

from kpis.models import DriftWatch, Kpi
from kpis.queries.drift import drift_of
from kpis.services.drift import drift_due
from tests.cast import AT, TODAY, Cast, make_cast
from tests.kpis.build import claims_triage, read
from tests.kpis.drifting import STEADY, monthly, watched
from tests.races.test_kpi_races import retried, side_by_side

pytestmark = [pytest.mark.race, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TURNS = 12


@pytest.fixture
def cast_here(transactional_db: None) -> Cast:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    return make_cast()


def stored_is_found(kpi: Kpi) -> bool:
    stored, found = DriftWatch.objects.get(kpi=kpi), drift_of(kpi.pk, as_of=TODAY)
    return found is not None and (stored.value, stored.value_since) == (found.value.status, found.value_since)


def test_no_reading_is_forgotten_while_the_sweep_asks(cast_here: Cast) -> None:
    kpi = watched(claims_triage(cast_here))
    monthly(kpi, STEADY, last=TODAY - timedelta(days=40))

    def write(first: int) -> None:
        for n in range(first, TURNS * 2, 2):
            day = TODAY - timedelta(days=n)
            retried(lambda day=day, n=n: read(kpi, 12 + n % 3, day))  # type: ignore[misc]

    def ask() -> None:
        for _ in range(TURNS):
            drift_due(at=AT)

    assert side_by_side(lambda: write(0), lambda: write(1), ask, ask) == []
    assert DriftWatch.objects.filter(kpi=kpi, due_on__lte=TODAY).exists() or stored_is_found(kpi)
    drift_due(at=AT)
    assert stored_is_found(kpi)
    assert DriftWatch.objects.get(kpi=kpi).value == "drift"
