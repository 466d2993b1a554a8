"""The people of an initiative: its stakeholders by function, its working groups, its meetings and what came of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from core import clock
from core.access import Actor, require
from core.editing import submit
from core.errors import forbidden, not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.values import read_ref
from portfolio.forms.people import (
    ActionForm,
    BecauseForm,
    GroupForm,
    MeetingForm,
    OutcomeForm,
    OwnSignForm,
    RoleForm,
    SignForm,
    StakeForm,
    StakeholderForm,
)
from portfolio.models import Initiative, Stakeholder, WorkingAction, WorkingGroup, WorkingMeeting
from portfolio.models.people import GROUP_ROLES
from portfolio.queries.people import groups_of, lines_of, matrix_of, meetings_of, register_of
from portfolio.services.stakeholders import add_stakeholder, edit_stakeholder, sign_off, take_off
from portfolio.services.working_groups import add_to_group, end_group, end_role, make_group
from portfolio.services.working_meetings import add_action, close_action, record_meeting
from portfolio.views.frame import find_initiative, frame


@page_view(Action.VIEW)
def people(request: HttpRequest, ref: str) -> HttpResponse:
    """Who has a stake in it, by function; who works on what in which role; what was agreed when they met."""
    today_only(request)
    row = find_initiative(request, ref)
    actor, today = actor_of(request), clock.day_of(moment_of(request))
    register, meetings = register_of(row), meetings_of(row)
    found = matrix_of(register)
    words = dict(GROUP_ROLES)
    context = frame(request, row, "initiative-people")
    context |= {
        "register": register,
        "lines": lines_of(register, found),
        "warning": found.sentence,
        "signed": sum(one.signed_on is not None for one in register),
        "groups": groups_of(row),
        "meetings": [
            (one, [(words.get(said["role"], said["role"]), said["name"], said["text"]) for said in one.said])
            for one in meetings
        ],
        "actions": sorted(
            (one for meeting in meetings for one in meeting.actions.all() if one.done_on is None),
            key=lambda one: (one.due_on, one.pk),
        ),
        "me": actor.user.pk if actor.user else None,
        "day_now": today,
    }
    return render(request, "portfolio/initiative_people.html", context)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done on this page: its form, its service, its words. `of`: the record it is about, by its number."""

    form: Callable[..., Any]
    save: Callable[..., Any]
    heading: str
    button: str
    done: str
    lede: str = ""
    of: type[Any] | None = None
    place: str = "people"


def _facts(form: Any) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if name not in {"version", "base"}}


ACTS: Mapping[str, Act] = {
    "stakeholder": Act(
        StakeholderForm, lambda f, row, _, **who: add_stakeholder(initiative_id=row.pk, **_facts(f), **who),
        "Put somebody on the register", "Put them on it", "On the register.",
        "Somebody who wants something of it or fears something, or whose word it needs.",
    ),
    "stake": Act(
        StakeForm, lambda f, _, one, **who: edit_stakeholder(
            pk=one.pk, expected_version=f.cleaned_data["version"], **_facts(f), **who
        ),
        "What the register says", "Save", "Saved.", "A sign-off was of what stood: a change asks for it anew.", Stakeholder,
    ),
    "sign": Act(
        SignForm, lambda f, _, one, **who: sign_off(pk=one.pk, **_facts(f), **who), "Sign-off", "Record it",
        "The sign-off is on record.", "", Stakeholder,
    ),
    "off": Act(
        BecauseForm, lambda f, _, one, **who: take_off(pk=one.pk, **_facts(f), **who), "Take somebody off the register",
        "Take them off", "Off the register.", "What they signed stays on record.", Stakeholder,
    ),
    "group": Act(
        GroupForm, lambda f, row, _, **who: make_group(initiative_id=row.pk, **_facts(f), **who), "A working group", "Make it",
        "The group is made. Give people their roles in it.", place="groups",
    ),
    "role": Act(
        RoleForm, lambda f, _, one, **who: add_to_group(pk=one.pk, **_facts(f), **who), "A role in the group", "Give the role",
        "The role is given.", "", WorkingGroup, "groups",
    ),
    "end": Act(
        BecauseForm, lambda f, _, one, **who: end_group(pk=one.pk, **_facts(f), **who), "End the group", "End it",
        "The group has ended.", "Its meetings stay on record; the roles in it end today.", WorkingGroup, "groups",
    ),
    "meeting": Act(
        MeetingForm, lambda f, row, _, **who: record_meeting(initiative_id=row.pk, **f.facts(), **who),
        "Record a meeting", "Record it", "The meeting is on record.",
        "It stands as you record it. What is to be done goes into the reminders and calendars of who does it.",
        place="meetings",
    ),
    "action": Act(
        ActionForm, lambda f, _, one, **who: add_action(meeting_id=one.pk, task=f.task(), **who),
        "One more thing to do", "Ask for it", "The action is on record.", "", WorkingMeeting, "actions",
    ),
    "close": Act(
        OutcomeForm, lambda f, _, one, **who: close_action(meeting_id=one.meeting_id, pk=one.pk, **_facts(f), **who),
        "Close an action", "Close it", "The action is closed.", "", WorkingAction, "actions",
    ),
}  # fmt: skip
ANSWERS = frozenset({"sign", "close"})
"""Acts of whoever is named, also where they do not run the initiative."""


