"""The council's home, its meetings with their agenda, and their minutes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import Actor, everywhere, scope
from core.editing import submit
from core.errors import invalid, not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.values import read_ref
from domain.council_charter import Charter
from domain.working_days import working_days_before
from governance.forms.council import ActionForm, DoneForm, MeetingForm
from governance.models import AgendaItem, Condition, Meeting, MeetingAction, Minutes
from governance.queries.council import charter_on, seat_of, seats_on
from governance.queries.council_ics import ics_of
from governance.queries.council_minutes import shown_to
from governance.queries.council_queue import BECAUSE, calls, queue_of
from governance.queries.council_room import forecast, near
from governance.queries.deadlines import calendar_on
from governance.services.council_agenda import reorder
from governance.services.council_build import build_agenda
from governance.services.council_meetings import end_meeting, plan_meeting
from governance.services.council_minutes import approve_minutes, draft_minutes
from governance.services.council_statements import add_action, finish_action
from portfolio.models.worth import CaseWorth

COMING = (Meeting.State.PLANNED, Meeting.State.IN_SESSION)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the agenda. `begins`: when it is due, None once the meeting is over. `delay` None: no case says.

    `why`: what brought it here, in words.
    """

    item: AgendaItem
    begins: datetime | None
    recused: str
    eligible: int
    needed: int
    delay: Decimal | None
    why: str


def find_meeting(ref: str) -> Meeting:
    row = Meeting.objects.filter(pk=read_ref(ref, "CM")).first()
    if row is None:
        raise not_found()
    return row


@page_view(Action.VIEW)
def council_home(request: HttpRequest) -> HttpResponse:
    """What waits, when it is decided, and what the waiting costs."""
    today_only(request)
    actor, today = actor_of(request), clock.day_of(moment_of(request))
    coming = list(Meeting.objects.filter(state__in=COMING).order_by("begins_at")[:5])
    past = list(
        Meeting.objects.filter(state=Meeting.State.HELD).select_related("minutes").order_by("-begins_at")[:6]
    )
    context = {
        "queue": queue_of(actor, today), "coming": coming, "past": past,
        "calls": calls(actor, clock.day_of(coming[0].begins_at) if coming else today)[:12],
        "seats": seats_on(today), "charter": charter_on(today), "mine": seat_of(actor, today),
        "to_confirm": list(
            Condition.objects.filter(scope(actor, Action.VIEW, Condition), proposed_due_on__isnull=False)
            .select_related("initiative", "owner").order_by("due_on", "pk")
        ),
        "actions": list(MeetingAction.objects.filter(done_on=None).select_related("owner")[:6]) if _sees_all(actor) else [],
        "may_arrange": everywhere(actor, Action.ARRANGE_COUNCIL),
    }  # fmt: skip
    return render(request, "governance/council_home.html", context)


