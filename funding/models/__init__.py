"""Business cases."""

from funding.models.cases import BusinessCase, CaseBenefit, CaseCitation, CaseCost, CaseScenario
from funding.models.tranches import TrancheKpi

__all__ = ["BusinessCase", "CaseBenefit", "CaseCitation", "CaseCost", "CaseScenario", "TrancheKpi"]
