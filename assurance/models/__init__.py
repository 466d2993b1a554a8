"""What is recorded of a model beyond its register: by noun, one file each."""

from assurance.models.changes import ChangeRequest, ModelException, RiskAssessment
from assurance.models.classifications import Classification, Obligation, ObligationAct
from assurance.models.data_sources import DataCheck, DataCheckResult, DataSource, Integration
from assurance.models.deployments import ClusterLook, Deployment
from assurance.models.dossier import DossierSection, LimeExplanation, ShapFile
from assurance.models.duties import Attestation, AttestationRound, FallbackTest, Retirement, RetirementStep
from assurance.models.ethics import EthicsReview
from assurance.models.incidents import Incident, IncidentClock, IncidentEvent
from assurance.models.monitoring import (
    Monitor,
    MonitorAlert,
    MonitorBaseline,
    MonitorObservation,
    RetrainingRule,
    RetrainingTrigger,
)
from assurance.models.outcomes import Actual, OutcomeCorrection, Prediction, ReviewCount
from assurance.models.promotions import VersionPromotion
from assurance.models.registries import ModelRegistry, RegisteredModel
from assurance.models.rollbacks import Rollback
from assurance.models.validations import ModelFinding, Validation
from assurance.models.versions import ModelVersion, VersionMetric

__all__ = [
    "Actual", "Attestation", "AttestationRound", "ChangeRequest", "Classification", "ClusterLook", "DataCheck",
    "DataCheckResult", "DataSource", "Deployment", "DossierSection", "EthicsReview", "FallbackTest", "Incident", "IncidentClock",
    "IncidentEvent", "Integration", "LimeExplanation", "ModelException", "ModelFinding", "ModelRegistry", "ModelVersion",
    "Monitor", "MonitorAlert", "MonitorBaseline", "MonitorObservation", "Obligation", "ObligationAct", "OutcomeCorrection",
    "Prediction", "RegisteredModel", "Retirement", "RetirementStep", "RetrainingRule", "RetrainingTrigger", "ReviewCount",
    "RiskAssessment", "Rollback", "ShapFile", "Validation", "VersionMetric", "VersionPromotion",
]  # fmt: skip
