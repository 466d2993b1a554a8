"""Business cases, and the memos that were kept of them."""

from funding.models.cases import (
    BusinessCase,
    CaseBenefit,
    CaseCitation,
    CaseCost,
    CaseScenario,
    DraftSession,
)
from funding.models.memos import Memo
from funding.models.tranches import TrancheKpi

__all__ = [
    "BusinessCase", "CaseBenefit", "CaseCitation", "CaseCost", "CaseScenario", "DraftSession", "Memo", "TrancheKpi",
]  # fmt: skip
