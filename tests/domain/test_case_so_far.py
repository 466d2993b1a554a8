"""A case that is being written: the worked figures, what is told already, and what is missing place by place."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calculate import CALCULATORS
from domain.calculate.case_appraisal import case_appraisal
from domain.errors import RuleError
from domain.finance.case import CostCategory

NOTHING = ["0"] * 5


def costs(today: Any = "500000") -> list[dict[str, Any]]:
    said: dict[str, Any] = {one.value: NOTHING for one in CostCategory}
    said["build"] = [today, "0", "0", "0", "0"]
    return [{"category": name, "amounts": amounts} for name, amounts in said.items()]


def worked(**more: Any) -> dict[str, Any]:
    """The base case of the specification."""
    benefit = {
        "description": "Fewer handling hours", "type": "cashable", "evidence": "controlled", "owner": "Alice",
        "amounts": ["0", "120000", "220000", "260000", "260000"],
    }  # fmt: skip
    return {
        "years": 4, "rate": "0.10", "currency": "EUR", "costs": costs(), "benefits": [benefit], "spread_running": "30000",
        "scenarios": [
            {"name": "conservative", "haircut": "0.4", "years_late": 1, "probability": "0.25"},
            {"name": "pilot", "haircut": "0", "probability": "0.50"},
            {"name": "optimistic", "haircut": "-0.25", "probability": "0.25"},
        ],
        "do_nothing": ["0", "-40000", "-60000", "-80000", "-100000"], **more,
    }  # fmt: skip


def answer(**more: Any) -> dict[str, Any]:
    found: Any = case_appraisal([worked(**more)])[0]
    return dict(found)


def pointers(found: dict[str, Any]) -> set[str]:
    return {one["pointer"] for one in found["missing"]}


def test_every_worked_figure_of_the_base_case() -> None:
    found = answer()
    assert (found["complete"], found["missing"]) == (True, [])
    told = found["figures"]
    assert {name: told[name] for name in (
        "npv", "irr", "irr_note", "mirr", "payback_years", "payback_note", "discounted_payback_years",
        "profitability_index", "roi", "mid_year_npv", "expected_npv", "cost_of_inaction", "acting_is_worth",
        "benefits_may_fall",
    )} == {
        "npv": "163834.44", "irr": "0.226405", "irr_note": "ok", "mirr": "0.180770", "payback_years": "2.615385",
        "payback_note": "recovered", "discounted_payback_years": "3.077423", "profitability_index": "1.327669",
        "roi": "0.720000", "mid_year_npv": "196235.43", "expected_npv": "105672.43", "cost_of_inaction": "-214356.94",
        "acting_is_worth": "378191.38", "benefits_may_fall": "0.246800",
    }  # fmt: skip
    assert [(bar["factor"], bar["low"], bar["high"], bar["swing"]) for bar in told["tornado"]] == [
        ("benefits", "31067.55", "296601.33", "265533.78"), ("delay", "-57953.69", "163834.44", "221788.13"),
        ("outlay", "63834.44", "263834.44", "200000.00"), ("rate", "103979.48", "233252.13", "129272.65"),
        ("running", "68738.47", "163834.44", "95095.96"),
    ]  # fmt: skip
    assert [one["npv"] for one in told["scenarios"]] == ["-234772.22", "163834.44", "329793.05"]
    assert told["npv_cost_of_one_year_delay"] == {
        "fixed_horizon": "221788.13", "fixed_horizon_a_month": "18482.34", "sliding": "14894.04", "meant": "",
    }  # fmt: skip
    assert (told["excel_npv"], told["monthly_rate"]) == ("148940.40", "0.007974")
    assert told["worth_by_evidence"]["controlled"] == "663834.44"


def test_the_phased_case_of_the_specification() -> None:
    said = costs("80000")
    said[0]["amounts"] = ["80000", "420000", "0", "0", "0", "0"]
    for line in said[1:]:
        line["amounts"] = ["0"] * 6
    benefit = {**worked()["benefits"][0], "amounts": ["0", "0", "220000", "300000", "320000", "320000"]}
    found = answer(
        years=5, costs=said, benefits=[benefit], do_nothing=[], works="0.40", if_stopped=["-80000", "0", "0", "0", "0", "0"],
        if_carried_on=["-80000", "-420000", "20000", "20000", "20000", "20000"],
    )  # fmt: skip
    assert found["figures"]["npv"] == "362653.57"
    assert found["figures"]["gate"] == {
        "if_it_works": "362653.57", "if_stopped": "-80000.00", "if_carried_on": "-404184.26",
        "gated": "97061.43", "ungated": "-97449.13", "worth": "194510.56", "break_even_gated": "0.180728",
        "break_even_ungated": "0.527079",
    }  # fmt: skip


def test_what_is_lost_is_told_apart_and_no_scenario_cuts_it() -> None:
    gain = {**worked()["benefits"][0], "amounts": ["0", "200", "0", "0", "0"]}
    loss = {
        **gain,
        "description": "Calls take longer",
        "type": "dis_benefit",
        "amounts": ["0", "80", "0", "0", "0"],
    }
    half = {"name": "conservative", "haircut": "0.5"}
    found = answer(rate="0", costs=costs("100"), benefits=[gain, loss], scenarios=[half])["figures"]
    assert (found["benefits"][0], found["lost"][0], found["cash_flows"][:2]) == (
        "200.00",
        "80.00",
        ["-100.00", "120.00"],
    )
    assert (found["npv"], found["scenarios"][0]["npv"], found["flips"]["benefits"]) == (
        "20.00",
        "-80.00",
        "0.900000",
    )


def test_the_calculator_of_flows_answers_for_a_case_too() -> None:
    ask: Any = CALCULATORS["business-case"]
    assert ask([{"case": worked()}]) == case_appraisal([worked()])


def test_nothing_said_is_missing_place_by_place() -> None:
    found: Any = case_appraisal([{}])[0]
    assert pointers(found) == {"/years", "/rate"}
    assert (found["complete"], found["figures"], found["conventions"]) == (False, None, [])


def test_every_blank_is_told_at_its_place() -> None:
    said = costs()
    said[3]["amounts"] = ["0", None, "0", None, "0"]
    found = answer(costs=said[:-1], benefits=[{"amounts": ["0", None, "0", "0", "0"]}])
    assert found["figures"] is None
    assert pointers(found) == {
        "/costs", "/costs/3/amounts/1", "/costs/3/amounts/3", "/benefits/0/type", "/benefits/0/evidence",
        "/benefits/0/description", "/benefits/0/owner", "/benefits/0/amounts/1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "pointer", "lost"),
    [
        ({"do_nothing": ["0", None, "0", "0", "0"]}, "/do_nothing/1", "cost_of_inaction"),
        ({"do_nothing": ["0"]}, "/do_nothing", "cost_of_inaction"),
        ({"do_nothing": ["1e30", "0", "0", "0", "0"]}, "/do_nothing/0", "cost_of_inaction"),
        ({"works": "0.4"}, "/if_stopped", "gate"),
        ({"works": "1.4", "if_stopped": NOTHING, "if_carried_on": NOTHING}, "/works", "gate"),
        ({"if_stopped": NOTHING}, "/works", "gate"),
        ({"scenarios": [{"name": "pilot", "haircut": "0", "probability": "0.9"}]}, "/scenarios", "expected_npv"),
        ({"scenarios": [{"name": "a", "haircut": "0", "probability": "1"}, {"name": "b", "haircut": "0"}]},
         "/scenarios/1/probability", "expected_npv"),
    ],
)  # fmt: skip
def test_one_question_that_cannot_be_answered_leaves_the_others(more: Any, pointer: str, lost: str) -> None:
    found = answer(**more)
    assert pointers(found) == {pointer}
    assert found["figures"]["npv"] == "163834.44"
    assert found["figures"][lost] is None


def test_who_answers_for_a_benefit_is_missing_and_changes_no_figure() -> None:
    nameless = {**worked()["benefits"][0], "owner": "", "description": " "}
    found = answer(benefits=[nameless])
    assert pointers(found) == {"/benefits/0/owner", "/benefits/0/description"}
    assert found["figures"] == answer()["figures"]


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"color": 1}, "/0/color"),
        ({"rate": "ten"}, "/0/rate"),
        ({"rate": "NaN"}, "/0/rate"),
        ({"costs": [{"category": "party"}]}, "/0/costs/0/category"),
        ({"costs": "none"}, "/0/costs"),
        ({"prices": "future"}, "/0/prices"),
        ({"scenarios": [{"name": "pilot", "haircut": "1.1"}]}, "/0/scenarios/0/haircut"),
        ({"scenarios": [{"name": "pilot", "haircut": "0", "years_late": 11}]}, "/0/scenarios/0/years_late"),
        ({"spread_running": "-1"}, "/0/spread_running"),
        ({"benefits": [{}] * 101}, "/0/benefits"),
    ],
)
def test_what_is_no_such_document_is_refused(more: Any, pointer: str) -> None:
    with pytest.raises(RuleError) as found:
        case_appraisal([worked(**more)])
    assert found.value.pointer == pointer


def test_the_command_answers_too(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = json.dumps([worked()]).encode()
    monkeypatch.setattr(
        "sys.stdin", type("In", (), {"buffer": type("Bytes", (), {"read": lambda _: raw})()})()
    )
    call_command("calculate", "case-appraisal")
    assert json.loads(capsys.readouterr().out)[0]["figures"]["npv"] == "163834.44"
    assert "case-appraisal" in CALCULATORS


MONEY = st.decimals(0, 10**9, places=2)
YEARLY = st.lists(MONEY, min_size=4, max_size=4)


def simple(
    outlay: Decimal, gains: list[Decimal], factor: Decimal = Decimal(1), rate: str = "0.10"
) -> dict[str, Any]:
    benefit = {**worked()["benefits"][0], "amounts": ["0", *(str(gain * factor) for gain in gains)]}
    found: Any = case_appraisal([
        worked(rate=rate, costs=costs(str(outlay * factor)), benefits=[benefit], scenarios=[], do_nothing=[], spread_running=None)
    ])[0]  # fmt: skip
    assert found["complete"]
    return dict(found["figures"])


@settings(deadline=None, max_examples=40)
@given(outlay=MONEY, gains=YEARLY)
def test_the_npv_at_the_irr_is_nothing(outlay: Decimal, gains: list[Decimal]) -> None:
    found = simple(outlay, gains)
    if found["irr"] is not None and Decimal(found["irr"]) > Decimal("-0.9"):
        size = outlay + sum(gains)
        again = Decimal(simple(outlay, gains, rate=found["irr"])["npv"])
        # The rate is told to six places; where money is lost each of them weighs more.
        weight = (1 + Decimal(found["irr"])) ** -6 if Decimal(found["irr"]) < 0 else Decimal(1)
        assert abs(again) <= size * weight * Decimal("0.00001") + Decimal("0.01")


@settings(deadline=None, max_examples=40)
@given(outlay=MONEY, gains=YEARLY)
def test_a_hundred_times_the_amounts_is_a_hundred_times_the_npv_at_the_same_rates(
    outlay: Decimal, gains: list[Decimal]
) -> None:
    small, large = simple(outlay, gains), simple(outlay, gains, Decimal(100))
    assert abs(Decimal(large["npv"]) - 100 * Decimal(small["npv"])) <= 1
    assert (large["irr"], large["payback_years"]) == (small["irr"], small["payback_years"])


@settings(deadline=None, max_examples=40)
@given(outlay=MONEY, gains=YEARLY)
def test_at_the_break_even_rate_of_benefits_the_npv_is_nothing(outlay: Decimal, gains: list[Decimal]) -> None:
    even = simple(outlay, gains)["flips"]["benefits"]
    if even is None:
        return
    again = simple(outlay, [gain * Decimal(even) for gain in gains])["npv"]
    # The factor is told to six places.
    assert abs(Decimal(again)) <= sum(gains) * Decimal("0.000001") + Decimal("0.01")


@settings(deadline=None, max_examples=40)
@given(outlay=MONEY, gains=YEARLY)
def test_the_sign_of_every_flow_turned_turns_the_npv(outlay: Decimal, gains: list[Decimal]) -> None:
    flows = [str(-outlay), *(str(gain) for gain in gains)]
    turned = [str(-Decimal(flow)) for flow in flows]
    ask: Any = CALCULATORS["business-case"]
    there, back = ask([{"cash_flows": one, "rate": "0.1"} for one in (flows, turned)])
    assert Decimal(there["npv"]) == -Decimal(back["npv"])
    assert there["npv"] == simple(outlay, gains)["npv"]
