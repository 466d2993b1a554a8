"""Conditions of approvals: their list, and one with what was done of it and what may be done now."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from core import clock, vocabulary
from core.access import allows, everywhere, scope
from core.choices import in_tree_order
from core.editing import submit
from core.errors import field_error, not_found
from core.filtering import FilterForm, chips
from core.http import actor_of, moment_of, page_view, today_only
from core.models import BusinessUnit
from core.roles import Action
from core.tables import Column, list_page
from core.values import read_ref
from domain.stage_words import Body
from governance.forms.decisions import ActForm
from governance.models import AgendaItem, Condition, ConditionAct
from governance.queries.conflicts import conflicted
from governance.queries.log import CONDITIONS
from governance.services.condition_changes import (
    confirm_date,
    decline_date,
    may_confirm,
    redate,
    waive,
)
from governance.services.conditions import DATES, discharge, give_evidence, refuse_evidence

CELLS = "governance/cells"
COLUMNS = (
    Column("text", "Condition", f"{CELLS}/condition.html", lambda r: f"{r.ref} {r.text}"),
    Column("state", "State", f"{CELLS}/condition_state.html", lambda r: vocabulary.word("condition", state_of(r)), sort="state"),
    Column("initiative", "Initiative", f"{CELLS}/of_initiative.html", lambda r: r.initiative.name, sort="initiative"),
    Column("kind", "Type", f"{CELLS}/kind.html", lambda r: r.get_kind_display(), sort="kind"),
    Column("owner", "Owner", f"{CELLS}/owner.html", lambda r: r.owner.name),
    Column("verifier", "Verifier", f"{CELLS}/verifier.html", lambda r: r.verifier.name),
    Column("due_on", "Due", f"{CELLS}/due_on.html", lambda r: r.due_on, sort="due_on", css="num"),
    Column("decision", "Decision", f"{CELLS}/of_decision.html", lambda r: r.decision.ref, shown=False),
)  # fmt: skip


def state_of(row: Condition) -> str:
    """The code of the vocabulary: how an open one stands is told apart."""
    if row.state != Condition.State.OPEN:
        return row.state
    if not row.overdue:
        return "open"
    return "overdue_blocking" if row.blocking else "overdue"


class Filters(FilterForm):
    """Above the list."""

    q = forms.CharField(
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Condition, initiative"}),
    )
    state = forms.ChoiceField(choices=[("", "All states"), *Condition.State.choices])
    overdue = forms.ChoiceField(
        choices=[("", "In time or late"), ("told", "Overdue up to 14 days"), ("flagged", "Overdue, flagged"), ("suspends", "Suspending")]
    )  # fmt: skip
    kind = forms.ChoiceField(label="Type", choices=[("", "All types"), *Condition.Kind.choices])
    unit = forms.ChoiceField(label="Business unit")


@page_view(Action.VIEW)
def condition_list(request: HttpRequest) -> HttpResponseBase:
    """Every condition the reader may know of."""
    today_only(request)
    actor = actor_of(request)
    form = Filters(request)
    units = BusinessUnit.objects.filter(scope(actor, Action.VIEW, BusinessUnit))
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    rows = Condition.objects.filter(scope(actor, Action.VIEW, Condition))
    return list_page(
        request, rows=rows.select_related("initiative__unit", "owner", "verifier", "decision"), listing=CONDITIONS,
        columns=COLUMNS, template="governance/condition_list.html", filename="conditions",
        context={
            "caption": "Conditions", "filters": form, "filters_set": chips(request, form, CONDITIONS, {}),
            "empty": {"title": "No condition is set", "text": "A conditional go sets them, each with an owner and a verifier."},
        },
    )  # fmt: skip


def find_condition(request: HttpRequest, ref: str) -> Condition:
    """The condition by `C-0001` or `1`. Problem 404 for what the reader may not know."""
    rows = Condition.objects.filter(scope(actor_of(request), Action.VIEW, Condition))
    people = ("initiative__unit", "owner", "verifier", "decision")
    row = rows.select_related(*people).filter(pk=read_ref(ref, "C")).first()
    if row is None:
        raise not_found()
    return row


@page_view(Action.VIEW, methods=("GET", "HEAD", "POST"))
def condition_detail(request: HttpRequest, ref: str) -> HttpResponse:
    """One condition, what was done of it, and what whoever reads may do now."""
    today_only(request)
    row = find_condition(request, ref)
    form = ActForm(request.POST or None)
    done = submit(request, form, lambda f: _act(f, row, request))
    if done.row is not None:
        messages.success(request, _DONE[form.cleaned_data["act"]].format(ref=row.ref))
        return redirect("condition-detail", row.ref)
    context = {
        "row": row, "initiative": row.initiative, "state": state_of(row), "form": done.form,
        "chosen": request.POST.get("act", ""), "offered": _offered(row, request),
        "acts": list(row.acts.select_related("by", "confirmed_by")),
        "item": AgendaItem.objects.filter(condition=row, state__in=["planned", "open", "confirming"]).first(),
        "may_put": row.state == Condition.State.OPEN and row.decision.body == Body.COUNCIL
        and everywhere(actor_of(request), Action.ARRANGE_COUNCIL),
        "whose": "the chair" if row.decision.body == Body.COUNCIL else "the chair or another portfolio manager",
        "days": (clock.day_of(moment_of(request)) - row.due_on).days,
    }  # fmt: skip
    return render(request, "governance/condition.html", context, status=done.status)


_DONE: Mapping[str, str] = {
    "evidence": "Said. The verifier of {ref} decides now.",
    "discharge": "{ref} is met.",
    "refuse": "{ref} stays open.",
    "waive": "{ref} is set aside.",
    "redate": "{ref}: the new date is kept. The first stays visible; a second new one waits to be confirmed.",
    "confirm": "{ref} has its new date.",
    "decline": "{ref} keeps its date.",
}
_ACTS: Mapping[str, Callable[..., Condition]] = {
    "evidence": give_evidence,
    "discharge": discharge,
    "refuse": refuse_evidence,
    "confirm": confirm_date,
    "decline": decline_date,
}
_WORDS = {
    "evidence": ("Say what meets it", "What shows that it is met, and where it is"),
    "discharge": ("Accept it as met", "How it was verified"),
    "refuse": ("Do not accept it", "What is missing"),
    "waive": ("Set it aside", "Why it is not needed any more"),
    "redate": ("Give a new due date", "Why the date moves"),
    "confirm": ("Confirm the new date", "Why it may move again"),
    "decline": ("Do not confirm it", "Why it does not move again"),
}


def _act(form: ActForm, row: Condition, request: HttpRequest) -> Condition:
    said = form.cleaned_data
    common: dict[str, Any] = {
        "pk": row.pk, "because": said["because"], "by": actor_of(request), "at": moment_of(request),
    }  # fmt: skip
    if said["act"] in _ACTS:
        return _ACTS[said["act"]](**common)
    if said["act"] == "waive":
        return waive(body=Body.PORTFOLIO_MANAGER, **common)
    if said["due_on"] is None:
        raise field_error("due_on", "Give the new day.", code="required")
    return redate(due_on=said["due_on"], body=Body.PORTFOLIO_MANAGER, **common)


def _offered(row: Condition, request: HttpRequest) -> list[tuple[str, str, str]]:
    """What the reader may do now: code, words, and what is asked for."""
    actor = actor_of(request)
    if row.state != Condition.State.OPEN or actor.user is None:
        return []
    person, codes = actor.user.pk, []
    last = row.acts.exclude(act__in=DATES).order_by("-pk").first()
    if person == row.owner_id:
        codes.append("evidence")
    if person == row.verifier_id and last is not None and last.act == ConditionAct.Act.EVIDENCE:
        codes += ["discharge", "refuse"]
    if row.proposed_due_on is not None:
        near = set(conflicted(row.initiative))
        codes += (
            ["confirm", "decline"]
            if may_confirm(row, row.initiative, actor, moment_of(request), near)
            else []
        )
    if row.decision.body != Body.COUNCIL and allows(actor, Action.DECIDE_GATE, row.initiative):
        codes += ["waive", *(["redate"] if row.proposed_due_on is None else [])]
    return [(code, *_WORDS[code]) for code in codes]
