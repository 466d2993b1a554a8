"""What surrounds an initiative's KPIs: the data they need, and the workshops in which they were agreed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import allows, require, scope
from core.editing import submit
from core.errors import not_found
from core.http import actor_of, moment_of, page_view, paginate, today_only
from core.roles import Action
from core.values import read_ref
from kpis.models import DataNeed, Workshop
from kpis.queries.workshops import development_began, timing
from kpis.services.data_needs import create_data_need, edit_data_need
from kpis.services.workshops import ROLES, record_workshop
from kpis.views.agreement_forms import DataNeedForm, WorkshopForm
from portfolio.views.frame import find_initiative, frame


@page_view(Action.VIEW)
def data_list(request: HttpRequest, ref: str) -> HttpResponse:
    """The data an initiative needs, what no KPI is linked to first."""
    today_only(request)
    initiative = find_initiative(request, ref)
    rows = DataNeed.objects.filter(initiative=initiative).select_related("owner").prefetch_related("kpis")
    needs = sorted(rows, key=lambda row: (bool(row.kpis.all()), row.name.casefold(), row.pk))
    context = frame(request, initiative, "initiative-kpis") | {
        "needs": needs, "unlinked": sum(not row.kpis.all() for row in needs),
        "may_define": allows(actor_of(request), Action.DEFINE_KPI, initiative),
    }  # fmt: skip
    return render(request, "kpis/practice/data_needs.html", context)


@page_view(Action.DEFINE_KPI)
def data_create(request: HttpRequest, ref: str) -> HttpResponse:
    """Record data an initiative needs."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    initiative = find_initiative(request, ref)
    require(actor, Action.DEFINE_KPI, initiative)

    def save(form: DataNeedForm) -> DataNeed:
        return create_data_need(initiative_id=initiative.pk, facts=form.cleaned_data, by=actor, at=at)  # type: ignore[arg-type]

    done = submit(request, DataNeedForm(request.POST or None, initiative_id=initiative.pk), save)
    if done.row is not None:
        messages.success(request, f"“{done.row.name}” is on record.")
        return redirect("initiative-data", initiative.ref)
    context = frame(request, initiative, "initiative-kpis") | {"form": done.form, "need": None}
    return render(request, "kpis/practice/data_need_form.html", context, status=done.status)


@page_view(Action.DEFINE_KPI)
def data_edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Change it, or link it to KPIs. When somebody saved in between, both versions are shown."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    row = (
        DataNeed.objects.filter(scope(actor, Action.VIEW, DataNeed), pk=read_ref(pk, ""))
        .select_related("owner").first()
    )  # fmt: skip
    if row is None:
        raise not_found()
    require(actor, Action.DEFINE_KPI, row)
    initiative, key = find_initiative(request, str(row.initiative_id)), row.pk

    def save(form: DataNeedForm) -> DataNeed:
        facts = form.changed()
        return edit_data_need(pk=key, expected_version=form.expected_version, facts=facts, by=actor, at=at)  # type: ignore[arg-type]

    initial = {
        "name": row.name, "system": row.system, "owner": row.owner_id, "available": row.available, "note": row.note,
        "kpis": [kpi.pk for kpi in row.kpis.all()], "version": row.version,
    }  # fmt: skip
    form = DataNeedForm(request.POST or None, initiative_id=initiative.pk, record=row, initial=initial)
    done = submit(request, form, save, row)
    if done.row is not None:
        messages.success(request, f"“{done.row.name}” is saved.")
        return redirect("initiative-data", initiative.ref)
    context = frame(request, initiative, "initiative-kpis") | {
        "form": done.form, "need": row, "conflict": done.conflict,
    }  # fmt: skip
    return render(request, "kpis/practice/data_need_form.html", context, status=done.status)


@page_view(Action.VIEW)
def workshop_list(request: HttpRequest, ref: str) -> HttpResponse:
    """The workshops of an initiative, the newest first, and whether they came before development."""
    today_only(request)
    initiative = find_initiative(request, ref)
    rows = (
        Workshop.objects.filter(initiative=initiative)
        .select_related("initiative", "recorded_by")
        .prefetch_related("kpis")
    )
    page = paginate(request, rows.order_by("-held_on", "-pk"), per_page=25)
    began = development_began([initiative.pk])
    held = [(row, timing(row, began), _by_role(row)) for row in page.object_list]
    context = frame(request, initiative, "initiative-kpis") | {
        "held": held, "page": page, "may_define": allows(actor_of(request), Action.DEFINE_KPI, initiative),
    }  # fmt: skip
    return render(request, "kpis/practice/workshops.html", context)


def _by_role(row: Workshop) -> list[tuple[str, str]]:
    """(role, the names in it), in the order of the roles; a role of the four nobody came in says so."""
    out = []
    for code, label in ROLES.items():
        names = ", ".join(str(one["name"]) for one in row.attendees if one["role"] == code)
        if names or code != "other":
            out.append((label, names))
    return out


@page_view(Action.DEFINE_KPI)
def workshop_create(request: HttpRequest, ref: str) -> HttpResponse:
    """Record a workshop that was held."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    initiative = find_initiative(request, ref)
    require(actor, Action.DEFINE_KPI, initiative)

    def save(form: WorkshopForm) -> Workshop:
        said = form.cleaned_data
        return record_workshop(
            initiative_id=initiative.pk, held_on=said["held_on"], attendees=form.attendees(), kpis=list(said["kpis"]),
            notes=said["notes"], by=actor, at=at,
        )  # fmt: skip

    form = WorkshopForm(
        request.POST or None, initiative_id=initiative.pk, initial={"held_on": clock.day_of(at)}
    )
    done = submit(request, form, save)
    if done.row is not None:
        messages.success(request, "The workshop is on record.")
        return redirect("initiative-workshops", initiative.ref)
    context = frame(request, initiative, "initiative-kpis") | {"form": done.form}
    return render(request, "kpis/practice/workshop_form.html", context, status=done.status)
