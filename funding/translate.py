"""Rows of a case as what the rules read, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.finance.appraisal import Appraisal, Question, Stake, Turn, appraise
from domain.finance.case import BenefitLine, BenefitType, Case, CostCategory, CostLine, Evidence
from domain.finance.sensitivity import Spread
from funding.models import BusinessCase, CaseBenefit, CaseCost, CaseScenario


@dataclass(frozen=True, slots=True)
class Lines:
    """A version with its lines, read together. Benefits come with `owner` and `kpi`."""

    case: BusinessCase
    costs: Sequence[CaseCost]
    benefits: Sequence[CaseBenefit]
    scenarios: Sequence[CaseScenario]


def amounts_of(stored: Sequence[str | None]) -> tuple[Decimal | None, ...]:
    """Yearly amounts as they are stored: strings, null where nobody said."""
    return tuple(None if one is None else Decimal(one) for one in stored)


def case_of(lines: Lines) -> Case:
    """The version as the rules read it. RuleError when something is missing or wrong; it points at the place."""
    row = lines.case
    return Case(
        years=row.years,
        rate=row.rate,
        currency=row.currency,
        costs=tuple(CostLine(CostCategory(one.category), amounts_of(one.amounts)) for one in lines.costs),
        benefits=tuple(_benefit(one) for one in lines.benefits),
    )


def _benefit(row: CaseBenefit) -> BenefitLine:
    return BenefitLine(
        description=row.description,
        type=BenefitType(row.type),
        evidence=Evidence(row.evidence),
        owner=row.owner.name if row.owner else "",
        kpi=row.kpi.ref if row.kpi else "",
        attribution=row.attribution,
        amounts=amounts_of(row.amounts),
    )


def question_of(lines: Lines) -> Question:
    """What the version asks beside its NPV."""
    row = lines.case
    return Question(
        finance_rate=row.finance_rate,
        reinvest_rate=row.reinvest_rate,
        spread=Spread(
            benefits=row.spread_benefits,
            outlay=row.spread_outlay,
            years_late=row.spread_years_late,
            rate=row.spread_rate,
            running=row.spread_running,
        ),
        turns=tuple(
            Turn(
                name=one.name,
                haircut=one.haircut,
                years_late=one.years_late,
                outlay=one.outlay_factor,
                probability=one.probability,
            )
            for one in lines.scenarios
        ),
        do_nothing=_flows(row.do_nothing),
        stake=_stake(row),
    )


def _stake(row: BusinessCase) -> Stake | None:
    if row.works is None or not row.if_stopped or not row.if_carried_on:
        return None
    return Stake(works=row.works, if_stopped=_flows(row.if_stopped), if_carried_on=_flows(row.if_carried_on))


def _flows(stored: Sequence[str]) -> tuple[Decimal, ...]:
    return tuple(Decimal(one) for one in stored)


def appraisal_of(lines: Lines) -> Appraisal:
    """Everything that is said of the version. RuleError as `case_of`."""
    return appraise(case_of(lines), question_of(lines))
