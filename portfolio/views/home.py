"""A lead's home: what their next gates and records lack, what is due, and what happened lately."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
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
from portfolio.queries.detail import Missing, Next, days_in_stage, gate_ahead, missing
from portfolio.queries.history import tell
from portfolio.views.frame import address
from portfolio.views.slots import Ahead, Due, due, gates_ahead
from portfolio.views.tabs import FILLED_AT

ENDED = (Stage.STOPPED.value, Stage.RETIRED.value)
LATELY = timedelta(days=14)
SHOWN_EVENTS, SHOWN_DUE, SHOWN_MISSING = 6, 8, 12
# Of so many initiatives, those to be decided soonest, the must-meets of the gate are asked: the page stays bounded.
SHOWN_GATES = 4
# What the record asks for that a must-meet asks for too: fact -> must-meet.
ALSO_ASKED = {
    "problem": "business_outcome", "outcome": "business_outcome", "value_hypothesis": "value_hypothesis",
    "sponsor": "sponsor", "objectives": "strategic_objective", "kpi": "business_kpi",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mine:
    """One initiative of the person. `ahead` None: its must-meets were not asked here, `next` still names the gate."""

    row: Initiative
    role: str
    days: int | None
    next: Next | None
    ahead: Ahead | None
    lacks: list[Missing]


@page_view(Action.VIEW)
def home(request: HttpRequest) -> HttpResponse:
    """The person's own initiatives. A bounded number of queries, whatever their number."""
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
    led = sorted(
        (row for row in rows if row.lead_id == user.pk),
        key=lambda row: (row.decision_on is None, row.decision_on or today, row.name),
    )
    found = _mine(rows, led, user.pk, today)
    events = (
        AuditEvent.objects.filter(initiative_id__in=[row.pk for row in rows], at__gt=at - LATELY)
        .exclude(actor_id=user.pk).order_by("-id")[:SHOWN_EVENTS]
    )  # fmt: skip
    by_id = {row.pk: row for row in rows}
    context = {
        "greeting": greeting(at),
        "first_name": user.get_short_name() if isinstance(user, User) else "",
        "rows": [found[row.pk] for row in rows],
        **_asked_for([found[row.pk] for row in led]),
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


def _mine(rows: list[Initiative], led: list[Initiative], user_id: int | None, today: date) -> dict[int, Mine]:
    """Each with what it lacks: the gate's must-meets of those led, and of the record what no must-meet asks again."""
    # What is in production is retired when somebody decides to, so its gate is nobody's work until then.
    working = [row for row in led if gate_ahead(row) and row.stage != Stage.PRODUCTION.value]
    ahead = gates_ahead(working[:SHOWN_GATES], today)
    found = {}
    for row in rows:
        gate = ahead.get(row.pk)
        asked = {lack.code for lack in gate.lacks} if gate else set()
        lacks = [
            one
            for one in missing(row, has_objective=bool(row.objectives.all()))
            if ALSO_ASKED.get(one.code) not in asked
        ]
        found[row.pk] = Mine(
            row, _role(row, user_id), days_in_stage(row, today), gate_ahead(row), gate, lacks
        )
    return found


def _asked_for(led: list[Mine]) -> dict[str, Any]:
    """What stands at the top: the gates ahead with their open must-meets, then the facts that no gate asks for."""
    gates = [one for one in led if one.ahead is not None]
    todo = [(one.row, lack, _filled_at(one.row, lack.code)) for one in led for lack in one.lacks]
    return {
        "gates": gates,
        "open_must_meets": sum(len(one.ahead.lacks) for one in gates if one.ahead),
        "gates_more": sum(one.next is not None and one.row.stage != Stage.PRODUCTION.value for one in led)
        - len(gates),
        "todo": todo[:SHOWN_MISSING],
        "todo_more": max(len(todo) - SHOWN_MISSING, 0),
        "minutes": sum(lack.minutes for _, lack, _ in todo),
    }


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
