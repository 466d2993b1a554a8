"""The case of an initiative: what one version says, what it stands on, and who cites it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core import clock
from core.http import moment_of, page_view, today_only
from core.roles import Action
from domain.finance.extension import priced
from domain.stage_words import DECIDED
from funding.models import BusinessCase
from funding.queries.cases import lapsed_on, lines_of
from funding.queries.gaps import gaps_of, ready
from funding.translate import Lines, so_far_of
from funding.views.appraised import extensions, told_of
from funding.views.find import case_frame, shown
from funding.views.tables import without_money, yearly
from portfolio.models import Initiative
from portfolio.queries.running import LATELY, spent_lately


@page_view(Action.VIEW)
def case_detail(request: HttpRequest, ref: str) -> HttpResponse:
    """One version: the latest published, or the one asked for by `?version=`; a draft where there is no other."""
    today_only(request)
    initiative, versions, context = case_frame(request, ref)
    row = shown(request, versions)
    if row is None:
        return render(request, "funding/case_none.html", context)
    lines = lines_of(row)
    context |= {"case": row, "is_draft": row.state == BusinessCase.State.DRAFT, **version_context(lines)}
    context["decided"] = initiative.stage in DECIDED
    context["lapsed_on"] = None if context["decided"] else lapsed_on(initiative.pk)
    context |= _extension(request, initiative, lines)
    return render(request, "funding/case_detail.html", context)


def version_context(lines: Lines) -> dict[str, Any]:
    """What a version says, and what a draft still lacks."""
    draft = lines.case.state == BusinessCase.State.DRAFT
    gaps = gaps_of(lines) if draft else []
    return {
        **told_of(lines),
        "table": yearly(lines),
        "apart": without_money(lines),
        "stopping": [gap for gap in gaps if gap.stops],
        "advised": [gap for gap in gaps if not gap.stops],
        "ready": ready(lines.case, gaps),
    }


def _extension(request: HttpRequest, initiative: Initiative, lines: Lines) -> dict[str, Any]:
    """The price of a longer pilot, where the case can be answered at all and something is left to decide."""
    found = so_far_of(lines).appraisal
    if found is None or initiative.stage in DECIDED:
        return {"extension": []}
    spent = spent_lately(initiative, clock.day_of(moment_of(request)))
    prices = priced(found.delay_a_month, spent=spent, over_days=LATELY)
    return {"extension": extensions(prices, lines.case.currency), "spent_lately": spent, "lately": LATELY}
