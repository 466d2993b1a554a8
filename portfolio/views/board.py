"""Initiatives by stage, and through time: two ways to look at the list, with its filters."""

from datetime import date

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core import clock
from core.access import may
from core.filtering import chips
from core.http import actor_of, moment_of, page_view, paginate, today_only
from core.plot.bars import Spell
from core.plot.timeline import covering
from core.roles import Action
from core.tables import PAGE_PARAMS
from domain.stages import ORDER
from portfolio.models import Initiative
from portfolio.models.initiatives import STAGES
from portfolio.queries.board import by_stage, stays
from portfolio.queries.detail import days_in_stage, limits_of
from portfolio.views.initiatives import CALLED, LISTING, UNSHOWN, filters_of
from portfolio.views.ways import ways

WORDS = dict(STAGES)
# A timeline is read downwards: who has been under way longest stands first.
BY_AGE = "entered_on"


@page_view(Action.VIEW)
def board(request: HttpRequest) -> HttpResponse:
    """A column for each stage: how many, what was spent, and the worst of them. Four statements beside the filters."""
    today_only(request)
    actor, today = actor_of(request), clock.day_of(moment_of(request))
    columns = by_stage(LISTING.apply(_visible(request), request.GET, ignore=("as_of",)))
    for column in columns:
        for row in column.cards:
            row.days_in_stage = days_in_stage(row, today)  # type: ignore[attr-defined]
    form = filters_of(request, Initiative.objects.visible_to(actor), without=("stage",))
    context = {
        "columns": [(column, WORDS[column.stage.value], _in_list(request, column.stage.value)) for column in columns],
        "total": sum(column.count for column in columns), "filters": form, "ways": ways(request, "initiative-board"),
        "filters_set": chips(request, form, LISTING, CALLED), "may_create": may(actor, Action.CREATE_INITIATIVE),
    }  # fmt: skip
    return render(request, "portfolio/initiative_board.html", context)


@page_view(Action.VIEW)
def timeline(request: HttpRequest) -> HttpResponse:
    """The stays of each initiative in a line, fifty to a page, all on one scale."""
    today_only(request)
    actor, today = actor_of(request), clock.day_of(moment_of(request))
    rows = LISTING.apply(_visible(request), request.GET, ignore=PAGE_PARAMS)
    params = request.GET.copy()
    params.setdefault("ordering", BY_AGE)
    page = paginate(request, LISTING.order(rows, params))
    shown = list(page.object_list)
    spells = {
        pk: [(one.stage, _spell(one.stage, one.entered_on, one.left_on)) for one in own]
        for pk, own in stays(shown).items()
    }
    limits = {row.pk: limits_of(row) for row in shown}
    ahead = [on for own in limits.values() for _, on in own]
    for row in shown:
        row.days_in_stage = days_in_stage(row, today)
    form = filters_of(request, Initiative.objects.visible_to(actor))
    context = {
        "lines": [(row, spells[row.pk], limits[row.pk]) for row in shown], "page": page,
        "scale": covering([[one for _, one in own] for own in spells.values()], today, ahead),
        "key": [(stage.value, WORDS[stage.value]) for stage in ORDER], "total": page.paginator.count, "filters": form,
        "ways": ways(request, "initiative-timeline"), "filters_set": chips(request, form, LISTING, CALLED),
        "may_create": may(actor, Action.CREATE_INITIATIVE),
    }  # fmt: skip
    return render(request, "portfolio/initiative_timeline.html", context)


def _visible(request: HttpRequest) -> QuerySet[Initiative]:
    rows = Initiative.objects.visible_to(actor_of(request))
    return rows.select_related("unit", "sponsor", "lead").defer(*UNSHOWN)


def _spell(stage: str, entered: date | None, left: date | None) -> Spell:
    return Spell(WORDS[stage], entered, left)


def _in_list(request: HttpRequest, stage: str) -> str:
    """The list of one stage, with the filters that are set."""
    kept = request.GET.copy()
    kept["stage"] = stage
    return f"{reverse('initiative-list')}?{kept.urlencode()}"
