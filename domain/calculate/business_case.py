"""`calculate business-case`: what annual or dated flows are worth at a rate, from JSON to JSON."""

from datetime import date
from decimal import Decimal
from typing import Final

from domain.calculate.case_appraisal import appraised
from domain.calculate.document import Place, day, inside, items, members, number, numbers
from domain.finance.flows import annual, dated
from domain.finance.internal_rate import irr
from domain.finance.measures import measures
from domain.finance.present_value import npv, require_rate
from domain.kpi_figures import SIX_PLACES, TWO_PLACES, rounded

_ANSWERS: Final = (
    "npv", "excel_npv", "irr", "irr_note", "irr_roots", "mirr", "payback_years", "payback_note",
    "discounted_payback_years", "profitability_index", "roi", "xnpv", "xirr",
)  # fmt: skip


def business_case(document: object) -> list[dict[str, object]]:
    """Each case is ``{cash_flows, rate}``, optionally with `finance_rate` and `reinvest_rate`, or ``{dated_flows, rate}``.

    Or it is ``{case}``, a case line by line, and answered as by `case-appraisal`.
    Money in the answer is a string to the cent; rates and years have six places; null where there is no such figure.
    """
    return [_case(case) for case in items(Place(document, ""))]


def _case(place: Place) -> dict[str, object]:
    if isinstance(place.value, dict) and "case" in place.value:
        return appraised(members(place, required=frozenset({"case"}), optional=frozenset())["case"])
    is_dated = isinstance(place.value, dict) and "dated_flows" in place.value
    if is_dated:
        given = members(place, required=frozenset({"dated_flows", "rate"}), optional=frozenset())
        return _dated(given)
    given = members(
        place,
        required=frozenset({"cash_flows", "rate"}),
        optional=frozenset({"finance_rate", "reinvest_rate"}),
    )
    return _annual(given)


def _annual(given: dict[str, Place]) -> dict[str, object]:
    amounts = numbers(given["cash_flows"])
    with inside(given["cash_flows"]):
        flows = annual(amounts)
    others = [_rate(given[name]) if name in given else None for name in ("finance_rate", "reinvest_rate")]
    rate = _rate(given["rate"])
    with inside(given["cash_flows"]):
        found = measures(flows, rate, finance_rate=others[0], reinvest_rate=others[1])
    return _answer(
        npv=_money(found.npv),
        excel_npv=_money(found.excel_npv),
        irr=_six(found.irr.rate),
        irr_note=found.irr.note.value,
        irr_roots=[_six(root) for root in found.irr.roots],
        mirr=_six(found.mirr),
        payback_years=_six(found.payback_years),
        payback_note=found.payback_note.value,
        discounted_payback_years=_six(found.discounted_payback_years),
        profitability_index=_six(found.profitability_index),
        roi=_six(found.roi),
    )


def _dated(given: dict[str, Place]) -> dict[str, object]:
    pairs = [_pair(one) for one in items(given["dated_flows"])]
    with inside(given["dated_flows"]):
        flows = dated(pairs)
        found = irr(flows)
    return _answer(
        irr_note=found.note.value,
        irr_roots=[_six(root) for root in found.roots],
        xnpv=_money(npv(flows, _rate(given["rate"]))),
        xirr=_six(found.rate),
    )


def _pair(place: Place) -> tuple[date, Decimal]:
    both = items(place)
    if len(both) != 2:
        raise place.refuse("not_a_pair", "Give [date, amount].")
    return day(both[0]), number(both[1])


def _rate(place: Place) -> Decimal:
    return require_rate(number(place), place.pointer)


def _answer(**known: object) -> dict[str, object]:
    return {name: known.get(name) for name in _ANSWERS}


def _money(amount: Decimal) -> str:
    return f"{rounded(amount, TWO_PLACES):f}"


def _six(figure: Decimal | None) -> str | None:
    return None if figure is None else f"{rounded(figure, SIX_PLACES):f}"
