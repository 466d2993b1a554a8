"""The model inventory; gates and what is asked at them; the decision log; the council."""

from governance.models.council import CouncilSeat, Delegation, Meeting, MeetingAction, Minutes, SeatTerm
from governance.models.council_items import AgendaItem, Ballot, Dissent, ItemSeat, Recusal
from governance.models.data_readiness import DataReadiness
from governance.models.decisions import Condition, ConditionAct, Decision
from governance.models.gates import (
    GateConflict,
    GateDraft,
    GateEvidence,
    GateSubmission,
    IndependentConfidence,
    Score,
)
from governance.models.inventory import AiModel, ModelReview
from governance.models.item_packs import ItemPack
from governance.models.papers import PackIssue
from governance.models.post_mortems import Aftercare, PostMortem

__all__ = [
    "Aftercare",
    "AgendaItem",
    "AiModel",
    "Ballot",
    "Condition",
    "ConditionAct",
    "CouncilSeat",
    "DataReadiness",
    "Decision",
    "Delegation",
    "Dissent",
    "GateConflict",
    "GateDraft",
    "GateEvidence",
    "GateSubmission",
    "IndependentConfidence",
    "ItemPack",
    "ItemSeat",
    "Meeting",
    "MeetingAction",
    "Minutes",
    "ModelReview",
    "PackIssue",
    "PostMortem",
    "Recusal",
    "Score",
    "SeatTerm",
]
