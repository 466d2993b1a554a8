"""The gate ahead: its form with what the record knows, kept as it is typed, and asked for when nothing is missing."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from core import clock
from core.access import allows, require
from core.editing import Submitted, submit
from core.errors import Item, Problem
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from domain.gate_form import CONFIDENCES, read_answers
from domain.gate_form import said as said_in
from domain.gates import Gate, deciding_body
from domain.self_report import QUESTIONS, contradictions
from governance.forms.gate import GateForm, filled_from, place_of
from governance.models import Condition, GateDraft, GateSubmission
from governance.queries.definition import gate_of
from governance.queries.known import known_of
from governance.queries.likeness import likeness_at
from governance.queries.must_meets import Answer, answers_at, tier_of, unmet
from governance.queries.pack import facts_now
from governance.queries.prohibited import prohibited_by
from governance.services.gate_draft import save_gate_draft
from governance.services.submit import submit_gate
from governance.views.packs import shown
from kpis.models import Kpi
from portfolio.models import Initiative
from portfolio.models.initiatives import STAGES
from portfolio.queries.detail import BODIES
from portfolio.views.frame import find_initiative

ABOUT = {one.code: one.text for one in QUESTIONS}


@page_view(Action.VIEW, methods=("GET", "HEAD", "POST"))
def gate_form(request: HttpRequest, ref: str) -> HttpResponse:
    """What the gate asks, answered from the record; what no record knows is written here. Reading it is open, writing is not."""
    today_only(request)
    initiative, gate, draft = _found(request, ref)
    if request.method == "POST":
        require(actor_of(request), Action.SUBMIT_GATE, initiative)
    if gate is None:
        return render(request, "governance/gate/none.html", {"initiative": initiative}, status=404)
    form = _form(request, gate, draft)
    if request.method == "POST" and request.POST.get("act") == "row":
        return _page(request, initiative, gate, draft, _one_more(form), Submitted(form))
    done = _saved(request, form, initiative, draft)
    if done.row is None:
        return _page(request, initiative, gate, draft, done.form, done)
    if request.POST.get("act") != "submit":
        messages.success(request, "The draft is kept. Nothing is submitted.")
        return redirect("initiative-gate", initiative.ref)
    return _submitted(request, initiative, gate, done.row)


@page_view(Action.SUBMIT_GATE, methods=("POST",))
def gate_autosave(request: HttpRequest, ref: str) -> HttpResponse:
    """Keep the draft as typed and say so in one line."""
    initiative, gate, draft = _found(request, ref)
    require(actor_of(request), Action.SUBMIT_GATE, initiative)
    if gate is None:
        return render(request, "governance/gate/none.html", {"initiative": initiative}, status=404)
    done = _saved(request, _form(request, gate, draft), initiative, draft)
    errors = sum(len(found) for found in done.form.errors.values())
    context = {"draft": done.row, "conflict": done.conflict, "errors": errors}
    return render(request, "governance/gate/_saved.html", context)


def _found(request: HttpRequest, ref: str) -> tuple[Initiative, Gate | None, GateDraft | None]:
    initiative = find_initiative(request, ref)
    gate, _ = gate_of(initiative.stage, clock.day_of(moment_of(request)))
    draft = GateDraft.objects.filter(initiative=initiative).select_related("updated_by").first()
    return initiative, gate, draft


def _form(request: HttpRequest, gate: Gate, draft: GateDraft | None) -> GateForm:
    """Bound where something was sent, else filled from the draft. One left from an earlier gate gives only its version."""
    written = draft.answers if draft is not None and draft.gate == gate.code else {}
    data = request.POST if request.method == "POST" else None
    return GateForm(data, initial=filled_from(written, version=draft.version if draft else 0), gate=gate)


def _one_more(form: GateForm) -> GateForm:
    """The form as typed with another row of conditions. Nothing is saved."""
    data = QueryDict(mutable=True)
    data.update(form.data)
    data["rows"] = str(form.count + 1)
    return GateForm(data, initial=form.initial, gate=form.gate)


def _saved(
    request: HttpRequest, form: GateForm, initiative: Initiative, draft: GateDraft | None
) -> Submitted[GateForm, GateDraft]:
    by, at = actor_of(request), moment_of(request)

    def save(typed: GateForm) -> GateDraft:
        answers = typed.answers()
        try:
            return save_gate_draft(
                initiative_id=initiative.pk, answers=answers, by=by, at=at, expected_version=typed.expected_version
            )  # fmt: skip
        except Problem as problem:
            if problem.code == "stale_version" and draft is not None and _says(draft, answers, form.gate):
                return draft  # kept a moment ago, by this page itself
            raise _placed(problem) from problem

    return submit(request, form, save, draft)


def _says(draft: GateDraft, answers: dict[str, object], gate: Gate) -> bool:
    """Whether the draft says already what was typed."""
    return draft.gate == gate.code and draft.answers == read_answers(answers, gate)


def _placed(problem: Problem) -> Problem:
    """The refusal with each pointer as the form's own field."""
    return replace(problem, items=tuple(Item(place_of(i.pointer), i.code, i.detail) for i in problem.items))


