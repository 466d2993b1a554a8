"""The ledger of optimism as a page."""

from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from core import clock
from core.export import csv_response
from core.http import actor_of, moment_of, page_view, today_only
from core.reading import one_moment
from core.roles import Action
from core.values import wrong
from domain.finance.optimism import FEWEST
from funding.queries.optimism import Ledger, optimism_seen
from funding.queries.portfolio import narrowing
from portfolio.dashboard.selection import select

HEADINGS: Final = {"unit": "By business unit", "type": "By type of benefit", "role": "By role of the sponsor"}


@page_view(Action.VIEW)
def optimism(request: HttpRequest) -> HttpResponseBase:
    """What finished cases forecast and what finance validated of it, by class. `?format=csv`: the cases as a file."""
    today_only(request)
    params = request.GET.dict()
    for name in params:
        if name not in {*narrowing(params), "as_of", "format"}:
            raise wrong(name, f"There is no parameter {name[:60]!r} here.")
    if params.get("format", "csv") != "csv":
        raise wrong("format", "This list comes as a page, or as csv.")
    with one_moment():
        chosen = select(actor_of(request), narrowing(params), clock.day_of(moment_of(request)))
        ledger = optimism_seen(chosen)
    if "format" in params:
        return csv_response(
            "optimism", ["Initiative", "Case", "Years", "Forecast", "Validated"], _texts(ledger)
        )
    whole = ledger.of_kind("all")
    context = {
        "ledger": ledger,
        "whole": whole[0][1] if whole else None,
        "kinds": [(heading, ledger.of_kind(kind)) for kind, heading in HEADINGS.items()],
        "fewest": FEWEST,
        "counted": sum(one.counts for one in ledger.cases),
        "crumbs": [("Portfolio", reverse("dashboard")), ("Money", reverse("funding-money"))],
    }
    return render(request, "funding/optimism.html", context)


def _texts(ledger: Ledger) -> Any:
    return (
        [f"{one.ref} {one.name}", f"BC-{one.case:04d}", one.window, one.forecast, one.realised]
        for one in ledger.cases
    )
