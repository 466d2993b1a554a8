"""What the portfolio's money buys: the answer read from the records, the page and the API alike."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.errors import Problem
from domain.triage import Loss, Reason, Verdict
from funding.charts.portfolio import frontier_chart
from funding.queries.portfolio import Picture, picture
from kpis.models import Kpi
from tests.cast import AT, TODAY, Cast
from tests.funding.portfolios import initiative, weighed

SignedIn = Callable[[str], Client]
PAGE = "/funding/"


def seen(cast: Cast, name: str = "max", **params: str) -> Picture:
    return picture(cast.actor(name), params, TODAY)


def calls(found: Picture) -> dict[str, Verdict]:
    return {found.rows[ref].name: call.verdict for ref, call in found.calls.items()}


@pytest.fixture
def five(cast: Cast) -> Cast:
    """One of each call in claims, and one without a case in cards."""
    weighed(cast, "Motor triage", 300)
    weighed(cast, "Letter reading", 200)
    weighed(cast, "Voice bot", -50)
    weighed(cast, "Fraud rings", 900, kpi_status="blind")
    initiative(cast, "Card limits", cast.cards)
    return cast


def test_each_initiative_gets_its_call_under_the_money_it_has_today(five: Cast) -> None:
    found = seen(five)
    assert found.usual == 200  # five times 60 approved, 20 spent
    assert calls(found) == {
        "Motor triage": Verdict.SCALE, "Letter reading": Verdict.SCALE, "Voice bot": Verdict.STOP,
        "Fraud rings": Verdict.FIX, "Card limits": Verdict.FIX,
    }  # fmt: skip
    assert found.outside == 40


def test_a_smaller_budget_lets_the_one_that_buys_less_wait(five: Cast) -> None:
    found = seen(five, budget="100")
    assert calls(found)["Letter reading"] is Verdict.WAIT
    assert found.triage.budget == 100


def test_people_can_be_the_limit(five: Cast) -> None:
    assert calls(seen(five, people="3"))["Letter reading"] is Verdict.WAIT


def test_todays_allocation_stands_beside_what_the_same_money_could_buy(five: Cast) -> None:
    found = seen(five)
    # 40 of 100 each on values of 300, 200 and 900.
    assert found.today.cost == 120
    assert found.today.value == 560
    assert found.same_money == 900 + 60
    assert found.more == 400


def test_what_stops_frees_its_money_and_people(five: Cast) -> None:
    assert seen(five).freed == (Decimal(40), Decimal(2), 0, 0)


def test_what_nobody_recorded_of_a_stop_is_counted_and_is_not_0(cast: Cast, signed_in: SignedIn) -> None:
    weighed(cast, "Voice bot", -50, people=None)
    weighed(cast, "Chat", -50, people=None, approved=None)
    assert seen(cast).freed == (Decimal(40), None, 1, 2)
    lost = seen(cast).losses
    assert (lost[Loss.MONEY_BURNT], lost[Loss.MONEY_EARLY]) == ((Decimal(40), 1), (Decimal(0), 0))
    text = signed_in("max").get(PAGE).content.decode()
    assert "Stopping frees €40." in text
    assert "And 1 whose money nobody recorded. 2 cases do not say how many people." in text


def test_where_no_money_is_recorded_no_regret_is_said(cast: Cast, signed_in: SignedIn) -> None:
    weighed(cast, "Fraud rings", 900, kpi_status="blind", approved=None)
    assert seen(cast).losses[Loss.MONEY_UNPROVEN] == (None, 1)
    text = signed_in("max").get(PAGE).content.decode()
    assert "1 whose money nobody recorded." in text
    assert "goes on unproven" not in text


def test_one_horizon_and_one_rate_are_said(cast: Cast) -> None:
    weighed(cast, "Motor triage", 300)
    assert seen(cast).basis == "Cases over 3 years at 10\u00a0% a year, before tax, against doing nothing"


def test_different_horizons_and_rates_are_added_as_they_stand_and_it_is_said(
    cast: Cast, signed_in: SignedIn
) -> None:
    weighed(cast, "Motor triage", 300)
    weighed(cast, "Letter reading", 200, years=5)
    weighed(cast, "Chat", 200, years=5, rate=Decimal("0.08"))
    weighed(cast, "Voice bot", -50, years=7)  # not drawn
    said = "Cases of 2 horizons and 2 rates are added as they stand, before tax, against doing nothing"
    assert seen(cast).basis == said
    assert said in signed_in("max").get(PAGE).content.decode()


def test_those_within_the_line_that_are_to_be_fixed_or_stopped_first_are_named(five: Cast) -> None:
    found = seen(five)
    assert [row.name for row in found.held_back] == ["Fraud rings"]
    assert found.by_value_alone
    chart = frontier_chart(found, "EUR")
    assert chart is not None
    assert [row[7] for row in chart.rows] == ["Fix first", "Scale", "Scale"]


def test_where_all_within_the_line_may_go_nothing_is_taken_back(cast: Cast, signed_in: SignedIn) -> None:
    weighed(cast, "Motor triage", 300, approved=Decimal(120))
    found = seen(cast)
    assert (found.held_back, found.by_value_alone) == ((), False)
    assert "fixed or stopped first" not in signed_in("max").get(PAGE).content.decode()


def test_ended_initiatives_are_not_triaged(cast: Cast) -> None:
    weighed(cast, "Gone", 300, stage="stopped")
    assert seen(cast).rows == {}


def test_money_nobody_recorded_is_in_no_sum_and_is_counted(cast: Cast) -> None:
    weighed(cast, "Motor triage", 300)
    weighed(cast, "Letter reading", 200, approved=None)
    found = seen(cast)
    assert (found.usual, found.unknown_money, found.today.unknown) == (Decimal(40), 1, 1)


def test_a_blind_one_names_the_kpis_nobody_can_see(cast: Cast) -> None:
    row = initiative(cast, "Fraud rings", kpi_status="blind")
    kpi = Kpi.objects.create(initiative=row, name="Hit rate", status="stale", created_at=AT, updated_at=AT)
    Kpi.objects.create(initiative=row, name="Paid", status="on_track", created_at=AT, updated_at=AT)
    (call,) = seen(cast).triage.calls
    assert (call.reason, call.facts.to_measure) == (Reason.NO_CASE, (kpi.ref,))


@pytest.mark.parametrize(
    ("name", "visible"),
    [("max", 5), ("edith", 5), ("vera", 4), ("ursula", 1), ("alice", 0), ("nobody", 0)],
)
def test_only_what_the_reader_may_see_is_weighed(five: Cast, name: str, visible: int) -> None:
    assert len(seen(five, name).rows) == visible


def test_a_part_of_the_portfolio_has_its_own_budget(five: Cast) -> None:
    found = seen(five, unit=str(five.retail.pk))
    assert (len(found.rows), found.usual) == (1, Decimal(40))


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"budget": "a lot"}, "'a lot' is not a number"),
        ({"budget": "-1"}, "from 0 up"),
        ({"budget": "NaN"}, "not a number"),
        ({"people": "1e15"}, "from 0 up"),
        ({"unit": "claims"}, "not a whole number"),
    ],
)
def test_a_limit_that_cannot_be_read_is_one_clear_error(
    cast: Cast, params: dict[str, str], words: str
) -> None:
    with pytest.raises(Problem, match=words):
        seen(cast, **params)


def test_the_statements_stay_as_many_however_many_initiatives(five: Cast) -> None:
    with CaptureQueriesContext(connection) as few:
        seen(five)
    for number in range(20):
        weighed(five, f"More {number}", 100 + number, kpi_status="blind" if number % 2 else "on_track")
    with CaptureQueriesContext(connection) as many:
        assert len(seen(five).rows) == 25
    assert len(many) == len(few) == 4  # one of them for who asks


def test_the_page_says_calls_reasons_and_what_the_money_could_buy(
    five: Cast, signed_in: SignedIn, frozen: Any
) -> None:
    text = signed_in("edith").get(PAGE).content.decode()
    assert "By value for cost alone, the same €120 could buy <strong>€400 more</strong> over 3 years." in text
    assert "<strong>1 of those within the line is to be fixed or stopped first</strong>" in text
    assert "By its own case it is worth" in text
    assert "A proposal by rule" in text
    assert "Below the line" in text


@pytest.mark.parametrize("name", ["max", "edith", "vera", "alice"])
def test_the_page_is_drawn_for_every_reader_also_for_who_sees_nothing(
    cast: Cast, signed_in: SignedIn, name: str
) -> None:
    response = signed_in(name).get(PAGE)
    assert response.status_code == 200
    assert "No initiative is under way that you may see." in response.content.decode()


def test_the_table_is_narrowed_sorted_and_leaves_as_a_file(
    five: Cast, signed_in: SignedIn, frozen: Any
) -> None:
    client = signed_in("max")
    rows = client.get(PAGE, {"call": "scale", "ordering": "-value"}).context["rows"]
    assert [line.row.name for line in rows] == ["Motor triage", "Letter reading"]
    body = b"".join(client.get(PAGE, {"format": "csv", "ordering": "value"}))
    lines = body.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Initiative,Call,Because,What would flip it,Value")
    assert [line.split(",")[1] for line in lines[1:]] == ["Stop", "Scale", "Scale", "Fix first", "Fix first"]


def test_what_is_unknown_comes_last_whichever_way_the_table_is_sorted(
    five: Cast, signed_in: SignedIn
) -> None:
    for order in ("value", "-value"):
        rows = signed_in("max").get(PAGE, {"ordering": order}).context["rows"]
        assert rows[-1].row.name == "Card limits"


def test_htmx_gets_the_table_alone(five: Cast, signed_in: SignedIn) -> None:
    text = signed_in("max").get(PAGE, headers={"HX-Request": "true"}).content.decode()
    assert text.lstrip().startswith('<div id="table">')


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("budget=x", 400), ("people=-2", 400), ("call=maybe", 400), ("reason=luck", 400), ("ordering=luck", 400),
        ("colour=red", 400), ("columns=luck", 400), ("format=pdf", 400), ("page=9", 404), ("page=x", 400),
        ("as_of=2026-10-01", 400), (f"q={'x' * 201}", 400),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_refused(five: Cast, signed_in: SignedIn, query: str, status: int) -> None:
    assert signed_in("max").get(f"{PAGE}?{query}").status_code == status


def test_the_frontier_is_a_section_for_the_dashboard_and_a_page_without_script(
    five: Cast, signed_in: SignedIn
) -> None:
    client = signed_in("edith")
    part = client.get(f"{PAGE}frontier/", headers={"HX-Request": "true"}).content.decode()
    assert part.startswith("<section")
    assert "1 has no case" in part
    assert "<h1>Efficient frontier" in client.get(f"{PAGE}frontier/").content.decode()
    assert client.get(f"{PAGE}frontier/?call=scale").status_code == 400


def test_the_dashboard_fetches_the_frontier_after_itself(five: Cast, signed_in: SignedIn) -> None:
    text = signed_in("edith").get("/portfolio/", {"unit": str(five.claims.pk)}).content.decode()
    assert f'hx-get="/funding/frontier/?unit={five.claims.pk}"' in text


def test_value_that_is_not_adjusted_or_not_measured_is_hollow(cast: Cast) -> None:
    weighed(cast, "Motor triage", 300)
    weighed(cast, "Letter reading", 200, haircut=None)
    weighed(cast, "Voice bot", 100, measured_share=Decimal(0))
    weighed(cast, "Chat", 100, measured_share=None)
    assert seen(cast).unsure == 3