def _submitted(request: HttpRequest, initiative: Initiative, gate: Gate, draft: GateDraft) -> HttpResponse:
    """Ask for the gate; what is missing stands on the form, each thing with a link to where it is filled in."""
    try:
        row = submit_gate(
            initiative_id=initiative.pk, by=actor_of(request), at=moment_of(request), expected_version=draft.version
        )  # fmt: skip
    except Problem as problem:
        if problem.status not in {400, 409}:
            raise
        form = GateForm(initial=filled_from(draft.answers, version=draft.version), gate=gate)
        return _page(request, initiative, gate, draft, form, Submitted(form, status=problem.status), problem)
    messages.success(request, f"{row.ref} is submitted and sealed.")
    return redirect("submission-detail", row.ref)


def _page(
    request: HttpRequest, initiative: Initiative, gate: Gate, draft: GateDraft | None, form: GateForm,
    done: Submitted[GateForm, GateDraft], refused: Problem | None = None,
) -> HttpResponse:  # fmt: skip
    """The form. `refused`: why it was not submitted."""
    actor, today = actor_of(request), clock.day_of(moment_of(request))
    tier = tier_of(initiative)
    answers = answers_at(initiative, gate, today=today, tier=tier)
    own = draft if draft is not None and draft.gate == gate.code else None
    said = said_in(own.answers) if own else {}
    against = {one.question: one for one in contradictions(said, known_of(initiative, today))}
    earlier = GateSubmission.objects.filter(initiative=initiative).order_by("-pk")
    context = {
        "initiative": initiative, "gate": gate, "to_words": dict(STAGES)[gate.to_stage.value], "draft": own, "form": form, "conflict": done.conflict,
        "tier": tier, "body": BODIES[deciding_body(gate, tier)], "answers": answers, "missing": unmet(answers),
        "met": sum(one.met for one in answers),
        "prohibited": prohibited_by(initiative.pk), "likeness": likeness_at(initiative, gate),
        "report": [(ABOUT[code], answer, against.get(code)) for code, answer in said.items() if code in ABOUT],
        "against": len(against), "confidences": list(CONFIDENCES),
        "guarded": Kpi.objects.filter(initiative=initiative, kind__in=("guard", "compliance")).exclude(state="retired").exists(),
        "facts": shown(facts_now(initiative, tier=tier)),
        "open": earlier.filter(state="open").first(), "earlier": list(earlier.exclude(state="open")[:3]),
        "conditions": list(Condition.objects.filter(initiative=initiative, state="open").select_related("owner")),
        "may_write": allows(actor, Action.SUBMIT_GATE, initiative),
        "may_decide": allows(actor, Action.DECIDE_GATE, initiative),
        "refused": _lines(refused, answers, form) if refused else [], "problem": refused,
        "sections": _sections(answers, form, own),
    }  # fmt: skip
    return render(request, "governance/gate/form.html", context, status=done.status)


def _lines(problem: Problem, answers: tuple[Answer, ...], form: GateForm) -> list[tuple[str, str]]:
    """What is missing, each with where it is filled in."""
    urls = {one.criterion.code: one.told.url for one in answers}
    urls |= {f"{one.criterion.code}/{gap.code}": gap.url for one in answers for gap in one.told.gaps}
    lines = []
    for item in problem.items:
        kind, _, code = item.pointer.strip("/").partition("/")
        if kind == "must_meets":
            lines.append((item.detail.partition(". Fill it in at")[0], urls.get(code, "")))
        else:
            name = place_of(item.pointer)
            lines.append((item.detail, f"#id_{name}" if name in form.fields else ""))
    return lines or [(problem.detail, "")]


def _sections(
    answers: tuple[Answer, ...], form: GateForm, draft: GateDraft | None
) -> list[tuple[str, str, str]]:
    """The contents beside the form: id, words, and whether it is done, missing or still to do."""
    written = draft.answers if draft else {}

    def state(codes: list[str]) -> str:
        return "done" if codes and all(written.get(code) for code in codes) else "todo"

    asked = [code for code in form.fields if code.startswith("says_")]
    found = [
        ("s-ask", "The ask", state(["ask", "alternatives", "stop_if"])),
        ("s-must", "Must-meets", "miss" if unmet(answers) else "done"),
        ("s-evidence", "Evidence", "done"),
    ]
    if asked:
        found.append(("s-report", "Self-report", state(asked)))
    return [*found, ("s-conditions", "Conditions", "done"), ("s-confidence", "Delivery confidence", state(["confidence"]))]  # fmt: skip
