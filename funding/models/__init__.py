"""Business cases."""

from funding.models.cases import BusinessCase, CaseBenefit, CaseCitation, CaseCost, CaseScenario

__all__ = ["BusinessCase", "CaseBenefit", "CaseCitation", "CaseCost", "CaseScenario"]
