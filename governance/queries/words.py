"""What pages say of a model's answer, beyond the words of the rules themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.staleness import CauseCode

FACTS: Mapping[str, str] = {
    "tier": "risk tier",
    "serves_goal": "the initiative or KPI it serves",
    "last_review_on": "last review",
    "last_validation_on": "last validation",
    "owner_last_sign_in_on": "last sign-in of its owner",
    "serving_since": "start of production",
    "next_review_on": "next review",
    "monitoring_cadence_days": "how often monitoring data arrives",
    "last_monitoring_on": "monitoring data",
    "last_heartbeat_on": "heartbeat of its deployment",
    "last_fallback_test_on": "test of its fallback",
    "ethics_passed_on": "ethics review that passed",
}
"""The words of each fact the rules ask for."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where the fact behind a cause is recorded. `reviews`: by who may review the model; else by who may edit it."""

    words: str
    page: str
    query: str = ""
    reviews: bool = False


WHERE: Mapping[str, Where] = {
    CauseCode.REVIEW_OVERDUE.value: Where("Record a review", "model-review", reviews=True),
    CauseCode.REVIEW_DATE_MISSING.value: Where("Set the date", "model-edit", "#id_next_review_on"),
    CauseCode.VALIDATION_OVERDUE.value: Where(
        "Record a validation", "model-life", "?act=validate#act", reviews=True
    ),
    CauseCode.NO_MONITORING_DATA.value: Where("Send monitoring data", "model-monitoring"),
    CauseCode.NO_HEARTBEAT.value: Where("Report its deployment", "model-versions"),
    CauseCode.OWNER_MISSING.value: Where("Name an owner", "model-edit", "#id_owner"),
    CauseCode.OWNER_DEACTIVATED.value: Where("Name an owner", "model-edit", "#id_owner"),
    CauseCode.OWNER_ABSENT.value: Where("Name another owner", "model-edit", "#id_owner"),
    CauseCode.SUPERSEDED_STILL_SERVING.value: Where("Begin its retirement", "model-life", "?act=retire#act"),
    CauseCode.DOSSIER_SECTION_OLD.value: Where("Write the section", "model-dossier"),
    CauseCode.FALLBACK_UNTESTED.value: Where("Record a test", "model-life", "?act=fallback#act"),
    CauseCode.ATTESTATION_MISSED.value: Where("Answer the round", "model-life"),
    CauseCode.APPROVAL_LAPSED.value: Where("See what it serves", "model-lineage"),
    CauseCode.REGISTRY_NEWER_VERSION.value: Where("See its versions", "model-versions"),
    CauseCode.OWNER_OVERLOADED.value: Where("Name another owner", "model-edit", "#id_owner"),
    CauseCode.UPSTREAM_RETIRED.value: Where("Name what it depends on", "model-edit", "#id_depends_on"),
    CauseCode.DATA_WINDOW_EXPIRED.value: Where("See its data", "model-lineage"),
    CauseCode.ETHICS_AUDIT_OVERDUE.value: Where(
        "Record an ethics review", "model-life", "?act=ethics#act", reviews=True
    ),
}
"""Cause -> where the fact behind it is recorded."""
