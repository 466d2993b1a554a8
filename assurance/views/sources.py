"""Where the register hears of models and deployments by itself: registries that are read, and clusters looked at."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from assurance.forms.versions import LookForm, RegistryEditForm, RegistryForm
from assurance.models import ClusterLook, ModelRegistry, RegisteredModel
from assurance.services.clusters import keep_look, preview_look
from assurance.services.registries import ask_sync, connect_registry, edit_registry
from core import clock
from core.access import allows, reach_of, require
from core.editing import submit
from core.errors import not_found
from core.http import actor_of, moment_of, page_view, paginate, today_only
from core.reach import require_in_some_unit
from core.roles import Action
from core.uploads import require_within_limit
from core.values import read_ref

WORKS = ("GET", "HEAD", "POST")


@page_view(Action.VIEW)
def registry_list(request: HttpRequest) -> HttpResponse:
    """The registries that are read, and whether each could be."""
    today_only(request)
    by = actor_of(request)
    rows = ModelRegistry.objects.visible_to(by).select_related("unit")
    context = {
        "page": paginate(request, rows),
        "may_connect": bool(reach_of(by, Action.REPORT_MODEL)),
        "today": _today(request),
    }
    return render(request, "assurance/registries.html", context)


@page_view(Action.REPORT_MODEL)
def registry_create(request: HttpRequest) -> HttpResponse:
    """Connect a registry."""
    by, at = actor_of(request), moment_of(request)
    require_in_some_unit(by, Action.REPORT_MODEL)
    form = RegistryForm(request.POST or None, by=by)
    done = submit(request, form, lambda f: connect_registry(by=by, at=at, **f.cleaned_data))
    if done.row is not None:
        messages.success(request, f"{done.row.name} is connected. A worker reads it within a minute.")
        return redirect("registry-detail", done.row.pk)
    context = {
        "form": done.form, "heading": "Connect a registry", "button": "Connect it", "back": reverse("registry-list"),
        "crumb": ("Registries", reverse("registry-list")),
        "lede": "An MLflow server, or Databricks by the same protocol. Its models and versions are taken over; no alias gives a role.",
    }  # fmt: skip
    return render(request, "assurance/registry_form.html", context, status=done.status)


@page_view(Action.VIEW, methods=WORKS)
def registry_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One registry: how it stands, what it holds, and how it is read. A POST saves its form."""
    today_only(request)
    by, at = actor_of(request), moment_of(request)
    row = _registry(request, pk)
    manages = allows(by, Action.REPORT_MODEL, row)
    form, status = None, 200
    if manages:
        initial = {"base_url": row.base_url, "name_filter": row.name_filter, "active": row.active}
        form = RegistryEditForm(request.POST or None, initial=initial)
    if request.method == "POST":
        require(by, Action.REPORT_MODEL, row)
        form = RegistryEditForm(request.POST)
        done = submit(request, form, lambda f: edit_registry(pk=row.pk, by=by, at=at, **f.cleaned_data))
        if done.row is not None:
            messages.success(request, "Saved. A worker reads it within a minute.")
            return redirect("registry-detail", row.pk)
        form, status = done.form, done.status
    models = RegisteredModel.objects.filter(registry=row).select_related("model").order_by("name", "pk")
    context = {"row": row, "form": form, "page": paginate(request, models), "manages": manages, "today": _today(request)}  # fmt: skip
    return render(request, "assurance/registry.html", context, status=status)


@page_view(Action.REPORT_MODEL, methods=("POST",))
def registry_sync(request: HttpRequest, pk: str) -> HttpResponse:
    """Have it read now."""
    row = _registry(request, pk)
    ask_sync(pk=row.pk, by=actor_of(request), at=moment_of(request))
    messages.success(request, f"{row.name} is read by a worker now. Load the page again in a moment.")
    return redirect("registry-detail", row.pk)


@page_view(Action.VIEW)
def look_list(request: HttpRequest) -> HttpResponse:
    """Looks at clusters, the newest first."""
    today_only(request)
    by = actor_of(request)
    rows = (
        ClusterLook.objects.visible_to(by)
        .exclude(kept_at=None)
        .select_related("unit", "looked_by")
        .defer("found")
    )
    context = {"page": paginate(request, rows), "may_look": bool(reach_of(by, Action.REPORT_MODEL)), "today": _today(request)}  # fmt: skip
    return render(request, "assurance/looks.html", context)


@page_view(Action.REPORT_MODEL)
def look_create(request: HttpRequest) -> HttpResponse:
    """Upload a cluster's list and see what runs beside the record."""
    by, at = actor_of(request), moment_of(request)
    require_in_some_unit(by, Action.REPORT_MODEL)
    if request.method == "POST":
        require_within_limit(request)
    form = LookForm(*((request.POST, request.FILES) if request.method == "POST" else ()), by=by, initial={"environment": "production"})  # fmt: skip

    def save(typed: LookForm) -> ClusterLook:
        said = dict(typed.cleaned_data)
        file = said.pop("file")
        return preview_look(by=by, at=at, filename=file.name, content=file.read(), **said)

    done = submit(request, form, save)
    if done.row is not None:
        return redirect("look-detail", done.row.pk)
    context = {
        "form": done.form, "heading": "Look at a cluster", "button": "Preview", "back": reverse("look-list"),
        "crumb": ("Clusters", reverse("look-list")),
        "lede": "What runs there beside what is on record. Nothing is kept before you say so.",
    }  # fmt: skip
    return render(request, "assurance/registry_form.html", context, status=done.status)


@page_view(Action.VIEW)
def look_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One look: running and not registered, registered and not running, matched."""
    today_only(request)
    row = _look(request, pk)
    mine = row.kept_at is None and row.looked_by_id == request.user.pk
    return render(request, "assurance/look.html", {"row": row, "may_keep": mine, "today": _today(request)})


@page_view(Action.REPORT_MODEL, methods=("POST",))
def look_keep(request: HttpRequest, pk: str) -> HttpResponse:
    """Keep what was previewed."""
    row = _look(request, pk)
    keep_look(pk=row.pk, by=actor_of(request), at=moment_of(request))
    messages.success(request, "The look is kept. It stands as it is.")
    return redirect("look-detail", row.pk)


def _registry(request: HttpRequest, pk: str) -> ModelRegistry:
    rows = ModelRegistry.objects.visible_to(actor_of(request)).select_related("unit", "created_by")
    row = rows.filter(pk=read_ref(pk, "")).first()
    if row is None:
        raise not_found()
    return row


def _look(request: HttpRequest, pk: str) -> ClusterLook:
    rows = ClusterLook.objects.visible_to(actor_of(request)).select_related("unit", "looked_by")
    row = rows.filter(pk=read_ref(pk, "")).first()
    if row is None:
        raise not_found()
    return row


def _today(request: HttpRequest) -> date:
    return clock.day_of(moment_of(request))
