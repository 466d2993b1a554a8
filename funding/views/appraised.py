"""Everything the case page says of one version, from its lines alone: what can be told, and what stands in the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.wording import money, money_exact, percent, plural
from domain.finance.appraisal import Appraisal
from domain.finance.case import Case
from domain.finance.extension import Extension
from domain.finance.flows import Flow, annual
from domain.finance.payback import PaybackNote
from domain.finance.sensitivity import Spread
from domain.finance.worth import measured_share
from domain.kpi_figures import EXACT
from funding.models import BusinessCase
from funding.translate import Lines, amounts_of, careful_npv, so_far_of
from funding.views.charts import tornado_chart
from funding.views.figures import (
    Figure,
    break_even_words,
    by_year,
    conventions,
    figures_of,
    flips_of,
    payback_words,
    rate_words,
    years_of,
)
from funding.views.tables import by_evidence, ways

PRICES = {"nominal": "prices of each year", "real": "prices of today"}


def told_of(lines: Lines) -> dict[str, Any]:
    """What funding/_told.html needs; `refused` in words where the rules cannot answer yet."""
    row, so_far = lines.case, so_far_of(lines)
    case, found = so_far.case, so_far.appraisal
    if case is None or found is None:
        return {"told": None, "refused": so_far.missing[0].message if so_far.missing else ""}
    finance = case.rate if row.finance_rate is None else row.finance_rate
    reinvest = case.rate if row.reinvest_rate is None else row.reinvest_rate
    return {
        "told": headline(lines, case, found),
        "figures": figures_of(case, found, finance, reinvest),
        "flips": flips_of(case, found),
        "chart": tornado_chart(found.tornado, found.measures.npv, _spread(row), case.currency),
        "graded": by_evidence(lines, found),
        "ways": ways(lines, found),
        "expected": None if found.expected is None else money_exact(found.expected, case.currency),
        "waiting": waiting(row, found),
        "gate": gate_of(row, case, found),
        "conventions": conventions(
            case, PRICES[row.prices], money_exact(found.mid_year_npv, case.currency) if row.mid_year else ""
        ),
    }


def _spread(row: BusinessCase) -> Spread:
    return Spread(
        benefits=row.spread_benefits, outlay=row.spread_outlay, years_late=row.spread_years_late, rate=row.spread_rate,
        running=row.spread_running,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Headline:
    """The case in one sentence, in parts, so that the page can weigh them."""

    npv: str
    loses: bool
    rate: str
    years: str
    payback: str
    recovered: bool
    lost_again: bool
    break_even: str
    measured: str
    none_measured: bool
    delay: str
    delay_costs: bool
    short: str
    spare: str
    spare_means: str
    careful: str
    careful_loses: bool


def headline(lines: Lines, case: Case, found: Appraisal) -> Headline:
    m, careful = found.measures, careful_npv(lines, found)
    spare, means = _spare(found.flips.benefits)
    share = measured_share(case)
    return Headline(
        npv=money_exact(m.npv, case.currency),
        loses=m.npv < 0,
        rate=rate_words(case.rate),
        years=plural(case.years, "year"),
        payback=payback_words(m.payback_years, m.payback_note),
        recovered=m.payback_years is not None,
        lost_again=m.payback_note is PaybackNote.RECOVERED_LATER_LOST,
        break_even=break_even_words(found.flips.benefits),
        measured="" if share is None else percent(share),
        none_measured=share == 0,
        delay=money(found.delay_a_month.copy_abs(), case.currency),
        delay_costs=found.delay_a_month > 0,
        short=money(m.npv, case.currency),
        spare=spare,
        spare_means=means,
        careful=money(careful, case.currency) if careful is not None else "",
        careful_loses=careful is not None and careful < 0,
    )


def _spare(factor: Decimal | None) -> tuple[str, str]:
    """How far the benefits are from break-even, and what that means."""
    if factor is None:
        return "", "no size of the benefits makes it 0"
    gap = EXACT.subtract(Decimal(1), factor)
    if gap < 0:
        return percent(gap.copy_negate(), 1), "more benefits than planned, before it is worth anything"
    return percent(gap, 1), "the benefits may fall, before it is worth nothing"


def waiting(row: BusinessCase, found: Appraisal) -> dict[str, Any]:
    """The three figures of waiting, each by its own name and never added."""
    currency = row.currency
    return {
        "a_month": money_exact(found.delay_a_month, currency),
        "costs": found.delay_a_month > 0,
        "fixed": money_exact(found.delayed.fixed_horizon.copy_abs(), currency),
        "fixed_saves": found.delayed.fixed_horizon < 0,
        "sliding": money_exact(found.delayed.sliding.copy_abs(), currency),
        "sliding_saves": found.delayed.sliding < 0,
        "fixed_a_month": money_exact(found.delayed.fixed_horizon_a_month, currency),
        "means": row.delay_means,
        "inaction": None if found.inaction is None else money_exact(found.inaction.npv, currency),
        "acting": None if found.inaction is None else money_exact(found.inaction.acting_is_worth, currency),
    }


def gate_of(row: BusinessCase, case: Case, found: Appraisal) -> dict[str, Any] | None:
    """What the right to stop is worth, and the three NPVs it is weighed from; None where its inputs were not recorded."""
    gate = found.gate
    if gate is None or row.works is None:
        return None
    fails = EXACT.subtract(Decimal(1), row.works)
    ways = (
        ("works", "It works", row.works, found.streams.flows(), gate.if_it_works),
        ("stopped", "It fails, and is stopped at the gate", fails, _flows(row.if_stopped), gate.if_stopped),
        (
            "carried",
            "It fails, and is carried on regardless",
            fails,
            _flows(row.if_carried_on),
            gate.if_carried_on,
        ),
    )
    return {
        "works": percent(row.works),
        "ways": [_way(case, *one) for one in ways],
        "gated": money_exact(gate.gated, row.currency),
        "ungated": money_exact(gate.ungated, row.currency),
        "gated_loses": gate.gated < 0,
        "ungated_loses": gate.ungated < 0,
        "worth": money_exact(gate.worth, row.currency),
        "from_gated": _from(gate.break_even_gated),
        "from_ungated": _from(gate.break_even_ungated),
    }


def _flows(stored: Sequence[str | None]) -> tuple[Flow, ...]:
    return annual([one or Decimal(0) for one in amounts_of(stored)])


def _way(case: Case, code: str, name: str, chance: Decimal, flows: Sequence[Flow], npv: Decimal) -> Figure:
    """One end of the first stage, which opens the years its NPV is made of."""
    heads, rows = by_year(years_of(flows, case.rate), case)
    worth = money_exact(npv, case.currency)
    says = f"{percent(chance)} likely. Each year's net flow times what 1 of that year is worth today."
    return Figure(f"gate-{code}", name, worth, says, heads, (*rows, ["NPV", "", "", worth]))


def _from(probability: Decimal | None) -> str:
    return percent(probability, 1) if probability is not None else "no probability makes it 0"


@dataclass(frozen=True, slots=True)
class Priced:
    """An extension in words."""

    days: int
    delay: str | None
    running: str | None
    total: str | None


def extensions(prices: Sequence[Extension], currency: str) -> list[Priced]:
    def whole(amount: Decimal | None) -> str | None:
        return None if amount is None else money_exact(amount.quantize(Decimal(1)), currency)

    return [Priced(one.days, whole(one.delay), whole(one.running), whole(one.total)) for one in prices]
