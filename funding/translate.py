"""Rows of a case as what the rules read, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.errors import RuleError
from domain.finance.appraisal import Appraisal, Question, Turn, appraise
from domain.finance.case import BenefitLine, BenefitType, Case, CostCategory, CostLine, Evidence
from domain.finance.sensitivity import Spread
from domain.finance.so_far import Benefit, SoFar, Written, so_far, stake_of, whole
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
        costs=_costs(lines),
        benefits=tuple(_benefit(one, f"/benefits/{place}") for place, one in enumerate(lines.benefits)),
    )


def _costs(lines: Lines) -> tuple[CostLine, ...]:
    return tuple(CostLine(CostCategory(one.category), amounts_of(one.amounts)) for one in lines.costs)


def _benefit(row: CaseBenefit, pointer: str) -> BenefitLine:
    if not row.type:
        raise RuleError("type_missing", "Say what kind of benefit it is.", f"{pointer}/type")
    if not row.evidence:
        raise RuleError("evidence_missing", "Say how it is known.", f"{pointer}/evidence")
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
    """What the version asks beside its NPV. RuleError where a yearly amount is blank, or the stages are half said."""
    row, written = lines.case, written_of(lines)
    return Question(
        finance_rate=row.finance_rate,
        reinvest_rate=row.reinvest_rate,
        spread=_spread(row),
        turns=_turns(lines),
        do_nothing=whole(written.do_nothing, row.years, "/do_nothing"),
        stake=stake_of(written, row.years),
    )


def _spread(row: BusinessCase) -> Spread:
    return Spread(
        benefits=row.spread_benefits,
        outlay=row.spread_outlay,
        years_late=row.spread_years_late,
        rate=row.spread_rate,
        running=row.spread_running,
    )


def _turns(lines: Lines) -> tuple[Turn, ...]:
    return tuple(
        Turn(
            name=one.name,
            haircut=one.haircut,
            years_late=one.years_late,
            outlay=one.outlay_factor,
            probability=one.probability,
        )
        for one in lines.scenarios
    )


def written_of(lines: Lines) -> Written:
    """The version as far as it is written. Costs of a category nobody knows do not exist: the services refuse them."""
    row = lines.case
    return Written(
        years=row.years,
        rate=row.rate,
        currency=row.currency,
        costs=_costs(lines),
        benefits=tuple(
            Benefit(
                description=one.description,
                type=BenefitType(one.type) if one.type else None,
                evidence=Evidence(one.evidence) if one.evidence else None,
                owner=one.owner.name if one.owner else "",
                kpi=one.kpi.ref if one.kpi else "",
                attribution=one.attribution,
                amounts=amounts_of(one.amounts),
            )
            for one in lines.benefits
        ),
        finance_rate=row.finance_rate,
        reinvest_rate=row.reinvest_rate,
        spread=_spread(row),
        turns=_turns(lines),
        do_nothing=amounts_of(row.do_nothing),
        works=row.works,
        if_stopped=amounts_of(row.if_stopped),
        if_carried_on=amounts_of(row.if_carried_on),
    )


def so_far_of(lines: Lines) -> SoFar:
    """Every figure that can be told of a version already, and what the others wait for. Never raises."""
    return so_far(written_of(lines))


def appraisal_of(lines: Lines) -> Appraisal:
    """Everything that is said of the version. RuleError as `case_of`."""
    return appraise(case_of(lines), question_of(lines))


def careful_npv(lines: Lines, found: Appraisal) -> Decimal | None:
    """The NPV of the conservative scenario; None where no haircut was said."""
    named = {row.name: one.npv for row, one in zip(lines.scenarios, found.scenarios, strict=True)}
    return named.get(CaseScenario.Name.CONSERVATIVE.value)
