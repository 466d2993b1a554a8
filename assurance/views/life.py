"""The life of a model: what waits for somebody, the story so far, and everything that can be done about it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from assurance.forms import life as forms
from assurance.models import (
    Attestation,
    ChangeRequest,
    ModelException,
    ModelFinding,
    Retirement,
    RiskAssessment,
    Validation,
)
from assurance.models.incidents import CONSEQUENCES
from assurance.queries.life import open_of, story_of
from assurance.services import changes, duties, incidents, validations
from assurance.services.ethics import record_ethics_review
from assurance.views.model_acts import Act, Asked, act_of, began, today
from core import clock
from core.access import allows
from core.acts import WORKS, acted
from core.errors import not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from domain.model_life import STEPS
from governance.models import AiModel
from governance.queries.facts import ethics_of
from governance.queries.policy import policy_on
from governance.services.inventory import served
from governance.services.near import nearness
from governance.views.model_frame import find_model, frame


def _own(kind: type[Any], asked: Asked) -> Any:
    """The row the act names, of this model. Problem 404."""
    row = kind._default_manager.filter(pk=asked.row, model=asked.subject).first()
    if row is None:
        raise not_found()
    return row


def _by(asked: Asked) -> dict[str, Any]:
    return {"by": asked.by, "at": asked.at}


def _on(kind: type[Any], service: Any) -> Any:
    """An act on a row of this model: its service takes the row by `pk` and what the form says."""
    return lambda said, asked: service(pk=_own(kind, asked).pk, **said, **_by(asked))


def _about(service: Any) -> Any:
    """An act on the model itself."""
    return lambda said, asked: service(model_id=asked.subject.pk, **said, **_by(asked))


def _finding(said: dict[str, Any], asked: Asked) -> Any:
    return validations.record_finding(validation_id=_own(Validation, asked).pk, **said, **_by(asked))


def _validated(said: dict[str, Any], asked: Asked) -> Any:
    return validations.record_validation(model_id=asked.subject.pk, **said, **_by(asked))


def _incident(said: dict[str, Any], asked: Asked) -> Any:
    return incidents.open_incident(
        model_id=asked.subject.pk, report=incidents.Report(**said), by=asked.by, at=asked.at
    )


def _step(said: dict[str, Any], asked: Asked) -> Any:
    """`row` is the place of the step, from 1."""
    if not 0 < asked.row <= len(STEPS):
        raise not_found()
    row = Retirement.objects.filter(model=asked.subject, state=Retirement.State.OPEN).first()
    if row is None:
        raise not_found("Its retirement is not under way.")
    return duties.do_step(pk=row.pk, code=STEPS[asked.row - 1].code, **said, **_by(asked))


def _now(asked: Asked) -> Mapping[str, Any]:
    return {**forms.begins_now(asked.at), "lead": asked.by.user.pk if asked.by.user else None}


JUDGES = Action.REVIEW_MODEL
APPROVES = Action.PROMOTE_MODEL
ACTS: dict[str, Act] = {
    "risk": act_of(forms.RiskForm, _about(changes.assess_risk), "Assess its risk", "Keep the assessment", "Assessed."),
    "override": act_of(forms.OverrideForm, _on(RiskAssessment, changes.answer_override), "Another tier is asked for",
                    "Answer", "Answered.", right=APPROVES),
    "validate": act_of(forms.ValidationForm, _validated, "Record a validation or a test", "Record it", "Recorded.",
                    right=JUDGES, begin=began),
    "ethics": act_of(forms.EthicsForm, _about(record_ethics_review), "Record an ethics review", "Record it", "Recorded.",
                  right=JUDGES, begin=today),
    "finish": act_of(forms.FinishForm, _on(Validation, validations.finish_validation), "How it ended", "Record it", "Recorded.",
                  right=JUDGES, begin=today),
    "finding": act_of(forms.FindingForm, _finding, "Record a finding", "Record it", "Recorded.", right=JUDGES),
    "close": act_of(forms.CloseForm, _on(ModelFinding, validations.close_finding), "Close the finding", "Close it", "Closed.",
                 right=JUDGES),
    "change": act_of(forms.ChangeForm, _about(changes.ask_change), "Ask for a change", "Ask for it",
                  "Asked for. Somebody else reviews it."),
    "review": act_of(forms.ReviewChangeForm, _on(ChangeRequest, changes.review_change), "Review the change", "Answer",
                  "Answered.", right=JUDGES),
    "withdraw": act_of(forms.BecauseForm, _on(ChangeRequest, changes.withdraw_change), "Take the change request back?",
                    "Take it back", "Taken back."),
    "exception": act_of(forms.ExceptionForm, _about(changes.ask_exception), "Ask for an exception", "Ask for it",
                     "Asked for. Somebody else approves it."),
    "answer": act_of(forms.AnswerExceptionForm, _on(ModelException, changes.answer_exception), "An exception is asked for",
                  "Answer", "Answered.", right=APPROVES),
    "end": act_of(forms.BecauseForm, _on(ModelException, changes.end_exception), "Is the rule followed again?",
               "Yes, end the exception", "Ended."),
    "incident": act_of(forms.IncidentForm, _incident, "Report an incident", "Report it",
                    "Reported. Its clocks run, and those concerned are told.", right=Action.REPORT_MODEL, begin=_now),
    "attest": act_of(forms.AttestForm, _on(Attestation, duties.answer_attestation), "Attest", "Answer", "Answered."),
    "fallback": act_of(forms.FallbackForm, _about(duties.record_fallback_test), "Record a test of its fallback", "Record it",
                    "Recorded.", begin=today),
    "retire": act_of(forms.RetirementForm, _about(duties.begin_retirement), "Begin its retirement", "Begin it",
                  "Begun. It is retired once every step is done."),
    "step": act_of(forms.StepForm, _step, "A step of its retirement is done", "Keep it", "Kept.", begin=today),
    "keep": act_of(forms.BecauseForm, _on(Retirement, duties.cancel_retirement), "Call its retirement off?",
                "Call it off", "Called off. The model goes on."),
}  # fmt: skip


@page_view(Action.VIEW, methods=WORKS)
def model_life(request: HttpRequest, ref: str) -> HttpResponse:
    """One story: tier, validations, changes, incidents, exceptions, attestations, retirement; and what is open of each."""
    today_only(request)
    row, at, actor = find_model(request, ref), moment_of(request), actor_of(request)
    done = acted(request, row, ACTS, right=Action.EDIT_MODEL, back=reverse("model-life", args=[row.ref]))
    if done.response is not None:
        return done.response
    rights = {
        name: allows(actor, name, row) for name in {act.right or Action.EDIT_MODEL for act in ACTS.values()}
    }
    user = actor.user
    near = user and nearness(row, user)
    retired = row.stage == AiModel.Stage.RETIRED
    policy, number = policy_on(clock.day_of(at))
    context = frame(request, row, "model-life") | {
        "ethics": ethics_of(row, policy, clock.day_of(at)), "cadences": number,
        "now_open": open_of(row, at), "story": story_of(row), "today": clock.day_of(at),
        "works": rights[Action.EDIT_MODEL] and not retired, "judges": rights[JUDGES] and not near and not retired,
        "approves": rights[APPROVES] and not near and not retired, "reports": rights[Action.REPORT_MODEL],
        "owns": user is not None and user.pk == row.owner_id and not retired,
        "served": served(row), "consequences": dict(CONSEQUENCES), **done.context,
    }  # fmt: skip
    return render(request, "assurance/life.html", context, status=done.status)
