"""What another room records about an initiative reaches its pilot: each input through the service that writes it."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from core import outbox
from core.models import Outbox
from core.people import deactivate_user, reactivate_user
from domain.stages import Stage
from funding.services.tranches import approve as approve_tranche
from funding.services.tranches import release as release_tranche
from kpis.services.define import create_kpi
from kpis.services.measure import record_measurement
from pilots.models import Pilot
from pilots.services.evaluate import evaluate_due
from pilots.services.opening import ensure_pilot
from portfolio.models import Initiative
from portfolio.services.initiatives import edit_initiative
from portfolio.services.money import record_expenditure
from portfolio.services.stages import move_stage, restate_spell
from tests.cast import AT, TODAY, Cast
from tests.pilots.stored import HEALTHY, back, new_initiative, store


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


def judged(cast: Cast, **changes: object) -> Pilot:
    """A pilot that stands as judged, with nothing owed."""
    pilot = store(cast, {**HEALTHY, **changes})
    evaluate_due(at=AT)
    outbox.drain()
    pilot.refresh_from_db()
    assert not pilot.due
    return pilot


def heard(pilot: Pilot) -> dict[str, int]:
    """The rules once the news was heard, and the news it made, without a sweep."""
    while outbox.drain():
        pass
    assert not Outbox.objects.filter(dead_at__isnull=False).exists()
    pilot.refresh_from_db()
    rules: dict[str, int] = pilot.rules
    return rules


def test_a_sponsor_who_is_taken_off(cast: Cast) -> None:
    pilot = judged(cast)
    edit_initiative(pk=pilot.initiative_id, by=cast.actor("max"), at=AT, sponsor=None, no_sponsor=True)
    assert heard(pilot) == {"R11": 3}
    edit_initiative(pk=pilot.initiative_id, by=cast.actor("max"), at=AT, sponsor=cast.edith, no_sponsor=False)
    assert heard(pilot) == {}


def test_a_sponsor_who_leaves_the_organisation(cast: Cast) -> None:
    pilot = judged(cast)
    sponsor = pilot.initiative.sponsor
    assert sponsor is not None
    deactivate_user(pk=sponsor.pk, by=cast.actor("adam"), at=AT)
    assert heard(pilot) == {"R11": 3}


def test_a_production_owner_who_leaves_and_comes_back(cast: Cast) -> None:
    pilot = judged(cast)
    deactivate_user(pk=cast.mona.pk, by=cast.actor("adam"), at=AT)
    assert heard(pilot) == {"R12": 2}
    reactivate_user(pk=cast.mona.pk, by=cast.actor("adam"), at=AT)
    assert heard(pilot) == {}


def test_money_spent_and_released(cast: Cast) -> None:
    pilot = judged(cast)
    by = cast.actor("max")
    record_expenditure(initiative_id=pilot.initiative_id, amount=Decimal(700), spent_on=TODAY, by=by, at=AT)
    assert heard(pilot) == {"R16": 3}
    row = approve_tranche(
        because="Agreed.",
        initiative_id=pilot.initiative_id,
        amount=Decimal(900),
        approved_on=TODAY,
        by=by,
        at=AT,
    )
    assert heard(pilot) == {"R16": 3}
    release_tranche(because="Agreed.", pk=row.pk, released_on=TODAY, by=by, at=AT)
    assert heard(pilot) == {}


def test_a_reading_of_the_primary_kpi(cast: Cast) -> None:
    pilot = store(cast, {name: fact for name, fact in HEALTHY.items() if not name.startswith("primary")})
    kpi = create_kpi(
        initiative_id=pilot.initiative_id, by=cast.actor("max"), at=AT,
        facts={"name": "Days to decision", "primary": True},
        success={
            "shape": "trajectory", "baseline": Decimal(0), "baseline_on": back(50), "target": Decimal(100),
            "target_on": back(-50), "cadence_days": 30,
        },
    )  # fmt: skip
    evaluate_due(at=AT)
    outbox.drain()
    record_measurement(kpi_id=kpi.pk, observed_on=TODAY, value=Decimal(-5), by=cast.actor("max"), at=AT)
    assert heard(pilot)["R08"] == 3


def test_a_stage_that_is_left_and_entered(cast: Cast) -> None:
    pilot = judged(cast)
    row = Initiative.objects.get(pk=pilot.initiative_id)
    move_stage(initiative=row, to=Stage.SCALE_UP, on=TODAY, by=cast.actor("max"), at=AT, because="G4: go.")
    outbox.drain()
    pilot.refresh_from_db()
    assert pilot.ended_on == TODAY
    row.refresh_from_db()
    assert row.pilot_level == ""
    move_stage(initiative=row, to=Stage.PILOT, on=TODAY, by=cast.actor("max"), at=AT, because="Back again.")
    outbox.drain()
    again = Pilot.objects.get(initiative=row, ended_on=None)
    assert (again.level, again.due) == ("healthy", False)


def test_an_entry_date_that_is_corrected(cast: Cast) -> None:
    row = new_initiative(cast, days=10)
    pilot = ensure_pilot(initiative=row, by=cast.actor("max"), at=AT)
    assert pilot is not None
    evaluate_due(at=AT)
    row.refresh_from_db()
    restate_spell(
        initiative=row, entered_on=back(300), precision="day", basis="column 7", by=cast.actor("max"), at=AT
    )
    assert heard(pilot) == {"R00": 2, "R04": 2}
