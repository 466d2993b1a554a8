"""What a case costs in all, and how much of what it promises has been measured."""

from decimal import Decimal
from typing import Final

from domain.finance.case import BenefitType, Case, Evidence
from domain.finance.flows import annual
from domain.finance.present_value import npv
from domain.kpi_figures import EXACT

MEASURED: Final = frozenset({Evidence.CONTROLLED, Evidence.BEFORE_AFTER})


def measured_share(case: Case) -> Decimal | None:
    """Of the benefits' worth today, the share known from a measurement (a control group, or before and after), 0 to 1.

    What is lost (dis-benefits) is no part of it. None where no benefit is worth money: a share of nothing is unknown.
    """
    measured, total = Decimal(0), Decimal(0)
    for line in case.benefits:
        if not line.amounts or line.type is BenefitType.DIS_BENEFIT:
            continue
        worth = npv(annual([amount or Decimal(0) for amount in line.amounts]), case.rate)
        total = EXACT.add(total, worth)
        if line.evidence in MEASURED:
            measured = EXACT.add(measured, worth)
    return EXACT.divide(measured, total) if total else None


def all_costs(case: Case) -> Decimal:
    """Over all its years, not discounted. A blank counts as nothing: only a draft has one."""
    total = Decimal(0)
    for line in case.costs:
        for amount in line.amounts:
            total = EXACT.add(total, amount or Decimal(0))
    return total
