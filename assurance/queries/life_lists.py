"""What the lists of a model's life offer, for pages and the API alike."""

from assurance.models import (
    Attestation,
    ChangeRequest,
    FallbackTest,
    ModelException,
    Retirement,
    RiskAssessment,
    Validation,
)
from assurance.models.incidents import CONSEQUENCES
from core.listing import Filter, Listing
from domain.ethics import KINDS, OUTCOMES
from domain.model_life import SEVERITIES

_MODEL = {
    "model": Filter("model", "ref", prefix="M"),
    "unit": Filter("model__unit__path", "subtree", ops=("",)),
}
_DAYS = ("", "gte", "lte", "isnull")

ASSESSMENTS = Listing(
    filters={
        **_MODEL,
        "state": Filter("state", "choice", choices=tuple(RiskAssessment.State.values)),
        "computed": Filter("computed", "choice", choices=("1", "2", "3")),
    },
    orders={"recorded_at": "recorded_at"},
    search=("model__name", "reasoning"),
)
VALIDATIONS = Listing(
    filters={
        **_MODEL,
        "kind": Filter("kind", "choice", choices=tuple(Validation.Kind.values)),
        "outcome": Filter("outcome", "choice", choices=tuple(Validation.Outcome.values)),
        "started_on": Filter("started_on", "date", ops=_DAYS),
        "finished_on": Filter("finished_on", "date", ops=_DAYS),
    },
    orders={"started_on": "started_on", "finished_on": "finished_on"},
    nullable=frozenset({"finished_on"}),
    search=("model__name", "scope", "summary"),
)
ETHICS_REVIEWS = Listing(
    filters={
        **_MODEL,
        "kind": Filter("kind", "choice", choices=tuple(code for code, _ in KINDS)),
        "outcome": Filter("outcome", "choice", choices=tuple(code for code, _ in OUTCOMES)),
        "reviewed_on": Filter("reviewed_on", "date", ops=("", "gte", "lte")),
        "next_due_on": Filter("next_due_on", "date", ops=_DAYS),
    },
    orders={"reviewed_on": "reviewed_on"},
    search=("model__name", "findings"),
)
FINDINGS = Listing(
    filters={
        **_MODEL,
        "validation": Filter("validation", "id"),
        "severity": Filter("severity", "choice", choices=tuple(code for code, _ in SEVERITIES)),
        "owner": Filter("owner", "id"),
        "open": Filter("closed_on", "null", ops=("",)),
        "due_on": Filter("due_on", "date", ops=("", "gte", "lte")),
    },
    orders={"due_on": "due_on"},
    search=("model__name", "text"),
)
CHANGES = Listing(
    filters={
        **_MODEL,
        "state": Filter("state", "choice", choices=tuple(ChangeRequest.State.values)),
        "materiality": Filter("materiality", "choice", choices=tuple(ChangeRequest.Materiality.values)),
    },
    orders={"recorded_at": "recorded_at"},
    search=("model__name", "title", "description"),
)
EXCEPTIONS = Listing(
    filters={
        **_MODEL,
        "state": Filter("state", "choice", choices=tuple(ModelException.State.values)),
        "owner": Filter("owner", "id"),
        "expires_on": Filter("expires_on", "date", ops=("", "gte", "lte")),
    },
    orders={"expires_on": "expires_on"},
    search=("model__name", "rule", "reason"),
)
INCIDENTS = Listing(
    filters={
        **_MODEL,
        "severity": Filter("severity", "choice", choices=("1", "2", "3")),
        "consequence": Filter("consequence", "choice", choices=tuple(code for code, _ in CONSEQUENCES)),
        "open": Filter("resolved_at", "null", ops=("",)),
        "contained": Filter("contained_at", "null", ops=("isnull",)),
        "lead": Filter("lead", "id"),
    },
    orders={"detected_at": "detected_at", "severity": "severity"},
    default="-detected_at",
    search=("title", "description", "model__name"),
)
ROUNDS = Listing(
    filters={"due_on": Filter("due_on", "date", ops=("", "gte", "lte")), "unit": Filter("unit", "id")},
    orders={"due_on": "due_on"},
    default="-due_on",
    search=("question",),
)
ATTESTATIONS = Listing(
    filters={
        **_MODEL,
        "round": Filter("round", "id"),
        "owner": Filter("model__owner", "id"),
        "answer": Filter("answer", "choice", choices=tuple(Attestation.Answer.values)),
        "answered": Filter("answered_at", "null", ops=("isnull",)),
    },
    orders={"due_on": "round__due_on"},
    search=("model__name", "note"),
)
FALLBACK_TESTS = Listing(
    filters={
        **_MODEL,
        "result": Filter("result", "choice", choices=tuple(FallbackTest.Result.values)),
        "tested_on": Filter("tested_on", "date", ops=("", "gte", "lte")),
    },
    orders={"tested_on": "tested_on"},
    search=("model__name", "evidence"),
)
RETIREMENTS = Listing(
    filters={**_MODEL, "state": Filter("state", "choice", choices=tuple(Retirement.State.values))},
    orders={"recorded_at": "recorded_at"},
    search=("model__name", "because"),
)
