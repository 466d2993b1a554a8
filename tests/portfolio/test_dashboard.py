"""The dashboard: its numbers are right, equal their rows, say what they cannot see, and cost the same at any size."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import plotly.graph_objects as go
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.access import system
from portfolio.dashboard import counts, findings
from portfolio.dashboard.charts.ageing import pilot_ageing
from portfolio.dashboard.charts.value import spend_and_value, value_against_spend
from portfolio.dashboard.counts import Seen
from portfolio.dashboard.selection import select
from portfolio.models import Initiative, UnitChange
from portfolio.services import tallies
from tests.cast import AT, TODAY, Cast
from tests.portfolio.dashboard_rows import add, flag, flag_of_a_model, money, small_portfolio

SignIn = Callable[[str], Client]
Look = Callable[[], Seen]
pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def rows(cast: Cast) -> dict[str, Initiative]:
    return small_portfolio(cast)


@pytest.fixture(params=["records", "tallies"])
def settle(request: pytest.FixtureRequest) -> Callable[[], None]:
    """Called once the records stand. Each test runs twice: counted from the records, and added up from tallies."""

    def done() -> None:
        if request.param == "tallies":
            tallies.refresh(at=AT)
            assert not UnitChange.objects.exists()

    return done


@pytest.fixture
def see(rows: dict[str, Initiative], settle: Callable[[], None]) -> Look:
    """Everything there is, as the dashboard sees it."""

    def look() -> Seen:
        settle()
        return counts.see(select(system(), {}, TODAY))

    return look


def test_the_funnel_counts_what_is_in_each_stage_and_what_moved_in_a_year(see: Look) -> None:
    funnel = counts.funnel(see())
    now = {row.stage: row.now for row in funnel.rows}
    assert now == {"idea": 1, "framing": 0, "development": 1, "pilot": 3, "scale_up": 0, "production": 1}
    pilot = next(row for row in funnel.rows if row.stage == "pilot")
    assert (pilot.entered, pilot.left, pilot.forward, pilot.conversion, pilot.median_days) == (
        3,
        1,
        1,
        1.0,
        120,
    )
    assert funnel.ended == {"stopped": 1, "retired": 0}
    assert funnel.active == 6


def test_an_undated_spell_is_its_own_bucket_and_never_counts_as_young_or_old(see: Look) -> None:
    totals = counts.funnel(see()).totals()
    assert totals["count"] == 5
    assert totals["undated"] == 2
    assert totals["older"] == [2, 1, 0, 0, 0]


def test_a_median_of_nothing_is_nothing_and_not_zero(see: Look) -> None:
    idea = counts.funnel(see()).rows[0]
    assert idea.median_days is None
    assert idea.conversion is None


def test_units_are_counted_at_the_top_with_blind_and_undated_apart(see: Look, cast: Cast) -> None:
    heat = {row.unit.pk: row for row in counts.unit_by_status(see())}
    assert heat[cast.retail.pk].by_status["blind"] == 1
    assert heat[cast.retail.pk].undated == 1
    assert heat[cast.retail.pk].total == 3
    assert heat[cast.claims.pk].by_status["off_track"] == 1
    assert heat[cast.claims.pk].total == 3


def test_decisions_due_are_ordered_by_how_long_they_wait_and_say_why(see: Look) -> None:
    due = findings.decisions_due(see())
    assert [row.initiative.name for row in due.rows] == ["A pilot"]
    assert (due.total, due.overdue, due.undated) == (1, 1, 0)
    row = due.rows[0]
    assert (row.days_over, row.ask, row.because, row.rule) == (12, "Stop", "Worse than before.", "R08")
    assert row.amount == Decimal("200.00")


def test_a_pilot_said_to_have_no_decision_date_is_due(see: Look, rows: dict[str, Initiative]) -> None:
    flag(rows["undated"], "R01", 3)
    due = findings.decisions_due(see())
    assert due.undated == 1
    assert due.rows[-1].days_over is None


def test_exceptions_show_the_worst_flag_of_each_initiative(see: Look) -> None:
    found = findings.exceptions(see())
    assert [flag.rule for flag in found.flags] == ["R08"]
    assert found.total == 2


def test_a_figure_nobody_recorded_is_unknown_and_one_that_was_is_exact(
    cast: Cast, settle: Callable[[], None]
) -> None:
    add(cast.claims, "Alone", "development")
    settle()
    seen = findings.figures(counts.see(select(system(), {}, TODAY)))
    assert (seen.invested, seen.approved, seen.validated, seen.past_date) == (None, None, None, None)
    assert seen.without_spend == 1


def test_the_four_figures_add_up(see: Look) -> None:
    everything = see()
    seen = findings.figures(everything)
    assert seen.invested == Decimal("1000.50")
    assert (seen.approved, seen.released) == (Decimal("1000.00"), Decimal("800.00"))
    assert (seen.planned, seen.claimed, seen.validated) == (Decimal(400), Decimal(50), Decimal("75.25"))
    assert (seen.past_date, seen.past_date_pilots) == (Decimal("1000.50"), 1)
    assert findings.spent_latest(everything) == ["A pilot"]
    assert seen.pilots_without_date == 1


def test_charts_are_valid_plotly_and_keep_the_undated_in_a_lane_of_their_own(see: Look, cast: Cast) -> None:
    for n in range(3):
        money(add(cast.claims, f"Money {n}", "production", planned_value=Decimal(1000 * n)), spent="10")
    everything = see()
    ageing = pilot_ageing(everything)
    assert ageing is not None
    assert ageing.facts == {
        "all": 3,
        "drawn": 3,
        "lane": 1,
        "over": 1,
        "twice": 1,
        "year": 0,
        "by_ratio": True,
    }
    assert min(ageing.spec["data"][0]["x"]) < 0
    for chart in (
        ageing,
        value_against_spend(everything.chosen, "EUR"),
        spend_and_value(everything.chosen, "EUR"),
    ):
        if chart is not None:
            go.Figure({"data": chart.spec["data"], "layout": chart.spec["layout"]})


def links(html: str) -> list[tuple[str, int]]:
    """Every link of the page that says one number of rows: `14`, `14 rows`, `All 14`, `All 14 flags`."""
    found = re.findall(r'<a [^>]*href="(/[^"]+)"[^>]*>\s*(?:All )?([\d,]+)(?: rows?| flags)?\s*</a>', html)
    return [(unescape(url), int(text.replace(",", ""))) for url, text in found]


@pytest.mark.parametrize(
    ("settle", "who", "narrow"),
    [
        ("tallies", "edith", ""),
        ("records", "edith", "?unit={claims}"),
        ("tallies", "edith", "?unit={retail}"),
        ("records", "vera", ""),
        ("tallies", "ursula", ""),
        ("tallies", "alice", ""),
        ("records", "alice", "?risk_tier=2"),
    ],
    indirect=["settle"],
)
def test_every_number_on_the_page_equals_the_rows_it_opens(
    signed_in: SignIn, rows: Any, cast: Cast, settle: Callable[[], None], who: str, narrow: str
) -> None:
    """An executive, a reader of one unit, the lead of a unit with one below it, and one who sees only what is theirs."""
    Initiative.objects.filter(pk=rows["pilot"].pk).update(lead=cast.alice, risk_tier=2)
    flag_of_a_model(rows["pilot"], cast.retail)
    settle()
    client = signed_in(who)
    asked = narrow.format(claims=cast.claims.pk, retail=cast.retail.pk)
    page = client.get(f"/portfolio/{asked}").content.decode()
    numbers = links(page)
    assert len(numbers) > 4
    for url, number in numbers:
        opened = client.get(url)
        assert opened.status_code == 200, url
        assert opened.context["total"] == number, url


def test_filters_narrow_every_number_and_stand_in_every_link(
    signed_in: SignIn, rows: Any, cast: Cast
) -> None:
    page = signed_in("edith").get("/portfolio/", {"unit": cast.claims.pk}).content.decode()
    assert "In development" not in page
    for url, _ in links(page):
        assert f"unit={cast.claims.pk}" in url


def test_a_reader_of_one_unit_sees_that_unit_alone(
    signed_in: SignIn, api: Callable[[str], APIClient], rows: Any
) -> None:
    body = api("vera").get("/api/v1/portfolio/summary/").json()
    assert body["active"] == 3
    assert [unit["name"] for unit in body["units"]] == ["Claims"]
    assert "An idea" not in signed_in("vera").get("/portfolio/").content.decode()


def test_page_and_api_say_the_same(signed_in: SignIn, api: Callable[[str], APIClient], rows: Any) -> None:
    page = signed_in("edith").get("/portfolio/").context
    body = api("edith").get("/api/v1/portfolio/summary/").json()
    assert body["active"] == page["funnel"].active
    assert body["pilots"] == {level: n for level, n, _ in page["levels"]}
    assert body["decisions_due"]["total"] == page["due"].total
    assert body["money"]["invested"] == "1000.50"
    assert body["open_flags"] == page["exceptions"].total
    ageing = api("edith").get("/api/v1/portfolio/stage-ageing/").json()
    assert ageing["undated"] == page["ageing_total"]["undated"]
    assert [ageing["older_than_months"][str(n)]["total"] for n in (6, 12, 18, 24)] == [
        n for n, _ in page["ageing_total"]["older"]
    ]


def test_the_page_costs_the_same_queries_for_one_initiative_and_for_many(
    signed_in: SignIn, cast: Cast
) -> None:
    client = signed_in("max")
    small_portfolio(cast)
    client.get("/portfolio/")
    with CaptureQueriesContext(connection) as few:
        client.get("/portfolio/")
    for n in range(40):
        row = add(cast.claims, f"More {n}", "pilot", 100 + n, pilot_level="purgatory", pilot_remedy="stop")
        flag(row, "R04", 2)
        money(row, spent="5", planned="3")
    with CaptureQueriesContext(connection) as many:
        client.get("/portfolio/")
    assert len(many) == len(few)
    assert len(few) <= 32


def test_an_empty_portfolio_says_what_to_do(signed_in: SignIn) -> None:
    page = signed_in("max").get("/portfolio/").content.decode()
    assert "No initiatives yet" in page
    assert "Import a portfolio" in page


@pytest.mark.parametrize(
    "query", ["unit=abc", "risk_tier=9", "objective=1;drop", "sponsor=-1", "unit=99999999999999999999"]
)
def test_a_wrong_filter_is_one_clear_error(signed_in: SignIn, rows: Any, query: str) -> None:
    assert signed_in("max").get(f"/portfolio/?{query}").status_code == 400


def test_an_unknown_parameter_of_the_api_is_refused(api: Callable[[str], APIClient], rows: Any) -> None:
    answer = api("edith").get("/api/v1/portfolio/summary/?unti=1")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["spend", "tranches", "benefits"])
def test_a_ledger_shows_its_rows_and_their_sum(signed_in: SignIn, rows: Any, kind: str) -> None:
    page = signed_in("edith").get(f"/portfolio/ledger/{kind}/")
    assert page.status_code == 200
    assert sum(total for _, total in page.context["sums"]) == sum(row.amount for row in page.context["rows"])


def test_planned_claimed_and_validated_are_never_added(signed_in: SignIn, rows: Any) -> None:
    page = signed_in("edith").get("/portfolio/ledger/benefits/")
    assert dict(page.context["sums"]) == {"Planned": 400, "Claimed": 50, "Validated": Decimal("75.25")}


def test_a_figure_in_money_opens_rows_that_add_up_to_it(signed_in: SignIn, rows: Any) -> None:
    client = signed_in("edith")
    seen = findings.figures(counts.see(select(system(), {}, TODAY)))
    wanted = [seen.invested, seen.released, seen.validated, seen.past_date]
    opened = [
        client.get(figure.url).context["sums"] for figure in client.get("/portfolio/").context["figures"]
    ]
    assert [sum(total for _, total in sums) for sums in opened] == wanted


def test_a_ledger_nobody_knows_is_not_found(signed_in: SignIn) -> None:
    assert signed_in("edith").get("/portfolio/ledger/bribes/").status_code == 404


def test_stage_ageing_of_a_past_day_is_that_of_the_spells_then(cast: Cast, at: datetime) -> None:
    row = add(cast.claims, "Moved since", "pilot", 500)
    moved = TODAY - timedelta(days=10)
    row.spells.update(left_on=moved, closed_at=at)
    row.spells.create(from_stage="pilot", stage="production", entered_on=moved, recorded_at=at)
    chosen = select(system(), {}, TODAY)
    assert counts.ageing(chosen, TODAY).pre_production == 0
    before = counts.ageing(chosen, moved - timedelta(days=1))
    assert before.pre_production == 1
    assert before.older_than_months[12].by_stage == {"pilot": 1}
