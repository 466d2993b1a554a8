"""Rows of a case as what the rules read, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.errors import RuleError
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
        benefits=tuple(_benefit(one, f"/benefits/{place}") for place, one in enumerate(lines.benefits)),
    )


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
        do_nothing=_flows(row.do_nothing, "/do_nothing"),
        stake=_stake(row),
    )


def _stake(row: BusinessCase) -> Stake | None:
    """None where nothing is said of stages. RuleError where only a part is: the rest is what the answer hangs on."""
    said = {"works": row.works is not None, "if_stopped": row.if_stopped, "if_carried_on": row.if_carried_on}
    if not any(said.values()):
        return None
    for name, words in _STAGES.items():
        if not said[name]:
            raise RuleError("stage_missing", words, f"/{name}")
    return Stake(
        works=row.works or Decimal(0),
        if_stopped=_flows(row.if_stopped, "/if_stopped"),
        if_carried_on=_flows(row.if_carried_on, "/if_carried_on"),
    )


_STAGES: Final = {
    "works": "Give the probability that the first stage works.",
    "if_stopped": "Give the flows when the first stage fails and the money stops there.",
    "if_carried_on": "Give the flows when the first stage fails and the money goes on regardless.",
}


def _flows(stored: Sequence[str | None], pointer: str) -> tuple[Decimal, ...]:
    out = []
    for year, one in enumerate(stored):
        if one is None:
            raise RuleError("amount_blank", "Give an amount, 0 where there is none.", f"{pointer}/{year}")
        out.append(Decimal(one))
    return tuple(out)


def appraisal_of(lines: Lines) -> Appraisal:
    """Everything that is said of the version. RuleError as `case_of`."""
    return appraise(case_of(lines), question_of(lines))
