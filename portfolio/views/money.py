"""Forms of the money tab: money spent, and value planned, claimed, validated or rejected."""

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
from core.errors import not_found
from core.http import actor_of, moment_of, page_view
from core.roles import Action
from core.values import read_ref
from core.wording import money_exact
from domain.four_eyes import Near
from portfolio.forms.money import BenefitForm, CancelForm, CommitmentForm, ExpenditureForm, today_in
from portfolio.models import Commitment, Initiative
from portfolio.queries.hands import too_near
from portfolio.services.commitments import cancel_commitment, record_commitment
from portfolio.services.money import record_benefit, record_expenditure
from portfolio.services.money_rows import TOO_NEAR
from portfolio.views.frame import find_initiative, frame


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


KINDS = {
    "spend": Kind(
        ExpenditureForm, record_expenditure, "Record money spent",
        "A row is never edited. An amount below zero corrects an earlier one.", "Record it", "spent_on",
        "What was spent is on record.",
    ),
    "commitment": Kind(
        CommitmentForm, record_commitment, "Record a commitment",
        "Money promised to a supplier. It counts against the ceiling until it is paid or cancelled.", "Record it",
        "committed_on", "The commitment is on record.",
    ),
    "benefit": Kind(
        BenefitForm, record_benefit, "Record a benefit",
        "Planned is a promise, claimed is what the initiative reports, validated is what finance accepts. They are never added.",
        "Record it", "month", "The benefit is on record.",
    ),
}  # fmt: skip


def acts(actor: Actor, row: Initiative) -> dict[str, Any]:
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


@page_view(Action.RECORD_MONEY)
def money_add(request: HttpRequest, ref: str, kind: str) -> HttpResponse:
    """Add a row of one kind."""
    found = KINDS.get(kind)
    if found is None:
        raise not_found()
    actor, at = actor_of(request), moment_of(request)
    row = find_initiative(request, ref)
    require(actor, Action.RECORD_MONEY, row)
    form = found.form(request.POST or None)
    may = acts(actor, row)
    if isinstance(form, BenefitForm):
        form.offer(
            row,
            records=may["may_record"],
            validates=may["may_validate"],
            claim=request.GET.get("answers", ""),
        )
    if isinstance(form, ExpenditureForm):
        form.offer(row)
    today_in(form, found.day, clock.day_of(at))
    done = submit(
        request, form, lambda f: found.record(initiative_id=row.pk, by=actor, at=at, **f.cleaned_data)
    )
    if done.row is not None:
        messages.success(request, found.done)
        return redirect("initiative-money", row.ref)
    context = {**frame(request, row, "initiative-money"), "form": done.form, "kind": found, **may}
    return render(request, "portfolio/money_form.html", context, status=done.status)


@page_view(Action.RECORD_MONEY)
def commitment_cancel(request: HttpRequest, ref: str, pk: str) -> HttpResponse:
    """Say that what is not paid of a commitment is owed no more."""
    actor, at = actor_of(request), moment_of(request)
    row = find_initiative(request, ref)
    require(actor, Action.RECORD_MONEY, row)
    found = Commitment.objects.filter(initiative=row, pk=read_ref(pk, "")).first()
    if found is None:
        raise not_found()
    form = CancelForm(request.POST or None)
    today_in(form, "cancelled_on", clock.day_of(at))
    done = submit(request, form, lambda f: cancel_commitment(pk=found.pk, by=actor, at=at, **f.cleaned_data))
    if done.row is not None:
        messages.success(request, "The commitment is cancelled.")
        return redirect("initiative-money", row.ref)
    kind = {
        "heading": f"Cancel the commitment to {found.supplier}", "button": "Cancel the commitment",
        "lede": f"{money_exact(found.amount, found.currency)}. What was paid stays paid; the rest is owed no more.",
    }  # fmt: skip
    context = {**frame(request, row, "initiative-money"), "form": done.form, "kind": kind}
    return render(request, "portfolio/money_form.html", context, status=done.status)
