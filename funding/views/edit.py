"""Writing a case: a form that may be half filled, keeps itself, and shows what the case would be worth meanwhile."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from core import clock
from core.access import Actor, require
from core.choices import active_people
from core.editing import Submitted, submit
from core.errors import Item, Problem, stale
from core.http import actor_of, moment_of, page_view, today_only
from core.models import User
from core.roles import Action
from funding.forms import DraftForm, empty_facts, facts_of
from funding.forms.draft import MOST_BENEFITS, Offered, keys_in
from funding.forms.filling import alike, draft_typed, place_of
from funding.models import BusinessCase, CaseBenefit
from funding.queries.cases import lines_of
from funding.queries.optimism import Reference, heaviest_type, reference_haircut
from funding.services.cases import discard_draft, save_draft
from funding.services.draft import CaseDraft, draft_from
from funding.views.find import case_frame, draft_of, published
from funding.views.grid import laid_out
from funding.views.live import live_of
from kpis.models import Kpi
from portfolio.models import Initiative

MOST_KPIS = 400


@page_view(Action.RECORD_MONEY)
def case_edit(request: HttpRequest, ref: str) -> HttpResponse:
    """The draft, or the next one begun from the version in force. Buttons that add, remove or look save nothing."""
    today_only(request)
    initiative, versions, context = case_frame(request, ref)
    require(actor_of(request), Action.RECORD_MONEY, initiative)
    form = _form(request, initiative, versions)
    act = request.POST.get("act", "")
    if request.method == "POST" and act not in {"", "save"}:
        form = _turned(form, act)
        return _page(request, context, form, Submitted(form), act)
    done = _saved(request, form, initiative, draft_of(versions))
    if done.row is not None:
        messages.success(request, f"Version {done.row.number} is kept as a draft. Nothing is published.")
        return redirect("initiative-case-edit", initiative.ref)
    return _page(request, context, done.form, done)


@page_view(Action.RECORD_MONEY, methods=("POST",))
def case_live(request: HttpRequest, ref: str) -> HttpResponse:
    """What the case as typed would be worth. Saves nothing."""
    initiative, versions, _ = case_frame(request, ref)
    require(actor_of(request), Action.RECORD_MONEY, initiative)
    form = _form(request, initiative, versions)
    form.is_valid()
    return render(request, "funding/_live.html", live_of(form, initiative))


@page_view(Action.RECORD_MONEY, methods=("POST",))
def case_autosave(request: HttpRequest, ref: str) -> HttpResponse:
    """Keep the draft as typed and say so in one line; what cannot be kept is said, and stays in the page."""
    initiative, versions, _ = case_frame(request, ref)
    require(actor_of(request), Action.RECORD_MONEY, initiative)
    form = _form(request, initiative, versions)
    done = _saved(request, form, initiative, draft_of(versions), keeps_itself=True)
    errors = sum(len(found) for found in done.form.errors.values())
    context = {"draft": done.row, "conflict": done.conflict, "errors": errors}
    return render(request, "funding/_saved.html", context)


@page_view(Action.RECORD_MONEY)
def case_discard(request: HttpRequest, ref: str) -> HttpResponse:
    """Take the draft away; the versions before it stand."""
    initiative, versions, context = case_frame(request, ref)
    actor, at = actor_of(request), moment_of(request)
    require(actor, Action.RECORD_MONEY, initiative)
    draft = draft_of(versions)
    if draft is None:
        return redirect("initiative-case", initiative.ref)
    if request.method == "POST":
        discard_draft(pk=draft.pk, by=actor, at=at)
        messages.success(
            request, f"The draft of version {draft.number} is taken away. The log keeps what it said."
        )
        return redirect("initiative-case", initiative.ref)
    return render(request, "funding/case_discard.html", context)


def _form(request: HttpRequest, initiative: Initiative, versions: list[BusinessCase]) -> DraftForm:
    """Bound where something was sent; else filled from the draft, from the version in force, or with what is usual."""
    draft, latest = draft_of(versions), next(iter(published(versions)), None)
    today = clock.day_of(moment_of(request))
    source = draft or latest
    if source is None:
        initial: dict[str, Any] = empty_facts(today)
    else:
        initial = facts_of(lines_of(source), version=draft.version if draft else 0)
        if draft is None:
            initial["starts_on"] = today
    data = request.POST if request.method == "POST" else None
    return DraftForm(data, initial=initial, offered=_offered(actor_of(request), initiative, initial))


def _offered(actor: Actor, initiative: Initiative, initial: Mapping[str, Any]) -> Offered:
    """Active people and whoever is named already; KPIs of this initiative first, then others the writer sees."""
    named = [one for name, one in initial.items() if name.endswith("-owner") and one]
    people = (active_people() | User.objects.filter(pk__in=named)).order_by("name", "pk")
    also = [one for name, one in initial.items() if name.endswith("-kpi") and one]
    kpis = Kpi.objects.visible_to(actor).exclude(state=Kpi.State.RETIRED) | Kpi.objects.filter(pk__in=also)
    own = list(kpis.filter(initiative=initiative).order_by("pk").distinct())
    others = kpis.filter(~Q(initiative=initiative)).select_related("initiative").distinct().order_by("pk")
    return Offered(
        people=[(one.pk, one.name if one.is_active else f"{one.name} (left)") for one in people],
        kpis=[
            *((one.pk, f"{one.ref} {one.name}") for one in own),
            *((one.pk, f"{one.ref} {one.name} · {one.initiative.name}") for one in others[:MOST_KPIS]),
        ],
    )


def _saved(
    request: HttpRequest,
    form: DraftForm,
    initiative: Initiative,
    draft: BusinessCase | None,
    *,
    keeps_itself: bool = False,
) -> Submitted[DraftForm, BusinessCase]:
    by, at = actor_of(request), moment_of(request)

    def save(typed: DraftForm) -> BusinessCase:
        written = _typed(typed, initiative)
        try:
            return save_draft(
                initiative_id=initiative.pk,
                draft=written,
                by=by,
                at=at,
                expected_version=typed.expected_version,
                keeps_itself=keeps_itself,
            )
        except Problem as problem:
            if problem.code not in {"draft_exists", "stale_version"}:
                raise _placed(problem, typed) from problem
            if draft is not None and alike(written, draft_from(lines_of(draft))):
                return draft  # kept a moment ago, by this page itself
            raise stale() from problem

    return submit(request, form, save, draft)


def _typed(form: DraftForm, initiative: Initiative) -> CaseDraft:
    known = CaseBenefit.objects.filter(case__initiative=initiative).values_list("key", flat=True)
    return draft_typed(form, set(known))


def _placed(problem: Problem, form: DraftForm) -> Problem:
    """The refusal with each pointer as the form's own field."""
    return replace(
        problem, items=tuple(Item(place_of(one.pointer, form), one.code, one.detail) for one in problem.items)
    )


