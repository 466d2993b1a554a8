"""Initiatives, the people and objectives on them, stage spells, flags and money; and what is counted of them."""

from portfolio.models.decisions import FundingDecision, FundingTranche
from portfolio.models.flags import Flag
from portfolio.models.initiatives import Initiative, InitiativeMember, StageSpell, StrategicObjective
from portfolio.models.money import BenefitEntry, Commitment, Expenditure
from portfolio.models.people import GroupMember, Stakeholder, WorkingAction, WorkingGroup, WorkingMeeting
from portfolio.models.standing import GateStanding
from portfolio.models.tallies import UnitChange, UnitTally
from portfolio.models.worth import CaseWorth

__all__ = [
    "BenefitEntry",
    "CaseWorth",
    "Commitment",
    "Expenditure",
    "Flag",
    "FundingDecision",
    "FundingTranche",
    "GateStanding",
    "GroupMember",
    "Initiative",
    "InitiativeMember",
    "StageSpell",
    "Stakeholder",
    "StrategicObjective",
    "UnitChange",
    "UnitTally",
    "WorkingAction",
    "WorkingGroup",
    "WorkingMeeting",
]
