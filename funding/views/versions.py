"""The versions of a case, and two of them side by side."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.http import page_view, today_only
from core.roles import Action
from core.wording import money_exact
from domain.stage_words import DECIDED
from funding.models import BusinessCase
from funding.queries.many import lines_of_all
from funding.translate import Lines, so_far_of
from funding.views.compared import side_by_side
from funding.views.find import case_frame, shown


@page_view(Action.VIEW)
def case_versions(request: HttpRequest, ref: str) -> HttpResponse:
    """Every version with its reason, its NPV and what cites it. A number of statements that does not grow."""
    today_only(request)
    _, versions, context = case_frame(request, ref)
    numbers = [row.number for row in versions]
    rows = [
        (lines.case, _npv(lines), next((n for n in numbers if n < lines.case.number), None))
        for lines in lines_of_all(versions)
    ]
    return render(request, "funding/case_versions.html", {**context, "rows": rows})


def _npv(lines: Lines) -> str:
    found = so_far_of(lines).appraisal
    return "" if found is None else money_exact(found.measures.npv, lines.case.currency)


@page_view(Action.VIEW)
def case_compare(request: HttpRequest, ref: str) -> HttpResponse:
    """Two versions side by side, `?from=` and `?to=`; without them the latest two."""
    today_only(request)
    initiative, versions, context = case_frame(request, ref)
    if len(versions) < 2:
        return render(request, "funding/case_compare.html", {**context, "was": None})
    now = _asked(request, versions, "to", versions[0])
    earlier = next((row for row in versions if row.number < now.number), versions[0])
    was = _asked(request, versions, "from", earlier)
    before, after = lines_of_all([was, now])
    context |= {
        "was": was,
        "to": now,
        "compared": side_by_side(before, after, decided=initiative.stage in DECIDED),
    }
    return render(request, "funding/case_compare.html", context)


def _asked(
    request: HttpRequest, versions: list[BusinessCase], name: str, otherwise: BusinessCase
) -> BusinessCase:
    return (shown(request, versions, name) if request.GET.get(name) else None) or otherwise
