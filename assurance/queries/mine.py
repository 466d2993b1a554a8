"""What one person's models ask of them: causes by severity and date, and what comes within a month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import F
from django.urls import reverse

from assurance.models import Attestation, Incident, ModelFinding, Obligation
from assurance.queries.alarms import Alarm, alarms_of
from assurance.queries.classifications import OPEN
from core.access import Actor
from core.models import User
from domain.dossier import BY_CODE
from domain.staleness import CauseCode, Policy, Upcoming, judge_model
from governance.models import AiModel
from governance.queries.facts import facts_of, with_people
from governance.queries.inventory import CAUSES
from governance.queries.policy import policy_on

AHEAD: Final = timedelta(days=30)
MOST: Final = 50

ACT_OF: Final = {
    CauseCode.REVIEW_OVERDUE.value: "ask-review",
    CauseCode.REVIEW_DATE_MISSING.value: "review-date",
    CauseCode.VALIDATION_OVERDUE.value: "ask-validation",
    CauseCode.SUPERSEDED_STILL_SERVING.value: "retire",
    CauseCode.FALLBACK_UNTESTED.value: "fallback",
    CauseCode.ATTESTATION_MISSED.value: "attest",
    CauseCode.ETHICS_AUDIT_OVERDUE.value: "ask-ethics",
}
"""Cause -> the act of an owner that clears it, or asks who can. A model of one's own lacks no owner."""
PAGE_OF: Final = {
    CauseCode.NO_MONITORING_DATA.value: ("Send monitoring data", "model-monitoring"),
    CauseCode.NO_HEARTBEAT.value: ("Report its deployment", "model-versions"),
    CauseCode.DOSSIER_SECTION_OLD.value: ("Write the section", "model-dossier-write"),
    CauseCode.APPROVAL_LAPSED.value: ("See what it serves", "model-lineage"),
    CauseCode.OWNER_OVERLOADED.value: ("Name another owner", "model-edit"),
    CauseCode.UPSTREAM_RETIRED.value: ("Name what it depends on", "model-edit"),
    CauseCode.DATA_WINDOW_EXPIRED.value: ("See its data", "model-lineage"),
    CauseCode.REGISTRY_NEWER_VERSION.value: ("See its versions", "model-versions"),
}
"""Cause -> the page on which the record is made that clears it: a day typed here would be no record."""


@dataclass(frozen=True, slots=True)
class Item:
    """One cause of one model. `act` and `row`: what clears it here (a row of a round; 0: the model); or `words` and `url`:
    what clears it on a page of its own."""

    model: AiModel
    code: str
    word: str
    severity: int
    since: date | None
    sentence: str
    act: str
    row: int
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Coming:
    """What will make one of them stale within a month."""

    model: AiModel
    word: str
    one: Upcoming


@dataclass(frozen=True, slots=True)
class Mine:
    """`orphans`: models of the person's that serve no goal. `waiting`: rounds of attestation to answer
    that were not missed yet. `obligations`: open ones the person answers for, the soonest first, those without a day last."""

    models: int
    items: list[Item]
    coming: list[Coming]
    waiting: list[Attestation]
    findings: list[ModelFinding]
    incidents: list[Incident]
    obligations: list[Obligation]
    orphans: list[AiModel]
    alarms: list[tuple[AiModel, Alarm]]


def mine_of(actor: Actor, user: User, today: date) -> Mine:
    """Twelve statements, whatever the number of models."""
    rows = list(
        with_people(AiModel.objects.visible_to(actor).filter(owner=user))
        .exclude(stage=AiModel.Stage.RETIRED)
        .order_by("pk")
    )
    waiting = list(
        Attestation.objects.filter(model__in=[row.pk for row in rows], answer="")
        .select_related("round", "model")
        .order_by("round__due_on", "pk")
    )
    earliest: dict[int, int] = {}
    for one in waiting:
        earliest.setdefault(one.model_id, one.pk)
    items = [item for row in rows for item in _items(row, earliest.get(row.pk, 0))]
    missed = {item.row for item in items if item.act == "attest"}
    policy, _ = policy_on(today)
    by_pk = {row.pk: row for row in rows}
    return Mine(
        models=len(rows),
        items=sorted(items, key=lambda one: (-one.severity, one.since or date.min, one.model.pk, one.code, one.row)),
        coming=_coming(rows, policy, today), waiting=[one for one in waiting if one.pk not in missed],
        findings=list(
            ModelFinding.objects.visible_to(actor).filter(owner=user, closed_on=None).select_related("model").order_by("due_on")
        ),
        incidents=list(Incident.objects.visible_to(actor).filter(lead=user, resolved_at=None).select_related("model")),
        obligations=list(
            Obligation.objects.visible_to(actor).filter(owner=user, owed=True, status__in=OPEN)
            .exclude(model__stage=AiModel.Stage.RETIRED).select_related("model")
            .order_by(F("due_on").asc(nulls_last=True), "pk")[:MOST]
        ),
        orphans=[row for row in rows if row.orphan],
        alarms=[(by_pk[one.model_id], one) for one in alarms_of(list(by_pk))],
    )  # fmt: skip


def _items(row: AiModel, attestation: int) -> list[Item]:
    out = []
    for cause in row.causes:
        code, place = cause["code"], 0
        if code == CauseCode.ATTESTATION_MISSED.value:
            place = attestation
        word = CAUSES[code] + (f": {cause['subject']}" if cause["subject"] else "")
        since = None if cause["since"] is None else date.fromisoformat(cause["since"])
        words, url = _page(row, code, cause["subject"])
        out.append(
            Item(row, code, word, cause["severity"], since, cause["sentence"], ACT_OF.get(code, ""), place, words, url)
        )  # fmt: skip
    return out


def _page(row: AiModel, code: str, subject: str | None) -> tuple[str, str]:
    """Words and address of the page that clears a cause; empty where an act here does."""
    words, name = PAGE_OF.get(code, ("", ""))
    if not name:
        return "", ""
    if name != "model-dossier-write":
        return words, reverse(name, args=[row.ref])
    section = BY_CODE.get((subject or "").replace(" ", "_"))
    if section is None or not section.written:
        return "See the dossier", reverse("model-dossier", args=[row.ref])
    return words, reverse(name, args=[row.ref, section.code])


def _coming(rows: Sequence[AiModel], policy: Policy, today: date) -> list[Coming]:
    """Only what expires within a month is asked for its day."""
    soon = [row for row in rows if row.valid_until is not None and row.valid_until < today + AHEAD]
    found = [
        Coming(row, CAUSES[one.code.value] + (f": {one.subject}" if one.subject else ""), one)
        for row in soon
        for one in judge_model(facts_of(row, today), policy, today).upcoming
        if one.on <= today + AHEAD
    ]
    return sorted(found, key=lambda one: (one.one.on, one.model.pk, one.word))
