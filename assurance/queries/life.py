"""A model's life as it is read: what is open now, and the story so far, each in a constant number of statements."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from assurance.models import (
    Attestation,
    ChangeRequest,
    EthicsReview,
    FallbackTest,
    Incident,
    IncidentEvent,
    ModelException,
    ModelFinding,
    ModelVersion,
    Retirement,
    RetirementStep,
    RiskAssessment,
    Rollback,
    Validation,
)
from assurance.queries.data_sources import personal_data
from core import clock
from core.models import AuditEvent
from core.wording import day
from domain.incident_clocks import Hand, read_clock
from domain.model_life import STEPS, Step, Tested, lacking, what_was_tested
from governance.models import AiModel, ModelReview

MOST: Final = 200
"""So many entries of each kind are read; older ones are in the lists of the API."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to a model. `kind` tells its shape; `who`: the name of whoever did it, "" for a record."""

    on: date
    kind: str
    words: str
    said: str
    who: str
    order: int


@dataclass(frozen=True, slots=True)
class Ticking:
    """One clock of an incident and how it stands."""

    words: str
    basis: str
    hand: Hand
    off: bool


@dataclass(frozen=True, slots=True)
class Closing:
    """A retirement under way: each step with the row that did it, or None."""

    row: Retirement
    steps: tuple[tuple[Step, RetirementStep | None], ...]
    lacking: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What of a model waits for somebody now."""

    assessment: RiskAssessment | None
    override: RiskAssessment | None
    validations: list[Validation]
    findings: list[ModelFinding]
    changes: list[ChangeRequest]
    exceptions: list[ModelException]
    incidents: list[tuple[Incident, list[Ticking]]]
    attestations: list[Attestation]
    retirement: Closing | None
    tested: Tested

    @property
    def count(self) -> int:
        lists = (
            self.validations, self.findings, self.changes, self.exceptions, self.incidents, self.attestations
        )  # fmt: skip
        return sum(len(one) for one in lists) + bool(self.override) + bool(self.retirement)


def open_of(model: AiModel, at: datetime) -> Open:
    """About a dozen statements."""
    assessments = list(RiskAssessment.objects.filter(model=model).select_related("recorded_by")[:2])
    newest = assessments[0] if assessments else None
    waiting = newest if newest and newest.state == RiskAssessment.State.PROPOSED else None
    kinds = set(
        Validation.objects.filter(model=model).exclude(outcome="").order_by().values_list("kind", flat=True)
    )
    running = (ModelException.State.PROPOSED, ModelException.State.APPROVED, ModelException.State.EXPIRED)
    return Open(
        assessment=newest, override=waiting,
        validations=list(Validation.objects.filter(model=model, outcome="").select_related("recorded_by")),
        findings=_by_gravity(ModelFinding.objects.filter(model=model, closed_on=None).select_related("owner", "validation")),
        changes=list(ChangeRequest.objects.filter(model=model, state="open").select_related("recorded_by")),
        exceptions=list(
            ModelException.objects.filter(model=model, state__in=running).select_related("owner").order_by("expires_on")
        ),
        incidents=incidents_of(
            Incident.objects.filter(Q(model=model) | Q(others=model), resolved_at=None).distinct(), at
        ),
        attestations=list(
            Attestation.objects.filter(model=model, answer="").select_related("round").order_by("round__due_on")
        ),
        retirement=closing_of(model), tested=what_was_tested(kinds, personal_data(model)),
    )  # fmt: skip


def incidents_of(rows: QuerySet[Incident], at: datetime) -> list[tuple[Incident, list[Ticking]]]:
    """Incidents with their clocks, those that end first on top. Two statements."""
    found = list(rows.select_related("lead", "model").prefetch_related("clocks"))
    return [(row, ticking(row, at)) for row in found]


def ticking(row: Incident, at: datetime) -> list[Ticking]:
    """Its clocks, from the rows prefetched."""
    return [
        Ticking(
            one.words, one.basis, read_clock(one.due_at, at=at, met_at=one.met_at), one.off_at is not None
        )
        for one in row.clocks.all()
    ]


def closing_of(model: AiModel) -> Closing | None:
    """The retirement under way. Two statements."""
    row = Retirement.objects.filter(model=model, state=Retirement.State.OPEN).first()
    if row is None:
        return None
    done = {one.code: one for one in row.steps.select_related("recorded_by")}
    return Closing(row, tuple((one, done.get(one.code)) for one in STEPS), lacking(done))


def _by_gravity(rows: QuerySet[ModelFinding]) -> list[ModelFinding]:
    order = {"critical": 0, "high": 1, "medium": 2, "low": 3}
    return sorted(rows, key=lambda one: (order[one.severity], one.due_on, one.pk))


def story_of(model: AiModel) -> list[Entry]:
    """Everything that happened to a model, the latest first. A dozen statements."""
    found = [one for read in _STORY for one in read(model)]
    return sorted(found, key=lambda one: (one.on, one.order), reverse=True)


def _name(person: Any) -> str:
    return person.name if person is not None else ""


def _record(model: AiModel) -> Iterator[Entry]:
    yield Entry(clock.day_of(model.created_at), "record", "Registered", "", "", 0)
    if model.in_production_since is not None:
        yield Entry(model.in_production_since, "record", "In production", "", "", 1)
    if model.retired_on is not None:
        yield Entry(model.retired_on, "record", "Retired", model.retired_because, "", 9)
    if model.superseded_on is not None:
        yield Entry(model.superseded_on, "record", "Superseded", "", "", 2)


def _put_right(model: AiModel) -> Iterator[Entry]:
    """What a reviewer put right, and answers to a round that is not on record here: they stand in the log alone."""
    rows = AuditEvent.objects.filter(
        Q(action="model.corrected") | Q(action="model.attested", after__round=None),
        object_type="aimodel", object_id=model.pk,
    )  # fmt: skip
    for row in rows.order_by("-id")[:MOST]:
        if row.action == "model.corrected":
            words, kind = "Put right: " + ", ".join(one.replace("_", " ") for one in row.after), "record"
        else:
            attests = row.after.get("answer") == Attestation.Answer.ATTESTS
            words, kind = "Attested" if attests else "Not attested", "attestation"
        yield Entry(clock.day_of(row.at), kind, words, row.reason, row.actor_label, 3)


def _versions(model: AiModel) -> Iterator[Entry]:
    rows = ModelVersion.objects.filter(model=model, role_since__isnull=False).order_by("-role_since")
    for row in rows[:MOST]:
        if row.role_since is not None:
            words = f"{row.number} became {row.get_role_display().lower()}"
            yield Entry(row.role_since, "version", words, row.notes, "", 3)


def _rollbacks(model: AiModel) -> Iterator[Entry]:
    rows = Rollback.objects.filter(model=model).select_related("version", "left", "done_by", "confirmed_by")
    for row in rows[:MOST]:
        words = f"Back at once from {row.left.number} to {row.version.number}"
        yield Entry(clock.day_of(row.done_at), "version", words, row.because, _name(row.done_by), 4)
        if row.confirmed_at is not None:
            on = clock.day_of(row.confirmed_at)
            yield Entry(on, "version", f"{words}, confirmed", row.note, _name(row.confirmed_by), 5)


def _reviews(model: AiModel) -> Iterator[Entry]:
    for row in ModelReview.objects.filter(model=model).select_related("reviewer")[:MOST]:
        words = row.get_outcome_display()
        yield Entry(row.reviewed_on, "review", words, row.findings, _name(row.reviewer), 4)


def _tiers(model: AiModel) -> Iterator[Entry]:
    rows = RiskAssessment.objects.filter(model=model).select_related("recorded_by", "decided_by")
    for row in rows[:MOST]:
        grades = f"materiality {row.materiality}, complexity {row.complexity}"
        words = f"Tier {row.computed}: {grades}"
        if row.override is not None:
            words += f"; tier {row.override} asked for"
        yield Entry(clock.day_of(row.recorded_at), "tier", words, row.reasoning, _name(row.recorded_by), 5)
        if row.decided_at is not None:
            said = "approved" if row.state == RiskAssessment.State.APPROVED else "refused"
            words = f"Tier {row.override} instead of {row.computed} {said}"
            yield Entry(clock.day_of(row.decided_at), "tier", words, row.because, _name(row.decided_by), 6)


def _validations(model: AiModel) -> Iterator[Entry]:
    rows = Validation.objects.filter(model=model).select_related("recorded_by", "model_version")
    for row in rows[:MOST]:
        of = f" of version {row.model_version.number}" if row.model_version else ""
        kind = "" if row.kind == Validation.Kind.VALIDATION else f"{row.get_kind_display()}{of}: "
        kind = kind or (f"Of version {row.model_version.number}: " if row.model_version else "")
        if row.finished_on is None:
            yield Entry(
                row.started_on,
                "validation",
                f"{kind or 'Validation '}began",
                row.scope,
                _name(row.recorded_by),
                4,
            )
        else:
            words = f"{kind}{row.get_outcome_display().lower()}"
            words = words[:1].upper() + words[1:]
            yield Entry(
                row.finished_on, "validation", words, row.summary or row.scope, _name(row.recorded_by), 5
            )


def _ethics(model: AiModel) -> Iterator[Entry]:
    for row in EthicsReview.objects.filter(model=model).select_related("recorded_by")[:MOST]:
        words = f"{row.get_kind_display()}: {row.get_outcome_display().lower()}"
        if row.next_due_on is not None:
            words += f", the next by {day(row.next_due_on)}"
        said = " ".join(one for one in (row.findings, row.evidence_url) if one)
        yield Entry(row.reviewed_on, "ethics", words, said, _name(row.recorded_by), 5)


def _findings(model: AiModel) -> Iterator[Entry]:
    rows = ModelFinding.objects.filter(model=model).select_related("recorded_by", "closed_by", "owner")
    for row in rows[:MOST]:
        seen, name = clock.day_of(row.recorded_at), row.get_severity_display()
        yield Entry(
            seen, "finding", f"{name}, for {row.owner.name} to mend", row.text, _name(row.recorded_by), 6
        )
        if row.closed_on is not None:
            yield Entry(
                row.closed_on, "closed", f"{name}, closed", f"{row.text} {row.evidence}", _name(row.closed_by), 7
            )  # fmt: skip


def _changes(model: AiModel) -> Iterator[Entry]:
    rows = ChangeRequest.objects.filter(model=model).select_related("recorded_by", "decided_by")
    for row in rows[:MOST]:
        kind = row.get_materiality_display()
        yield Entry(
            clock.day_of(row.recorded_at), "change", f"{kind}, asked for: {row.title}", row.description,
            _name(row.recorded_by), 4,
        )  # fmt: skip
        if row.decided_at is not None:
            words = f"{kind}, {row.get_state_display().lower()}: {row.title}"
            yield Entry(clock.day_of(row.decided_at), "change", words, row.because, _name(row.decided_by), 5)


def _exceptions(model: AiModel) -> Iterator[Entry]:
    rows = ModelException.objects.filter(model=model).select_related("recorded_by", "decided_by")
    for row in rows[:MOST]:
        words, asked = row.rule, clock.day_of(row.recorded_at)
        yield Entry(
            asked,
            "exception",
            f"Asked for: {words}",
            f"{row.reason} Instead: {row.compensating_control}",
            _name(row.recorded_by),
            4,
        )
        if row.decided_at is not None:
            refused = row.state == ModelException.State.REFUSED
            said = "Refused" if refused else f"Approved until {day(row.expires_on)}"
            yield Entry(
                clock.day_of(row.decided_at), "exception", f"{said}: {words}", row.because,
                _name(row.decided_by), 5,
            )  # fmt: skip
        if row.ended_at is not None:
            said = "Expired" if row.state == ModelException.State.EXPIRED else "Ended"
            yield Entry(clock.day_of(row.ended_at), "exception", f"{said}: {words}", row.ended_because, "", 6)


def _incidents(model: AiModel) -> Iterator[Entry]:
    rows = IncidentEvent.objects.filter(
        incident__in=Incident.objects.filter(Q(model=model) | Q(others=model)).values("pk")
    ).select_related("incident", "recorded_by")
    for row in rows.order_by("-id")[:MOST]:
        incident = row.incident
        words = f"{incident.ref}, {row.get_kind_display().lower()}: {incident.title}"
        yield Entry(clock.day_of(row.happened_at), "incident", words, row.said, _name(row.recorded_by), 8)


def _attestations(model: AiModel) -> Iterator[Entry]:
    rows = Attestation.objects.filter(model=model).exclude(answer="").select_related("round", "answered_by")
    for row in rows[:MOST]:
        if row.answered_at is not None:
            words = "Attested" if row.answer == Attestation.Answer.ATTESTS else "Not attested"
            yield Entry(
                clock.day_of(row.answered_at), "attestation", f"{words}: {row.round.question[:200]}", row.note,
                _name(row.answered_by), 4,
            )  # fmt: skip


def _fallback(model: AiModel) -> Iterator[Entry]:
    for row in FallbackTest.objects.filter(model=model).select_related("recorded_by")[:MOST]:
        words = f"Tested: {row.get_result_display().lower()}"
        yield Entry(row.tested_on, "fallback", words, row.evidence, _name(row.recorded_by), 4)


def _retirement(model: AiModel) -> Iterator[Entry]:
    rows = Retirement.objects.filter(model=model).select_related("recorded_by", "ended_by")
    for row in rows.prefetch_related("steps__recorded_by"):
        yield Entry(
            clock.day_of(row.recorded_at), "retirement", "Begun", row.because, _name(row.recorded_by), 7
        )  # fmt: skip
        for step in row.steps.all():
            yield Entry(
                step.done_on, "retirement", step.get_code_display(), step.evidence, _name(step.recorded_by), 8
            )
        if row.state == Retirement.State.CANCELLED and row.ended_at is not None:
            yield Entry(
                clock.day_of(row.ended_at), "retirement", "Called off", row.ended_because,
                _name(row.ended_by), 9,
            )  # fmt: skip


_STORY: tuple[Callable[[AiModel], Iterator[Entry]], ...] = (
    _record, _put_right, _versions, _rollbacks, _reviews, _tiers, _validations, _ethics, _findings, _changes, _exceptions, _incidents,
    _attestations, _fallback, _retirement,
)  # fmt: skip
