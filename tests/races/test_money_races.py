"""Two managers and one tranche: one decision. A reading that turns the KPI red and a release: one of them is first."""

from typing import Any

import pytest
from django.db import connection

from core.errors import Problem
from funding.services.tranches import release
from portfolio.models import FundingDecision, FundingTranche
from tests.cast import AT, TODAY, Cast, make_cast
from tests.funding.moving import managing, tranche, waiting_kpi
from tests.kpis.build import read
from tests.races.test_tally_races import spawned

pytestmark = [pytest.mark.race, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    return make_cast()


def releasing(row: FundingTranche, by: Any) -> Any:
    return lambda: release(pk=row.pk, released_on=TODAY, because="Go.", by=by, at=AT)


def test_two_managers_release_a_tranche_by_one_decision(cast: Cast) -> None:
    row = tranche(cast, waiting_kpi(cast))
    managers = [cast.actor("max"), managing(cast, "vera"), managing(cast, "charlie")]
    threads, failures = spawned(*(releasing(row, by) for by in managers))
    for thread in threads:
        thread.join(60)
    assert FundingDecision.objects.filter(act="release").count() == 1
    assert [one.code for one in failures if isinstance(one, Problem)] == ["already_released"] * 2
    row.refresh_from_db()
    assert row.release is not None
    assert row.released_by_id == row.release.decided_by_id


@pytest.mark.parametrize("turn", range(4))
def test_a_kpi_turning_red_and_a_release_come_one_after_the_other(cast: Cast, turn: int) -> None:
    kpi = waiting_kpi(cast)
    row = tranche(cast, kpi)
    works = [releasing(row, cast.actor("max")), lambda: read(kpi, 9)]
    threads, failures = spawned(*(works if turn % 2 else reversed(works)))
    for thread in threads:
        thread.join(60)
    row.refresh_from_db()
    said = FundingDecision.objects.filter(act="release").first()
    if said is None:  # the reading was first
        assert [one.code for one in failures if isinstance(one, Problem)] == ["kpi_off_track"]
        assert row.released_on is None
    else:  # what it stood on was green, and stands in it
        assert failures == []
        assert said.facts["kpi"]["status"] in {"achieved", "on_track", "at_risk"}
