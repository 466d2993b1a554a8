"""Initiatives by stage and through time: complete, of the reader's own, and as cheap for many as for one."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.plot.bars import Spell
from core.plot.timeline import Scale, covering, line
from portfolio.models import Initiative, StageSpell
from portfolio.queries.board import SHOWN, by_stage, stays
from tests.cast import AT, TODAY, Cast

pytestmark = pytest.mark.django_db
BOARD, TIMELINE = "/portfolio/initiatives/board/", "/portfolio/initiatives/timeline/"


def idea(cast: Cast, name: str, stage: str = "pilot", days: int | None = 30, **more: Any) -> Initiative:
    on = None if days is None else TODAY - timedelta(days=days)
    row = Initiative.objects.create(
        name=name,
        stage=stage,
        entered_on=on,
        created_at=AT,
        updated_at=AT,
        **{"unit": cast.claims, "lead": cast.alice, **more},
    )
    StageSpell.objects.create(
        initiative=row, stage=stage, entered_on=on, precision="day" if on else "unknown", recorded_at=AT
    )
    return row


def test_every_initiative_stands_in_the_column_of_its_stage_and_none_twice(cast: Cast) -> None:
    for number in range(SHOWN + 3):
        idea(cast, f"Pilot {number}")
    idea(cast, "Live", "production")
    idea(cast, "Gone", "stopped")
    columns = {column.stage.value: column for column in by_stage(Initiative.objects.all())}
    assert {stage: column.count for stage, column in columns.items() if column.count} == {
        "pilot": SHOWN + 3, "production": 1, "stopped": 1,
    }  # fmt: skip
    assert (len(columns["pilot"].cards), columns["pilot"].more) == (SHOWN, 3)
    assert "retired" not in columns
    assert columns["idea"].count == 0


def test_the_worst_stands_first_and_the_undated_last(cast: Cast) -> None:
    idea(cast, "Calm", pilot_level="healthy", kpi_status="on_track")
    idea(cast, "Undated", days=None, pilot_level="drifting", kpi_status="off_track")
    idea(cast, "Stuck", pilot_level="purgatory", kpi_status="on_track")
    idea(cast, "Old", days=300, pilot_level="drifting", kpi_status="off_track")
    [pilots] = [column for column in by_stage(Initiative.objects.all()) if column.count]
    assert [row.name for row in pilots.cards] == ["Stuck", "Old", "Undated", "Calm"]


def test_spend_nobody_recorded_is_unknown_and_not_zero(cast: Cast) -> None:
    idea(cast, "A")
    idea(cast, "B", spent=100)
    [pilots] = [column for column in by_stage(Initiative.objects.all()) if column.count]
    assert (pilots.spent, pilots.unknown_spent) == (100, 1)
    Initiative.objects.update(spent=None)
    [pilots] = [column for column in by_stage(Initiative.objects.all()) if column.count]
    assert pilots.spent is None


@pytest.mark.parametrize("address", [BOARD, TIMELINE])
def test_others_initiatives_are_not_there(
    address: str, cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    idea(cast, "Ours")
    idea(cast, "Theirs", unit=cast.retail, lead=cast.charlie)
    page = signed_in("alice").get(address).content.decode()
    assert "Ours" in page
    assert "Theirs" not in page


@pytest.mark.parametrize("address", [BOARD, TIMELINE])
def test_a_filter_narrows_it_and_stays_in_the_links(
    address: str, cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    idea(cast, "Risky", risk_tier=1)
    idea(cast, "Harmless", risk_tier=3)
    page = signed_in("max").get(f"{address}?risk_tier=1").content.decode()
    assert "Risky" in page
    assert "Harmless" not in page
    assert "/portfolio/initiatives/?risk_tier=1" in page


@pytest.mark.parametrize("address", [BOARD, TIMELINE])
@pytest.mark.parametrize("query", ["surprise=1", "stage=nowhere", "page=two", "as_of=2026-01-01"])
def test_what_cannot_be_read_is_refused(
    address: str, query: str, cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    assert signed_in("max").get(f"{address}?{query}").status_code == 400


@pytest.mark.parametrize("address", [BOARD, TIMELINE])
def test_it_costs_the_same_for_one_and_for_forty(
    address: str, cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("max")
    idea(cast, "First")
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for number in range(40):
        idea(cast, f"More {number}", ["idea", "pilot", "production"][number % 3])
    with CaptureQueriesContext(connection) as forty:
        client.get(address)
    assert len(forty) == len(one)


def test_stays_are_told_in_order_without_those_that_were_restated(cast: Cast) -> None:
    row = idea(cast, "Claims")
    old = row.spells.get()
    old.closed_at = AT
    old.save()
    StageSpell.objects.create(
        initiative=row, stage="pilot", entered_on=date(2026, 1, 1), recorded_at=AT, restates=old
    )
    assert [spell.entered_on for spell in stays([row])[row.pk]] == [date(2026, 1, 1)]


def test_a_line_says_its_stays_in_words_and_an_undated_one_says_so() -> None:
    scale = covering([[Spell("Pilot", date(2026, 1, 1))]], TODAY)
    drawn = line(
        [("pilot", Spell("Pilot", date(2026, 1, 1)))], scale, TODAY, [("decision date", date(2026, 12, 24))]
    )
    assert "Pilot from 1 Jan, 327 days; decision date 24 Dec" in drawn
    assert 'aria-label="undated"' in line([("pilot", Spell("Pilot", None))], scale, TODAY)


def test_a_scale_holds_all_and_names_years_where_quarters_are_too_many() -> None:
    short = Scale(date(2025, 11, 3), date(2026, 12, 8))
    assert short.marks() == [date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1)]
    assert Scale(date(2019, 5, 1), date(2026, 12, 8)).marks() == [
        date(year, 1, 1) for year in range(2020, 2027)
    ]
    assert (short.at(date(1999, 1, 1)), short.at(date(2099, 1, 1))) == (0, 720)
