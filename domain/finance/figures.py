"""The figures of an appraisal as plain JSON: what the API says of a stored case, and the calculator of one as typed.

Money is text to the cent, half even; rates, shares and years are text with six places; None where there is no such figure.
"""

from decimal import Decimal

from domain.finance.appraisal import Appraisal
from domain.finance.case import Case
from domain.finance.present_value import monthly_rate
from domain.finance.worth import measured_share
from domain.kpi_figures import EXACT, SIX_PLACES, TWO_PLACES, rounded

ROI_IS: str = "simple: undiscounted, not adjusted for time"


def figures(case: Case, found: Appraisal, *, delay_means: str = "") -> dict[str, object]:
    """Every figure. The three costs of waiting keep their three names, and worth by evidence is never summed.

    `delay_means`: which of the two costs of a year's delay the case means; empty: nobody said.
    """
    one = found.measures
    return {
        "npv": money(one.npv),
        "excel_npv": money(one.excel_npv),
        "mid_year_npv": money(found.mid_year_npv),
        "monthly_rate": six(monthly_rate(case.rate)),
        "irr": six(one.irr.rate),
        "irr_note": one.irr.note.value,
        "irr_roots": [six(root) for root in one.irr.roots],
        "mirr": six(one.mirr),
        "payback_years": six(one.payback_years),
        "payback_note": one.payback_note.value,
        "discounted_payback_years": six(one.discounted_payback_years),
        "profitability_index": six(one.profitability_index),
        "roi": six(one.roi),
        "roi_is": ROI_IS,
        **_by_year(found),
        **_how_sure(found),
        **_waiting(found, delay_means),
        "gate": _gate(found),
        "worth_by_evidence": {name.value: money(amount) for name, amount in found.worth_by_evidence.items()},
        "measured_share": six(measured_share(case)),
        "without_money": [line.description for line in case.without_money()],
    }


def _by_year(found: Appraisal) -> dict[str, object]:
    return {
        "outlay": money(found.streams.outlay),
        "benefits": [money(amount) for amount in found.streams.benefits],
        "running": [money(amount) for amount in found.streams.running],
        "lost": [money(amount) for amount in found.streams.lost],
        "cash_flows": [money(flow.amount) for flow in found.streams.flows()],
    }


def _how_sure(found: Appraisal) -> dict[str, object]:
    even = found.flips.benefits
    return {
        "tornado": [
            {"factor": bar.factor, "low": money(bar.low), "high": money(bar.high), "swing": money(bar.swing),
             "turned": bar.turned}
            for bar in found.tornado
        ],
        "flips": {
            "benefits": six(even),
            "outlay": optional(found.flips.outlay),
            "running": optional(found.flips.running),
            "rate": six(found.flips.rate),
        },
        "benefits_may_fall": None if even is None else six(EXACT.subtract(Decimal(1), even)),
        "scenarios": [
            {"name": one.name, "npv": money(one.npv)} for one in found.scenarios
        ],
        "expected_npv": optional(found.expected),
    }  # fmt: skip


def _waiting(found: Appraisal, meant: str) -> dict[str, object]:
    late, nothing = found.delayed, found.inaction
    return {
        "cost_of_delay_a_month": money(found.delay_a_month),
        "npv_cost_of_one_year_delay": {
            "fixed_horizon": money(late.fixed_horizon),
            "fixed_horizon_a_month": money(late.fixed_horizon_a_month),
            "sliding": money(late.sliding),
            "meant": meant,
        },
        "cost_of_inaction": None if nothing is None else money(nothing.npv),
        "acting_is_worth": None if nothing is None else money(nothing.acting_is_worth),
    }


def _gate(found: Appraisal) -> dict[str, object] | None:
    gate = found.gate
    if gate is None:
        return None
    return {
        "if_it_works": money(gate.if_it_works),
        "if_stopped": money(gate.if_stopped),
        "if_carried_on": money(gate.if_carried_on),
        "gated": money(gate.gated),
        "ungated": money(gate.ungated),
        "worth": money(gate.worth),
        "break_even_gated": six(gate.break_even_gated),
        "break_even_ungated": six(gate.break_even_ungated),
    }


def conventions(
    *,
    years: int,
    rate: Decimal,
    currency: str,
    real_prices: bool,
    mid_year: bool = False,
    delay_means: str = "",
) -> list[str]:
    """What a figure rests on, as sentences: to be printed wherever one is."""
    prices = "the prices of today (real)" if real_prices else "the prices of each year (nominal)"
    out = [
        "Flows are annual, at year ends; the first is today's and is not discounted.",
        f"Amounts are in {currency}, in {prices}, before tax.",
        f"The horizon is {years} {'year' if years == 1 else 'years'}, at {_percent(rate)} % a year.",
        "Everything is compared with doing nothing.",
        "excel_npv is the NPV as a spreadsheet gives it, with the first flow a year away: for comparison alone.",
        "Benefits without money are recorded apart and enter no figure.",
        "Cost of delay, NPV lost by a year's delay and cost of inaction answer three questions. They are not added.",
        "Worth by evidence is not added up.",
    ]
    if mid_year:
        out.append(
            "The case asks for the mid-year convention beside it: mid_year_npv has every later flow half a year earlier."
        )
    out.append(_DELAY[delay_means])
    return out


_DELAY = {
    "": "Nobody has said which cost of a year's delay is meant: fixed horizon, or sliding.",
    "fixed_horizon": "A year's delay is meant within a fixed horizon: the end stays, and the last year is lost.",
    "sliding": "A year's delay is meant as sliding: the whole case moves, and nothing of it is lost.",
}


def money(amount: Decimal) -> str:
    """To the cent, half even."""
    return f"{rounded(amount, TWO_PLACES):f}"


def optional(amount: Decimal | None) -> str | None:
    return None if amount is None else money(amount)


def six(figure: Decimal | None) -> str | None:
    return None if figure is None else f"{rounded(figure, SIX_PLACES):f}"


def _percent(rate: Decimal) -> str:
    return f"{rounded(EXACT.multiply(rate, Decimal(100)), Decimal('0.0001')).normalize():f}"
