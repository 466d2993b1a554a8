"""One item before the council: what is asked, who may vote, the reader's ballot; and the conditions to confirm."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from core import clock
from core.access import Actor, everywhere
from core.editing import in_words
from core.errors import Problem, conflict, not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.models import User
from core.roles import Action
from core.values import read_ref
from core.wording import money, percent, plural
from domain.autonomy import words_of
from domain.decision_log import seal_of
from domain.drafted_motions import left_to_people
from domain.motions import REASONS
from governance.forms.council import (
    AboveForm,
    BallotForm,
    BecauseForm,
    ConditionForm,
    DeclareForm,
    LiftForm,
    RecuseForm,
    StatementForm,
)
from governance.models import AgendaItem
from governance.queries.charter_words import charter_words
from governance.queries.council_minutes import because_of
from governance.queries.council_room import Room, room_of
from governance.queries.decision_room import why_not_counted
from governance.queries.item_pack import evidence_of, extension_of
from governance.queries.superseded import differences_of, since_opened
from governance.services.council_close import confirm_conditions, listed_on, require_confirms
from governance.services.council_meetings import may_begin
from governance.services.council_recusals import liftable, members_of, presides
from governance.views.packs import item_facts, price_shown
from pilots.queries.pricing import pricing_of


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
    return render(request, "governance/council_item.html", item_context(row, actor, at))


@dataclass(frozen=True, slots=True)
class Refused:
    """An act that was refused: which, what was typed (None for an act without a form), what is wrong in words, and the status."""

    act: str
    form: forms.Form | None
    said: str
    status: int

    def kept(self) -> list[tuple[str, str]]:
        """What was typed, in words: (label, text), so that it is there to be read also where its form is not any more."""
        if self.form is None:
            return []
        given = {
            name: str(self.form.data.get(self.form.add_prefix(name), "")).strip()
            for name, field in self.form.fields.items()
            if not field.widget.is_hidden and not isinstance(field, forms.ModelChoiceField)
        }
        return [
            (str(self.form[name].label), in_words(self.form.fields[name], text))
            for name, text in given.items()
            if text
        ]


def item_context(
    row: AgendaItem, actor: Actor, at: datetime, refused: Refused | None = None
) -> dict[str, Any]:
    """What the page shows. `refused`: the act it is shown again for, with what was typed in its form."""
    room = room_of(row, actor, at)
    closed = row.state == AgendaItem.State.CLOSED
    typed = {refused.act: refused.form} if refused and refused.form else {}
    form: Any = typed.get("vote") or BallotForm(initial=_own(room))
    if refused and "vote" in typed and refused.status in {409, 412} and room.own is not None:
        # The ballot that stands is shown beside; what was typed is sent over that one.
        form.data = {**form.data.dict(), "version": str(room.own.version)}
    arranges = everywhere(actor, Action.ARRANGE_COUNCIL)
    chairs = presides(actor, at)
    running = row.state not in (AgendaItem.State.CLOSED, AgendaItem.State.WITHDRAWN)
    return {
        "row": row, "room": room, "form": form, "options": form.options(row),
        **_evidence(row, clock.day_of(at)),
        "ballots": [(one, why_not_counted(one.not_counted)) for one in row.ballots.select_related("cast_by", "seat")] if closed else [],
        "statements": list(row.dissents.select_related("author")) if closed else [],
        "recusals": _recusals(row, actor, at, running and room.recused is None, typed.get("lift")),
        "may_add": running and (arranges or chairs is not None) and room.recused is None,
        "recuse_other": _recuse_form(row, at, typed.get("recuse-other")), "may_say": arranges and row.state == AgendaItem.State.PLANNED,
        "conditions": _conditions(row), "said": _said(row.motion), "boxes": _boxes(room),
        "may_vote": row.state == AgendaItem.State.OPEN and room.seat is not None and room.recused is None,
        "may_open": arranges and row.state == AgendaItem.State.PLANNED and bool(row.motion) and may_begin(row.meeting, at),
        "waits_for": row.meeting.begins_at if row.state == AgendaItem.State.PLANNED and not may_begin(row.meeting, at) else None,
        "may_take_off": arranges and row.state == AgendaItem.State.PLANNED,
        "may_close": row.state == AgendaItem.State.OPEN and (arranges or presides(actor, at) is not None) and room.recused is None,
        "may_confirm": row.state == AgendaItem.State.CONFIRMING and actor.user is not None and row.presider_id == actor.user.pk,
        "may_state": row.opened_at is not None and room.seat is not None and not room.lent and room.recused is None,
        "may_recuse": room.recused is None and any(one.mine for one in room.chairs) and not closed,
        "statement": typed.get("statement") or form_of("statement"), "above": typed.get("above") or form_of("above"),
        "recuse": typed.get("recuse") or form_of("recuse"), "take_off": typed.get("take-off") or form_of("take-off"),
        "refused": refused, **_price(row, clock.day_of(at)),
        "may_decide_above": row.result == "escalated" and row.decision is None and actor.user is not None and row.escalated_to_id == actor.user.pk, "outcome": row.motion.get("outcome", "").replace("_", " "), "drafted": _said(row.draft) if row.draft else [], "to_complete": left_to_people(row.draft or {}), "about": _about(row),
    }  # fmt: skip


def _evidence(row: AgendaItem, today: date) -> dict[str, Any]:
    """`pack`: of its submission; else `facts` with `sealed`, its own pack (None: not opened yet). `changed`: since that was sealed,
    while it is voted on.
    """
    voting = row.state in {AgendaItem.State.OPEN, AgendaItem.State.CONFIRMING}
    if row.submission is not None:
        changed = differences_of(row.submission, row.initiative) if voting else ()
        return {
            "pack": json.loads(row.submission.document),
            "facts": None,
            "sealed": None,
            "changed": changed,
        }
    found, sealed = evidence_of(row, today)
    changed = since_opened(sealed, row.initiative) if sealed and voting else ()
    return {
        "pack": None, "facts": item_facts(found), "sealed": sealed, "changed": changed,
        "intact": sealed is not None and seal_of(sealed.document) == sealed.seal,
    }  # fmt: skip


def _price(row: AgendaItem, today: date) -> dict[str, Any]:
    """What the extension that answers a submission costs: `price` as it was sealed when the item opened, else `pricing` as it is until
    that is decided. Without a submission the price is among the facts."""
    said = row.motion or row.draft or {}
    if row.submission is None or said.get("outcome") != "extend" or not said.get("days"):
        return {}
    price, sealed = extension_of(row, today)
    if sealed is not None:
        return {"price": price_shown(price)}
    return {"pricing": pricing_of(row.initiative, today, (said["days"],))} if price else {}


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


FORMS: Final[Mapping[str, type[forms.Form]]] = {
    "vote": BallotForm, "statement": StatementForm, "above": AboveForm, "recuse": DeclareForm, "take-off": BecauseForm,
    "recuse-other": RecuseForm, "lift": LiftForm,
}  # fmt: skip
"""The form of each act that has one."""


def form_of(act: str, data: QueryDict | None = None) -> forms.Form:
    """The form of an act, its fields told apart from those of the others on the page."""
    return FORMS[act](data, auto_id="id_%s" if act == "vote" else f"id_{act}_%s")


def _recusals(
    row: AgendaItem, actor: Actor, at: datetime, running: bool, typed: forms.Form | None
) -> list[dict[str, Any]]:
    """Each with why it is in words, and whether the reader may lift it, with the form to do so. `typed`: of the one refused."""
    rows = list(row.recusals.select_related("user", "declared_by", "lifted_by"))
    mine = liftable(rows, actor, at) if running else set()
    wrong = typed.data.get("recusal") if typed else ""
    return [
        {
            "row": one, "why": because_of(one.kind, one.because), "may_lift": one.pk in mine,
            "form": typed if str(one.pk) == wrong else LiftForm(initial={"recusal": one.pk}, auto_id=f"id_lift-{one.pk}_%s"),
            "open": str(one.pk) == wrong,
        }
        for one in rows
    ]  # fmt: skip


def _recuse_form(row: AgendaItem, at: datetime, typed: forms.Form | None) -> forms.Form:
    """Only those who could cast a ballot on it are offered."""
    form = typed or form_of("recuse-other")
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
        ("Done again", said["rework"]), ("Tried instead", said["charter"]), *charter_words(said), ("New evidence", said["evidence"]),
        ("It changes the decision", said["decision_changes"] and percent(Decimal(said["decision_changes"]))), ("Lessons", said["lessons"]),
        ("At most", ceiling["users"] and plural(ceiling["users"], "user")),
        ("In at most", ceiling["sites"] and plural(ceiling["sites"], "site")),
        ("Spend at most", ceiling["spend"] and money(Decimal(ceiling["spend"]), settings.ORG_CURRENCY)),
        ("Autonomy", words_of(ceiling.get("level", ""))), ("That means", ceiling["autonomy"]),
        ("Lapses on", date.fromisoformat(lapses) if lapses else None),
    )  # fmt: skip
    return [(label, value) for label, value in found if value]


_NOTHING: dict[str, Any] = {
    "reason_code": "", "until": None, "days": None, "stage": None, "rework": "", "charter": "", "lessons": "", "due_on": None,
    "evidence": "", "decision_changes": None, "lapses_on": None, "ceiling": {"users": None, "sites": None, "spend": None, "autonomy": ""},
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