@page_view(Action.VIEW)
def meeting(request: HttpRequest, ref: str) -> HttpResponse:
    """The agenda of one meeting, with the quorum each item will need."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    today, row = clock.day_of(at), find_meeting(ref)
    items = list(
        AgendaItem.objects.visible_to(actor)
        .filter(meeting=row)
        .exclude(state=AgendaItem.State.WITHDRAWN)
        .select_related("initiative", "presenter", "submission", "decision", "condition")
        .order_by("position", "pk")
    )
    held = seats_on(today)
    minutes = Minutes.objects.filter(meeting=row).first()
    arranges = everywhere(actor, Action.ARRANGE_COUNCIL)
    lines = _lines(row, items, held, charter_on(today))
    context = {
        "row": row, "lines": lines, "stuck": sum(one.eligible < one.needed and not one.item.result for one in lines), "seats": held, "minutes": minutes,
        "papers_by": working_days_before(clock.day_of(row.begins_at), charter_on(today).papers_days, calendar_on(today)),
        "calls": calls(actor, clock.day_of(row.begins_at)) if row.state in COMING else [],
        "actions": _actions(row.actions.all(), actor, today, arranges), "open_elsewhere": _open_elsewhere(row, actor, today, arranges),
        "to_approve": Minutes.objects.filter(approved_at=None, meeting__begins_at__lt=row.begins_at).select_related("meeting"),
        "may_arrange": arranges, "running": row.state in COMING, "action": ActionForm(),
        "unseen": row.items.exclude(state=AgendaItem.State.WITHDRAWN).count() - len(items),
    }  # fmt: skip
    return render(request, "governance/council_meeting.html", context)


@dataclass(frozen=True, slots=True)
class Todo:
    """An action with its age in days, and how many days it is over; `may_close`: the reader says that it is done."""

    row: MeetingAction
    age: int
    over: int
    may_close: bool


def _actions(rows: QuerySet[MeetingAction], actor: Actor, today: date, arranges: bool) -> list[Todo]:
    """All of them for who reads the whole organisation, their own for others."""
    me = actor.user.pk if actor.user else None
    rows = rows if _sees_all(actor) else rows.filter(owner=me)
    return [
        Todo(
            one, one.age_on(today), 0 if one.done_on else max((today - one.due_on).days, 0),
            one.done_on is None and (arranges or one.owner_id == me),
        )
        for one in rows.select_related("owner", "done_by")
    ]  # fmt: skip


def _open_elsewhere(row: Meeting, actor: Actor, today: date, arranges: bool) -> list[Todo]:
    """What earlier meetings left open, before this one is over."""
    if row.state not in COMING:
        return []
    earlier = MeetingAction.objects.filter(done_on=None, meeting__begins_at__lt=row.begins_at).exclude(
        meeting=row
    )
    return _actions(earlier, actor, today, arranges)


@page_view(Action.VIEW, methods=("POST",))
def action_done(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an action with what came of it. Who may, the service says."""
    form = DoneForm(request.POST)
    row = MeetingAction.objects.select_related("meeting").filter(pk=pk).first()
    actor = actor_of(request)
    if row is None or not (_sees_all(actor) or (actor.user and actor.user.pk == row.owner_id)):
        raise not_found()
    if not form.is_valid():
        raise invalid("Say what came of it, in at most 500 characters.")
    finish_action(action_id=pk, note=form.cleaned_data["note"], by=actor, at=moment_of(request))
    messages.success(request, f"{row.ref} is done.")
    return redirect("council-meeting", row.meeting.ref)


def _lines(row: Meeting, items: list[AgendaItem], held: list[Any], charter: Charter) -> list[Line]:
    """The agenda in order, each item with its time. A constant number of statements."""
    away = near(items)
    names = {one.term.holder_id: one.term.holder.name for one in held if one.term}
    delays = dict(
        CaseWorth.objects.filter(initiative__in=[one.initiative_id for one in items])
        .order_by()
        .values_list("initiative_id", "delay_a_month")
    )
    begins, out = row.begins_at, []
    for item in items:
        numbers = item.told_numbers or forecast(held, away[item.pk], charter).to_json()
        gone = sorted(names[person] for person in away[item.pk] if person in names)
        out.append(
            Line(
                item, begins if row.kind == Meeting.Kind.MEETING else None, ", ".join(gone), numbers["eligible"],
                numbers["needed"], delays.get(item.initiative_id), BECAUSE.get(item.because, ""),
            )
        )  # fmt: skip
        begins += timedelta(minutes=item.minutes)
    return out


