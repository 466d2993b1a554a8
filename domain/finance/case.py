"""A business case as people write it: costs by category, benefits by type and by how sure they are, year by year.

Every category of cost is said, and 0 is an answer; a blank is refused, because a cost nobody thought of is the usual one.
Benefits without money are kept beside the others and never enter a sum. Benefits of different evidence are never added up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from domain.errors import RuleError
from domain.finance.flows import LARGEST, Flow, annual
from domain.finance.present_value import npv, require_rate
from domain.finance.streams import Streams
from domain.kpi_figures import EXACT
from domain.phrases import listed

MOST_YEARS: Final = 10
_NOTHING: Final = Decimal(0)


class CostCategory(StrEnum):
    BUILD = "build"
    INTEGRATION = "integration"
    LICENCES = "licences"
    CLOUD = "cloud"
    MONITORING = "monitoring"
    RETRAINING = "retraining"
    SUPPORT = "support"
    COMPLIANCE = "compliance"
    TRAINING_AND_CHANGE = "training_and_change"


class BenefitType(StrEnum):
    CASHABLE = "cashable"
    NON_CASHABLE = "non_cashable"
    COST_AVOIDANCE = "cost_avoidance"
    REVENUE = "revenue"
    RISK = "risk"
    DIS_BENEFIT = "dis_benefit"


class Evidence(StrEnum):
    """How a benefit is known, the surest first."""

    CONTROLLED = "controlled"
    BEFORE_AFTER = "before_after"
    ESTIMATED = "estimated"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class CostLine:
    """What a category costs in each year, today's first: positive numbers, None where nobody said."""

    category: CostCategory
    amounts: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitLine:
    """What comes of it in each year, today's first: positive numbers, of a dis-benefit what is lost. Empty: no money.

    Nothing is gained today: flow 0 is the outlay, to which what is lost today is added.
    owner: who answers for it in the line. kpi: the reference of the KPI it moves. attribution: the share of that KPI's
    improvement this case claims, 0 to 1.
    """

    description: str
    type: BenefitType
    evidence: Evidence
    owner: str
    kpi: str = ""
    attribution: Decimal = Decimal(1)
    amounts: tuple[Decimal | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One version of a case: `years` after today, a rate per year, a currency (three letters), its lines.

    RuleError points at what is missing or wrong.
    """

    years: int
    rate: Decimal
    currency: str
    costs: tuple[CostLine, ...]
    benefits: tuple[BenefitLine, ...] = field(default=())

    def __post_init__(self) -> None:
        for fault in faults(self):
            raise fault

    def flows(self) -> tuple[Flow, ...]:
        """Benefits less dis-benefits less costs, today's first. Lines without money are not among them."""
        net = [_NOTHING] * (self.years + 1)
        for line in self.costs:
            net = [
                EXACT.subtract(total, amount or _NOTHING)
                for total, amount in zip(net, line.amounts, strict=True)
            ]
        for benefit in self.benefits:
            if benefit.amounts:
                net = [EXACT.add(total, amount) for total, amount in zip(net, _signed(benefit), strict=True)]
        return annual(net)

    def npv(self) -> Decimal:
        return npv(self.flows(), self.rate)

    def streams(self) -> Streams:
        """The same as outlay, benefits, running costs and losses: what is lost today is a part of the outlay."""
        money = [line for line in self.benefits if line.amounts]
        gained = [line for line in money if line.type is not BenefitType.DIS_BENEFIT]
        lost = [line for line in money if line.type is BenefitType.DIS_BENEFIT]
        later = range(1, self.years + 1)
        return Streams(
            outlay=EXACT.add(_column(self.costs, 0), _column(lost, 0)),
            benefits=tuple(_column(gained, year) for year in later),
            running=tuple(_column(self.costs, year) for year in later),
            lost=tuple(_column(lost, year) for year in later),
        )

    def worth_by_evidence(self) -> dict[Evidence, Decimal]:
        """What the benefits of each evidence are worth today. To be shown side by side, not added up."""
        found = dict.fromkeys(Evidence, _NOTHING)
        for line in self.benefits:
            if line.amounts:
                found[line.evidence] = EXACT.add(found[line.evidence], npv(annual(_signed(line)), self.rate))
        return found

    def without_money(self) -> tuple[BenefitLine, ...]:
        """The benefits recorded apart."""
        return tuple(line for line in self.benefits if not line.amounts)


class Said(Protocol):
    """What a case is asked of: a Case, or one that is still being written."""

    @property
    def years(self) -> int: ...
    @property
    def rate(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...
    @property
    def costs(self) -> tuple[CostLine, ...]: ...
    @property
    def benefits(self) -> tuple[BenefitLine, ...]: ...


def faults(case: Said) -> Iterator[RuleError]:
    """Everything that is missing or wrong in a case, each at its place. None: it can be appraised."""
    if not 1 <= case.years <= MOST_YEARS:
        yield RuleError("years_out_of_range", f"Give a horizon from 1 to {MOST_YEARS} years.", "/years")
        return
    try:
        require_rate(case.rate)
    except RuleError as refused:
        yield refused
    if len(case.currency) != 3 or not case.currency.isalpha() or not case.currency.isupper():
        yield RuleError("not_a_currency", "Give the currency as three letters, like EUR.", "/currency")
    yield from _of_categories([line.category for line in case.costs])
    for place, cost in enumerate(case.costs):
        yield from _of_amounts(cost.amounts, case.years, f"/costs/{place}/amounts")
    for place, benefit in enumerate(case.benefits):
        yield from _of_benefit(benefit, case.years, f"/benefits/{place}")


def _of_categories(said: Sequence[CostCategory]) -> Iterator[RuleError]:
    missing = [one.value.replace("_", " ") for one in CostCategory if one not in said]
    if missing:
        yield RuleError(
            "cost_category_missing", f"Say what these cost, 0 where they cost nothing: {listed(missing)}.", "/costs"
        )  # fmt: skip
    for place, category in enumerate(said):
        if category in said[:place]:
            yield RuleError("cost_category_twice", "Each category stands once.", f"/costs/{place}/category")


def _of_benefit(line: BenefitLine, years: int, pointer: str) -> Iterator[RuleError]:
    if not line.description.strip():
        yield RuleError("description_missing", "Say what comes of it.", f"{pointer}/description")
    if not line.owner.strip():
        yield RuleError("owner_missing", "Name who answers for it in the line.", f"{pointer}/owner")
    if not 0 <= line.attribution <= 1:
        yield RuleError("not_a_share", "Give a share from 0 to 1.", f"{pointer}/attribution")
    if line.amounts:
        yield from _of_amounts(line.amounts, years, f"{pointer}/amounts")
        if line.type is not BenefitType.DIS_BENEFIT:
            yield from _of_today(line.amounts[0], f"{pointer}/amounts/0")


def _of_today(amount: Decimal | None, pointer: str) -> Iterator[RuleError]:
    """A gain of today would lower the outlay, and no haircut would reach it."""
    if amount is not None and amount.is_finite() and 0 < amount < LARGEST:
        yield RuleError("benefit_today", "Put what comes in its year: flow 0 is the outlay.", pointer)


def _of_amounts(amounts: Sequence[Decimal | None], years: int, pointer: str) -> Iterator[RuleError]:
    if len(amounts) != years + 1:
        yield RuleError("years_differ", f"Give {years + 1} amounts: today and {years} years.", pointer)
        return
    for year, amount in enumerate(amounts):
        if amount is None:
            yield RuleError("amount_blank", "Give an amount, 0 where there is none.", f"{pointer}/{year}")
        elif not amount.is_finite() or not 0 <= amount < LARGEST:
            yield RuleError(
                "amount_out_of_range", "Give an amount from 0 up, below 1,000,000,000,000,000.", f"{pointer}/{year}"
            )  # fmt: skip


def _column(lines: Sequence[CostLine | BenefitLine], year: int) -> Decimal:
    total = _NOTHING
    for line in lines:
        total = EXACT.add(total, line.amounts[year] or _NOTHING)
    return total


def _signed(line: BenefitLine) -> tuple[Decimal, ...]:
    amounts = tuple(amount or _NOTHING for amount in line.amounts)
    if line.type is BenefitType.DIS_BENEFIT:
        return tuple(amount.copy_negate() for amount in amounts)
    return amounts
