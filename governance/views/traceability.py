"""One initiative from what the business wants to the model that is to bring it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.http import actor_of, page_view, today_only
from core.roles import Action
from governance.queries.traceability import trace_of
from portfolio.views.frame import find_initiative, frame


@page_view(Action.VIEW)
def initiative_traceability(request: HttpRequest, ref: str) -> HttpResponse:
    """The chain and what is missing in it."""
    today_only(request)
    initiative = find_initiative(request, ref)
    trace = trace_of(initiative, actor_of(request))
    context = frame(request, initiative, "initiative-traceability") | {"trace": trace}
    return render(request, "governance/initiative_traceability.html", context)