@page_view(Action.ARRANGE_COUNCIL)
def meeting_new(request: HttpRequest) -> HttpResponse:
    """Plan a meeting or a written procedure."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    done = submit(
        request, MeetingForm(request.POST or None), lambda f: plan_meeting(by=actor, at=at, **f.facts())
    )
    if done.row is not None:
        messages.success(request, f"{done.row.get_kind_display()} {done.row.number} is planned.")
        return redirect("council-meeting", done.row.ref)
    context = {"form": done.form, "heading": "Plan a meeting", "button": "Plan it", "back": "council-home"}
    return render(request, "governance/council_form.html", context, status=done.status)


@page_view(Action.ARRANGE_COUNCIL, methods=("POST",))
def meeting_act(request: HttpRequest, ref: str, act: str) -> HttpResponse:
    """Build the agenda, end the meeting, draft or approve minutes, add an action."""
    row = find_meeting(ref)
    messages.success(request, ACTS[act](request, row, actor_of(request), moment_of(request)))
    return redirect("council-meeting", row.ref)


@page_view(Action.VIEW)
def minutes(request: HttpRequest, ref: str) -> HttpResponse:
    """The minutes of a meeting, as far as the reader may see what they are about."""
    today_only(request)
    row = (
        Minutes.objects.select_related("meeting", "approved_in", "approved_by")
        .filter(meeting=find_meeting(ref))
        .first()
    )
    if row is None:
        raise not_found("The minutes of this meeting are not drafted yet.")
    document = shown_to(json.loads(row.document), actor_of(request))
    # A template reads `.items` of a mapping as its method.
    times = {name: _moment(document["meeting"].get(name)) for name in ("began_at", "ended_at")}
    context = {
        "row": row,
        "meeting": row.meeting,
        "document": document,
        "entries": [{**one, "conditions": _dated(one.get("conditions", []))} for one in document["items"]],
        "actions": _dated(document["actions"]),
        **times,
    }
    return render(request, "governance/council_minutes.html", context)


def _dated(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a document with the day they are due as a day."""
    return [{**one, "due": date.fromisoformat(one["due_on"])} for one in rows]


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


@page_view(Action.VIEW)
def meeting_ics(request: HttpRequest, ref: str) -> HttpResponse:
    """The meeting for a calendar."""
    row = find_meeting(ref)
    url = request.build_absolute_uri(request.path.rsplit("/", 1)[0] + "/")
    answer = HttpResponse(ics_of(row, moment_of(request), url), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="council-{row.number}.ics"'
    return answer


def _sees_all(actor: Actor) -> bool:
    return everywhere(actor, Action.VIEW)


def _build(_request: HttpRequest, row: Meeting, by: Actor, at: datetime) -> str:
    made = build_agenda(meeting_id=row.pk, by=by, at=at)
    return f"{len(made)} added to the agenda." if made else "Nothing new asks for the council."


def _end(_request: HttpRequest, row: Meeting, by: Actor, at: datetime) -> str:
    end_meeting(meeting_id=row.pk, by=by, at=at)
    return "The meeting is over."


def _draft(_request: HttpRequest, row: Meeting, by: Actor, at: datetime) -> str:
    draft_minutes(meeting_id=row.pk, by=by, at=at)
    return "The minutes are drafted from the record."


def _approve(request: HttpRequest, row: Meeting, by: Actor, at: datetime) -> str:
    later = find_meeting(request.POST.get("in_meeting", ""))
    approve_minutes(meeting_id=row.pk, in_meeting_id=later.pk, by=by, at=at)
    return "The minutes are approved. They stand."


def _action(request: HttpRequest, row: Meeting, by: Actor, at: datetime) -> str:
    form = ActionForm(request.POST)
    if not form.is_valid():
        raise invalid("Say what is to be done, by whom and by when.")
    add_action(meeting_id=row.pk, by=by, at=at, **form.cleaned_data)
    return "The action is on record."


def _up(request: HttpRequest, row: Meeting, by: Actor, at: datetime) -> str:
    """One place up among those that are not closed."""
    moved = read_ref(request.POST.get("item", ""), "CI")
    over = (AgendaItem.State.CLOSED, AgendaItem.State.WITHDRAWN)
    items = list(row.items.exclude(state__in=over).order_by("position", "pk").values_list("pk", flat=True))
    if moved not in items:
        raise not_found()
    place = items.index(moved)
    items.insert(max(place - 1, 0), items.pop(place))
    reorder(meeting_id=row.pk, items=items, by=by, at=at)
    return "The order is changed."


ACTS: dict[str, Callable[[HttpRequest, Meeting, Actor, datetime], str]] = {
    "build": _build, "end": _end, "draft-minutes": _draft, "approve-minutes": _approve, "action": _action, "move-up": _up,
}  # fmt: skip
