"""The money page: what the portfolio's money buys. Frontier, triage, value of the gate."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from core import clock, vocabulary
from core.access import scope
from core.choices import in_tree_order
from core.errors import Problem
from core.export import csv_response
from core.filtering import FilterForm, chips
from core.http import PAGE_ROWS, actor_of, moment_of, page_view, today_only
from core.listing import Listing
from core.models import BusinessUnit
from core.plot.bars import Part
from core.reading import one_moment
from core.roles import Action
from core.tables import PAGE_PARAMS, chosen
from core.values import read_int, wrong
from core.wording import money as money_in
from core.wording import number, plural
from domain.phrases import listed
from domain.triage import Loss, Verdict
from funding.charts.portfolio import frontier_chart, gate_chart
from funding.queries.gate_value import gate_values
from funding.queries.portfolio import LIMITS, Freed, Picture, narrowing, picture
from funding.queries.triage_list import DEFAULT, PARAMS, Line, triage_lines
from funding.views.columns import COLUMNS
from portfolio.dashboard.figures import Figure

NAMED: Final = 3
CALLED: Final = {
    "budget": "budget",
    "people": "people",
    "call": "call",
    "reason": "reason",
    "risk_tier": "risk tier",
}
_PLAIN: Final = Listing(filters={}, orders={})


class Filters(FilterForm):
    """Above the table: what is asked, and which calls are shown."""

    q = forms.CharField(
        label="Search", widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name, ref, unit"})
    )
    unit = forms.ChoiceField(label="Business unit")
    call = forms.ChoiceField(choices=[("", "All calls"), *vocabulary.choices("triage")])
    budget = forms.CharField(widget=forms.TextInput(attrs={"inputmode": "decimal", "size": "12"}))
    people = forms.CharField(
        label="People at most", widget=forms.TextInput(attrs={"inputmode": "decimal", "size": "8"})
    )


@page_view(Action.VIEW)
def money(request: HttpRequest) -> HttpResponseBase:
    """What the money buys, of all that the reader may see. `?format=csv`: the calls as a file."""
    today_only(request)
    params = _known(request, (*PARAMS, *PAGE_PARAMS))
    actor, today = actor_of(request), clock.day_of(moment_of(request))
    with one_moment():
        seen = picture(actor, params, today)
        lines = triage_lines(seen, params)
        gates = gate_values(seen.chosen)
    shown = chosen(request, COLUMNS)
    if params.get("format", "csv") != "csv":
        raise wrong("format", "This list comes as a page, or as csv.")
    if "format" in params:
        return csv_response("triage", [c.label for c in shown], _texts(lines, shown))
    page = _page(request, lines)
    context = {
        "page": page, "rows": page.object_list, "columns": shown, "all_columns": COLUMNS, "total": len(lines),
        "ordering": params.get("ordering") or DEFAULT, "caption": "Triage",
        "empty": {"title": "No initiative to triage", "text": "What is stopped or retired is not triaged."},
    }  # fmt: skip
    part = bool(request.headers.get("HX-Request")) and not request.headers.get("HX-Boosted")
    if not part:
        context |= _around(request, seen)
        context |= {"gates": gates, "gate_chart": gate_chart(gates, settings.ORG_CURRENCY)}
    response = render(request, "components/table.html" if part else "funding/money.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@page_view(Action.VIEW)
def frontier(request: HttpRequest) -> HttpResponse:
    """The efficient frontier alone. The dashboard fetches it after itself: it reads every case there is."""
    today_only(request)
    params = _known(request, (*narrowing(request.GET.dict()), *LIMITS, "as_of"))
    with one_moment():
        seen = picture(actor_of(request), params, clock.day_of(moment_of(request)))
    part = bool(request.headers.get("HX-Request"))
    context = {**_frontier(seen), "part": part}
    response = render(request, "funding/_frontier.html" if part else "funding/frontier.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _known(request: HttpRequest, names: tuple[str, ...]) -> dict[str, str]:
    """The query string. Problem 400 for a parameter this page does not know."""
    params = request.GET.dict()
    for name in params:
        if name not in names:
            raise wrong(name, f"There is no parameter {name[:60]!r} here.")
    return {name: str(value) for name, value in params.items()}


def _texts(lines: list[Line], columns: list[Any]) -> Iterator[list[Any]]:
    return ([column.text(line) for column in columns] for line in lines)


def _page(request: HttpRequest, lines: list[Line]) -> Any:
    number = read_int("page", request.GET.get("page", "1") or "1")
    pages = Paginator(lines, PAGE_ROWS)
    if number < 1 or (number > pages.num_pages and number != 1):
        raise Problem(404, "not_found", f"There is no page {number}. The last is {pages.num_pages}.")
    return pages.page(number)


def _frontier(seen: Picture) -> dict[str, Any]:
    """The section of the frontier: chart, sentence, and what is not drawn."""
    rows = reverse("funding-money")
    return {
        "seen": seen,
        "chart": frontier_chart(seen, settings.ORG_CURRENCY),
        "below": [row.name for row in seen.below[:NAMED]],
        "below_more": max(len(seen.below) - NAMED, 0),
        "money_url": _link(seen, rows),
        "no_case_url": _link(seen, rows, reason="no_case"),
        "candidates": len(seen.points),
    }


def _link(seen: Picture, address: str, **more: str) -> str:
    """The same part of the portfolio under the same limits."""
    asked: dict[str, str] = {}
    if seen.triage.budget != seen.usual:
        asked["budget"] = f"{seen.triage.budget:f}"
    if seen.triage.people_limit is not None:
        asked["people"] = f"{seen.triage.people_limit:f}"
    return seen.chosen.link(address, **asked, **more)


def _around(request: HttpRequest, seen: Picture) -> Mapping[str, Any]:
    form = Filters(request, kept=("ordering", "columns", "objective", "sponsor", "risk_tier", "reason"))
    units = BusinessUnit.objects.filter(scope(actor_of(request), Action.VIEW, BusinessUnit))
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    rows = reverse("funding-money")
    return {
        **_frontier(seen),
        "filters": form,
        "figures": _figures(seen, rows),
        "filters_set": chips(request, form, _PLAIN, CALLED),
        "calls": [
            (verdict.value, count, _link(seen, rows, call=verdict.value))
            for verdict, count in seen.counts.items()
        ],
        "optimism_url": seen.chosen.link(reverse("optimism")),
    }


def _figures(seen: Picture, rows: str) -> list[Figure]:
    """One figure for each call: how many, and what today's allocation loses there."""
    said = {
        Verdict.SCALE: (
            "Scale",
            *_lost(seen, Loss.VALUE_FOREGONE, "of value is foregone as money stands today."),
        ),
        Verdict.STOP: ("Stop", *_freed(seen.freed)),
        Verdict.FIX: (
            "Fix first",
            *_lost(seen, Loss.MONEY_UNPROVEN, "goes on unproven as money stands today."),
        ),
        Verdict.WAIT: ("Wait", *_lost(seen, Loss.MONEY_EARLY, "is given before its turn.")),
    }
    return [
        Figure(
            title=title, value=number(count), of=number(len(seen.rows)), text=text, unknown=missing, nothing=False,
            url=_link(seen, rows, call=verdict.value), parts=(Part(float(count)),), whole=float(len(seen.rows)),
        )
        for verdict, count in seen.counts.items()
        for title, text, missing in (said[verdict],)
    ]  # fmt: skip


def _lost(seen: Picture, loss: Loss, words: str) -> tuple[str, str]:
    """What is lost of a kind, and of how many nobody knows it."""
    lost = seen.losses[loss]
    said = "" if lost.amount is None else f"{money_in(lost.amount, settings.ORG_CURRENCY)} {words}"
    return said, _unrecorded(lost.unknown, bool(said))


def _freed(freed: Freed) -> tuple[str, str]:
    """What all stops free together, and how many do not say it."""
    known = [
        *([] if freed.money is None else [money_in(freed.money, settings.ORG_CURRENCY)]),
        *([] if freed.people is None else [f"{number(freed.people)} people"]),
    ]
    silent = freed.people_unknown
    unknown = [
        _unrecorded(freed.money_unknown, freed.money is not None),
        f"{plural(silent, 'case')} {'does' if silent == 1 else 'do'} not say how many people."
        if silent
        else "",
    ]
    return f"Stopping frees {listed(known)}." if known else "", " ".join(one for one in unknown if one)


def _unrecorded(count: int, more: bool) -> str:
    return f"{'And ' if more else ''}{count:,} whose money nobody recorded." if count else ""
