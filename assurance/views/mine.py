"""What an owner's models ask of them, worked through on one page: each cause with the one act that clears it in its
place, or a link to where its record is made."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from assurance.forms import life as forms
from assurance.models import Attestation
from assurance.queries.mine import mine_of
from assurance.services import duties
from assurance.services.asking import ask_for
from assurance.views.model_acts import Act, Asked, act_of, today
from core import clock
from core.acts import WORKS, acted
from core.errors import forbidden, not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.values import read_ref
from governance.models import AiModel
from governance.services.inventory import edit_model


class AskForm(forms.ActForm):
    """A word with what is asked."""

    words = forms.words("A word with it", limit=forms.SHORT, rows=2, required=False)


def _edit(**facts: str) -> Any:
    """An act that records the day the form says under this name."""

    def save(said: dict[str, Any], asked: Asked) -> AiModel:
        given: Any = {name: said[typed] for name, typed in facts.items()}
        return edit_model(pk=asked.subject.pk, by=asked.by, at=asked.at, **given)

    return save


def _attest(said: dict[str, Any], asked: Asked) -> Any:
    """The round the act names, or the one its record says is open where no row of it is here."""
    if asked.row:
        if not Attestation.objects.filter(pk=asked.row, model=asked.subject).exists():
            raise not_found()
        return duties.answer_attestation(pk=asked.row, by=asked.by, at=asked.at, **said)
    return duties.answer_without_round(model_id=asked.subject.pk, by=asked.by, at=asked.at, **said)


def _asks(what: str) -> Any:
    return lambda said, asked: ask_for(
        model_id=asked.subject.pk, what=what, words=said["words"], by=asked.by, at=asked.at
    )


ACTS: dict[str, Act] = {
    "ask-review": act_of(AskForm, _asks("review"), "Ask for a review", "Ask for it", "Asked. Whoever may review it is told."),
    "ask-validation": act_of(AskForm, _asks("validation"), "Ask for a validation", "Ask for it",
                          "Asked. Whoever may validate it is told."),
    "ask-ethics": act_of(AskForm, _asks("ethics_review"), "Ask for an ethics review", "Ask for it",
                         "Asked. Whoever may review it is told."),
    "review-date": act_of(forms.DateForm, _edit(next_review_on="next_review_on"), "Set its next review", "Set it", "Set."),
    "fallback": act_of(forms.FallbackForm, lambda said, asked: duties.record_fallback_test(
        model_id=asked.subject.pk, by=asked.by, at=asked.at, **said), "Test of its fallback", "Record it", "Recorded.", begin=today),
    "attest": act_of(forms.AttestForm, _attest, "Attest", "Answer", "Answered."),
    "retire": act_of(forms.RetirementForm, lambda said, asked: duties.begin_retirement(
        model_id=asked.subject.pk, by=asked.by, at=asked.at, **said), "Begin its retirement", "Begin it",
        "Begun. Its steps are on its page, under Life."),
}  # fmt: skip
BUTTONS = {
    "ask-review": "Ask for a review", "ask-validation": "Ask for a validation",
    "ask-ethics": "Ask for an ethics review", "review-date": "Set the date",
    "fallback": "Record a test", "attest": "Attest", "retire": "Begin its retirement",
}  # fmt: skip


@page_view(Action.VIEW, methods=WORKS)
def model_mine(request: HttpRequest) -> HttpResponse:
    """The reader's own models: every cause in the order of severity and date, and what comes within a month."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    if actor.user is None:
        raise forbidden()
    context: dict[str, Any] = {}
    status = 200
    if ref := (request.POST if request.method == "POST" else request.GET).get("model", ""):
        rows = AiModel.objects.visible_to(actor).filter(owner=actor.user)
        model = rows.select_related("unit", "owner").filter(pk=read_ref(ref, "M")).first()
        if model is None:
            raise not_found()
        done = acted(request, model, ACTS, right=Action.EDIT_MODEL, back=reverse("model-mine"))
        if done.response is not None:
            return done.response
        context, status = {**done.context, "act_model": model.pk}, done.status
    elif request.method == "POST":
        raise not_found("Say which model it is about.")
    context |= {
        "mine": mine_of(actor, actor.user, clock.day_of(at)),
        "buttons": BUTTONS,
        "today": clock.day_of(at),
    }
    return render(request, "assurance/mine.html", context, status=status)
