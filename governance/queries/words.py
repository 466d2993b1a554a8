"""What pages say of a model's answer, beyond the words of the rules themselves."""

from collections.abc import Mapping

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
}
"""The words of each fact the rules ask for."""

# Cause -> (words, URL name, anchor or act): where the fact behind it is recorded.
WHERE: Mapping[str, tuple[str, str, str]] = {
    CauseCode.REVIEW_OVERDUE.value: ("Record a review", "model-review", ""),
    CauseCode.REVIEW_DATE_MISSING.value: ("Set the date", "model-edit", "id_next_review_on"),
    CauseCode.VALIDATION_OVERDUE.value: ("Record a validation", "model-life", "validate"),
    CauseCode.NO_MONITORING_DATA.value: ("Record monitoring data", "model-edit", "id_last_monitored_on"),
    CauseCode.NO_HEARTBEAT.value: ("Record a heartbeat", "model-edit", "id_last_heartbeat_on"),
    CauseCode.OWNER_MISSING.value: ("Name an owner", "model-edit", "id_owner"),
    CauseCode.OWNER_DEACTIVATED.value: ("Name an owner", "model-edit", "id_owner"),
    CauseCode.OWNER_ABSENT.value: ("Name another owner", "model-edit", "id_owner"),
    CauseCode.SUPERSEDED_STILL_SERVING.value: ("Change its stage", "model-edit", "id_stage"),
    CauseCode.DOSSIER_SECTION_OLD.value: ("Record the section", "model-edit", "h-dossier"),
    CauseCode.FALLBACK_UNTESTED.value: ("Record a test", "model-life", "fallback"),
    CauseCode.ATTESTATION_MISSED.value: ("Record the attestation", "model-edit", "id_attested_on"),
}
