"""The record a memo is written from, for tests: the worked base case, a pilot, a KPI, two tranches."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from domain.finance.appraisal import Question, Turn, appraise
from domain.finance.case import BenefitLine, BenefitType, Case, CostCategory, CostLine, Evidence
from domain.kpi_codes import Status
from domain.memo import Memo, memo_of
from domain.memo_facts import (
    CaseFacts,
    ComparisonFacts,
    KpiFacts,
    MemoFacts,
    PilotFacts,
    TrancheFacts,
)
from domain.memo_text import plain

D = Decimal
ON: Final = date(2026, 11, 24)
SEAL: Final = "5f" * 32
CONSERVATIVE: Final = Turn(name="conservative", haircut=D("0.2"))


def worked(years: int = 4) -> Case:
    """The base case of the specification, or the first years of it: 500,000 today; 120, 220, 260 and 260 thousand."""
    nothing = (D(0),) * (years + 1)
    costs = [CostLine(one, nothing) for one in CostCategory if one is not CostCategory.BUILD]
    build = CostLine(CostCategory.BUILD, (D(500_000), *nothing[1:]))
    gains = (D(0), D(120_000), D(220_000), D(260_000), D(260_000))[: years + 1]
    saved = BenefitLine(
        description="Fewer days to a decision", type=BenefitType.CASHABLE, evidence=Evidence.BEFORE_AFTER, owner="Ann",
        amounts=gains,
    )  # fmt: skip
    return Case(years=years, rate=D("0.10"), currency="EUR", costs=(build, *costs), benefits=(saved,))


def case_facts(case: Case | None = None, *turns: Turn, **changed: Any) -> CaseFacts:
    case, turns = case or worked(), turns or (CONSERVATIVE,)
    said = CaseFacts(
        ref="BC-0002", number=2, seal=SEAL, published_on=date(2026, 11, 20), case=case,
        appraisal=appraise(case, Question(turns=turns)), turns=turns, prices="nominal prices",
    )  # fmt: skip
    return replace(said, **changed)


def kpi_facts(**changed: Any) -> KpiFacts:
    said = KpiFacts(
        key=7, ref="K-0007", name="Days to a decision", status=Status.ON_TRACK, word="On track", unit="days",
        baseline=D(20), value=D(12), observed_on=date(2026, 11, 10), target=D(10), target_on=date(2026, 12, 31), version=1,
    )  # fmt: skip
    return replace(said, **changed)


FULL: Final = MemoFacts(
    on=ON, ref="AI-0001", name="Claims triage", unit="Retail", currency="EUR", sponsor="Sam", lead="Alice",
    spent=D(76_000), approved=D(500_000), released=D(80_000), case=case_facts(), kpis=(kpi_facts(),),
    comparisons=(ComparisonFacts(key=3, name="Rules or model", kpi="K-0007", sentence="Challenger 62 % of 900, champion 55 % of 900. The challenger does better."),),
    pilot=PilotFacts(ref="P-0001", began_on=date(2026, 6, 1), level="Healthy", has_owner=True),
    tranches=(
        TrancheFacts(number=1, amount=D(80_000), approved_on=date(2026, 5, 1), released_on=date(2026, 5, 20)),
        TrancheFacts(number=2, amount=D(420_000), approved_on=date(2026, 5, 1), gate="G4", condition="Ten days or fewer"),
    ),
)  # fmt: skip


def memo(**changed: Any) -> Memo:
    return memo_of(replace(FULL, **changed))


def said(found: Memo, key: str) -> str:
    """The sentences of a section, as one text."""
    (section,) = [one for one in found.sections if one.key == key]
    return " ".join(plain(sentence) for sentence in section.sentences)


def rows(found: Memo, key: str) -> list[tuple[str, ...]]:
    """The rows of a section's table."""
    (section,) = [one for one in found.sections if one.key == key]
    return [] if section.table is None else [tuple(cell.text for cell in row) for row in section.table.rows]
