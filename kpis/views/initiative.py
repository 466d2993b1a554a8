"""The KPIs of one initiative: its tab, and its small glide path."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core import clock
from core.access import allows
from core.http import actor_of, moment_of, page_view, today_only
from core.plot.glide import Glide
from core.roles import Action
from domain.kpi_codes import Status
from domain.rollup import BAD, BLIND, BLIND_ABOVE, LEFT_OUT
from kpis.charts import paths_of, small_paths
from kpis.models import Kpi
from kpis.queries import recordable, why
from kpis.views.due import due_on
from kpis.views.warned import warned_context
from kpis.views.words import rollup_words
from portfolio.models import Initiative
from portfolio.views.frame import find_initiative, frame

GROUPS = (
    ("Business impact", (Kpi.Kind.BUSINESS,)),
    ("Operational", (Kpi.Kind.OPERATIONAL,)),
    ("User-focused", (Kpi.Kind.USER,)),
    ("Compliance and explainability", (Kpi.Kind.COMPLIANCE,)),
    ("Guards: what must not get worse", (Kpi.Kind.GUARD,)),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One KPI as the tab shows it."""

    kpi: Kpi
    path: Glide | None
    sentence: str
    due: date | None
    late: bool
    share: str


@page_view(Action.VIEW)
def tab(request: HttpRequest, ref: str) -> HttpResponse:
    """Its KPIs by kind, the model metrics apart, and what they say together."""
    today_only(request)
    actor, today = actor_of(request), clock.day_of(moment_of(request))
    initiative = find_initiative(request, ref)
    kpis = list(_of(initiative).order_by("-primary", "-weight", "pk"))
    rows = _rows(kpis, today)
    may_define = allows(actor, Action.DEFINE_KPI, initiative)
    mine = set(Kpi.objects.filter(recordable(actor), initiative=initiative).values_list("pk", flat=True))
    context = frame(request, initiative, "initiative-kpis") | {
        "groups": [
            (title, found) for title, kinds in GROUPS if (found := [r for r in rows if r.kpi.kind in kinds])
        ],
        "metrics": [r for r in rows if r.kpi.kind == Kpi.Kind.MODEL_METRIC],
        "kpis": kpis, "because": rollup_words(initiative.kpi_reason), "shares": _shares(kpis),
        "primaries": [k for k in kpis if k.primary and k.status not in LEFT_OUT],
        **warned_context(initiative, kpis, today, may_define=may_define, may_measure=bool(mine)), "late": [r for r in rows if r.late], "may_define": may_define, "may_measure": bool(mine), "mine": mine,
    }  # fmt: skip
    return render(request, "kpis/initiative_kpis.html", context)


def _of(initiative: Initiative) -> Any:
    return Kpi.objects.filter(initiative=initiative).select_related("current", "owner", "serves")


def _rows(kpis: Sequence[Kpi], today: date) -> list[Row]:
    paths = small_paths(kpis, today)
    counted = sum((k.weight for k in kpis if counts(k)), start=k0()) if kpis else k0()
    out = []
    for kpi in kpis:
        words, due = why(kpi), due_on(kpi)
        share = "" if not counted or not counts(kpi) else f"{kpi.weight / counted * 100:.0f}"
        out.append(
            Row(
                kpi,
                paths[kpi.pk],
                words.sentence if words else "",
                due,
                due is not None and due <= today,
                share,
            )
        )
    return out


def k0() -> Any:
    return Kpi._meta.get_field("weight").to_python("0")


def counts(kpi: Kpi) -> bool:
    """Whether it has a part in the roll-up today."""
    awaited = kpi.status == Status.NO_DATA and kpi.reason == "awaiting_first_measurement"
    return bool(kpi.weight) and kpi.status not in LEFT_OUT and not awaited


def _shares(kpis: Sequence[Kpi]) -> dict[str, Any]:
    """The weights behind the roll-up: counted, bad and unseen, and how many are left out."""
    counted = [k for k in kpis if counts(k)]
    whole = sum((k.weight for k in counted), start=k0())
    return {
        "whole": whole, "counted": len(counted), "left_out": len(kpis) - len(counted), "limit": BLIND_ABOVE,
        "bad": sum((k.weight for k in counted if k.status in BAD), start=k0()),
        "blind": sum((k.weight for k in counted if k.status in BLIND), start=k0()),
    }  # fmt: skip


@page_view(Action.VIEW)
def glide(request: HttpRequest, ref: str) -> HttpResponse:
    """The small glide path of the initiative's primary KPI, for the dashboard; 204 when it has none."""
    today_only(request)
    initiative = find_initiative(request, ref)
    found = paths_of([initiative.pk], clock.day_of(moment_of(request))).get(initiative.pk)
    if found is None or found.path is None:
        return HttpResponse(status=204)
    return render(request, "kpis/_glide.html", {"path": found.path})
