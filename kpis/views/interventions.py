"""Interventions: the list, one with its flag, and the forms to give, change and close it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from core import clock, vocabulary
from core.access import Actor, allows, require, scope
from core.choices import in_tree_order
from core.editing import submit
from core.errors import conflict, not_found
from core.filtering import FilterForm, chips
from core.http import actor_of, moment_of, page_view, today_only
from core.models import AuditEvent, BusinessUnit, User
from core.roles import Action
from core.tables import Column, list_page
from core.values import read_ref
from core.wording import day
from domain.kpi_warnings import latest_due
from kpis.forms.actions import AssignForm, ChangeForm, CloseForm
from kpis.models import Intervention
from kpis.queries.interventions import INTERVENTIONS, state_of, told_on
from kpis.services.interventions import (
    assign_intervention,
    change_intervention,
    close_intervention,
    require_closing,
)
from portfolio.models import Flag, Initiative
from portfolio.queries.history import tell
from portfolio.views.frame import find_initiative, frame

# What is due first comes first; a program asks for what it wants.
LISTING = replace(INTERVENTIONS, default="due_on")
CELLS = "kpis/actions/cells"
WEEK = timedelta(days=7)


def _state(row: Any) -> str:
    return vocabulary.word("intervention", row.state)


def load_states(rows: Any, today: date) -> None:
    """Put the state of a day on each row."""
    for row in rows:
        row.state = state_of(row, today)


COLUMNS = (
    Column("action", "What is to be done", f"{CELLS}/action.html", lambda r: r.action, css="full", load=load_states),
    Column("flag", "About", f"{CELLS}/flag.html", lambda r: f"{r.flag.cause}: {r.initiative.ref} {r.initiative.name}", sort="initiative"),
    Column("who", "Who acts", f"{CELLS}/who.html", lambda r: r.assigned_to.name, sort="assigned_to"),
    Column("due", "By", f"{CELLS}/due.html", lambda r: r.due_on, sort="due_on", css="num"),
    Column("state", "State", f"{CELLS}/state.html", _state, load=load_states),
    Column("closure", "How it ended", f"{CELLS}/closure.html", lambda r: r.closure, css="full", shown=False),
    Column("escalated", "Before the council since", f"{CELLS}/escalated.html", lambda r: r.escalated_on, sort="escalated_on", css="num", shown=False),
    Column("given", "Given", f"{CELLS}/given.html", lambda r: r.recorded_at, sort="recorded_at", css="num", shown=False),
)  # fmt: skip
CALLED = {
    "initiative": "initiative",
    "flag": "flag",
    "rule": "rule",
    "escalated_on": "before the council since",
}
YES = [("", "All"), ("true", "Yes"), ("false", "No")]


class Filters(FilterForm):
    """Above the list."""

    q = forms.CharField(
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Action, initiative, person"}),
    )
    unit = forms.ChoiceField(label="Business unit")
    assigned_to = forms.ChoiceField(label="Who acts")
    open = forms.ChoiceField(
        label="State", choices=[("", "Open and closed"), ("true", "Open"), ("false", "Closed")]
    )
    overdue = forms.ChoiceField(choices=YES)
    escalated = forms.ChoiceField(label="Before the council", choices=YES)
    owner_active = forms.ChoiceField(
        label="Person", choices=[("", "Here or left"), ("true", "Still here"), ("false", "Has left")]
    )


@page_view(Action.VIEW)
def intervention_list(request: HttpRequest) -> HttpResponseBase:
    """Who acts on what by when; those still open, until asked otherwise."""
    actor = actor_of(request)
    seen = Intervention.objects.filter(scope(actor, Action.VIEW, Intervention))
    rows = told_on(seen, clock.day_of(moment_of(request)))
    rows = rows.select_related("flag", "initiative", "assigned_to", "closed_by")
    form = Filters(request)
    if "open" not in request.GET:
        rows = rows.filter(closed_at=None)
        form.initial["open"] = "true"
    units = BusinessUnit.objects.filter(scope(actor, Action.VIEW, BusinessUnit))
    people = User.objects.filter(pk__in=seen.order_by().values("assigned_to")).order_by("name").only("name")
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    form.offer("assigned_to", [("", "Anybody"), *((one.pk, one.name) for one in people)])
    return list_page(
        request, rows=rows, listing=LISTING, columns=COLUMNS, template="kpis/actions/intervention_list.html",
        filename="interventions",
        context={
            "caption": "Interventions", "filters": form, "filters_set": chips(request, form, LISTING, CALLED),
            "empty": {
                "title": "Nobody was asked to act",
                "text": "An intervention is given from a flag: open one, and say who does what by when.",
                "action": "The flags", "url": "/portfolio/flags/",
            },
        },
    )  # fmt: skip


def find_intervention(request: HttpRequest, pk: str) -> Intervention:
    """The intervention, with its flag and people. Problem 404 for what the reader may not know."""
    rows = Intervention.objects.filter(
        scope(actor_of(request), Action.VIEW, Intervention), pk=read_ref(pk, "")
    )
    row = rows.select_related(
        "flag__owner", "initiative__unit", "assigned_to", "assigned_by", "closed_by"
    ).first()
    if row is None:
        raise not_found()
    return row


def _head(request: HttpRequest, row: Intervention) -> dict[str, Any]:
    """What every page about one intervention needs. Who was given it may know it alone, without the initiative."""
    actor, today = actor_of(request), clock.day_of(moment_of(request))
    return {
        "row": row, "flag": row.flag, "state": state_of(row, today), "latest": latest_due(clock.day_of(row.recorded_at)),
        "may_open": allows(actor, Action.VIEW, row.initiative),
    }  # fmt: skip


@page_view(Action.VIEW)
def intervention_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """What is to be done about which flag, by whom and when, and everything that was said of it."""
    today_only(request)
    row, actor = find_intervention(request, pk), actor_of(request)
    events = AuditEvent.objects.filter(object_type="intervention", object_id=row.pk).order_by("-id")
    open_now = row.closed_at is None
    context = _head(request, row) | {
        "told": tell(list(events), ""), "may_change": open_now and allows(actor, Action.EDIT_INITIATIVE, row),
        "may_close": open_now and _may_close(row, actor),
    }  # fmt: skip
    return render(request, "kpis/actions/intervention.html", context)


def _may_close(row: Intervention, actor: Actor) -> bool:
    mine = actor.user is not None and actor.user.pk == row.assigned_to_id
    return mine or allows(actor, Action.EDIT_INITIATIVE, row)


@page_view(Action.EDIT_INITIATIVE)
def intervention_create(request: HttpRequest, pk: str) -> HttpResponse:
    """Give a flag to somebody, by a day."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    flag = Flag.objects.visible_to(actor).filter(pk=read_ref(pk, "")).first()
    if flag is None:
        raise not_found()
    if flag.initiative_id is None:
        raise conflict("no_initiative", "This flag is about no initiative, so nobody can be given it.")
    initiative = find_initiative(request, str(flag.initiative_id))
    require(actor, Action.EDIT_INITIATIVE, initiative)
    if flag.cleared_at is not None:
        raise conflict("flag_cleared", "This flag has cleared: its fact changed. There is nothing to act on.")
    today = clock.day_of(at)
    latest = latest_due(today)
    words = f"Up to {day(latest, today)}. If it is open the day after, it is before the council."
    initial = {"due_on": min(today + 2 * WEEK, flag.due_on or today + 2 * WEEK), **_first(initiative)}
    initial["due_on"] = max(initial["due_on"], today)

    def save(form: AssignForm) -> Intervention:
        said = form.cleaned_data
        return assign_intervention(flag_id=flag.pk, by=actor, at=at, **said)

    form = AssignForm(request.POST or None, initial=initial, latest=latest, words=words)
    done = submit(request, form, save)
    if done.row is not None:
        messages.success(request, f"{done.row.assigned_to.name} acts on it by {day(done.row.due_on, today)}.")
        return redirect("initiative-flags", initiative.ref)
    context = frame(request, initiative, "initiative-flags") | {"form": done.form, "flag": flag}
    return render(request, "kpis/actions/intervention_create.html", context, status=done.status)


