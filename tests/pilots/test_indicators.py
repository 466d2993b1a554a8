"""How pilots go on the whole: what the rules compute is read from the record and stands on the review board."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domain.stages import Stage
from pilots.models import Pilot, PilotExtension
from pilots.queries.indicators import indicators
from portfolio.services.stages import move_stage
from tests.cast import AT, TODAY, Cast
from tests.pilots.stored import back, bare_pilot

pytestmark = pytest.mark.django_db


def ended(cast: Cast, name: str, to: Stage, on: date, entered: date) -> Pilot:
    pilot = bare_pilot(cast, name=name, entered_on=entered)
    move_stage(initiative=pilot.initiative, to=to, on=on, by=cast.actor("max"), at=AT, because="Decided")
    Pilot.objects.filter(pk=pilot.pk).update(ended_on=on)
    return pilot


def test_conversion_is_told_by_the_quarter_of_entry(cast: Cast) -> None:
    ended(cast, "Scaled", Stage.SCALE_UP, date(2026, 6, 1), date(2026, 2, 1))
    ended(cast, "Stopped", Stage.STOPPED, date(2026, 6, 1), date(2026, 3, 1))
    ended(cast, "Sent back", Stage.DEVELOPMENT, date(2026, 6, 1), date(2026, 3, 2))
    bare_pilot(cast, name="Running", entered_on=date(2026, 3, 3))
    bare_pilot(cast, name="Undated", days=None)
    first, undated = indicators(cast.actor("max"), TODAY).cohorts
    assert (first.quarter, first.pilots, first.scaled, first.stopped) == ("2026-Q1", 4, 1, 1)
    assert (undated.quarter, undated.pilots, undated.scaled) == (None, 1, 0)


def test_decisions_extensions_and_days_to_the_gate_are_read_from_the_pilots(cast: Cast) -> None:
    in_time = ended(cast, "In time", Stage.SCALE_UP, back(20), back(200))
    Pilot.objects.filter(pk=in_time.pk).update(
        decision_on=back(20), criteria_met_on=back(60), gate_requested_on=back(40), charter_version=1
    )
    late = bare_pilot(cast, name="Late")
    Pilot.objects.filter(pk=late.pk).update(decision_on=back(1), charter_version=1, criteria_met_on=back(9))
    PilotExtension.objects.create(
        pilot=late,
        number=1,
        days=30,
        new_end_on=TODAY,
        reason_code="other",
        granted_on=back(30),
        recorded_at=AT,
    )
    bare_pilot(cast, name="Nothing known")
    found = indicators(cast.actor("max"), TODAY)
    assert (found.decided.in_time, found.decided.overdue, found.decided.without_date) == (1, 1, 1)
    assert (found.extensions.extensions, found.extensions.pilots, found.extensions.unknown) == (1, 2, 1)
    assert (found.won.median, found.won.count, found.won.undated) == (20, 1, 1)


def test_nobody_counts_what_they_may_not_see(cast: Cast) -> None:
    bare_pilot(cast, name="Claims only")
    assert indicators(cast.actor("charlie"), TODAY).cohorts == []
    assert len(indicators(cast.actor("vera"), TODAY).cohorts) == 1


def test_it_costs_the_same_for_one_pilot_and_for_ten(cast: Cast) -> None:
    costs = []
    for number in range(10):
        bare_pilot(cast, name=f"Pilot {number}")
        with CaptureQueriesContext(connection) as said:
            indicators(cast.actor("max"), TODAY)
        costs.append(len(said))
    assert costs[0] == costs[-1]


def test_the_review_board_shows_them(
    cast: Cast, signed_in: Callable[[str], Client], frozen: Callable[[object], None]
) -> None:
    frozen(AT)
    ended(cast, "Scaled", Stage.SCALE_UP, date(2026, 6, 1), date(2026, 2, 1))
    pilot = bare_pilot(cast)
    Pilot.objects.filter(pk=pilot.pk).update(decision_on=TODAY - timedelta(days=3), level="watch")
    page = signed_in("max").get("/pilots/").content.decode()
    for words in ("From pilot to scale", "2026-Q1", "Benchmark elsewhere", "Decided by their date", "1 overdue",
                  "Extensions for each pilot", "From criteria met to the gate", "none asked yet"):  # fmt: skip
        assert words in page, words
