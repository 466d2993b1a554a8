"""What a version must say to be published, and what of it is pushed down to the portfolio."""

from decimal import Decimal
from typing import Final

from core.access import Actor
from core.errors import Item, Problem, field_error, invalid
from domain.finance.appraisal import Appraisal
from domain.finance.case import Case
from domain.finance.worth import all_costs, measured_share
from domain.kpi_figures import EXACT, SIX_PLACES, TWO_PLACES, rounded
from funding.models import CaseScenario
from funding.translate import Lines, careful_npv, case_of, so_far_of
from kpis.models import Kpi
from portfolio.services.initiatives import require_active
from portfolio.services.worth import Worth

LARGEST_FIGURE: Final = Decimal(10) ** 18
_LARGEST_FACTOR: Final = Decimal(10) ** 14


def require_whole(lines: Lines, *, by: Actor) -> Appraisal:
    """Everything that is said of the version. Raises Problem 400 with every place that is missing or wrong; where nobody
    active answers for a benefit, or its KPI is none that `by` may see, with that place."""
    told = so_far_of(lines)
    if told.missing or told.appraisal is None:
        items = tuple(Item(one.pointer or "", one.code, one.message) for one in told.missing)
        raise invalid(items[0].detail, *items, code=items[0].code)
    kpis = {one.kpi_id for one in lines.benefits if one.kpi_id is not None}
    seen = set(Kpi.objects.visible_to(by).filter(pk__in=kpis).values_list("pk", flat=True)) if kpis else set()
    for place, one in enumerate(lines.benefits):
        require_active(f"benefits/{place}/owner", one.owner)
        if one.kpi_id is not None and one.kpi_id not in seen:
            said = "There is no such KPI, or you may not see it. Choose one that you see."
            raise field_error(f"benefits/{place}/kpi", said, code="unknown_kpi")
    _require_readable(told.appraisal)
    return told.appraisal


def _require_readable(found: Appraisal) -> None:
    """Figures that nobody can read, from rates close to -100 % a year, are no case."""
    figures = (found.measures.npv, found.mid_year_npv, *(one.npv for one in found.scenarios))
    if any(abs(one) >= LARGEST_FIGURE for one in figures):
        raise Problem(
            400, "figures_too_large", "At this rate the figures have no meaning. Give a rate from 0 up.",
        )  # fmt: skip


def worth_of(lines: Lines, found: Appraisal) -> Worth:
    """The figures of the version as the portfolio keeps them."""
    row, case = lines.case, case_of(lines)
    careful = {one.name: one for one in lines.scenarios}.get(CaseScenario.Name.CONSERVATIVE)
    value = careful_npv(lines, found)
    share, back, even = measured_share(case), found.measures.payback_years, found.flips.benefits
    return Worth(
        case_number=row.number,
        case_ref=row.ref,
        npv=_cents(found.measures.npv),
        value=_cents(found.measures.npv if value is None else value),
        haircut=None if careful is None else careful.haircut,
        rate=row.rate,
        years=row.years,
        outlay=_outlay(case),
        cost=all_costs(case),
        a_year=_cents(found.streams.net_benefits()[-1]),
        payback_years=None if back is None else rounded(back, SIX_PLACES),
        payback_note=found.measures.payback_note.value,
        breaks_even=None if even is None or even >= _LARGEST_FACTOR else rounded(even, SIX_PLACES),
        delay_a_month=_cents(found.delay_a_month),
        measured_share=None if share is None else rounded(share, SIX_PLACES),
        people=row.people,
    )


def _outlay(case: Case) -> Decimal:
    """What the cost lines say of today."""
    today = Decimal(0)
    for line in case.costs:
        today = EXACT.add(today, line.amounts[0] or Decimal(0))
    return today


def _cents(amount: Decimal) -> Decimal:
    return rounded(amount, TWO_PLACES)
