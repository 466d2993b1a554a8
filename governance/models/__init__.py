"""The model inventory; gates and what is asked at them; the decision log. The council joins them here."""

from governance.models.decisions import Condition, ConditionAct, Decision
from governance.models.gates import GateConflict, GateDraft, GateEvidence, GateSubmission, Score
from governance.models.inventory import AiModel, ModelReview

__all__ = [
    "AiModel",
    "Condition",
    "ConditionAct",
    "Decision",
    "GateConflict",
    "GateDraft",
    "GateEvidence",
    "GateSubmission",
    "ModelReview",
    "Score",
]