def _first(initiative: Initiative) -> dict[str, Any]:
    """Whom to offer first: the lead, where there is one."""
    lead = initiative.lead
    return {"assigned_to": lead.pk} if lead is not None and lead.is_active else {}


@page_view(Action.EDIT_INITIATIVE)
def intervention_edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Give it to somebody else, or another day. When somebody saved in between, both versions are shown."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    row = find_intervention(request, pk)
    require(actor, Action.EDIT_INITIATIVE, row)
    _require_open(row)
    key, latest = row.pk, latest_due(clock.day_of(row.recorded_at))
    words = f"Up to {day(latest, clock.day_of(at))}: 30 days after it was given, and no later."

    def save(form: ChangeForm) -> Intervention:
        said: Any = form.changed()
        because = said.pop("because", "")
        return change_intervention(
            pk=key, expected_version=form.expected_version, change=said, because=because, by=actor, at=at
        )

    initial = {"assigned_to": row.assigned_to_id, "due_on": row.due_on, "version": row.version}
    form = ChangeForm(request.POST or None, initial=initial, record=row, words=words)
    done = submit(request, form, save, row)
    if done.row is not None:
        messages.success(request, "The change is on record.")
        return redirect("intervention-detail", row.pk)
    context = _head(request, row) | {"form": done.form, "conflict": done.conflict}
    return render(request, "kpis/actions/intervention_edit.html", context, status=done.status)


@page_view(Action.VIEW, methods=("GET", "HEAD", "POST"))
def intervention_close(request: HttpRequest, pk: str) -> HttpResponse:
    """Say what was done: the person it was given to, or whoever may change the initiative."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    row = find_intervention(request, pk)
    require_closing(row, actor)
    _require_open(row)

    def save(form: CloseForm) -> Intervention:
        return close_intervention(pk=row.pk, note=form.cleaned_data["note"], by=actor, at=at)

    done = submit(request, CloseForm(request.POST or None), save)
    if done.row is not None:
        messages.success(request, "It is closed. The flag stands until its fact changes.")
        return redirect("intervention-detail", row.pk)
    context = _head(request, row) | {"form": done.form}
    return render(request, "kpis/actions/intervention_close.html", context, status=done.status)


def _require_open(row: Intervention) -> None:
    if row.closed_at is not None:
        raise conflict("closed", f"It was closed on {day(clock.day_of(row.closed_at))}: {row.closure}")
