"""KPI definitions and versions, append-only measurements, status changes, outlooks, and the practice around them."""

from kpis.models.commitment import ExpectedInfluence, KpiOverride, Restatement, SignOff, SmartSignature
from kpis.models.definitions import Kpi, KpiSpell, KpiVersion
from kpis.models.drift import DriftReference, DriftWatch, RelevanceReview, WorldChange
from kpis.models.practice import (
    ArmCount,
    Comparison,
    DataNeed,
    Intervention,
    Remediation,
    RemediationStep,
    Workshop,
)
from kpis.models.readings import Arrival, KpiFold, Measurement, Outlook, StatusChange
from kpis.models.watch import Watch

__all__ = [
    "ArmCount",
    "Arrival",
    "Comparison",
    "DataNeed",
    "DriftReference",
    "DriftWatch",
    "ExpectedInfluence",
    "Intervention",
    "Kpi",
    "KpiFold",
    "KpiOverride",
    "KpiSpell",
    "KpiVersion",
    "Measurement",
    "Outlook",
    "RelevanceReview",
    "Remediation",
    "RemediationStep",
    "Restatement",
    "SignOff",
    "SmartSignature",
    "StatusChange",
    "Watch",
    "Workshop",
    "WorldChange",
]
