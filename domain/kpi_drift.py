"""KPI drift in three kinds, each a pure function of recorded facts and a day.

Value: the readings left the level of a reference time. Definition: the KPI is measured otherwise, so the series is
broken. Relevance: the KPI no longer moves with the outcome it stands for. They are told apart and never added up: the
first asks what happened, the second what may be compared, the third whether to look at this KPI at all.
The order to ask in: definition first, then value on the last segment, then relevance with the days of the breaks.
The parts live in the modules beside this one; this is their front door.
"""

from domain.kpi_definition_drift import (
    DefinitionDrift,
    DefinitionStatus,
    MeasuredAs,
    Segment,
    definition_drift,
)
from domain.kpi_drift_policy import DEFAULT, Policy
from domain.kpi_relevance_drift import Relevance, RelevanceDrift, RelevanceReason, relevance_drift
from domain.kpi_relevance_review import (
    RelevanceReview,
    ReviewStatus,
    World,
    WorldChange,
    relevance_review,
)
from domain.kpi_series import usable
from domain.kpi_value_drift import (
    ValueDrift,
    ValueReason,
    ValueStatus,
    usual_reference_end,
    value_drift,
)
from domain.kpi_value_hits import Hit, Method, Reference, Toward

__all__ = [
    "DEFAULT",
    "DefinitionDrift",
    "DefinitionStatus",
    "Hit",
    "MeasuredAs",
    "Method",
    "Policy",
    "Reference",
    "Relevance",
    "RelevanceDrift",
    "RelevanceReason",
    "RelevanceReview",
    "ReviewStatus",
    "Segment",
    "Toward",
    "ValueDrift",
    "ValueReason",
    "ValueStatus",
    "World",
    "WorldChange",
    "definition_drift",
    "relevance_drift",
    "relevance_review",
    "usable",
    "usual_reference_end",
    "value_drift",
]
