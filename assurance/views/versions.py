"""A model's versions: what there is, who gave which role, where each runs, and what its registry calls it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assurance.forms import versions as forms
from assurance.models import Deployment, ModelVersion, RegisteredModel, Rollback, VersionPromotion
from assurance.queries.gate import answer_of
from assurance.queries.lineage import lineage_of
from assurance.services.deployments import end_deployment
from assurance.services.promotions import (
    answer_promotion,
    may_answer,
    propose_promotion,
    propose_rollback,
    withdraw_promotion,
)
from assurance.services.rollbacks import confirm_rollback, go_back_now
from assurance.services.runs import Taken, import_run
from assurance.services.version_corrections import correct_version
from assurance.services.versions import register_version
from assurance.views.model_acts import Act, Asked, model_page
from core import clock
from core.access import Actor, scope
from core.acts import WORKS
from core.errors import not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.values import read_ref
from core.wording import day, plural
from domain.deployment_gate import PRODUCTION
from domain.images import Image
from governance.models import AiModel
from governance.views.evidence import as_download, notebook_page
from governance.views.model_frame import find_model
from governance.views.model_frame import frame as model_frame

SHOWN, ENDED_SHOWN, ANSWERED_SHOWN = 50, 20, 20


def _registered(form: forms.RegisterForm, asked: Asked) -> ModelVersion:
    return register_version(model_id=asked.subject.pk, by=asked.by, at=asked.at, **form.cleaned_data)


def _corrected(form: forms.CorrectForm, asked: Asked) -> ModelVersion:
    return correct_version(pk=_version_of(asked).pk, by=asked.by, at=asked.at, **form.facts())


def _begin_correcting(asked: Asked) -> Mapping[str, Any]:
    return forms.said_of(_version_of(asked))


def _version_of(asked: Asked) -> ModelVersion:
    row = ModelVersion.objects.filter(pk=asked.row, model=asked.subject).first()
    if row is None:
        raise not_found()
    return row


def _asked(form: forms.AskForm, asked: Asked) -> VersionPromotion:
    said = form.cleaned_data
    return propose_promotion(
        version_id=asked.row, to_role=said["to_role"], champion_becomes=said["champion_becomes"], evidence=form.evidence(),
        by=asked.by, at=asked.at,
    )  # fmt: skip


def _begin_asking(asked: Asked) -> Mapping[str, Any]:
    role = asked.query.get("as", "")
    return {"to_role": role} if role in ModelVersion.Role.values else {}


def _on_version(words: str) -> Callable[[Asked], str]:
    """The heading of an act on a version: which one. Problem 404 for one of another model."""

    def heading(asked: Asked) -> str:
        return f"{words}: version {_version_of(asked).number}"

    return heading


def _back(form: forms.BackForm, asked: Asked) -> VersionPromotion:
    return propose_rollback(model_id=asked.subject.pk, by=asked.by, at=asked.at, **form.cleaned_data)


def _back_now(form: forms.BackNowForm, asked: Asked) -> Rollback:
    return go_back_now(model_id=asked.subject.pk, by=asked.by, at=asked.at, **form.cleaned_data)


def _confirmed(form: forms.ConfirmForm, asked: Asked) -> Rollback:
    if not Rollback.objects.filter(pk=asked.row, model=asked.subject).exists():
        raise not_found()
    return confirm_rollback(pk=asked.row, by=asked.by, at=asked.at, **form.cleaned_data)


def _answered(form: forms.AnswerForm, asked: Asked) -> VersionPromotion:
    return answer_promotion(pk=_of_this(asked), by=asked.by, at=asked.at, **form.cleaned_data)


def _withdrawn(form: forms.WhyForm, asked: Asked) -> VersionPromotion:
    return withdraw_promotion(pk=_of_this(asked), by=asked.by, at=asked.at, **form.cleaned_data)


def _of_this(asked: Asked) -> int:
    if not VersionPromotion.objects.filter(pk=asked.row, version__model=asked.subject).exists():
        raise not_found()
    return asked.row


def _imported(form: forms.RunForm, asked: Asked) -> Taken:
    file = form.cleaned_data["file"]
    return import_run(version_id=asked.row, filename=file.name, content=file.read(), by=asked.by, at=asked.at)


def _taken(done: Taken) -> str:
    said = f"{plural(done.metrics, 'metric')} taken over, {plural(done.points, 'point')} of history added."
    left = f" Left out because they are no numbers: {', '.join(done.left_out[:10])}." if done.left_out else ""
    return said + left


def _ended(form: forms.EndForm, asked: Asked) -> Deployment:
    if not Deployment.objects.filter(pk=asked.row, model=asked.subject).exists():
        raise not_found()
    return end_deployment(pk=asked.row, by=asked.by, at=asked.at, **form.cleaned_data)


def _told(model: AiModel, by: Actor, at: datetime) -> Mapping[str, Any]:
    rows = list(model.versions.select_related("previous").order_by("-pk")[: SHOWN + 1])
    promotions = VersionPromotion.objects.filter(version__model=model).defer("content")
    beside = promotions.select_related(
        "version__model", "asked_by", "answered_by", "comparison__kpi", "champion_then"
    )
    waiting = [(one, may_answer(one, by)) for one in beside.filter(state=VersionPromotion.State.ASKED)]
    deployed = Deployment.objects.filter(model=model).select_related("version", "previous")
    champion = model.versions.filter(role=ModelVersion.Role.CHAMPION).select_related("previous").first()
    today = clock.day_of(at)
    return {
        "rows": rows[:SHOWN], "more": len(rows) > SHOWN, "champion": champion, "waiting": waiting,
        "answered": list(beside.exclude(state=VersionPromotion.State.ASKED)[:ANSWERED_SHOWN]),
        "rollbacks": list(
            Rollback.objects.filter(model=model).select_related("version", "left", "done_by", "confirmed_by")[:ANSWERED_SHOWN]
        ),
        "running": [(one, _tag(one)) for one in deployed.filter(ended_at=None).order_by("environment", "-pk")],
        "ended": list(deployed.exclude(ended_at=None)[:ENDED_SHOWN]),
        "gate": answer_of(model, champion, champion.number, PRODUCTION, today) if champion else None,
        "registered": list(RegisteredModel.objects.filter(model=model).select_related("registry")),
        "called_champion": [one for one in rows if "champion" in one.aliases and one.role != ModelVersion.Role.CHAMPION],
    }  # fmt: skip


def _tag(row: Deployment) -> str:
    """The warning about an image named by tag alone."""
    repository, _, tag = row.image.rpartition(":")
    return Image(repository, tag).warning if row.by_tag_alone else ""


@page_view(Action.VIEW, methods=WORKS)
def model_versions(request: HttpRequest, ref: str) -> HttpResponse:
    """Versions, roles asked for and given, deployments."""
    acts = {
        "register": Act(forms.RegisterForm, _registered, "Register a version", "Register it",
                        lambda row: f"Version {row.number} is registered. It serves nobody until it is given a role."),
        "correct": Act(forms.CorrectForm, _corrected, _on_version("Put right"), "Put it right", "It is put right, with the reason.",
                       begin=_begin_correcting),
        "ask": Act(forms.AskForm, _asked, _on_version("Ask for a role"), "Ask for it", "Asked for. Somebody else answers.",
                   right=Action.EDIT_MODEL, begin=_begin_asking),
        "back": Act(forms.BackForm, _back, "Go back to the version before", "Ask to go back", "Asked for. Somebody else answers.",
                    right=Action.EDIT_MODEL),
        "back-now": Act(forms.BackNowForm, _back_now, "Go back to the version before, at once", "Go back now",
                        lambda row: f"Version {row.version.number} serves again. Somebody else confirms it by {day(row.confirm_by)}.",
                        right=Action.PROMOTE_MODEL),
        "confirm": Act(forms.ConfirmForm, _confirmed, "Confirm that going back was right", "Confirm", "Confirmed.",
                       right=Action.PROMOTE_MODEL),
        "answer": Act(forms.AnswerForm, _answered, "Answer", "Answer", lambda row: f"{row.get_state_display()}.",
                      right=Action.PROMOTE_MODEL),
        "withdraw": Act(forms.WhyForm, _withdrawn, "Take it back", "Take it back", "Taken back.", right=Action.EDIT_MODEL),
        "run": Act(forms.RunForm, _imported, _on_version("Take over an exported run"), "Take it over", _taken),
        "end": Act(forms.EndForm, _ended, "The deployment runs no more", "Record its end", "Its end is on record."),
    }  # fmt: skip
    return model_page(
        request,
        ref,
        name="model-versions",
        template="assurance/versions.html",
        acts=acts,
        told=_told,
        right=Action.REPORT_MODEL,
    )


@page_view(Action.VIEW)
def model_lineage(request: HttpRequest, ref: str) -> HttpResponse:
    """From the outcome to what runs, and what is missing in between."""
    today_only(request)
    row = find_model(request, ref)
    context = model_frame(request, row, "model-lineage") | {"lineage": lineage_of(row, actor_of(request))}
    context |= {"today": clock.day_of(moment_of(request))}
    return render(request, "assurance/lineage.html", context)


@page_view(Action.VIEW)
def promotion_file(request: HttpRequest, pk: str) -> HttpResponse:
    """The evidence of a promotion, as a download that no browser runs."""
    return as_download(_seen(request, pk))


@page_view(Action.VIEW)
def promotion_notebook(request: HttpRequest, pk: str) -> HttpResponse:
    """A notebook among the evidence, as text."""
    return notebook_page(request, _seen(request, pk))


def _seen(request: HttpRequest, pk: str) -> VersionPromotion:
    """Problem 404 for what the reader may not know, and for evidence without a file."""
    rows = VersionPromotion.objects.filter(scope(actor_of(request), Action.VIEW, VersionPromotion))
    row = rows.filter(pk=read_ref(pk, "")).exclude(sha256="").first()
    if row is None:
        raise not_found()
    return row
