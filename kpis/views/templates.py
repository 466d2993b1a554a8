"""KPIs to begin from, by industry and by objective."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core.access import allows
from core.http import actor_of, page_view, today_only
from core.roles import Action
from domain.kpi_templates import BY_INDUSTRY, BY_OBJECTIVE, GROUPS, Template
from kpis.models import Kpi
from portfolio.models import Initiative
from portfolio.views.frame import find_initiative


@page_view(Action.VIEW)
def template_list(request: HttpRequest) -> HttpResponse:
    """Every template. `?initiative=AI-0042` gives each a link that begins a KPI of that initiative with it."""
    today_only(request)
    raw = request.GET.get("initiative", "")
    initiative = find_initiative(request, raw) if raw else None
    may_define = initiative is not None and allows(actor_of(request), Action.DEFINE_KPI, initiative)
    context = {
        "initiative": initiative, "may_define": may_define,
        "shelves": [
            ("By industry", _grouped(BY_INDUSTRY, initiative if may_define else None)),
            ("By objective", _grouped(BY_OBJECTIVE, initiative if may_define else None)),
        ],
    }  # fmt: skip
    return render(request, "kpis/practice/templates.html", context)


def _grouped(templates: tuple[Template, ...], initiative: Initiative | None) -> list[tuple[str, list[Any]]]:
    """(group, list of (template, its kind in words, address that begins a KPI with it or nothing))."""
    out: dict[str, list[Any]] = {}
    for one in templates:
        url = beginning(one, initiative) if initiative is not None else ""
        out.setdefault(GROUPS[one.group], []).append((one, Kpi.Kind(one.kind).label, url))
    return list(out.items())


def beginning(template: Template, initiative: Initiative) -> str:
    """The address of the form for a new KPI, filled from the template."""
    said = {
        "name": template.name, "unit_of_measure": template.unit, "direction": template.direction.value,
        "kind": template.kind, "definition": template.definition,
    }  # fmt: skip
    return f"{reverse('kpi-create', args=[initiative.ref])}?{urlencode(said)}"
