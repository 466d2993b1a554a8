"""Strategic objectives: the list, and writing one."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from core.access import everywhere, require_anywhere, scope
from core.editing import submit
from core.errors import not_found
from core.http import actor_of, moment_of, page_view
from core.roles import Action
from core.tables import Column, list_page
from core.values import read_ref
from portfolio.forms.records import ObjectiveForm
from portfolio.models import Initiative, StrategicObjective
from portfolio.queries import OBJECTIVES
from portfolio.services.objectives import create_objective, edit_objective

CELLS = "portfolio/cells"
COLUMNS = (
    Column("name", "Objective", f"{CELLS}/objective.html", lambda r: r.name, sort="name"),
    Column(
        "owner",
        "Owner",
        f"{CELLS}/objective_owner.html",
        lambda r: r.owner.name if r.owner else "",
        sort="owner",
    ),
    Column("initiatives", "Initiatives", f"{CELLS}/objective_count.html", lambda r: r.serving, css="num"),
    Column("active", "State", f"{CELLS}/objective_state.html", lambda r: "active" if r.active else "closed"),
)


@page_view(Action.VIEW)
def objective_list(request: HttpRequest) -> HttpResponseBase:
    """What the organisation wants, with how many of the initiatives the reader may see serve each."""
    actor = actor_of(request)
    manages = everywhere(actor, Action.MANAGE_OBJECTIVES)
    rows: QuerySet[Any] = StrategicObjective.objects.filter(scope(actor, Action.VIEW, StrategicObjective))
    seen = scope(actor, Action.VIEW, Initiative, "initiatives__")
    rows = rows.select_related("owner").annotate(
        serving=Count("initiatives", filter=seen, distinct=True) if seen else Count("initiatives")
    )
    return list_page(
        request, rows=rows, listing=OBJECTIVES, columns=COLUMNS, template="portfolio/objective_list.html",
        filename="objectives",
        context={
            "caption": "Strategic objectives", "manages": manages,
            "empty": {
                "title": "No objective yet", "text": "Goals come before results: say what the organisation wants first.",
                "action": "New objective", "url": reverse("objective-create") if manages else "",
            },
        },
    )  # fmt: skip


@page_view(Action.MANAGE_OBJECTIVES)
def objective_create(request: HttpRequest) -> HttpResponse:
    """Say what the organisation wants."""
    actor, at = actor_of(request), moment_of(request)
    require_anywhere(actor, Action.MANAGE_OBJECTIVES)
    form = ObjectiveForm(request.POST or None)
    done = submit(request, form, lambda f: create_objective(by=actor, at=at, **f.cleaned_data))
    if done.row is not None:
        messages.success(request, f"“{done.row.name}” is on record.")
        return redirect("objective-list")
    return render(request, "portfolio/objective_form.html", {"form": done.form}, status=done.status)


@page_view(Action.MANAGE_OBJECTIVES)
def objective_edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Change an objective, or close it."""
    actor, at = actor_of(request), moment_of(request)
    require_anywhere(actor, Action.MANAGE_OBJECTIVES)
    row = StrategicObjective.objects.select_related("owner").filter(pk=read_ref(pk, "")).first()
    if row is None:
        raise not_found()
    key = row.pk

    def save(form: ObjectiveForm) -> StrategicObjective:
        return edit_objective(
            pk=key, by=actor, at=at, expected_version=form.expected_version, **form.changed()
        )

    facts = {
        "name": row.name, "description": row.description, "owner": row.owner_id, "active": row.active, "version": row.version,
    }  # fmt: skip
    done = submit(request, ObjectiveForm(request.POST or None, initial=facts, record=row), save, row)
    if done.row is not None:
        messages.success(request, f"“{done.row.name}” is saved.")
        return redirect("objective-list")
    context = {"objective": row, "form": done.form, "conflict": done.conflict}
    return render(request, "portfolio/objective_form.html", context, status=done.status)