@page_view(Action.ANSWER)
def people_act(request: HttpRequest, ref: str, act: str, pk: str = "") -> HttpResponse:
    """The form of one act, and doing it."""
    row = find_initiative(request, ref)
    actor, at = actor_of(request), moment_of(request)
    kind = ACTS.get(act)
    if kind is None or (kind.of is None) != (not pk):
        raise not_found()
    require(actor, Action.ANSWER if act in ANSWERS else Action.EDIT_INITIATIVE, row)
    one = _record(kind, row, pk) if kind.of else None
    form = _form(request, act, kind, row, one, actor)
    done = submit(request, form, lambda f: kind.save(f, row, one, by=actor, at=at), one)
    if done.row is not None:
        messages.success(request, kind.done)
        return redirect(f"{reverse('initiative-people', args=[row.ref])}#{kind.place}")
    context = frame(request, row, "initiative-people")
    context |= {
        "form": done.form, "act": kind, "about": _about(one), "conflict": done.conflict,
        "back": f"{reverse('initiative-people', args=[row.ref])}#{kind.place}",
    }  # fmt: skip
    return render(request, "portfolio/people_form.html", context, status=done.status)


@page_view(Action.EDIT_INITIATIVE, methods=("POST",))
def role_end(request: HttpRequest, ref: str, pk: str, member: str) -> HttpResponse:
    """End one role in a working group."""
    row = find_initiative(request, ref)
    group = row.working_groups.filter(pk=read_ref(pk, "")).first()
    if group is None:
        raise not_found()
    ended = end_role(pk=group.pk, member=read_ref(member, ""), by=actor_of(request), at=moment_of(request))
    messages.success(request, f"{ended.called} has left that role.")
    return redirect(f"{reverse('initiative-people', args=[row.ref])}#groups")


def _record(kind: Act, row: Initiative, pk: str) -> Any:
    """The record of this initiative that the act is about. Problem 404."""
    path = "meeting__initiative" if kind.of is WorkingAction else "initiative"
    found = (
        kind.of._default_manager.filter(**{path: row, "pk": read_ref(pk, "")}).first() if kind.of else None
    )
    if found is None:
        raise not_found()
    return found


def _form(request: HttpRequest, act: str, kind: Act, row: Initiative, one: Any, actor: Actor) -> forms.Form:
    """The form for this reader. Problem 403 for a sign-off, or an action, that is another's."""
    today = clock.day_of(moment_of(request))
    data = request.POST if request.method == "POST" else None
    form: forms.Form
    if act == "meeting":
        form = MeetingForm(data, initiative=row, initial={"held_on": today})
    elif act == "stake":
        said = {"function": one.function, "interest": one.interest, "concern": one.concern}
        form = StakeForm(data, initial={**said, "version": one.version})
    elif act == "sign" and one.user_id is not None:
        if actor.user is None or actor.user.pk != one.user_id:
            raise forbidden(f"Only {one.called} signs for themselves.", code="not_yours")
        form = OwnSignForm(data)
    elif act == "sign":
        require(actor, Action.EDIT_INITIATIVE, row)
        form = SignForm(data, initial={"signed_on": today})
    else:
        if act == "close" and not (actor.user and actor.user.pk == one.owner_id):
            require(actor, Action.EDIT_INITIATIVE, row)
        form = kind.form(data)
    return form


def _about(one: Any) -> str:
    """What a form is about, in words."""
    if isinstance(one, Stakeholder):
        return one.called
    if isinstance(one, WorkingGroup):
        return one.name
    if isinstance(one, WorkingAction):
        return one.text
    return f"{one.get_kind_display()} of {one.held_on:%d %B %Y}" if one is not None else ""
