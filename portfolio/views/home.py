"""A lead's home: what their initiatives lack, what is due, and what happened lately."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core import clock
from core.access import may
from core.http import actor_of, moment_of, page_view, today_only
from core.models import AuditEvent, User
from core.roles import Action
from domain.stages import Stage
from portfolio.models import Initiative
from portfolio.queries.detail import days_in_stage, gate_ahead, missing
from portfolio.queries.history import tell
from portfolio.views.frame import address
from portfolio.views.slots import Due, due
from portfolio.views.tabs import FILLED_AT

ENDED = (Stage.STOPPED.value, Stage.RETIRED.value)
LATELY = timedelta(days=14)
SHOWN_EVENTS, SHOWN_DUE, SHOWN_MISSING = 6, 8, 12


@page_view(Action.VIEW)
def home(request: HttpRequest) -> HttpResponse:
    """The person's own initiatives. A constant number of queries, whatever their number."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    today = clock.day_of(at)
    user = request.user
    mine = (
        Q(lead=user.pk)
        | Q(sponsor=user.pk)
        | Q(pk__in=Initiative.objects.filter(members__user=user.pk).values("pk"))
    )
    rows = list(
        Initiative.objects.visible_to(actor).filter(mine).exclude(stage__in=ENDED)
        .select_related("unit", "sponsor", "lead").prefetch_related("objectives").order_by("name", "id")
    )  # fmt: skip
    lacks = {row.pk: missing(row, has_objective=bool(row.objectives.all())) for row in rows}
    led = sorted(
        (row for row in rows if row.lead_id == user.pk),
        key=lambda row: (row.decision_on is None, row.decision_on or today, row.name),
    )
    todo = [(row, one, _filled_at(row, one.code)) for row in led for one in lacks[row.pk]]
    events = (
        AuditEvent.objects.filter(initiative_id__in=[row.pk for row in rows], at__gt=at - LATELY)
        .exclude(actor_id=user.pk).order_by("-id")[:SHOWN_EVENTS]
    )  # fmt: skip
    by_id = {row.pk: row for row in rows}
    context = {
        "greeting": greeting(at),
        "first_name": user.get_short_name() if isinstance(user, User) else "",
        "rows": [
            (row, _role(row, user.pk), days_in_stage(row, today), gate_ahead(row), len(lacks[row.pk]))
            for row in rows
        ],
        "todo": todo[:SHOWN_MISSING],
        "todo_more": max(len(todo) - SHOWN_MISSING, 0),
        "minutes": sum(one.minutes for _, one, _ in todo),
        "due": sorted(
            [*_decisions(rows), *due(actor, rows, today)],
            key=lambda one: (one.on is None, one.on or today, one.words),
        )[:SHOWN_DUE],
        "may_check_in": may(actor, Action.MEASURE),
        "told": [
            (one, by_id[one.event.initiative_id or 0]) for one in tell(list(events), settings.ORG_CURRENCY)
        ],
    }
    return render(request, "portfolio/home.html", context)


def greeting(at: datetime) -> str:
    """By the clock of the organisation."""
    hour = at.astimezone(ZoneInfo(settings.ORG_TIME_ZONE)).hour
    return "Good morning" if hour < 12 else "Good afternoon" if hour < 18 else "Good evening"


def _decisions(rows: list[Initiative]) -> list[Due]:
    return [
        Due(
            row.decision_on,
            f"Decide on {row.name}",
            f"{row.ref} · pilot decision date",
            address("initiative-detail", row.ref),
        )
        for row in rows
        if row.decision_on is not None and row.pilot_level
    ]


def _filled_at(row: Initiative, code: str) -> str:
    if code in FILLED_AT:
        return address(FILLED_AT[code], row.ref)
    return f"{address('initiative-edit', row.ref)}#id_{code}"


def _role(row: Initiative, user_id: int | None) -> str:
    if row.lead_id == user_id:
        return "lead"
    return "sponsor" if row.sponsor_id == user_id else "works on it"
