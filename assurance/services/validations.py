"""Validations and tests of models by somebody apart, and their findings to closure."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from assurance.models import ChangeRequest, ModelFinding, ModelVersion, Validation
from assurance.services.dossier import judge_dossier
from assurance.services.life import LONG, active, ahead, apart, changed, chosen, held, held_row, past, tell
from core import clock
from core.access import Actor
from core.errors import conflict, field_error
from core.models import User
from core.roles import Action
from core.text import clean
from domain.model_life import CRITICAL, SEVERITIES
from governance.models import AiModel
from governance.services.model_facts import PushedFacts, push_down

FIT = (Validation.Outcome.FIT.value, Validation.Outcome.FINDINGS.value)


def record_validation(
    *, model_id: int, kind: str, scope: str, started_on: date, by: Actor, at: datetime, finished_on: date | None = None,
    outcome: str = "", summary: str = "", model_version: ModelVersion | None = None,
) -> Validation:  # fmt: skip
    """Record a validation, threat assessment, red team exercise or leakage test the actor held, under way or finished.

    Raises Problem 400 by field, 403 `four_eyes` for who owns or developed the model, 404, 409 for a retired one.
    """
    chosen("kind", kind, Validation.Kind.values)
    scope = clean("scope", scope, limit=LONG, required="Say what is looked at.")
    summary = clean("summary", summary, limit=LONG)
    past("started_on", started_on, at)
    with transaction.atomic():
        model = held(model_id, by=by, right=Action.REVIEW_MODEL)
        user = apart(model, by)
        if model_version is not None and model_version.model_id != model.pk:
            raise field_error("model_version", "That is a version of another model.", code="invalid_choice")
        if outcome or finished_on is not None:
            _ends(outcome, finished_on, started_on, at)
        row = Validation.objects.create(
            model=model, kind=kind, scope=scope, started_on=started_on, finished_on=finished_on, outcome=outcome,
            summary=summary, model_version=model_version, recorded_by=user, recorded_at=at,
        )  # fmt: skip
        said = {"validation": row.pk, "kind": kind, "outcome": outcome, "finished_on": finished_on}
        tell(model, "model.validation_recorded", by=by, at=at, after=said)
        push_findings(model, by=by, at=at)
    return row


def finish_validation(
    *, pk: int, outcome: str, finished_on: date, by: Actor, at: datetime, summary: str = "",
    expected_version: int | None = None,
) -> Validation:  # fmt: skip
    """End a validation that is under way. Fit without findings needs every finding of it closed.

    Raises Problem as `record_validation`, 409 `finished`, `findings_open`, 412.
    """
    summary = clean("summary", summary, limit=LONG)
    with transaction.atomic():
        row, model = held_row(
            Validation, pk, by=by, right=Action.REVIEW_MODEL, expected_version=expected_version
        )
        apart(model, by)
        if row.outcome:
            raise conflict("finished", "This validation has ended. Record another.")
        _ends(outcome, finished_on, row.started_on, at)
        if outcome == Validation.Outcome.FIT and row.findings.filter(closed_on=None).exists():
            raise conflict("findings_open", "Findings of it are open: it is fit with findings, or not fit.")
        said = {"outcome": outcome, "finished_on": finished_on, "summary": summary or row.summary}
        before = changed(row, said)
        tell(
            model,
            "model.validation_finished",
            by=by,
            at=at,
            before=before,
            after={"validation": row.pk, **said},
        )
        push_findings(model, by=by, at=at)
    return row


def record_finding(
    *, validation_id: int, severity: str, text: str, owner: User | None, due_on: date, by: Actor, at: datetime
) -> ModelFinding:
    """Write down what a validation or test found, who is to mend it and by when. Raises Problem 400, 403, 404, 409."""
    chosen("severity", severity, [code for code, _ in SEVERITIES])
    text = clean("text", text, limit=LONG, required="Say what was found.")
    ahead("due_on", due_on, at)
    with transaction.atomic():
        validation, model = held_row(Validation, validation_id, by=by, right=Action.REVIEW_MODEL)
        user = apart(model, by)
        last = ModelFinding.objects.filter(validation=validation).aggregate(n=Max("number"))["n"] or 0
        row = ModelFinding.objects.create(
            model=model, validation=validation, number=last + 1, severity=severity, text=text,
            owner=active("owner", owner), due_on=due_on, recorded_by=user, recorded_at=at,
        )  # fmt: skip
        said = {
            "finding": row.pk,
            "severity": severity,
            "text": text,
            "owner": row.owner_id,
            "due_on": due_on,
        }
        tell(model, "model.finding_recorded", by=by, at=at, after=said)
        push_findings(model, by=by, at=at)
    return row


def close_finding(
    *, pk: int, evidence: str, by: Actor, at: datetime, expected_version: int | None = None
) -> ModelFinding:
    """Close a finding on evidence: by who may review the model, and is not the one who had to mend it.

    Raises Problem 400, 403 `four_eyes`, 404, 409 `closed`, 412.
    """
    evidence = clean("evidence", evidence, limit=LONG, required="Say what shows that it is mended.")
    with transaction.atomic():
        row, model = held_row(
            ModelFinding, pk, by=by, right=Action.REVIEW_MODEL, expected_version=expected_version
        )
        user = apart(model, by, authors=[row.owner_id])
        if row.closed_on is not None:
            raise conflict("closed", f"This finding was closed on {row.closed_on}.")
        said = {"closed_on": clock.day_of(at), "closed_by": user, "evidence": evidence}
        changed(row, said)
        told = {"finding": row.pk, "severity": row.severity, "closed_on": clock.day_of(at)}
        tell(model, "model.finding_closed", by=by, at=at, after=told, reason=evidence)
        push_findings(model, by=by, at=at)
    return row


def push_findings(model: AiModel, *, by: Actor, at: datetime) -> None:
    """Push down the last validation, what a material change asks for, and how many critical findings are open."""
    ended = list(
        Validation.objects.filter(model=model)
        .exclude(outcome="")
        .values_list("kind", "outcome", "started_on", "finished_on")
    )
    critical = ModelFinding.objects.filter(model=model, severity=CRITICAL, closed_on=None).count()
    facts: PushedFacts = {"open_critical": critical if critical or ended else None}
    fit = [
        (started, finished)
        for kind, outcome, started, finished in ended
        if kind == Validation.Kind.VALIDATION and outcome in FIT and finished is not None
    ]
    if fit:
        facts["last_validated_on"] = max(finished for _, finished in fit)
    facts["validation_needed_since"] = _needed_since(model, [started for started, _ in fit])
    push_down(model_id=model.pk, by=by, at=at, **facts)
    judge_dossier(model_id=model.pk, by=by, at=at)


def _needed_since(model: AiModel, begun: list[date]) -> date | None:
    """The day of the first material change accepted after the last sound validation began; None where there is none.

    A validation begun on the day of the change looked at it; one begun before did not.
    """
    rows = ChangeRequest.objects.filter(
        model=model, state=ChangeRequest.State.ACCEPTED, materiality=ChangeRequest.Materiality.MATERIAL
    )
    days = [clock.day_of(moment) for moment in rows.values_list("decided_at", flat=True) if moment]
    latest = max(begun, default=date.min)
    return min((day for day in days if day > latest), default=None)


def _ends(outcome: str, finished_on: date | None, started_on: date, at: datetime) -> None:
    chosen("outcome", outcome, Validation.Outcome.values)
    if finished_on is None:
        raise field_error("finished_on", "Say on which day it ended.", code="required")
    past("finished_on", finished_on, at)
    if finished_on < started_on:
        raise field_error("finished_on", f"It began on {started_on}, after that.", code="too_early")
