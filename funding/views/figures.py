"""The figures of a case for a page: each in words, with the convention it stands on and the rows it is made of.

Pure: an appraisal and its case in, text out. What cannot be told is said in words, never as 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.wording import money_exact, number, percent, plural
from domain.finance.appraisal import Appraisal
from domain.finance.case import Case
from domain.finance.flows import Flow
from domain.finance.internal_rate import Irr, IrrNote, mirr_sides
from domain.finance.payback import PaybackNote
from domain.finance.present_value import ONE, discounted, monthly_rate, power
from domain.kpi_figures import EXACT

Cells = list[str]
NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `value` is written; `known` False: it cannot be told, and `value` says why. `columns`: (head, number)."""

    code: str
    name: str
    value: str
    says: str
    columns: tuple[tuple[str, bool], ...] = ()
    rows: tuple[Cells, ...] = ()
    known: bool = True
    beside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Year:
    """One year's net flow: what it adds up to, and what it is worth today."""

    name: str
    flow: Decimal
    total: Decimal
    factor: Decimal
    today: Decimal
    today_total: Decimal


def name_of(year: int) -> str:
    return "Today" if year == 0 else f"Year {year}"


def rate_words(rate: Decimal) -> str:
    """A rate as it was said, without padding zeros: "10 %", "7.25 %"."""
    return f"{number(EXACT.multiply(rate, Decimal(100)))}\u00a0%"


def years_of(flows: Sequence[Flow], rate: Decimal) -> tuple[Year, ...]:
    """Year by year, undiscounted and discounted at `rate`."""
    total, worth, out = NONE, NONE, []
    for year, flow in enumerate(flows):
        today = discounted(flow, rate)
        total, worth = EXACT.add(total, flow.amount), EXACT.add(worth, today)
        factor = EXACT.divide(ONE, power(EXACT.add(ONE, rate), flow.years))
        out.append(Year(name_of(year), flow.amount, total, factor, today, worth))
    return tuple(out)


def by_year(years: Sequence[Year], case: Case) -> tuple[tuple[tuple[str, bool], ...], tuple[Cells, ...]]:
    """What an NPV is made of: heads and rows, without the sum."""
    heads = (("Year", False), ("Net flow", True), ("Factor", True), ("Worth today", True))
    rows = (
        [y.name, money_exact(y.flow, case.currency), number(y.factor, 4), money_exact(y.today, case.currency)]
        for y in years
    )
    return heads, tuple(rows)


def figures_of(case: Case, found: Appraisal, finance: Decimal, reinvest: Decimal) -> list[Figure]:
    """Every figure of the measures, in the order an executive asks for them."""
    flows = found.streams.flows()
    years = years_of(flows, case.rate)
    return [
        _npv(case, found, years),
        _payback(case, found, years),
        _discounted_payback(case, found, years),
        _irr(case, found.measures.irr, flows),
        _mirr(case, found, finance, reinvest),
        _index(case, found, years),
        _roi(case, found, years),
        _monthly(case),
    ]


def _npv(case: Case, found: Appraisal, years: Sequence[Year]) -> Figure:
    def money(value: Decimal) -> str:
        return money_exact(value, case.currency)

    heads, rows = by_year(years, case)
    rows = (*rows, ["NPV", money(years[-1].total), "", money(found.measures.npv)])
    return Figure(
        "npv", "Net present value", money(found.measures.npv),
        f"Each year's net flow times what 1 of that year is worth today at {rate_words(case.rate)} a year. Flows lie at year ends; "
        "flow 0 is today and is not discounted.",
        heads, rows,
        beside=(
            ("By the mid-year convention", f"{money(found.mid_year_npv)}: all flows but today's lie half a year earlier"),
            ("The NPV function of a spreadsheet", f"{money(found.measures.excel_npv)}: it takes the first flow for a year away"),
        ),
    )  # fmt: skip


PAYBACK_WORDS = {
    PaybackNote.NEVER: "never within the horizon",
    PaybackNote.NO_OUTLAY: "there is no outlay to come back",
}


def payback_words(years: Decimal | None, note: str) -> str:
    """ "2.6 years", "1.7 years, later lost", or why there is none. `note`: a PaybackNote, also as it is kept."""
    if years is None:
        return PAYBACK_WORDS[PaybackNote.NO_OUTLAY if note == PaybackNote.NO_OUTLAY else PaybackNote.NEVER]
    told = f"{number(years, 1)} years"
    return f"{told}, later lost" if note == PaybackNote.RECOVERED_LATER_LOST else told


