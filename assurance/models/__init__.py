"""What is recorded of a model beyond its register: by noun, one file each."""

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
