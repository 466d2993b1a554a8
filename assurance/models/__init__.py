"""What is recorded of a model beyond its register: by noun, one file each."""

from assurance.models.changes import ChangeRequest, ModelException, RiskAssessment
from assurance.models.duties import Attestation, AttestationRound, FallbackTest, Retirement, RetirementStep
from assurance.models.incidents import Incident, IncidentClock, IncidentEvent
from assurance.models.validations import ModelFinding, Validation
from assurance.models.versions import ModelVersion

__all__ = [
    "Attestation",
    "AttestationRound",
    "ChangeRequest",
    "FallbackTest",
    "Incident",
    "IncidentClock",
    "IncidentEvent",
    "ModelException",
    "ModelFinding",
    "ModelVersion",
    "Retirement",
    "RetirementStep",
    "RiskAssessment",
    "Validation",
]
from assurance.models.data_sources import DataCheck, DataCheckResult, DataSource, Integration
from assurance.models.monitoring import (
    Monitor,
    MonitorAlert,
    MonitorBaseline,
    MonitorObservation,
    RetrainingRule,
    RetrainingTrigger,
)
from assurance.models.outcomes import Actual, OutcomeCorrection, Prediction, ReviewCount
from assurance.models.versions import ModelVersion

__all__ = [
    "Actual", "DataCheck", "DataCheckResult", "DataSource", "Integration", "ModelVersion", "Monitor", "MonitorAlert",
    "MonitorBaseline", "MonitorObservation", "OutcomeCorrection", "Prediction", "RetrainingRule", "RetrainingTrigger",
    "ReviewCount",
]  # fmt: skip
from assurance.models.classifications import Classification, Obligation, ObligationAct
from assurance.models.dossier import DossierSection, LimeExplanation, ShapFile
from assurance.models.versions import ModelVersion

__all__ = [
    "Classification",
    "DossierSection",
    "LimeExplanation",
    "ModelVersion",
    "Obligation",
    "ObligationAct",
    "ShapFile",
]
