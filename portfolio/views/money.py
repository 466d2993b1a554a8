"""The money tab: what was approved, released and spent, and the value planned, claimed and validated."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import Actor, allows, require
from core.editing import submit
from core.errors import forbidden, not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.values import read_ref
from domain.four_eyes import Near
from portfolio.forms import BenefitForm, ExpenditureForm, ReleaseForm, TrancheForm, today_in
from portfolio.models import FundingTranche, Initiative
from portfolio.queries.hands import too_near
from portfolio.queries.money import benefits_by_month
from portfolio.services.money import (
    CATEGORIES,
    TOO_NEAR,
    approve_tranche,
    record_benefit,
    record_expenditure,
    release_tranche,
)
from portfolio.views.frame import find_initiative, frame

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of money row: its form, its service, and the words of its page."""

    form: type[forms.Form]
    record: Callable[..., Any]
    heading: str
    lede: str
    button: str
    day: str
    done: str
    right: Action = Action.RECORD_MONEY


KINDS = {
    "tranche": Kind(
        TrancheForm, approve_tranche, "Approve a tranche",
        "Money approved for this initiative. It may be spent once it is released.", "Record the tranche", "approved_on",
        "The tranche is on record, not yet released.", Action.APPROVE_MONEY,
    ),
    "spend": Kind(
        ExpenditureForm, record_expenditure, "Record money spent",
        "A row is never edited. An amount below zero corrects an earlier one.", "Record it", "spent_on",
        "What was spent is on record.",
    ),
    "benefit": Kind(
        BenefitForm, record_benefit, "Record a benefit",
        "Planned is a promise, claimed is what the initiative reports, validated is what finance accepts. They are never added.",
        "Record it", "month", "The benefit is on record.",
    ),
}  # fmt: skip


@page_view(Action.VIEW)
def money(request: HttpRequest, ref: str) -> HttpResponse:
    """Sums, tranches, spend and benefits."""
    today_only(request)
    row = find_initiative(request, ref)
    context = frame(request, row, "initiative-money")
    context |= {**_rows(row), **_acts(actor_of(request), row)}
    return render(request, "portfolio/initiative_money.html", context)


def _acts(actor: Actor, row: Initiative) -> dict[str, Any]:
    """What the reader may do here: an act is offered only when it would be accepted. `why_not_…`: it is their own work."""
    records = allows(actor, Action.RECORD_MONEY, row)
    approves = allows(actor, Action.APPROVE_MONEY, row)
    person = actor.user.pk if actor.user else None
    near = too_near(row, person, to_value=True) if approves else None
    why_not = TOO_NEAR[near] if near else ""
    return {
        "may_record": records,
        "may_approve": approves and near in {None, Near.CLAIMED},
        "may_validate": approves and near is None,
        "why_not_approve": "" if near is Near.CLAIMED else why_not,
        "why_not_validate": why_not,
    }


def _rows(row: Initiative) -> dict[str, Any]:
    tranches = list(row.fundingtranches.select_related("recorded_by", "released_by").order_by("number"))
    spend = row.expenditures.select_related("recorded_by").order_by("-spent_on", "-id")[:SHOWN]
    return {
        "tranches": tranches,
        "next_tranche": next((t for t in tranches if t.released_on is None), None),
        "spend": [(one, CATEGORIES.get(one.category, "")) for one in spend],
        "months": benefits_by_month(row),
        "ratio": row.spent / row.released if row.spent is not None and row.released else None,
    }


@page_view(Action.RECORD_MONEY)
def money_add(request: HttpRequest, ref: str, kind: str) -> HttpResponse:
    """Add a row of one kind."""
    found = KINDS.get(kind)
    if found is None:
        raise not_found()
    actor, at = actor_of(request), moment_of(request)
    row = find_initiative(request, ref)
    require(actor, found.right, row)
    form = found.form(request.POST or None)
    acts = _acts(actor, row)
    if request.method != "POST" and found.right is Action.APPROVE_MONEY and acts["why_not_approve"]:
        raise forbidden(acts["why_not_approve"], code="four_eyes")
    if isinstance(form, BenefitForm):
        form.offer(records=acts["may_record"], validates=acts["may_validate"])
    today_in(form, found.day, clock.day_of(at))
    done = submit(
        request, form, lambda f: found.record(initiative_id=row.pk, by=actor, at=at, **f.cleaned_data)
    )
    if done.row is not None:
        messages.success(request, found.done)
        return redirect("initiative-money", row.ref)
    context = {**frame(request, row, "initiative-money"), "form": done.form, "kind": found, **acts}
    return render(request, "portfolio/money_form.html", context, status=done.status)


@page_view(Action.APPROVE_MONEY)
def tranche_release(request: HttpRequest, ref: str, pk: str) -> HttpResponse:
    """Release an approved tranche from a day on."""
    actor, at = actor_of(request), moment_of(request)
    row = find_initiative(request, ref)
    require(actor, Action.APPROVE_MONEY, row)
    tranche = FundingTranche.objects.filter(initiative=row, pk=read_ref(pk, "")).first()
    if tranche is None:
        raise not_found()
    why_not = _acts(actor, row)["why_not_approve"]
    if request.method != "POST" and why_not:
        raise forbidden(why_not, code="four_eyes")
    form = ReleaseForm(request.POST or None)
    today_in(form, "released_on", clock.day_of(at))
    done = submit(request, form, lambda f: release_tranche(pk=tranche.pk, by=actor, at=at, **f.cleaned_data))
    if done.row is not None:
        messages.success(request, f"Tranche {tranche.number} is released.")
        return redirect("initiative-money", row.ref)
    context = {**frame(request, row, "initiative-money"), "form": done.form, "tranche": tranche}
    return render(request, "portfolio/money_form.html", context, status=done.status)
