"""One item before the council: what is asked, who may vote, the reader's ballot; and the acts on it."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import Actor, everywhere
from core.errors import Problem, conflict, invalid, not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.models import User
from core.roles import Action
from core.values import read_ref
from core.wording import day, money, plural
from domain.council import Choice
from domain.motions import REASONS
from governance.forms.council import (
    AboveForm,
    BallotForm,
    BecauseForm,
    ConditionForm,
    LiftForm,
    RecuseForm,
    StatementForm,
)
from governance.models import AgendaItem
from governance.queries.council_minutes import because_of
from governance.queries.council_room import Room, room_of
from governance.services.council_above import decide_above
from governance.services.council_agenda import adopt_draft, take_off
from governance.services.council_close import close_item, confirm_conditions, listed_on, require_confirms
from governance.services.council_meetings import may_begin
from governance.services.council_open import open_item
from governance.services.council_recusals import add, declare, lift, liftable, members_of, presides
from governance.services.council_statements import state
from governance.services.council_vote import cast_vote

WRITES = ("POST",)


def find_item(request: HttpRequest, ref: str) -> AgendaItem:
    """The item, or 404."""
    rows = AgendaItem.objects.visible_to(actor_of(request)).select_related(
        "meeting", "initiative__lead", "initiative__sponsor", "initiative__unit", "submission", "presenter", "presider",
        "decision", "escalated_to", "condition__owner", "condition__verifier",
    )  # fmt: skip
    row = rows.filter(pk=read_ref(ref, "CI")).first()
    if row is None:
        raise not_found()
    return row


@page_view(Action.VIEW)
def council_item(request: HttpRequest, ref: str) -> HttpResponse:
    """The item, and the reader's ballot where they have one."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    row = find_item(request, ref)
    return render(request, "governance/council_item.html", _context(row, actor, at))


def _context(row: AgendaItem, actor: Actor, at: datetime) -> dict[str, Any]:
    room = room_of(row, actor, at)
    closed = row.state == AgendaItem.State.CLOSED
    form = BallotForm(initial=_own(room))
    arranges = everywhere(actor, Action.ARRANGE_COUNCIL)
    chairs = presides(actor, at)
    running = row.state not in (AgendaItem.State.CLOSED, AgendaItem.State.WITHDRAWN)
    return {
        "row": row, "room": room, "form": form, "options": form.options(row),
        "pack": json.loads(row.submission.document) if row.submission else None,
        "ballots": list(row.ballots.select_related("cast_by", "seat")) if closed else [],
        "statements": list(row.dissents.select_related("author")) if closed else [],
        "recusals": _recusals(row, actor, at, running and room.recused is None),
        "may_add": running and (arranges or chairs is not None) and room.recused is None,
        "recuse": _recuse_form(row, at), "may_say": arranges and row.state == AgendaItem.State.PLANNED,
        "conditions": _conditions(row), "said": _said(row.motion), "boxes": _boxes(room),
        "may_vote": row.state == AgendaItem.State.OPEN and room.seat is not None and room.recused is None,
        "may_open": arranges and row.state == AgendaItem.State.PLANNED and bool(row.motion) and may_begin(row.meeting, at),
        "waits_for": row.meeting.begins_at if row.state == AgendaItem.State.PLANNED and not may_begin(row.meeting, at) else None,
        "may_take_off": arranges and row.state == AgendaItem.State.PLANNED,
        "may_close": row.state == AgendaItem.State.OPEN and (arranges or presides(actor, at) is not None) and room.recused is None,
        "may_confirm": row.state == AgendaItem.State.CONFIRMING and actor.user is not None and row.presider_id == actor.user.pk,
        "may_state": row.opened_at is not None and room.seat is not None and not room.lent and room.recused is None,
        "may_recuse": room.recused is None and any(one.mine for one in room.chairs) and not closed,
        "statement": StatementForm(), "above": AboveForm(),
        "may_decide_above": row.result == "escalated" and row.decision is None and actor.user is not None and row.escalated_to_id == actor.user.pk, "outcome": row.motion.get("outcome", "").replace("_", " "), "drafted": _said(row.draft) if row.draft else [], "about": _about(row),
    }  # fmt: skip


def _conditions(row: AgendaItem) -> list[dict[str, Any]]:
    """Those of the motion, with names and days."""
    asked = row.motion.get("conditions", [])
    people = User.objects.in_bulk({one[key] for one in asked for key in ("owner", "verifier")})
    return [
        {
            **one, "kind": one["kind"].replace("_", " "), "due_on": date.fromisoformat(one["due_on"]),
            **{key: people[one[key]].name for key in ("owner", "verifier") if one[key] in people},
        }
        for one in asked
    ]  # fmt: skip


def _about(row: AgendaItem) -> str:
    """What is decided, for the heading: the gate and the outcome, or what happens to the condition."""
    outcome = row.motion.get("outcome", "")
    if not outcome:
        return "no motion yet"
    if row.condition is not None:
        return f"{'set aside' if outcome == 'waive' else 'a new date for'} {row.condition.ref}"
    return f"{row.gate} {outcome.replace('_', ' ')}".strip()


