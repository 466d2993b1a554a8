"""What is asked for: the queue, one submission as it was sealed, and taking it back."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from core import clock
from core.access import allows, require, scope
from core.choices import in_tree_order
from core.editing import submit
from core.errors import not_found
from core.filtering import FilterForm, chips
from core.http import actor_of, moment_of, page_view, today_only
from core.models import BusinessUnit
from core.roles import Action
from core.tables import Column, list_page
from core.values import read_ref
from core.wording import money
from domain.autonomy import words_of
from domain.decision_log import seal_of
from domain.gate_form import fields_of
from domain.self_report import QUESTIONS
from domain.stage_words import Body
from governance.forms.evidence import WithdrawForm
from governance.models import GateSubmission
from governance.models.gates import BODIES, GATES
from governance.queries.confidence import may_assure, views_of
from governance.queries.definition import gates_of
from governance.queries.log import SUBMISSIONS
from governance.queries.scoring import may_score
from governance.queries.superseded import differences_of
from governance.services.submit import withdraw_submission
from governance.views.packs import shown

CELLS = "governance/cells"
COLUMNS = (
    Column("ref", "Submission", f"{CELLS}/submission.html", lambda r: r.ref),
    Column("initiative", "Initiative", f"{CELLS}/of_initiative.html", lambda r: r.initiative.name, sort="initiative"),
    Column("gate", "Gate", f"{CELLS}/gate.html", lambda r: r.gate, sort="gate"),
    Column("state", "State", f"{CELLS}/submission_state.html", lambda r: r.get_state_display()),
    Column("body", "Decided by", f"{CELLS}/body.html", lambda r: r.get_body_display()),
    Column("tier", "Tier", f"{CELLS}/sealed_tier.html", lambda r: r.tier),
    Column("confidence", "Confidence", f"{CELLS}/confidence.html", lambda r: r.get_confidence_display(), shown=False),
    Column("submitted_at", "Submitted", f"{CELLS}/submitted.html", lambda r: r.submitted_at, sort="submitted_at", css="num"),
    Column("due_on", "Due", f"{CELLS}/due_on.html", lambda r: r.due_on, sort="due_on", css="num"),
)  # fmt: skip


class Filters(FilterForm):
    """Above the list."""

    q = forms.CharField(
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Initiative, what is asked"}),
    )
    state = forms.ChoiceField(choices=[("", "All states"), *GateSubmission.State.choices])
    gate = forms.ChoiceField(choices=[("", "All gates"), *GATES])
    body = forms.ChoiceField(label="Decided by", choices=[("", "Everybody"), *BODIES])
    unit = forms.ChoiceField(label="Business unit")


@page_view(Action.VIEW)
def submission_list(request: HttpRequest) -> HttpResponseBase:
    """Every gate asked for, what waits first."""
    today_only(request)
    actor = actor_of(request)
    form = Filters(request)
    units = BusinessUnit.objects.filter(scope(actor, Action.VIEW, BusinessUnit))
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    rows = GateSubmission.objects.visible_to(actor).select_related("initiative__unit").defer("document")
    return list_page(
        request, rows=rows, listing=SUBMISSIONS, columns=COLUMNS, template="governance/submission_list.html",
        filename="gate-submissions",
        context={
            "caption": "Gate submissions", "filters": form, "filters_set": chips(request, form, SUBMISSIONS, {}),
            "empty": {"title": "Nothing is asked for", "text": "A lead asks for a gate on the page of the initiative."},
        },
    )  # fmt: skip


def find_submission(request: HttpRequest, ref: str) -> GateSubmission:
    """The submission by `S-0001` or `1`. Problem 404 for what the reader may not know."""
    rows = GateSubmission.objects.visible_to(actor_of(request))
    people = (
        "initiative__unit",
        "initiative__lead",
        "initiative__sponsor",
        "case",
        "submitted_by",
        "supersedes",
    )
    row = rows.select_related(*people).filter(pk=read_ref(ref, "S")).first()
    if row is None:
        raise not_found()
    return row


@page_view(Action.VIEW)
def submission_detail(request: HttpRequest, ref: str) -> HttpResponse:
    """What was asked, as it was sealed; and what is different now."""
    today_only(request)
    row = find_submission(request, ref)
    actor = actor_of(request)
    is_open = row.state == GateSubmission.State.OPEN
    context = {
        **sealed(row), "row": row, "initiative": row.initiative, "is_open": is_open,
        "decision": getattr(row, "decision", None), "later": getattr(row, "superseded_by", None),
        "differences": differences_of(row, row.initiative) if is_open else (),
        "may_withdraw": is_open and allows(actor, Action.SUBMIT_GATE, row.initiative),
        "may_decide": is_open and row.body != Body.COUNCIL and allows(actor, Action.DECIDE_GATE, row.initiative),
        "overdue": is_open and row.due_on < clock.day_of(moment_of(request)), "may_score": may_score(row, actor),
        "views": views_of(row), "may_assure": may_assure(row, actor),
    }  # fmt: skip
    return render(request, "governance/submission.html", context)


def sealed(row: GateSubmission) -> dict[str, Any]:
    """The document as pages show it."""
    pack = shown(json.loads(row.document))
    gate = next(one for one in gates_of(row.definition) if one.code == row.gate)
    about = {one.code: one.text for one in QUESTIONS}
    labels = {one.code: one.label for one in fields_of(gate)}
    against = {one["question"] for one in pack["contradictions"]}
    return {
        "pack": pack, "gate": gate, "intact": seal_of(row.document) == row.seal,
        "written": [
            (labels.get(code, code), value)
            for code, value in pack["said"].items()
            if code not in {"ask", "confidence", "conditions"} and not code.startswith(("says_", "ceiling_", "lapses_"))
        ],
        "contradictions": [{**one, "text": about.get(one["question"], one["question"])} for one in pack["contradictions"]],
        "agreeing": [
            (about[code[5:]], value) for code, value in pack["said"].items()
            if code.startswith("says_") and code[5:] in about and code[5:] not in against
        ],
        "ceiling": ceiling_words(pack["motion"]), "lapses_on": _day(pack["motion"].get("lapses_on")),
    }  # fmt: skip


def _day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None


def ceiling_words(motion: dict[str, Any]) -> list[str]:
    """What an approval covers, in words; none where it is not limited."""
    ceiling = motion.get("ceiling") or {}
    found = [f"{int(ceiling[name]):,} {name}" for name in ("users", "sites") if ceiling.get(name)]
    if ceiling.get("spend"):
        found.append(f"{money(Decimal(ceiling['spend']), settings.ORG_CURRENCY)} spend")
    if words := words_of(ceiling.get("level", "")):
        found.append(words)
    if ceiling.get("autonomy"):
        found.append(str(ceiling["autonomy"]))
    return found


@page_view(Action.SUBMIT_GATE)
def submission_withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    """Take it back, said why."""
    row = find_submission(request, ref)
    require(actor_of(request), Action.SUBMIT_GATE, row.initiative)
    by, at = actor_of(request), moment_of(request)
    done = submit(
        request, WithdrawForm(request.POST or None),
        lambda f: withdraw_submission(pk=row.pk, by=by, at=at, **f.cleaned_data),
    )  # fmt: skip
    if done.row is not None:
        messages.success(request, f"{row.ref} is withdrawn. The draft is kept.")
        return redirect("initiative-gate", row.initiative.ref)
    context = {
        "initiative": row.initiative, "form": done.form, "back": f"/governance/submissions/{row.ref}/",
        "heading": f"Withdraw {row.ref}", "button": "Withdraw it",
        "lede": "Its record stays. Asking again makes a new submission.",
    }  # fmt: skip
    return render(request, "governance/gate/act.html", context, status=done.status)
