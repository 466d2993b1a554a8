"""Realisation: what was promised, what is claimed, what finance accepted and what it rejected; of one initiative and of all."""

from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core import clock
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.values import wrong
from funding.charts.realisation import drawn
from funding.queries.realisation import EVERY, Realisation, by_initiative, of_initiative, realised
from portfolio.models import BenefitEntry, Initiative
from portfolio.queries import INITIATIVES
from portfolio.views.frame import find_initiative, frame
from portfolio.views.money import acts

SHOWN = 100


@page_view(Action.VIEW)
def initiative_realisation(request: HttpRequest, ref: str) -> HttpResponse:
    """Benefits of one initiative by period, and every claim with what finance answered."""
    today_only(request)
    row = find_initiative(request, ref)
    by = _by(request)
    found = realised(of_initiative(row), today=clock.day_of(moment_of(request)), by=by)
    claims = BenefitEntry.objects.filter(initiative=row, kind=BenefitEntry.Kind.CLAIMED)
    context = frame(request, row, "initiative-money") | acts(actor_of(request), row) | _told(found, by)
    context["claims"] = list(
        claims.select_related("recorded_by", "answered_by__recorded_by").order_by("-month", "-pk")[:SHOWN]
    )
    return render(request, "funding/initiative_realisation.html", context)


@page_view(Action.VIEW)
def realisation_page(request: HttpRequest) -> HttpResponse:
    """Benefits of the initiatives somebody sees, by period and one by one. Filtered as the register is."""
    today_only(request)
    by, today = _by(request), clock.day_of(moment_of(request))
    seen = Initiative.objects.visible_to(actor_of(request))
    rows = INITIATIVES.apply(seen, request.GET, ignore=("by",))
    found = realised(Q(initiative__in=rows.order_by().values("pk")), today=today, by=by)
    ones = by_initiative(rows, today=today)
    context = _told(found, by) | {"ones": ones[:SHOWN], "more": max(len(ones) - SHOWN, 0)}
    return render(request, "funding/realisation.html", context)


def _told(found: Realisation, by: str) -> dict[str, Any]:
    return {
        "found": found, "by": by, "chart": drawn(found, settings.ORG_CURRENCY),
        "periods": list(zip(found.periods, found.so_far, strict=True)),
        "lengths": [(name.capitalize(), name) for name in EVERY],
    }  # fmt: skip


def _by(request: HttpRequest) -> str:
    by = request.GET.get("by", "quarter")
    if by not in EVERY:
        raise wrong("by", f"Choose one of: {', '.join(EVERY)}.")
    return by
