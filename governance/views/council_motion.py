"""Motions said on a page: put on a meeting's agenda, said for an item that has none yet, or about a condition the council set."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.editing import submit
from core.errors import Problem, conflict
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.values import read_ref
from governance.forms.charter import open_pilot
from governance.forms.council import ConditionChangeForm, ConditionMotionForm, ItemMotionForm, MotionForm
from governance.models import AgendaItem
from governance.services.council_agenda import change_item, put_on_agenda
from governance.views.conditions import find_condition
from governance.views.council import find_meeting
from governance.views.council_item import find_item


@page_view(Action.ARRANGE_COUNCIL)
def meeting_put(request: HttpRequest, ref: str) -> HttpResponse:
    """Put a motion on the agenda; `?initiative=AI-0042` chooses it."""
    today_only(request)
    actor, at, row = actor_of(request), moment_of(request), find_meeting(ref)
    initial = {"initiative": read_ref(asked, "AI")} if (asked := request.GET.get("initiative", "")) else {}

    def save(form: MotionForm) -> AgendaItem:
        return _at_fields(
            lambda: put_on_agenda(
                meeting_id=row.pk, initiative_id=form.cleaned_data["initiative"].pk, motion=form.motion(),
                minutes=form.cleaned_data["minutes"], by=actor, at=at,
            )
        )  # fmt: skip

    pilot = open_pilot(initial.get("initiative"))
    done = submit(request, MotionForm(request.POST or None, actor=actor, initial=initial, pilot=pilot), save)
    if done.row is not None:
        messages.success(request, f"{done.row.ref} is on the agenda.")
        return redirect("council-meeting", row.ref)
    context = {
        "form": done.form, "heading": "Put a motion on the agenda", "button": "Put it on the agenda", "meeting": row,
        "lede": "A go answers a submission: the open one of the initiative is taken along. A stopped initiative is reopened, or its stop is confirmed.",
    }  # fmt: skip
    return render(request, "governance/council_form.html", context, status=done.status)


@page_view(Action.ARRANGE_COUNCIL)
def item_motion(request: HttpRequest, ref: str) -> HttpResponse:
    """Say the motion of an item that nobody opened yet, beginning from what it says or what is drafted."""
    today_only(request)
    actor, at, row = actor_of(request), moment_of(request), find_item(request, ref)
    if row.state != AgendaItem.State.PLANNED:
        raise conflict("opened", f"{row.ref} was opened. What is voted on stands.")
    condition, said = row.condition_id, row.motion or row.draft or {}

    def save(form: ItemMotionForm | ConditionChangeForm) -> AgendaItem:
        motion = form.motion(condition or 0) if isinstance(form, ConditionChangeForm) else form.motion()
        return _at_fields(lambda: change_item(item_id=row.pk, motion=motion, by=actor, at=at))

    form: ItemMotionForm | ConditionChangeForm = (
        ItemMotionForm(request.POST or None, initial=_in_percent(said), pilot=open_pilot(row.initiative_id))
        if condition is None
        else ConditionChangeForm(request.POST or None, initial=said)
    )
    done = submit(request, form, save)
    if done.row is not None:
        messages.success(request, f"The motion of {done.row.ref} is said.")
        return redirect("council-item", row.ref)
    context = {
        "form": done.form, "heading": f"Motion of {row.ref}, {row.initiative.name}", "button": "Say the motion", "meeting": row.meeting,
        "lede": "What does not belong to the outcome stays empty. A go answers the open submission.",
    }  # fmt: skip
    return render(request, "governance/council_form.html", context, status=done.status)


def _in_percent(said: Mapping[str, Any]) -> dict[str, Any]:
    """A motion as its form shows it: the chance in percent."""
    chance = said.get("decision_changes")
    return {**said, "decision_changes": None if chance is None else Decimal(chance) * 100}


@page_view(Action.ARRANGE_COUNCIL)
def condition_put(request: HttpRequest, ref: str) -> HttpResponse:
    """Put a condition that the council set on an agenda: to set it aside, or to give it a new due date."""
    today_only(request)
    actor, at, row = actor_of(request), moment_of(request), find_condition(request, ref)

    def save(form: ConditionMotionForm) -> AgendaItem:
        return _at_fields(
            lambda: put_on_agenda(
                meeting_id=form.cleaned_data["meeting"].pk, initiative_id=row.initiative_id, motion=form.motion(row.pk),
                minutes=form.cleaned_data["minutes"], by=actor, at=at,
            )
        )  # fmt: skip

    done = submit(request, ConditionMotionForm(request.POST or None), save)
    if done.row is not None:
        messages.success(request, f"{row.ref} is on the agenda as {done.row.ref}.")
        return redirect("council-item", done.row.ref)
    context = {
        "form": done.form, "heading": f"Ask the council about {row.ref}", "button": "Put it on the agenda",
        "back": "council-home", "lede": f"{row.text}. Only the body that set it changes it; its owner and verifier are recused.",
    }  # fmt: skip
    return render(request, "governance/council_form.html", context, status=done.status)


def _at_fields(work: Callable[[], AgendaItem]) -> AgendaItem:
    """The motion's fields are the form's own: a refusal below `/motion` is put at its field."""
    try:
        return work()
    except Problem as problem:
        bare = tuple(replace(one, pointer=one.pointer.removeprefix("/motion")) for one in problem.items)
        raise replace(problem, items=bare) from problem
