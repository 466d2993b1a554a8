"""Forms of the model inventory: registering, editing, reviewing, retiring."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import Actor, require
from core.editing import submit
from core.errors import conflict
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.wording import day
from domain.model_life import WORDS
from governance.forms.inventory import (
    CorrectionForm,
    ModelForm,
    NewModelForm,
    RetireForm,
    ReviewForm,
    facts_of,
    standing_of,
)
from governance.models import AiModel, ModelReview
from governance.queries.policy import policy_on
from governance.services.corrections import correct_facts
from governance.services.inventory import create_model, edit_model, retire_model, served
from governance.services.near import nearness
from governance.services.review import record_review
from governance.views.model_frame import find_model
from portfolio.views.frame import address, find_initiative


@page_view(Action.CREATE_MODEL)
def model_create(request: HttpRequest) -> HttpResponse:
    """Register a model; `?initiative=AI-0042` fills in what it serves."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    initial: dict[str, object] = {}
    if ref := request.GET.get("initiative", ""):
        goal = find_initiative(request, ref)
        initial = {"initiatives": [goal.pk], "unit": goal.unit_id, "risk_tier": str(goal.risk_tier or "")}
    form = NewModelForm(request.POST or None, actor=actor, initial=initial)
    done = submit(request, form, lambda f: create_model(by=actor, at=at, **f.facts()))
    if done.row is not None:
        messages.success(request, f"{done.row.ref} {done.row.name} is registered.")
        return redirect("model-detail", done.row.ref)
    return render(request, "governance/model_form.html", {"form": done.form}, status=done.status)


@page_view(Action.EDIT_MODEL)
def model_edit(request: HttpRequest, ref: str) -> HttpResponse:
    """Change the record. When somebody saved in between, both versions are shown and nothing typed is lost."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    row = _working(find_model(request, ref))
    require(actor, Action.EDIT_MODEL, row)

    def save(form: ModelForm) -> AiModel:
        return edit_model(
            pk=row.pk, by=actor, at=at, expected_version=form.expected_version, **form.differing()
        )

    form = ModelForm(request.POST or None, initial=facts_of(row), actor=actor, record=row)
    done = submit(request, form, save, row)
    if done.row is not None:
        messages.success(request, f"{row.ref} is saved, and judged again.")
        if not AiModel.objects.visible_to(actor).filter(pk=row.pk).exists():  # handed over to somebody else
            return redirect("model-list")
        return redirect("model-detail", row.ref)
    context = {"form": done.form, "row": row, "conflict": done.conflict}
    return render(request, "governance/model_form.html", context, status=done.status)


@page_view(Action.REVIEW_MODEL)
def model_review(request: HttpRequest, ref: str) -> HttpResponse:
    """Record a review the signed-in person held."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    today = clock.day_of(at)
    row = _working(find_model(request, ref))
    require(actor, Action.REVIEW_MODEL, row)

    def save(form: ReviewForm) -> ModelReview:
        return record_review(
            model_id=row.pk, by=actor, at=at, expected_version=form.expected_version, **form.facts()
        )

    form = ReviewForm(request.POST or None, initial={"version": row.version, "reviewed_on": today})
    done = submit(request, form, save, row)
    if done.row is not None:
        messages.success(
            request, f"The review is on record. The next is due by {day(done.row.next_review_on, today)}."
        )
        return redirect("model-detail", row.ref)
    months = policy_on(today)[0].review_months[row.risk_tier] if row.risk_tier else None
    context = {
        "form": done.form, "row": row, "conflict": done.conflict, "near": _near(row, actor), "months": months,
    }  # fmt: skip
    return render(request, "governance/review_form.html", context, status=done.status)


@page_view(Action.EDIT_MODEL)
def model_retire(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a model out of service, with the reason."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    row = _working(find_model(request, ref))
    require(actor, Action.EDIT_MODEL, row)
    life = address("model-life", row.ref)
    if request.method != "POST" and served(row) and life:
        return redirect(f"{life}?act=retire#act")

    def save(form: RetireForm) -> AiModel:
        given = form.cleaned_data
        return retire_model(
            pk=row.pk, because=given["because"], on=given["retired_on"], by=actor, at=at,
            expected_version=form.expected_version,
        )  # fmt: skip

    done = submit(request, RetireForm(request.POST or None, initial={"version": row.version}), save, row)
    if done.row is not None:
        messages.success(request, f"{row.ref} is retired. Its record stays.")
        return redirect("model-detail", row.ref)
    context = {"form": done.form, "row": row, "conflict": done.conflict}
    return render(request, "governance/retire_form.html", context, status=done.status)


@page_view(Action.REVIEW_MODEL)
def model_correct(request: HttpRequest, ref: str) -> HttpResponse:
    """Put right what records write of a model, with the reason: a reviewer's act, never its owner's."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    row = _working(find_model(request, ref))
    require(actor, Action.REVIEW_MODEL, row)

    def save(form: CorrectionForm) -> AiModel:
        return correct_facts(
            pk=row.pk, by=actor, at=at, expected_version=form.expected_version, **form.facts()
        )

    done = submit(request, CorrectionForm(request.POST or None, initial=standing_of(row)), save, row)
    if done.row is not None:
        messages.success(request, f"{row.ref} is put right, and judged again.")
        return redirect("model-detail", row.ref)
    context = {"form": done.form, "row": row, "conflict": done.conflict, "near": _near(row, actor)}
    return render(request, "governance/correct_form.html", context, status=done.status)


def _near(row: AiModel, actor: Actor) -> str:
    """Why the reader may not judge this model, or empty."""
    near = nearness(row, actor.user) if actor.user is not None else None
    return "" if near is None else WORDS[near]


def _working(row: AiModel) -> AiModel:
    if row.stage == AiModel.Stage.RETIRED:
        raise conflict(
            "model_retired", f"{row.ref} was retired on {row.retired_on}. Its record stays as it was."
        )
    return row