def _payback(case: Case, found: Appraisal, years: Sequence[Year]) -> Figure:
    m = found.measures
    says = "When the net flows, not discounted, have given back what went out; within the year in proportion."
    if m.payback_note is PaybackNote.RECOVERED_LATER_LOST:
        says = f"It comes back and is lost again: recovered, later lost. The first crossing is told. {says}"
    rows = [[y.name, money_exact(y.flow, case.currency), money_exact(y.total, case.currency)] for y in years]
    return Figure(
        "payback", "Payback", payback_words(m.payback_years, m.payback_note), says,
        (("Year", False), ("Net flow", True), ("Added up", True)), tuple(rows), known=m.payback_years is not None,
    )  # fmt: skip


def _discounted_payback(case: Case, found: Appraisal, years: Sequence[Year]) -> Figure:
    when = found.measures.discounted_payback_years
    rows = [
        [y.name, money_exact(y.today, case.currency), money_exact(y.today_total, case.currency)]
        for y in years
    ]
    none = (
        PAYBACK_WORDS[PaybackNote.NO_OUTLAY]
        if found.measures.payback_note is PaybackNote.NO_OUTLAY
        else PAYBACK_WORDS[PaybackNote.NEVER]
    )
    return Figure(
        "discounted", "Discounted payback", none if when is None else f"{number(when, 1)} years",
        f"The same, each year's flow as what it is worth today at {rate_words(case.rate)} a year.",
        (("Year", False), ("Worth today", True), ("Added up", True)), tuple(rows), known=when is not None,
    )  # fmt: skip


def irr_words(irr: Irr) -> tuple[str, str]:
    """The rate as it may be shown, and what to make of it."""
    roots = " and ".join(percent(root, 2) for root in irr.roots)
    told = percent(irr.rate, 2) if irr.rate is not None else ""
    match irr.note:
        case IrrNote.OK:
            return (
                told,
                "The rate at which the NPV is 0. The flows change their sign once, so it is the only one.",
            )
        case IrrNote.BORROWING:
            return (
                f"{told}, borrowing",
                "Money comes in first and goes out later: it is a loan at this rate, and good where the rate lies below the "
                "hurdle. Decide by the NPV.",
            )
        case IrrNote.NORSTROM:
            return told, (
                "The flows change their sign more than once. Added up they change it once, so only one rate at or above 0 "
                "exists (Norstrøm's rule), and this is it."
            )
        case IrrNote.MULTIPLE:
            return (
                f"several: {roots}",
                "At each of these rates the NPV is 0, so none is the answer. Decide by the NPV.",
            )
        case IrrNote.NO_SIGN_CHANGE:
            return (
                "none: the flows never change their sign",
                "Without money going out and coming in there is no such rate.",
            )
        case IrrNote.NO_REAL_ROOT:
            return (
                "none: no rate makes the NPV 0",
                "The flows change their sign more than once. Decide by the NPV.",
            )
        case IrrNote.NOT_GUARANTEED_UNIQUE:
            return (
                f"not certain: {roots}",
                "One rate was found, but the flows change their sign so that another may exist. Decide by the NPV.",
            )
        case IrrNote.OUT_OF_RANGE:
            return (
                "outside −99 % to 1,000 %",
                "A rate so far out says nothing of the case. Decide by the NPV.",
            )


def _irr(case: Case, irr: Irr, flows: Sequence[Flow]) -> Figure:
    value, says = irr_words(irr)
    columns: tuple[tuple[str, bool], ...] = (("Year", False), ("Net flow", True))
    at = irr.roots[:2]
    columns += tuple((f"At {percent(root, 2)}", True) for root in at)
    by_root = [years_of(flows, root) for root in at]
    rows = [
        [name_of(i), money_exact(f.amount, case.currency), *(money_exact(b[i].today, case.currency) for b in by_root)]
        for i, f in enumerate(flows)
    ]  # fmt: skip
    return Figure(
        "irr",
        "Internal rate of return",
        value,
        says,
        columns,
        tuple(rows),
        known=irr.rate is not None,
    )


def _mirr(case: Case, found: Appraisal, finance: Decimal, reinvest: Decimal) -> Figure:
    rate, sides = (
        found.measures.mirr,
        mirr_sides(found.streams.flows(), finance_rate=finance, reinvest_rate=reinvest),
    )

    def money(value: Decimal | None) -> str:
        return "" if value is None else money_exact(value, case.currency)

    rows = [
        [name_of(i), money(flow.amount), money(side.out_today), money(side.back_at_end)]
        for i, (flow, side) in enumerate(zip(found.streams.flows(), sides.years, strict=True))
    ]
    rows.append(["Added up", "", money(sides.out), money(sides.back)])
    return Figure(
        "mirr", "Modified rate of return", percent(rate, 2) if rate is not None else "none: nothing goes out, or nothing comes in",
        f"What goes out is financed at {rate_words(finance)} and what comes in is invested again at {rate_words(reinvest)} a year. "
        f"It is the rate at which the first sum grows into the second in {plural(case.years, 'year')}. There is always at most one.",
        (("Year", False), ("Net flow", True), ("Goes out, worth today", True), ("Comes in, worth at the end", True)), tuple(rows),
        known=rate is not None,
    )  # fmt: skip


