"""Money: the worked figures to the cent, the properties that hold for any flows, and what is refused."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.calculate import CALCULATORS
from domain.errors import RuleError
from domain.finance.extension import priced
from domain.finance.flows import annual, dated
from domain.finance.frontier import Candidate, frontier
from domain.finance.gating import gate
from domain.finance.internal_rate import IrrNote, irr
from domain.finance.measures import measures
from domain.finance.present_value import mid_year, monthly_rate, npv
from domain.finance.realisation import realisation, require_attribution
from domain.finance.sensitivity import (
    Scenario,
    Spread,
    after_haircut,
    expected_npv,
    flips,
    tornado,
    with_haircut,
)
from domain.finance.streams import Streams
from domain.finance.waiting import cost_of_delay, delayed_a_year, inaction
from domain.kpi_figures import SIX_PLACES, TWO_PLACES, rounded
from tests.oracles import shared

OWN = Path(__file__).parent / "cases" / "business_case.json"
TEN = Decimal("0.10")
BASE = Streams(outlay=Decimal(500_000), benefits=tuple(map(Decimal, (120_000, 220_000, 260_000, 260_000))))
calculate: Callable[[object], Any] = CALCULATORS["business-case"]


def cents(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{rounded(amount, TWO_PLACES):f}"


def six(figure: Decimal | None) -> str | None:
    return None if figure is None else f"{rounded(figure, SIX_PLACES):f}"


def flows(*amounts: object) -> Any:
    return annual([Decimal(str(amount)) for amount in amounts])


def exactly(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["case"]) for case in exactly(OWN)])
def test_a_reference_case_comes_out_to_the_cent(case: dict[str, Any]) -> None:
    assert calculate([case["input"]]) == [case["expected"]]


@pytest.mark.oracle
def test_every_shared_oracle_case_comes_out_to_the_cent() -> None:
    cases = exactly(shared("business_case"))
    answers = calculate([case["input"] for case in cases])
    assert len(answers) == len(cases) > 50
    for case, found in zip(cases, answers, strict=True):
        wanted = {key: one for key, one in case["expected"].items() if key != "tolerance"}
        assert {key: found[key] for key in wanted} == wanted, case["id"]


def test_conventions_are_told_apart() -> None:
    assert cents(npv(mid_year(BASE.flows()), TEN)) == "196235.43"
    assert six(monthly_rate(TEN)) == "0.007974"


def test_the_tornado_is_sorted_by_its_swing() -> None:
    found = tornado(BASE, TEN, Spread(running=Decimal(30_000)))
    assert [(bar.factor, cents(bar.low), cents(bar.high), cents(bar.swing)) for bar in found] == [
        ("benefits", "31067.55", "296601.33", "265533.78"),
        ("delay", "-57953.69", "163834.44", "221788.13"),
        ("outlay", "63834.44", "263834.44", "200000.00"),
        ("rate", "103979.48", "233252.13", "129272.65"),
        ("running", "68738.47", "163834.44", "95095.96"),
    ]


def test_what_would_flip_it() -> None:
    found = flips(BASE, TEN)
    assert (six(found.benefits), cents(found.outlay), six(found.rate)) == (
        "0.753200",
        "663834.44",
        "0.226405",
    )
    assert found.running is not None
    assert cents(BASE.running_more(found.running).npv(TEN)) == "0.00"


def test_scenarios_are_weighted_by_probabilities_that_sum_to_one() -> None:
    worst, best = BASE.scaled(benefits=Decimal("0.6")).late(1), BASE.scaled(benefits=Decimal("1.25"))
    assert (cents(worst.npv(TEN)), cents(best.npv(TEN))) == ("-234772.22", "329793.05")
    quarter, half = Decimal("0.25"), Decimal("0.50")
    three = [
        Scenario("pessimistic", quarter, worst.npv(TEN)),
        Scenario("base", half, BASE.npv(TEN)),
        Scenario("optimistic", quarter, best.npv(TEN)),
    ]
    assert cents(expected_npv(three)) == "105672.43"
    with pytest.raises(RuleError, match=r"sum to 0\.75"):
        expected_npv(three[:2])
    with pytest.raises(RuleError) as refused:
        expected_npv([Scenario("a", Decimal(2), Decimal(0)), Scenario("b", Decimal(-1), Decimal(0))])
    assert refused.value.pointer == "/scenarios/0/probability"


def test_waiting_has_three_prices() -> None:
    found = delayed_a_year(BASE, TEN)
    said = cents(found.fixed_horizon), cents(found.fixed_horizon_a_month), cents(found.sliding)
    assert said == ("221788.13", "18482.34", "14894.04")
    nothing = inaction([Decimal(amount) for amount in (0, -40_000, -60_000, -80_000, -100_000)], BASE, TEN)
    assert (cents(nothing.npv), cents(nothing.acting_is_worth)) == ("-214356.94", "378191.38")
    assert cents(cost_of_delay(BASE)) == "21666.67"
    assert cents(cost_of_delay(BASE, months=6)) == "130000.00"


def test_the_gate_is_worth_what_it_saves() -> None:
    works = npv(flows(-80_000, -420_000, 220_000, 300_000, 320_000, 320_000), TEN)
    carried_on = npv(flows(-80_000, -420_000, 20_000, 20_000, 20_000, 20_000), TEN)
    assert (cents(works), cents(carried_on)) == ("362653.57", "-404184.26")
    found = gate(
        works=Decimal("0.40"), if_it_works=works, if_stopped=Decimal(-80_000), if_carried_on=carried_on
    )
    assert [cents(one) for one in (found.gated, found.ungated, found.worth)] == [
        "97061.43",
        "-97449.13",
        "194510.56",
    ]
    assert (six(found.break_even_gated), six(found.break_even_ungated)) == ("0.180728", "0.527079")


QUARTERS = [
    (0, 0, 80, None, "0.000000"),
    (20, 5, 180, "0.250000", "0.027778"),
    (60, 30, 290, "0.500000", "0.103448"),
    (120, 75, 380, "0.625000", "0.197368"),
    (200, 118, 440, "0.590000", "0.268182"),
]


@pytest.mark.parametrize(("planned", "realised", "spent", "rate", "per_spent"), QUARTERS)
def test_benefits_realised_of_what_was_planned_and_nothing_planned_is_no_rate(
    planned: int, realised: int, spent: int, rate: str | None, per_spent: str
) -> None:
    found = realisation(
        planned=Decimal(planned), realised=Decimal(realised), spent=Decimal(spent), at_completion=Decimal(300)
    )
    assert (six(found.rate), six(found.per_spent)) == (rate, per_spent)
    assert found.forecast == (Decimal(177) if planned == 200 else found.forecast)
    assert (found.forecast is None) is (rate is None)


def test_a_haircut_cuts_what_is_gained_and_not_what_is_lost() -> None:
    assert after_haircut(Decimal(10), Decimal("0.5")) == 5
    case = Streams(outlay=Decimal(100), benefits=(Decimal(200),), lost=(Decimal(80),))
    assert case.npv(Decimal(0)) == 20
    assert with_haircut(case, Decimal("0.5")).npv(Decimal(0)) == -80
    with pytest.raises(RuleError, match="haircut from 0 to 1"):
        after_haircut(Decimal(10), Decimal("1.5"))


def test_an_improvement_is_claimed_once() -> None:
    assert require_attribution([Decimal("0.6"), Decimal("0.4")]) == 1
    with pytest.raises(RuleError, match="Together 110 %"):
        require_attribution([Decimal("0.6"), Decimal("0.5")])


def test_the_frontier_goes_by_value_for_money_and_its_ties_by_cost_and_reference() -> None:
    def of(ref: str, cost: int, value: int) -> Candidate:
        return Candidate(ref, Decimal(cost), Decimal(value))

    rows = [of("D", 10, 5), of("B", 20, 40), of("A", 10, 20), of("C", 10, 20), of("E", 100, 150)]
    found = frontier(rows, Decimal(50))
    assert [(one.candidate.ref, int(one.cost), one.funded) for one in found] == [
        ("A", 10, True), ("C", 20, True), ("B", 40, True), ("E", 140, False), ("D", 150, False),
    ]  # fmt: skip
    with pytest.raises(RuleError) as refused:
        frontier([of("A", 0, 1)], Decimal(1))
    assert refused.value.pointer == "/0/cost"


AMOUNTS = st.lists(st.integers(-10_000, 10_000), min_size=2, max_size=7)
RATES = st.integers(-30, 100).map(lambda percent: Decimal(percent) / 100)


@given(AMOUNTS)
def test_the_npv_at_a_rate_of_return_is_nothing(amounts: Sequence[int]) -> None:
    found = irr(flows(*amounts))
    for root in found.roots:
        exact = npv(flows(*amounts), root)
        step = abs(npv(flows(*amounts), root + SIX_PLACES) - npv(flows(*amounts), root - SIX_PLACES))
        assert abs(exact) <= step + Decimal("0.0001")


@given(AMOUNTS)
def test_a_root_is_missed_by_no_step_through_the_rates(amounts: Sequence[int]) -> None:
    """Where the NPV changes its sign between two rates, there is a root between them."""
    rows = flows(*amounts)
    found = irr(rows)
    assume(found.note is not IrrNote.NO_SIGN_CHANGE)
    grid = [Decimal(percent) / 100 for percent in range(-98, 1000, 9)]
    for low, high in pairwise(grid):
        at_low, at_high = npv(rows, low), npv(rows, high)
        if (at_low > 0 > at_high) or (at_low < 0 < at_high):
            assert any(low <= root <= high for root in found.roots)


@given(AMOUNTS, RATES, st.integers(1, 50))
def test_money_in_another_unit_scales_the_worth_and_no_ratio(
    amounts: Sequence[int], rate: Decimal, factor: int
) -> None:
    one, many = measures(flows(*amounts), rate), measures(flows(*(factor * a for a in amounts)), rate)
    assert abs(many.npv - factor * one.npv) < Decimal("1e-18")
    assert (many.irr, many.payback_note, many.roi) == (one.irr, one.payback_note, one.roi)
    assert six(many.payback_years) == six(one.payback_years)


@given(AMOUNTS, RATES)
def test_the_other_side_of_the_bargain_has_the_opposite_worth_and_the_same_roots(
    amounts: Sequence[int], rate: Decimal
) -> None:
    one, other = flows(*amounts), flows(*(-a for a in amounts))
    assert npv(one, rate) == npv(other, rate).copy_negate() or not npv(one, rate)
    assert irr(one).roots == irr(other).roots


YEARS = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 5_000)), min_size=1, max_size=6)


def of_years(outlay: int, years: Sequence[tuple[int, int]]) -> Streams:
    """Of what is gained and what is lost in each year."""
    gained, lost = zip(*years, strict=True)
    return Streams(
        outlay=Decimal(outlay), benefits=tuple(map(Decimal, gained)), lost=tuple(map(Decimal, lost))
    )


@given(YEARS, st.integers(1, 20_000), RATES)
def test_the_benefits_at_break_even_are_worth_what_they_cost(
    years: Sequence[tuple[int, int]], outlay: int, rate: Decimal
) -> None:
    case = of_years(outlay, years)
    found = flips(case, rate)
    assume(found.benefits is not None)
    assert found.benefits is not None
    assert abs(case.scaled(benefits=found.benefits).npv(rate)) < Decimal("1e-18")


def test_what_is_lost_comes_later_with_what_is_gained() -> None:
    late = of_years(10, [(5, 1), (6, 2), (7, 3)]).late(1)
    assert [int(flow.amount) for flow in late.flows()] == [-10, 0, 4, 4]


def test_each_end_of_a_bar_keeps_the_value_it_comes_of() -> None:
    """A case that loses a little each year loses less when it begins a year later."""
    loses = Streams(outlay=Decimal(10), benefits=(Decimal(1), Decimal(1)), running=(Decimal(5), Decimal(5)))
    bars = {bar.factor: bar for bar in tornado(loses, Decimal("0.10"), Spread(running=Decimal(1)))}
    assert {name for name, bar in bars.items() if bar.turned} == {"delay", "rate"}
    assert bars["delay"].low == loses.npv(Decimal("0.10"))
    assert bars["delay"].high == loses.late(1).npv(Decimal("0.10"))
    assert bars["rate"].low == loses.npv(Decimal("0.06"))
    assert not any(bar.turned for bar in tornado(BASE, Decimal("0.10"), Spread(running=Decimal(30_000))))


@given(YEARS, st.integers(0, 20_000), RATES)
def test_the_ends_of_a_bar_are_the_npv_of_its_values(
    years: Sequence[tuple[int, int]], outlay: int, rate: Decimal
) -> None:
    case = of_years(outlay, years)
    bars = {bar.factor: bar for bar in tornado(case, rate, Spread())}
    late, on_time = case.late(1).npv(rate), case.npv(rate)
    delay = bars["delay"]
    assert ((delay.high, delay.low) if delay.turned else (delay.low, delay.high)) == (late, on_time)
    assert [bars[name].turned for name in ("benefits", "outlay")] == [False, False]


@pytest.mark.parametrize(("a_month", "delay"), [("36500", "36000"), ("0", "0"), ("-36500", "0")])
def test_a_longer_pilot_is_not_paid_for_by_a_delay_that_gains(a_month: str, delay: str) -> None:
    found = priced(Decimal(a_month), spent=Decimal(600), over_days=60, lengths=(30,))[0]
    assert (found.delay, found.running, found.total) == (Decimal(delay), Decimal(300), Decimal(delay) + 300)


def test_dated_flows_of_whole_years_are_annual_ones() -> None:
    amounts = [Decimal(a) for a in (-100, 40, 50, 60)]
    days = [date(2026, 1, 1), date(2027, 1, 1), date(2028, 1, 1), date(2028, 12, 31)]
    assert irr(dated(list(zip(days, amounts, strict=True)))) == irr(annual(amounts))


REFUSED: list[tuple[object, str, str]] = [
    ({}, "", "Give a list"),
    ([{"rate": "0.1"}], "/0", "cash_flows"),
    ([{"cash_flows": [], "rate": "0.1"}], "/0/cash_flows", "at least one"),
    ([{"cash_flows": ["-1"] * 121, "rate": "0.1"}], "/0/cash_flows", "at most 120"),
    ([{"cash_flows": ["-1", "1e30"], "rate": "0.1"}], "/0/cash_flows/1", "below 1,000,000,000,000,000"),
    ([{"cash_flows": ["-1", "NaN"], "rate": "0.1"}], "/0/cash_flows/1", "number"),
    ([{"cash_flows": ["-1", ""], "rate": "0.1"}], "/0/cash_flows/1", "number"),
    ([{"cash_flows": ["-1", None], "rate": "0.1"}], "/0/cash_flows/1", "number"),
    ([{"cash_flows": ["-1", "2"], "rate": "-1"}], "/0/rate", "from -0.99 to 10"),
    ([{"cash_flows": ["-1", "2"], "rate": "10 %"}], "/0/rate", "number"),
    ([{"cash_flows": ["-1", "2"], "rate": "0.1", "finance_rate": "11"}], "/0/finance_rate", "to 10"),
    ([{"cash_flows": ["-1", "2"], "rate": "0.1", "currency": "EUR"}], "/0/currency", "Remove it"),
    ([{"cash_flows": ["-1", "2"] * 20, "rate": "0.1"}], "/0/cash_flows", "39 times"),
    ([{"dated_flows": [["2026-01-02", 1], ["2026-01-01", 1]], "rate": "0.1"}], "/0/dated_flows/1/0", "order"),
    ([{"dated_flows": [["2026-02-30", 1]], "rate": "0.1"}], "/0/dated_flows/0/0", "YYYY-MM-DD"),
    ([{"dated_flows": [["2026-01-02"]], "rate": "0.1"}], "/0/dated_flows/0", "[date, amount]"),
    ([{"case": {"years": 4, "rate": "ten"}}], "/0/case/rate", "number"),
    ([{"case": {}, "rate": "0.1"}], "/0/rate", "Remove it"),
    ([{"dated_flows": [], "cash_flows": [], "rate": "0.1"}], "/0/cash_flows", "Remove it"),
]


@pytest.mark.parametrize(("document", "pointer", "remedy"), REFUSED)
def test_what_cannot_be_read_is_refused_with_its_place_and_remedy(
    document: object, pointer: str, remedy: str
) -> None:
    with pytest.raises(RuleError) as refused:
        calculate(document)
    assert refused.value.pointer == pointer
    assert remedy in refused.value.message


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"outlay": Decimal(-1)}, "/outlay"),
        ({"running": (Decimal(1),)}, "/running"),
        ({"running": (Decimal(1), Decimal(-1))}, "/running/1"),
        ({"lost": (Decimal(1),)}, "/lost"),
        ({"lost": (Decimal(1), Decimal(-1))}, "/lost/1"),
        ({"benefits": (Decimal(-1), Decimal(2))}, "/benefits/0"),
    ],
)
def test_streams_that_contradict_themselves_are_refused(said: dict[str, Any], pointer: str) -> None:
    whole: dict[str, Any] = {"outlay": Decimal(1), "benefits": (Decimal(1), Decimal(2)), **said}
    with pytest.raises(RuleError) as refused:
        Streams(**whole)
    assert refused.value.pointer == pointer
