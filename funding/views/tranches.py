"""Decisions on money: a tranche is approved, released, held or returned, each on a page of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import require
from core.editing import submit
from core.errors import forbidden, not_found
from core.http import actor_of, moment_of, page_view
from core.roles import Action
from core.values import read_ref
from domain.finance.release import Awaited
from funding.forms.tranches import HoldForm, ReleaseForm, ReturnForm, TrancheForm
from funding.queries.awaited import awaited_by
from funding.services.tranches import approve, give_back, hold, hold_everything, release
from portfolio.forms.money import today_in
from portfolio.models import FundingTranche, Initiative
from portfolio.views.frame import find_initiative, frame
from portfolio.views.money import acts

PAGE = "funding/decision_form.html"


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done with one tranche: its form, its service, and the words of its page."""

    form: type[forms.Form]
    service: Callable[..., Any]
    day: str
    heading: str
    lede: str
    button: str
    done: str


RELEASE = Deed(
    ReleaseForm, release, "released_on", "Release", "From the day you name it may be spent.", "Release it", "is released"
)  # fmt: skip
HOLD = Deed(
    HoldForm, hold, "held_on", "Hold", "It is not released for now. A later release ends the hold.", "Hold it", "is held"
)  # fmt: skip
RETURN = Deed(
    ReturnForm, give_back, "returned_on", "Return", "It is budget no more. To have it again, it is approved anew.",
    "Return it", "is returned",
)  # fmt: skip


@page_view(Action.APPROVE_MONEY)
def tranche_create(request: HttpRequest, ref: str) -> HttpResponse:
    """Approve money, and say what its release waits for."""
    row = _decided_by(request, ref)
    actor, at = actor_of(request), moment_of(request)
    form = TrancheForm(request.POST or None)
    form.offer(row)
    today_in(form, "approved_on", clock.day_of(at))
    done = submit(request, form, lambda f: approve(initiative_id=row.pk, by=actor, at=at, **f.cleaned_data))
    if done.row is not None:
        messages.success(request, "The tranche is on record, not yet released.")
        return redirect("initiative-money", row.ref)
    words = {
        "heading": "Approve a tranche", "button": "Record the tranche",
        "lede": "Money approved for this initiative. It may be spent once it is released.",
    }  # fmt: skip
    context = {**frame(request, row, "initiative-money"), "form": done.form, **words}
    return render(request, PAGE, context, status=done.status)


@page_view(Action.APPROVE_MONEY)
def tranche_release(request: HttpRequest, ref: str, pk: str) -> HttpResponse:
    """Release an approved tranche from a day on, if its KPI lets it."""
    return _decide(request, ref, pk, RELEASE)


@page_view(Action.APPROVE_MONEY)
def tranche_hold(request: HttpRequest, ref: str, pk: str) -> HttpResponse:
    """Decide not to release a tranche for now."""
    return _decide(request, ref, pk, HOLD)


@page_view(Action.APPROVE_MONEY)
def tranche_return(request: HttpRequest, ref: str, pk: str) -> HttpResponse:
    """Return what was approved and not released."""
    return _decide(request, ref, pk, RETURN)


@page_view(Action.APPROVE_MONEY)
def tranches_hold(request: HttpRequest, ref: str) -> HttpResponse:
    """Decide to release nothing more for now."""
    row = _decided_by(request, ref)
    actor, at = actor_of(request), moment_of(request)
    form = HoldForm(request.POST or None)
    today_in(form, "held_on", clock.day_of(at))
    done = submit(
        request, form, lambda f: hold_everything(initiative_id=row.pk, by=actor, at=at, **f.cleaned_data)
    )
    if done.row is not None:
        messages.success(request, "Everything that is not released is held.")
        return redirect("initiative-money", row.ref)
    words = {
        "heading": "Hold everything", "button": "Hold it",
        "lede": "No tranche is released for now. A later release ends the hold for that tranche.",
    }  # fmt: skip
    context = {**frame(request, row, "initiative-money"), "form": done.form, **words}
    return render(request, PAGE, context, status=done.status)


def _decide(request: HttpRequest, ref: str, pk: str, deed: Deed) -> HttpResponse:
    row = _decided_by(request, ref)
    tranche = FundingTranche.objects.filter(initiative=row, pk=read_ref(pk, "")).first()
    if tranche is None:
        raise not_found()
    actor, at = actor_of(request), moment_of(request)
    awaited = awaited_by([tranche.pk], today=clock.day_of(at)).get(tranche.pk)
    form = deed.form(request.POST or None)
    if isinstance(form, ReleaseForm):
        form.ask(awaited)
    today_in(form, deed.day, clock.day_of(at))
    done = submit(request, form, lambda f: deed.service(pk=tranche.pk, by=actor, at=at, **f.cleaned_data))
    if done.row is not None:
        messages.success(request, f"Tranche {tranche.number} {deed.done}.")
        return redirect("initiative-money", row.ref)
    context = {**frame(request, row, "initiative-money"), "form": done.form, **_words(deed, tranche, awaited)}
    return render(request, PAGE, context, status=done.status)


def _words(deed: Deed, tranche: FundingTranche, awaited: Awaited | None) -> dict[str, Any]:
    return {
        "heading": f"{deed.heading} tranche {tranche.number}", "lede": deed.lede, "button": deed.button,
        "tranche": tranche, "awaited": awaited,
    }  # fmt: skip


def _decided_by(request: HttpRequest, ref: str) -> Initiative:
    """The initiative, for who may decide over its money. A form is not shown to who would be refused."""
    row = find_initiative(request, ref)
    actor = actor_of(request)
    require(actor, Action.APPROVE_MONEY, row)
    why_not = acts(actor, row)["why_not_approve"]
    if request.method != "POST" and why_not:
        raise forbidden(why_not, code="four_eyes")
    return row
