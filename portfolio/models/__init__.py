"""Initiatives, the people and objectives on them, stage spells, flags and money."""

from portfolio.models.flags import Flag
from portfolio.models.initiatives import Initiative, InitiativeMember, StageSpell, StrategicObjective
from portfolio.models.money import BenefitEntry, Expenditure, FundingTranche

__all__ = [
    "BenefitEntry",
    "Expenditure",
    "Flag",
    "FundingTranche",
    "Initiative",
    "InitiativeMember",
    "StageSpell",
    "StrategicObjective",
]