def _turned(form: DraftForm, act: str) -> DraftForm:
    """The form as typed, with a benefit more or less, or the years that were chosen. Nothing is saved."""
    data = form.data.copy() if isinstance(form.data, QueryDict) else QueryDict(mutable=True)
    keys = list(form.keys)
    if act == "add" and len(keys) < MOST_BENEFITS:
        before = [*keys, *keys_in(form.initial.get("lines")), 0]
        keys.append(max(before) + 1)
        data[f"benefit-{keys[-1]}-attribution"] = "100"
    elif act.startswith("remove-"):
        keys = [key for key in keys if str(key) != act.removeprefix("remove-")]
    data["lines"] = ",".join(str(key) for key in keys)
    return DraftForm(data, initial=form.initial, offered=form.offered)


def _reference(request: HttpRequest, initiative: Initiative, versions: list[BusinessCase]) -> Reference:
    """What cases like this one came to: offered as a haircut, never filled in."""
    kind = heaviest_type(versions[0].pk) if versions else ""
    return reference_haircut(initiative, today=clock.day_of(moment_of(request)), type=kind)


def _page(
    request: HttpRequest,
    context: dict[str, Any],
    form: DraftForm,
    done: Submitted[DraftForm, BusinessCase],
    act: str = "",
) -> HttpResponse:
    """The form with what it says so far beside it. An act that saves nothing shows no errors but those typed."""
    initiative: Initiative = context["initiative"]
    whole = {
        **context, "form": form, "conflict": done.conflict, "act": act, "grid": laid_out(form),
        "unsaved": bool(act) and act != "look", **live_of(form, initiative),
        "reference": _reference(request, initiative, context["versions"]),
    }  # fmt: skip
    return render(request, "funding/case_edit.html", whole, status=done.status)
