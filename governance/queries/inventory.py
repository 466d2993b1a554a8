"""Reads for lists, pages and the API: which models there are, and how they stand."""

from core.listing import Filter, Listing
from domain.rules import SHIPPED as RULE_SETS
from domain.staleness import CauseCode, Status
from governance.models import AiModel, ModelReview

STATUSES = tuple(status.value for status in Status)
_AFTER_THE_STALE = ("", Status.CURRENT.value, Status.RETIRED.value)


def rank_of(status: str, severity: int | None) -> int:
    """How the inventory is read: the stale by severity from 3 to 1, then what is not judged yet, current, retired."""
    return 3 - (severity or 1) if status == Status.STALE else 3 + _AFTER_THE_STALE.index(status)


CAUSES = {
    CauseCode.REVIEW_OVERDUE.value: "Review overdue",
    CauseCode.REVIEW_DATE_MISSING.value: "No review date",
    CauseCode.VALIDATION_OVERDUE.value: "Validation overdue",
    CauseCode.NO_MONITORING_DATA.value: "No monitoring data",
    CauseCode.NO_HEARTBEAT.value: "No heartbeat",
    CauseCode.OWNER_MISSING.value: "Owner missing",
    CauseCode.OWNER_DEACTIVATED.value: "Owner deactivated",
    CauseCode.OWNER_ABSENT.value: "Owner without sign-in",
    CauseCode.SUPERSEDED_STILL_SERVING.value: "Superseded, still serving",
    CauseCode.DOSSIER_SECTION_OLD.value: "Dossier section too old",
    CauseCode.FALLBACK_UNTESTED.value: "Fallback untested",
    CauseCode.ATTESTATION_MISSED.value: "Attestation missed",
    CauseCode.APPROVAL_LAPSED.value: "Approval does not hold",
    CauseCode.REGISTRY_NEWER_VERSION.value: "Newer version waits",
    CauseCode.ETHICS_AUDIT_OVERDUE.value: "Ethics audit overdue",
    CauseCode.OWNER_OVERLOADED.value: "Owner over-loaded",
    CauseCode.UPSTREAM_RETIRED.value: "Depends on a retired model",
    CauseCode.DATA_WINDOW_EXPIRED.value: "Data past its window",
}
"""The words of each cause of staleness."""

MODELS = Listing(
    filters={
        "status": Filter("status", "choice", choices=STATUSES),
        "cause": Filter("cause_codes__has_key", "choice", choices=tuple(CAUSES), ops=("",)),
        "severity": Filter("severity", "choice", choices=("1", "2", "3"), ops=("", "in")),
        "orphan": Filter("orphan", "bool", ops=("",)),
        "risk_tier": Filter("risk_tier", "choice", choices=("1", "2", "3"), ops=("", "in", "isnull")),
        "stage": Filter("stage", "choice", choices=tuple(AiModel.Stage.values)),
        "technique": Filter("technique", "choice", choices=tuple(AiModel.Technique.values)),
        "owner": Filter("owner", "id", ops=("", "in", "isnull")),
        "developer": Filter("developers", "id", ops=("",), many=True),
        "unit": Filter("unit__path", "subtree", ops=("",)),
        "initiative": Filter("initiatives", "ref", prefix="AI", ops=("",), many=True),
        "kpi": Filter("kpis", "ref", prefix="K", ops=("",), many=True),
        "depends_on": Filter("depends_on", "ref", prefix="M", ops=("",), many=True),
        "champion": Filter("champion", "text"),
        "next_review_on": Filter("next_review_on", "date", ops=("", "gte", "lte", "isnull")),
        "valid_until": Filter("valid_until", "date", ops=("", "gte", "lte", "isnull")),
        "stale_since": Filter("stale_since", "date", ops=("", "gte", "lte", "isnull")),
        **{f"class_{code}": Filter(f"classes__{code}", "text") for code in RULE_SETS},
        "external_id": Filter("external_id", "text"),
        "source": Filter("source", "text"),
    },
    orders={
        "name": "name",
        "status": "status_rank",
        "risk_tier": "risk_tier",
        "stale_since": "stale_since",
        "next_review_on": "next_review_on",
        "valid_until": "valid_until",
        "updated_at": "updated_at",
    },
    search=("name", "purpose", "vendor", "owner__name", "contact"),
    nullable=frozenset({"risk_tier", "stale_since", "next_review_on", "valid_until"}),
)
"""One definition for the page and the API."""

REVIEWS = Listing(
    filters={
        "model": Filter("model", "ref", prefix="M"),
        "reviewer": Filter("reviewer", "id"),
        "outcome": Filter("outcome", "choice", choices=tuple(ModelReview.Outcome.values)),
        "reviewed_on": Filter("reviewed_on", "date", ops=("", "gte", "lte")),
        "next_review_on": Filter("next_review_on", "date", ops=("", "gte", "lte")),
        "unit": Filter("model__unit__path", "subtree", ops=("",)),
    },
    orders={"reviewed_on": "reviewed_on", "next_review_on": "next_review_on"},
    default="-reviewed_on",
    search=("model__name", "findings"),
)