def _monthly(case: Case) -> Figure:
    """The rate a month that compounds to that of the year."""
    month, twelve = monthly_rate(case.rate), EXACT.divide(case.rate, Decimal(12))
    return Figure(
        "monthly", "Rate a month", percent(month, 4),
        "What compounds to the rate a year, twelve times over. A twelfth of the rate would be another, higher one.",
        (("Rate", False), ("In percent", True)),
        (["A year, as the case says", rate_words(case.rate)], ["A month, compounding", percent(month, 4)],
         ["A twelfth of a year's, for comparison", percent(twelve, 4)]),
    )  # fmt: skip


def _index(case: Case, found: Appraisal, years: Sequence[Year]) -> Figure:
    out, income = _sides([y.today for y in years])
    index = found.measures.profitability_index
    return Figure(
        "index", "Profitability index", number(index, 2) if index is not None else "none: nothing goes out",
        "What comes in, as worth today, for each 1 that goes out, as worth today. Above 1 it earns more than the rate.",
        (("Side", False), ("Worth today", True)),
        (["Comes in", money_exact(income, case.currency)], ["Goes out", money_exact(out, case.currency)]),
        known=index is not None,
    )  # fmt: skip


def _roi(case: Case, found: Appraisal, years: Sequence[Year]) -> Figure:
    out, income = _sides([y.flow for y in years])
    roi = found.measures.roi
    return Figure(
        "roi", "Simple return on investment", percent(roi, 1) if roi is not None else "none: nothing goes out",
        "Not adjusted for time: net flows that come in less those that go out, over those that go out. Compare by the NPV.",
        (("Side", False), ("Sum", True)),
        (["Comes in", money_exact(income, case.currency)], ["Goes out", money_exact(out, case.currency)]),
        known=roi is not None,
    )  # fmt: skip


def _sides(amounts: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """What goes out and what comes in, both positive."""
    out, income = NONE, NONE
    for amount in amounts:
        if amount < 0:
            out = EXACT.subtract(out, amount)
        else:
            income = EXACT.add(income, amount)
    return out, income


def break_even_words(factor: Decimal | None) -> str:
    """ "benefits may fall 24.7 %", "benefits must rise 12 %", or that none does."""
    if factor is None:
        return "no size of the benefits makes it 0"
    gap = EXACT.subtract(ONE, factor)
    if gap > 0:
        return f"benefits may fall {percent(gap, 1)}"
    return f"benefits must rise {percent(gap.copy_negate(), 1)}" if gap < 0 else "exactly as planned"


def flips_of(case: Case, found: Appraisal) -> list[tuple[str, str, str]]:
    """The value of each input at which the NPV is 0, the others as they are: (input, as planned, flips at)."""
    flips, streams = found.flips, found.streams
    none = "no value of it does that"
    running = flips.running
    if running is None:
        more = none
    elif running >= 0:
        more = f"{money_exact(running, case.currency)} more a year"
    else:
        more = f"{money_exact(running.copy_negate(), case.currency)} less a year"
    return [
        (
            "Benefits, all of them",
            "as planned",
            f"{percent(flips.benefits, 1)} of plan: {break_even_words(flips.benefits)}"
            if flips.benefits is not None
            else none,
        ),
        (
            "Outlay today",
            money_exact(streams.outlay, case.currency),
            money_exact(flips.outlay, case.currency) if flips.outlay is not None else none,
        ),
        ("Running costs", "as planned", more),
        (
            "Discount rate",
            f"{rate_words(case.rate)} a year",
            f"{percent(flips.rate, 2)} a year" if flips.rate is not None else "no single rate does that",
        ),
    ]


def conventions(case: Case, prices: str, mid_year: str = "") -> list[str]:
    """What stands under every page that prints a figure of a case. `mid_year`: the NPV by that convention, where the case
    asks for it to be said."""
    out = [
        "Annual flows at year end, flow 0 today and not discounted",
        f"{case.currency}, {prices}, before tax",
        f"{plural(case.years, 'year')} at {rate_words(case.rate)} a year",
        "Incremental: against doing nothing",
    ]
    return [*out, f"By mid-year flows, as the case asks: {mid_year}"] if mid_year else out
