"""What one must-meet is answered with, and the evidence that answers where no record does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.urls import reverse

from core.wording import day
from domain.gates import Criterion
from governance.models import GateDraft, GateEvidence
from portfolio.models import Initiative

YES, NO, UNKNOWN = "yes", "no", "unknown"
PARTS: Final[Mapping[str, Mapping[str, str]]] = {
    "operational_readiness": {
        "load": "Load",
        "failover": "Failover",
        "security": "Security",
        "logging": "Logging",
        "rollback": "Rollback",
    }
}
"""Must-meets that ask for several pieces of evidence: each is given under `criterion.part`."""
DATED: Final = frozenset(
    {"operational_readiness", "data_readiness", "assessments", "ethics_review", "fallback_tested"}
)
"""Whose evidence says of which day it is."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One part of a must-meet that is missing: its code, what it is in words, and the address where it is filled in."""

    code: str
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Told:
    """yes, no or unknown (which counts as no), the fact that answered, and the address where it is filled in.

    `gaps`: the missing parts, where a must-meet consists of several and each is filled in at its own place.
    """

    answer: str
    fact: str
    url: str
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One must-meet with its answer. `waivable`: no record answers it, so evidence or a waiver does."""

    criterion: Criterion
    told: Told
    waivable: bool = False
    evidence: tuple[GateEvidence, ...] = ()

    @property
    def met(self) -> bool:
        return self.told.answer == YES


@dataclass(frozen=True, slots=True)
class Asked:
    """What the modules of the gates read: the initiative, its draft's answers, and its evidence by criterion."""

    initiative: Initiative
    tier: int | None
    today: date
    draft: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Sequence[GateEvidence]] = field(default_factory=dict)

    def url(self, name: str, at: str = "") -> str:
        """An address of this initiative, `at` a place on it."""
        return reverse(name, args=[self.initiative.ref]) + (f"#{at}" if at else "")

    @property
    def form(self) -> str:
        return self.url("initiative-gate")


def asked_of(initiative: Initiative, tier: int | None, today: date) -> Asked:
    """Two statements: the draft and the evidence that was not withdrawn."""
    draft = GateDraft.objects.filter(initiative=initiative).first()
    evidence: dict[str, list[GateEvidence]] = {}
    rows = GateEvidence.objects.filter(initiative=initiative, withdrawn_at=None).defer("content")
    for row in rows.select_related("added_by").order_by("pk"):
        evidence.setdefault(row.criterion, []).append(row)
    return Asked(initiative, tier, today, draft.answers if draft else {}, evidence)


def by_evidence(asked: Asked, code: str) -> Told:
    """What the evidence given for a must-meet answers: the latest of each part speaks."""
    url = f"{asked.form}#m-{code}"
    if code in PARTS and not _waived(asked, code):
        told = [(name, _one(asked, f"{code}.{part}", code)) for part, name in PARTS[code].items()]
        lacking = [f"{name.lower()}: {one.fact}" for name, one in told if one.answer != YES]
        if not lacking:
            return Told(YES, "; ".join(f"{name.lower()} {one.fact}" for name, one in told), url)
        answer = NO if any(one.answer == NO for _, one in told) else UNKNOWN
        return Told(answer, "; ".join(lacking), url)
    return _one(asked, code, code)


def _waived(asked: Asked, code: str) -> bool:
    return any(row.waived for row in asked.evidence.get(code, ()))


def _one(asked: Asked, key: str, code: str) -> Told:
    url = f"{asked.form}#m-{code}"
    rows = asked.evidence.get(key, ())
    if not rows:
        return Told(UNKNOWN, "nothing on record", url)
    last = rows[-1]
    if last.waived:
        who = last.added_by.name if last.added_by else "somebody who has left"
        return Told(YES, f"waived by {who}: {last.because}", url)
    if last.passed is False:
        return Told(NO, f"{last.title}: not passed", url)
    if last.expires_on is not None and last.expires_on <= asked.today:
        return Told(NO, f"{last.title}: expired on {day(last.expires_on)}", url)
    if last.dated_on is None and code in DATED:
        return Told(UNKNOWN, f"{last.title}: not said of which day it is", url)
    dated = f", {day(last.dated_on)}" if last.dated_on else ""
    return Told(YES, f"{last.title}{dated}", url)
