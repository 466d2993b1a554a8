"""Everything that is said of a stream of flows at a rate, each figure with its name and None where it has no meaning."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.finance.flows import Flow
from domain.finance.internal_rate import Irr, irr, mirr
from domain.finance.payback import PaybackNote, payback
from domain.finance.present_value import ONE, discounted, npv
from domain.kpi_figures import EXACT


@dataclass(frozen=True, slots=True)
class Measures:
    """Of annual flows, today's first; unrounded but for `irr`. Years are counted from today.

    excel_npv: what a spreadsheet's NPV gives for the same cells, with the first a year away; for comparison alone.
    profitability_index: worth today of what comes in, over that of what goes out. roi: simple, not adjusted for time.
    """

    npv: Decimal
    excel_npv: Decimal
    irr: Irr
    mirr: Decimal | None
    payback_years: Decimal | None
    payback_note: PaybackNote
    discounted_payback_years: Decimal | None
    profitability_index: Decimal | None
    roi: Decimal | None


def measures(
    flows: Sequence[Flow],
    rate: Decimal,
    *,
    finance_rate: Decimal | None = None,
    reinvest_rate: Decimal | None = None,
) -> Measures:
    """Of annual flows at a rate per year; the rates of the MIRR are the same unless given."""
    worth = npv(flows, rate)
    amounts, today = [flow.amount for flow in flows], [discounted(flow, rate) for flow in flows]
    back = payback(amounts)
    out, income = _sum(amounts, negative=True), _sum(amounts, negative=False)
    out_today, income_today = _sum(today, negative=True), _sum(today, negative=False)
    return Measures(
        npv=worth,
        excel_npv=EXACT.divide(worth, EXACT.add(ONE, rate)),
        irr=irr(flows),
        mirr=mirr(
            flows,
            finance_rate=rate if finance_rate is None else finance_rate,
            reinvest_rate=rate if reinvest_rate is None else reinvest_rate,
        ),
        payback_years=back.years,
        payback_note=back.note,
        discounted_payback_years=payback(today).years,
        profitability_index=EXACT.divide(income_today, out_today) if out_today else None,
        roi=EXACT.divide(EXACT.subtract(income, out), out) if out else None,
    )


def _sum(amounts: Sequence[Decimal], *, negative: bool) -> Decimal:
    """What goes out, or what comes in, as a positive number."""
    total = Decimal(0)
    for amount in amounts:
        if (amount < 0) is negative:
            total = EXACT.add(total, amount)
    return total.copy_abs()