def _recusals(row: AgendaItem, actor: Actor, at: datetime, running: bool) -> list[dict[str, Any]]:
    """Each with why it is in words, and whether the reader may lift it."""
    rows = list(row.recusals.select_related("user", "declared_by", "lifted_by"))
    mine = liftable(rows, actor, at) if running else set()
    return [
        {"row": one, "why": because_of(one.kind, one.because), "may_lift": one.pk in mine} for one in rows
    ]


def _recuse_form(row: AgendaItem, at: datetime) -> RecuseForm:
    """Only those who could cast a ballot on it are offered."""
    form = RecuseForm()
    field: Any = form.fields["user"]
    field.queryset = User.objects.filter(pk__in=members_of(row, at)).order_by("name")
    return form


def _said(said: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What a motion says beyond its outcome, in words: (label, value), days as days."""
    if not said:
        return []
    said = {**_NOTHING, **said}
    ceiling = said["ceiling"]
    reasons = {code: words for one in REASONS.values() for code, words in one.items()}
    pivot = said.get("outcome") == "pivot"
    until, lapses, due = said["until"], said["lapses_on"], said["due_on"]
    found = (
        ("Reason", reasons.get(said["reason_code"], "")),
        ("Decided by" if pivot else "Until", date.fromisoformat(until) if until else None),
        ("Runs from the decision" if pivot else "Longer by", plural(said["days"], "day") if said["days"] else None),
        ("New due date", date.fromisoformat(due) if due else None),
        ("To", said["stage"] and said["stage"].replace("_", "-").capitalize()),
        ("Done again", said["rework"]), ("Tried instead", said["charter"]), ("Lessons", said["lessons"]),
        ("At most", ceiling["users"] and plural(ceiling["users"], "user")),
        ("In at most", ceiling["sites"] and plural(ceiling["sites"], "site")),
        ("Spend at most", ceiling["spend"] and money(Decimal(ceiling["spend"]), settings.ORG_CURRENCY)),
        ("Autonomy", ceiling["autonomy"]),
        ("Lapses on", date.fromisoformat(lapses) if lapses else None),
    )  # fmt: skip
    return [(label, value) for label, value in found if value]


_NOTHING: dict[str, Any] = {
    "reason_code": "", "until": None, "days": None, "stage": None, "rework": "", "charter": "", "lessons": "", "due_on": None,
    "lapses_on": None, "ceiling": {"users": None, "sites": None, "spend": None, "autonomy": ""},
}  # fmt: skip


def _own(room: Room) -> dict[str, Any]:
    if room.own is None:
        return {}
    return {"choice": room.own.choice, "reason": room.own.reason, "version": room.own.version}


def _boxes(room: Room) -> list[str]:
    """One box for each seat: cast, not yet, or away. Cast ones first, so that no place tells whose it is."""
    eligible, away = room.numbers["eligible"], room.numbers["seats"] - room.numbers["eligible"]
    cast = min(room.cast, eligible)
    return ["cast"] * cast + [""] * (eligible - cast) + ["away"] * away


@page_view(Action.VIEW, methods=WRITES)
def council_vote(request: HttpRequest, ref: str) -> HttpResponse:
    """Cast or change the reader's ballot. Who may, the service says: a refused attempt goes on record."""
    actor, at = actor_of(request), moment_of(request)
    row = find_item(request, ref)
    form = BallotForm(request.POST)
    if not form.is_valid():
        raise _wrong(form)
    given = form.cleaned_data
    made = cast_vote(
        item_id=row.pk, choice=Choice(given["choice"]), reason=given["reason"],
        expected_version=given["version"], by=actor, at=at,
    )  # fmt: skip
    words = (
        "You are recused from this item."
        if made is None
        else "Your ballot is kept. Nobody sees it before the item closes."
    )
    messages.success(request, words)
    return redirect("council-item", row.ref)


@page_view(Action.VIEW, methods=WRITES)
def council_item_act(request: HttpRequest, ref: str, act: str) -> HttpResponse:
    """Open, close, take off, declare an interest, make a statement."""
    actor, at = actor_of(request), moment_of(request)
    row = find_item(request, ref)
    messages.success(request, ACTS[act](request, row, actor, at))
    return redirect("council-item", row.ref)


@page_view(Action.VIEW, methods=("GET", "HEAD", "POST"))
def council_confirm(request: HttpRequest, ref: str) -> HttpResponse:
    """Whoever presided confirms or strikes each condition that was voted on, and completes what ballots left open."""
    actor, at = actor_of(request), moment_of(request)
    row = find_item(request, ref)
    if row.state != AgendaItem.State.CONFIRMING:
        raise conflict("nothing_to_confirm", f"{row.ref} has no conditions to confirm.")
    require_confirms(row, actor, at)
    data = request.POST if request.method == "POST" else None
    forms = [
        ConditionForm(data, prefix=f"c{place}", listed=one, initial={"keep": one.said is not None})
        for place, one in enumerate(listed_on(row, at))
    ]
    said = ""
    if data is not None and all(form.is_valid() for form in forms):
        filled = [form for form in forms if form.as_motion() is not None]
        try:
            confirm_conditions(
                item_id=row.pk, conditions=[form.as_motion() or {} for form in filled], by=actor, at=at
            )
        except Problem as problem:
            if problem.status != 400:
                raise
            said = _at_their_conditions(problem, filled)
        else:
            messages.success(request, "The conditions are confirmed, and the decision is recorded.")
            return redirect("council-item", row.ref)
    context = {"row": row, "forms": forms, "said": said, "proposed": _conditions(row)}
    return render(
        request, "governance/council_confirm.html", context, status=400 if data is not None else 200
    )


def _at_their_conditions(problem: Problem, forms: list[ConditionForm]) -> str:
    """Put what is wrong at its field, by pointers as `/conditions/0/owner`; what has no field is returned in words."""
    left = [] if problem.items else [problem.detail]
    for item in problem.items:
        match item.pointer.strip("/").split("/"):
            case ["conditions", place, name] if (
                place.isdecimal() and int(place) < len(forms) and name in forms[0].fields
            ):
                forms[int(place)].add_error(name, item.detail)
            case _:
                left.append(item.detail)
    return " ".join(left)


def _wrong(form: Any) -> Problem:
    name, errors = next(iter(form.errors.items()))
    return invalid(f"{form.fields[name].label or name.capitalize()}: {errors[0]}")


def _because(request: HttpRequest) -> str:
    form = BecauseForm(request.POST)
    if not form.is_valid():
        raise _wrong(form)
    return str(form.cleaned_data["because"])


def _open(_request: HttpRequest, row: AgendaItem, by: Actor, at: datetime) -> str:
    done = open_item(item_id=row.pk, by=by, at=at)
    if done.state == AgendaItem.State.CLOSED:
        who = done.escalated_to.name if done.escalated_to else "the next authority"
        return f"No quorum is possible, so it is escalated to {who}. Nobody votes."
    return "Voting is open. The roster is frozen."


def _close(_request: HttpRequest, row: AgendaItem, by: Actor, at: datetime) -> str:
    done = close_item(item_id=row.pk, by=by, at=at)
    if done.confirm_by is not None:
        return f"Carried with conditions. Whoever presided confirms them by {day(done.confirm_by, clock.day_of(at))}."
    return f"{done.get_result_display()}."


def _take_off(request: HttpRequest, row: AgendaItem, by: Actor, at: datetime) -> str:
    take_off(item_id=row.pk, because=_because(request), by=by, at=at)
    return "It is taken off the agenda."


def _recuse(request: HttpRequest, row: AgendaItem, by: Actor, at: datetime) -> str:
    declare(item_id=row.pk, because=_because(request), by=by, at=at)
    return "You are recused from this item."


def _recuse_other(request: HttpRequest, row: AgendaItem, by: Actor, at: datetime) -> str:
    form = RecuseForm(request.POST)
    if not form.is_valid():
        raise _wrong(form)
    done = add(item_id=row.pk, by=by, at=at, **form.cleaned_data)
    return f"{done.user.name} is recused from this item."


def _lift(request: HttpRequest, row: AgendaItem, by: Actor, at: datetime) -> str:
    form = LiftForm(request.POST)
    if not form.is_valid():
        raise _wrong(form)
    given = form.cleaned_data
    done = lift(recusal_id=given["recusal"], item_id=row.pk, because=given["because"], by=by, at=at)
    return f"The recusal of {done.user.name} is lifted."


def _adopt(_request: HttpRequest, row: AgendaItem, by: Actor, at: datetime) -> str:
    adopt_draft(item_id=row.pk, by=by, at=at)
    return "The drafted motion is the item's motion now."


def _state(request: HttpRequest, row: AgendaItem, by: Actor, at: datetime) -> str:
    form = StatementForm(request.POST)
    if not form.is_valid():
        raise _wrong(form)
    state(item_id=row.pk, by=by, at=at, **form.cleaned_data)
    return "Your statement stands beside the result."


def _above(request: HttpRequest, row: AgendaItem, by: Actor, at: datetime) -> str:
    form = AboveForm(request.POST)
    if not form.is_valid():
        raise _wrong(form)
    decide_above(item_id=row.pk, by=by, at=at, **form.cleaned_data)
    return "Your decision is recorded."


ACTS: dict[str, Callable[[HttpRequest, AgendaItem, Actor, datetime], str]] = {
    "open": _open, "close": _close, "take-off": _take_off, "recuse": _recuse, "statement": _state, "above": _above,
    "recuse-other": _recuse_other, "lift": _lift, "adopt": _adopt,
}  # fmt: skip
