"""Evidence given, downloaded, withdrawn; a must-meet waived."""

from typing import Any, Protocol
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from core import clock
from core.access import require, scope
from core.editing import submit
from core.errors import not_found
from core.http import actor_of, moment_of, page_view
from core.roles import Action
from core.security_headers import CSP_HEADER
from core.uploads import require_within_limit
from core.values import read_ref
from domain.evidence_file import NOTEBOOK, read_notebook
from governance.forms.evidence import EvidenceForm, WaiverForm, WithdrawForm
from governance.models import GateEvidence
from governance.queries.definition import gate_of
from governance.queries.must_meets import answers_at
from governance.queries.must_meets.told import PARTS
from governance.services.evidence import Given, add_evidence, waive_criterion, withdraw_evidence
from portfolio.models import Initiative
from portfolio.views.frame import find_initiative

SANDBOX = "sandbox; default-src 'none'"


@page_view(Action.SUBMIT_GATE)
def evidence_add(request: HttpRequest, ref: str) -> HttpResponse:
    """Give evidence for a must-meet of the gate ahead."""
    initiative = find_initiative(request, ref)
    require(actor_of(request), Action.SUBMIT_GATE, initiative)
    by, at = actor_of(request), moment_of(request)
    posted = request.method == "POST"
    if posted:
        require_within_limit(request)
    wanted = {"criterion": request.GET.get("for", "")}
    form = EvidenceForm(request.POST, request.FILES) if posted else EvidenceForm(initial=wanted)
    form.offer(_criteria(request, initiative))
    done = submit(
        request, form, lambda f: add_evidence(initiative_id=initiative.pk, given=Given(**f.given()), by=by, at=at)
    )  # fmt: skip
    if done.row is not None:
        messages.success(request, f"{done.row.title} is on record.")
        return redirect(f"{_gate(initiative)}#m-{done.row.criterion.partition('.')[0]}")
    words = {
        "heading": "Give evidence", "button": "Give it",
        "lede": "It stands as it was given. To correct it, withdraw it and give another.",
    }  # fmt: skip
    return _page(request, initiative, done.form, words, done.status)


@page_view(Action.DECIDE_GATE)
def criterion_waive(request: HttpRequest, ref: str) -> HttpResponse:
    """Set a must-meet aside that no record answers."""
    initiative = find_initiative(request, ref)
    require(actor_of(request), Action.DECIDE_GATE, initiative)
    by, at = actor_of(request), moment_of(request)
    form = WaiverForm(request.POST or None, initial={"criterion": request.GET.get("for", "")})
    done = submit(
        request, form, lambda f: waive_criterion(initiative_id=initiative.pk, by=by, at=at, **f.cleaned_data)
    )
    if done.row is not None:
        messages.success(request, "It is set aside, and said so in the submission.")
        return redirect(f"{_gate(initiative)}#m-{done.row.criterion}")
    named = dict(_criteria(request, initiative)).get(str(form["criterion"].value() or ""), "Must-meet")
    words = {
        "heading": f"Waive: {named}", "button": "Set it aside",
        "lede": "The gate can then be asked for without it. Your name and the reason stand beside it.",
    }  # fmt: skip
    return _page(request, initiative, done.form, words, done.status)


@page_view(Action.VIEW)
def evidence_file(request: HttpRequest, pk: str) -> HttpResponse:
    """The file, as a download that no browser runs or shows as a page of ours."""
    return as_download(_seen(request, pk))


@page_view(Action.VIEW)
def evidence_notebook(request: HttpRequest, pk: str) -> HttpResponse:
    """A notebook among the evidence, as text."""
    return notebook_page(request, _seen(request, pk))


class Filed(Protocol):
    """Evidence with a file."""

    filename: str
    content_type: str
    size: int | None
    sha256: str
    content: Any


def notebook_page(request: HttpRequest, row: Filed) -> HttpResponse:
    """The cells of a notebook as plain text: nothing of it is run or drawn. Problem 404 for any other file."""
    if row.content_type != NOTEBOOK or row.content is None:
        raise not_found()
    context = {"row": row, "cells": read_notebook(bytes(row.content))}
    return render(request, "governance/notebook.html", context)


def as_download(row: Filed) -> HttpResponse:
    """The file, under a policy that lets a browser run and show nothing of it. Problem 404 where there is none."""
    if not row.sha256 or row.content is None:
        raise not_found()
    response = HttpResponse(bytes(row.content), content_type=row.content_type)
    plain = row.filename.encode("ascii", "ignore").decode().replace('"', "") or "evidence"
    response["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(row.filename)}"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response[CSP_HEADER] = SANDBOX
    response["Cache-Control"] = "private, no-store"
    return response


@page_view(Action.VIEW, methods=("GET", "HEAD", "POST"))
def evidence_withdraw(request: HttpRequest, pk: str) -> HttpResponse:
    """Take evidence or a waiver back, said why."""
    row = _seen(request, pk)
    initiative = row.initiative
    require(actor_of(request), Action.DECIDE_GATE if row.waived else Action.SUBMIT_GATE, initiative)
    by, at = actor_of(request), moment_of(request)
    done = submit(
        request, WithdrawForm(request.POST or None),
        lambda f: withdraw_evidence(pk=row.pk, by=by, at=at, **f.cleaned_data),
    )  # fmt: skip
    if done.row is not None:
        messages.success(request, "It is withdrawn, and answers no more.")
        return redirect(_gate(initiative))
    words = {
        "heading": f"Withdraw: {row.title}", "button": "Withdraw it",
        "lede": "It stays on record with the reason; sealed submissions keep naming it.",
    }  # fmt: skip
    return _page(request, initiative, done.form, words, done.status)


def _seen(request: HttpRequest, pk: str) -> GateEvidence:
    """Problem 404 for what the reader may not know."""
    rows = GateEvidence.objects.filter(scope(actor_of(request), Action.VIEW, GateEvidence))
    row = rows.select_related("initiative__unit").filter(pk=read_ref(pk, "")).first()
    if row is None:
        raise not_found()
    return row


def _criteria(request: HttpRequest, initiative: Initiative) -> list[tuple[str, str]]:
    """What evidence answers at the gate ahead, its parts named."""
    today = clock.day_of(moment_of(request))
    gate, _ = gate_of(initiative.stage, today)
    if gate is None:
        return []
    found: list[tuple[str, str]] = []
    for one in answers_at(initiative, gate, today=today):
        code, text = one.criterion.code, one.criterion.text
        if one.waivable:
            parts = PARTS.get(code, {})
            found += [
                (f"{code}.{part}", f"{text.partition(' (')[0]}: {name.lower()}")
                for part, name in parts.items()
            ]
            found += [] if parts else [(code, text)]
    return found


def _gate(initiative: Initiative) -> str:
    return reverse("initiative-gate", args=[initiative.ref])


def _page(
    request: HttpRequest, initiative: Initiative, form: forms.Form, words: dict[str, Any], status: int
) -> HttpResponse:
    context = {"initiative": initiative, "form": form, "back": _gate(initiative), **words}
    return render(request, "governance/gate/act.html", context, status=status)
