"""The organisation as a tree."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.access import may, require, scope
from core.choices import in_tree_order
from core.editing import submit
from core.errors import not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.models import BusinessUnit
from core.pages.forms import UnitForm
from core.queries import units
from core.roles import Action
from core.units import create_unit, edit_unit
from core.values import read_ref


@page_view(Action.VIEW)
def unit_list(request: HttpRequest) -> HttpResponse:
    """The units the reader may see, as the tree they are. Two queries."""
    today_only(request)
    actor = actor_of(request)
    manages = may(actor, Action.MANAGE_UNITS)
    managed: set[int] = set()
    if manages:
        rows = BusinessUnit.objects.filter(scope(actor, Action.MANAGE_UNITS, BusinessUnit))
        managed = set(rows.values_list("pk", flat=True))
    tree = [(unit, depth, unit.pk in managed) for unit, depth in in_tree_order(units(actor))]
    return render(request, "core/unit_list.html", {"tree": tree, "manages": manages})


@page_view(Action.MANAGE_UNITS)
def unit_create(request: HttpRequest) -> HttpResponse:
    """A new unit."""
    by, at = actor_of(request), moment_of(request)
    form = UnitForm(request.POST or None, actor=by, initial={"parent": request.GET.get("parent", "")})
    done = submit(request, form, lambda f: create_unit(by=by, at=at, **f.cleaned_data))
    if done.row is not None:
        messages.success(request, f"{done.row.name} is added.")
        return redirect("unit-list")
    return render(request, "core/unit_form.html", {"form": done.form}, status=done.status)


@page_view(Action.MANAGE_UNITS)
def unit_edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Rename a unit, close it, or move it with everything below."""
    by, at = actor_of(request), moment_of(request)
    row = units(by).filter(pk=read_ref(pk, "")).first()
    if row is None:
        raise not_found()
    require(by, Action.MANAGE_UNITS, row)
    facts = {
        "name": row.name,
        "code": row.code,
        "parent": row.parent_id,
        "active": row.active,
        "version": row.version,
    }
    key = row.pk

    def save(form: UnitForm) -> BusinessUnit:
        return edit_unit(pk=key, by=by, at=at, expected_version=form.expected_version, **form.changed())

    done = submit(request, UnitForm(request.POST or None, initial=facts, actor=by, record=row), save, row)
    if done.row is not None:
        messages.success(request, f"{done.row.name} is saved.")
        return redirect("unit-list")
    context = {"form": done.form, "unit": row, "conflict": done.conflict}
    return render(request, "core/unit_form.html", context, status=done.status)
