"""The decision log: its list, one decision with its sealed evidence and what changed since, and the manager's own decisions."""

import json
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from core import clock
from core.access import allows, everywhere, require, scope
from core.choices import in_tree_order
from core.editing import submit
from core.errors import Item, Problem, from_rule, not_found
from core.filtering import FilterForm, chips
from core.http import actor_of, moment_of, page_view, today_only
from core.models import BusinessUnit, User
from core.roles import Action
from core.tables import Column, list_page
from core.values import read_ref
from domain.authority import Authority
from domain.decision_log import chained, seal_of
from domain.decision_rights import WORDS, body_for
from domain.errors import RuleError
from domain.gates import Gate
from domain.motions import REASONS, read_motion
from domain.stage_words import Body, Outcome, Stage
from governance.forms.decisions import MotionForm, ReopenForm
from governance.forms.gate import place_of
from governance.models import AgendaItem, Decision, GateSubmission, ItemPack, Meeting
from governance.models.decisions import OUTCOMES
from governance.models.gates import BODIES, GATES
from governance.queries.charter_words import charter_words
from governance.queries.conflicts import conflicted
from governance.queries.decision_room import item_of, statements_on, votes_of
from governance.queries.definition import gate_of
from governance.queries.log import DECISIONS
from governance.queries.must_meets import tier_of
from governance.queries.superseded import superseded
from governance.services.conflicts import WORDS as CONFLICTS
from governance.services.decide import record_decision
from governance.services.reopen import reopen
from governance.views.submissions import ceiling_words, sealed
from pilots.models import Pilot
from pilots.queries.pricing import given, pricing_of
from portfolio.models import GateStanding, Initiative
from portfolio.models.initiatives import STAGES
from portfolio.views.frame import find_initiative

CELLS = "governance/cells"
REASON_WORDS = {code: words for table in REASONS.values() for code, words in table.items()}
COLUMNS = (
    Column("ref", "Decision", f"{CELLS}/decision.html", lambda r: r.ref),
    Column("outcome", "Outcome", f"{CELLS}/outcome.html", lambda r: r.get_outcome_display(), sort="outcome"),
    Column("initiative", "Initiative", f"{CELLS}/of_initiative.html", lambda r: r.initiative.name, sort="initiative"),
    Column("gate", "Gate", f"{CELLS}/gate.html", lambda r: r.gate, sort="gate"),
    Column("because", "Why", f"{CELLS}/because.html", lambda r: r.because, css="full"),
    Column("body", "Decided by", f"{CELLS}/body.html", lambda r: r.get_body_display()),
    Column("decided_on", "On", f"{CELLS}/decided_on.html", lambda r: r.decided_on, sort="decided_on", css="num"),
    Column("lessons", "Lessons", f"{CELLS}/lessons.html", lambda r: r.lessons, css="full", shown=False),
    Column("hash", "Hash", f"{CELLS}/hash.html", lambda r: r.hash, shown=False),
)  # fmt: skip


class Filters(FilterForm):
    """Above the log."""

    q = forms.CharField(
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Initiative, reason, lessons"}),
    )
    outcome = forms.ChoiceField(choices=[("", "All outcomes"), *OUTCOMES])
    gate = forms.ChoiceField(choices=[("", "All gates"), *GATES])
    body = forms.ChoiceField(label="Decided by", choices=[("", "Everybody"), *BODIES])
    unit = forms.ChoiceField(label="Business unit")


@page_view(Action.VIEW)
def decision_list(request: HttpRequest) -> HttpResponseBase:
    """Every decision the reader may know of, the newest first. Post-mortems are its stops, with their lessons."""
    today_only(request)
    actor = actor_of(request)
    form = Filters(request)
    units = BusinessUnit.objects.filter(scope(actor, Action.VIEW, BusinessUnit))
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    rows = Decision.objects.visible_to(actor).select_related("initiative__unit").defer("document", "motion")
    return list_page(
        request, rows=rows, listing=DECISIONS, columns=COLUMNS, template="governance/decision_list.html",
        filename="decisions",
        context={
            "caption": "Decisions", "filters": form, "filters_set": chips(request, form, DECISIONS, {}),
            "empty": {"title": "Nothing is decided yet", "text": "A decision answers a gate that was asked for."},
        },
    )  # fmt: skip


def find_decision(request: HttpRequest, ref: str) -> Decision:
    """The decision by `D-0001` or `1`. Problem 404 for what the reader may not know."""
    rows = Decision.objects.visible_to(actor_of(request)).select_related(
        "initiative__unit", "initiative__sponsor", "initiative__lead", "submission__case", "decided_by"
    )
    row = rows.filter(pk=read_ref(ref, "D")).first()
    if row is None:
        raise not_found()
    return row


@page_view(Action.VIEW)
def decision_detail(request: HttpRequest, ref: str) -> HttpResponse:
    """What was decided, on which evidence, what is different since, and its place in the chain."""
    today_only(request)
    row = find_decision(request, ref)
    entry = json.loads(row.document)
    later = Decision.objects.filter(initiative=row.initiative, pk__gt=row.pk)
    around = Decision.objects.filter(pk__in=[row.pk - 1, row.pk, row.pk + 1]).order_by("-pk")
    differences = superseded(row)
    stands = GateStanding.objects.filter(initiative=row.initiative).exclude(suspended_on=None).first()
    authority, item = entry["authority"], item_of(row)
    specialist = authority.get("specialist")
    context = {
        **(sealed(row.submission) if row.submission else {}), **_own_pack(row),
        "row": row, "initiative": row.initiative, "entry": entry, "authority": authority,
        "specialist": User.objects.filter(pk=specialist).first() if specialist else None,
        "differences": differences, "suspended": stands,
        "state": _state(row, bool(differences), stands is not None and not later.exists(), later.exists()),
        "conditions": list(row.conditions.select_related("owner", "verifier")),
        "new_charter": charter_words(entry["motion"]), "ceiling": ceiling_words(row.motion), "reason": REASON_WORDS.get(row.reason_code, ""),
        "chained": chained(row.prev_hash, row.document) == row.hash, "around": list(around.only("hash", "recorded_at")),
        "number": Decision.objects.filter(pk__lte=row.pk).count(), "entries": Decision.objects.count(),
        "later": list(later.order_by("pk")[:5]), "item": item, "votes": votes_of(authority), "statements": statements_on(row),
        "item_seen": item is not None and AgendaItem.objects.visible_to(actor_of(request)).filter(pk=item.pk).exists(),
        "numbers": authority.get("numbers") or {}, **(_anew(row, request) if differences and not later.exists() else {}),
    }  # fmt: skip
    return render(request, "governance/decision.html", context)


def _own_pack(row: Decision) -> dict[str, Any]:
    """What was sealed when the council's item opened, where no submission stands behind the decision."""
    pack = None if row.submission else ItemPack.objects.filter(item__decision=row).first()
    if pack is None:
        return {}
    return {
        "item_pack": pack, "pack": json.loads(pack.document), "intact": seal_of(pack.document) == pack.seal == row.pack_seal,
    }  # fmt: skip


def _anew(row: Decision, request: HttpRequest) -> dict[str, Any]:
    """The ways to a re-review that are the reader's: the agenda of the next meeting, the gate's form, the manager's decision."""
    actor, initiative = actor_of(request), row.initiative
    coming = None
    if everywhere(actor, Action.ARRANGE_COUNCIL):
        coming = (
            Meeting.objects.filter(state__in=[Meeting.State.PLANNED, Meeting.State.IN_SESSION])
            .order_by("begins_at")
            .first()
        )
    return {
        "next_meeting": coming, "may_ask": allows(actor, Action.SUBMIT_GATE, initiative),
        "may_decide": row.body != Body.COUNCIL and allows(actor, Action.DECIDE_GATE, initiative),
    }  # fmt: skip


def _state(row: Decision, changed: bool, suspended: bool, followed: bool) -> str:
    """The word of an approval; nothing of what is no approval."""
    if row.outcome not in {"go", "conditional_go"} or not row.carried:
        return ""
    if followed:
        return "replaced"
    if suspended:
        return "suspended"
    return "superseded_evidence" if changed else "in_force"


@page_view(Action.DECIDE_GATE)
def initiative_decide(request: HttpRequest, ref: str) -> HttpResponse:
    """The manager decides: on what is asked for, or to hold, recycle, extend, pivot or stop in between."""
    today_only(request)
    initiative = find_initiative(request, ref)
    actor, at = actor_of(request), moment_of(request)
    require(actor, Action.DECIDE_GATE, initiative)
    gate, _ = gate_of(initiative.stage, clock.day_of(at))
    last = Decision.objects.filter(initiative=initiative).order_by("-pk").first()
    if gate is None and last is not None and request.method == "POST":
        messages.warning(
            request, f"Nothing was recorded by this form: {last.ref} was recorded before it came."
        )
        return redirect("decision-detail", last.ref)
    if gate is None:
        return render(request, "governance/gate/none.html", {"initiative": initiative}, status=404)
    pack = GateSubmission.objects.filter(initiative=initiative, state="open").first()
    form = _motion_form(
        request, gate, pack, last, pilot=Pilot.objects.filter(initiative=initiative, ended_on=None).first()
    )
    if request.method == "POST" and request.POST.get("act") == "row":
        return _decide_page(request, initiative, gate, pack, _one_more(form), 200)
    done = submit(request, form, lambda f: _decided(f, initiative, gate, pack, request))
    if done.row is not None:
        messages.success(request, f"{done.row.ref} is recorded.")
        return redirect("decision-detail", done.row.ref)
    newer = None
    if done.status == 412 and last is not None:
        # What was typed stays, and is sent over the decision that the page now shows.
        newer, done.form.data = last, _with(done.form, after=last.pk)
    return _decide_page(request, initiative, gate, pack, done.form, done.status, newer)


def _motion_form(
    request: HttpRequest,
    gate: Gate,
    pack: GateSubmission | None,
    last: Decision | None,
    *,
    pilot: Pilot | None,
) -> MotionForm:
    """Bound, or filled with what was asked for."""
    if request.method == "POST":
        return MotionForm(request.POST, gate=gate, pilot=pilot)
    initial: dict[str, Any] = {"rows": 1, "after": last.pk if last else 0}
    if pack is not None:
        asked = json.loads(pack.document)["motion"]
        initial |= {"outcome": asked["outcome"], "lapses_on": asked["lapses_on"], "submission": pack.pk}
        initial |= {f"ceiling_{name}": value for name, value in asked["ceiling"].items() if value}
        for place, one in enumerate(asked["conditions"]):
            initial |= {f"condition-{place}-{name}": value for name, value in one.items()}
        initial["rows"] = len(asked["conditions"]) + 1
    return MotionForm(initial=initial, gate=gate, pilot=pilot)


def _one_more(form: MotionForm) -> MotionForm:
    again = MotionForm(_with(form, rows=form.count + 1), gate=form.gate, pilot=form.pilot)
    again.is_valid()
    again.errors.clear()
    return again


def _with(form: MotionForm, **values: int) -> QueryDict:
    """What was typed, with other values in these hidden fields."""
    data = QueryDict(mutable=True)
    data.update(form.data)
    for name, value in values.items():
        data[name] = str(value)
    return data


def _decided(
    form: MotionForm, initiative: Initiative, gate: Gate, pack: GateSubmission | None, request: HttpRequest
) -> Decision:
    """The motion read whole, then decided. A refusal is put at its field."""
    at = moment_of(request)
    specialist = form.cleaned_data.get("specialist")
    try:
        motion = read_motion(form.motion(), gate=gate, today=clock.day_of(at))
        return record_decision(
            initiative_id=initiative.pk, motion=motion, by=actor_of(request), at=at,
            authority=Authority(body=form.body(), specialist=specialist.pk if specialist else None),
            submission_id=form.cleaned_data.get("submission") or (pack.pk if pack else None),
            after=form.cleaned_data.get("after") or 0,
        )  # fmt: skip
    except RuleError as error:
        raise _placed(from_rule(error), form.cleaned_data["outcome"]) from error
    except Problem as problem:
        raise _placed(problem, form.cleaned_data["outcome"]) from problem


def _placed(problem: Problem, outcome: str) -> Problem:
    items = tuple(Item(_field(one.pointer, outcome), one.code, one.detail) for one in problem.items)
    return replace(problem, items=items)


def _field(pointer: str, outcome: str) -> str:
    """`/because` is the form's own; a place of the ceiling or of a condition is named as on the gate's form."""
    pointer = pointer.removeprefix("/motion")
    place = pointer.strip("/")
    if place == "reason_code":
        return "extend_reason" if outcome == Outcome.EXTEND.value else "stop_reason"
    return place if place == "because" else place_of(pointer)


def _decide_page(
    request: HttpRequest, initiative: Initiative, gate: Gate, pack: GateSubmission | None, form: MotionForm, status: int,
    newer: Decision | None = None,
) -> HttpResponse:  # fmt: skip
    """`newer`: the decision that was recorded since the form was filled."""
    actor = actor_of(request)
    tier = tier_of(initiative)
    pilot = Pilot.objects.filter(initiative=initiative, ended_on=None).first()
    extensions = given(pilot) if pilot else 0
    near = conflicted(initiative, pack).get(actor.user.pk) if actor.user else None
    context = {
        "initiative": initiative, "gate": gate, "to_words": dict(STAGES)[gate.to_stage.value], "pack_row": pack, "form": form, "tier": tier,
        "body": WORDS[body_for(Outcome.GO, gate, tier=tier, extensions=0)],
        "extending": WORDS[body_for(Outcome.EXTEND, gate, tier=tier, extensions=extensions)] if pilot else "",
        "councils": body_for(Outcome.GO, gate, tier=tier, extensions=0) is Body.COUNCIL,
        "near": CONFLICTS[near] if near else "", "newer": newer,
        "pricing": pricing_of(initiative, clock.day_of(moment_of(request))) if pilot else None,
    }  # fmt: skip
    return render(request, "governance/decide.html", context, status=status)


@page_view(Action.DECIDE_GATE)
def initiative_reopen(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a stopped initiative up again."""
    today_only(request)
    initiative = find_initiative(request, ref)
    actor, at = actor_of(request), moment_of(request)
    require(actor, Action.DECIDE_GATE, initiative)

    def save(form: ReopenForm) -> Decision:
        said = form.cleaned_data
        one = said["specialist"]
        body = Body.PORTFOLIO_MANAGER_WITH_SPECIALIST if one else Body.PORTFOLIO_MANAGER
        return reopen(
            initiative_id=initiative.pk, stage=Stage(said["stage"]), because=said["because"], by=actor, at=at,
            authority=Authority(body=body, specialist=one.pk if one else None),
        )  # fmt: skip

    done = submit(request, ReopenForm(request.POST or None), save)
    if done.row is not None:
        messages.success(request, f"{done.row.ref} is recorded. It is taken up again.")
        return redirect("decision-detail", done.row.ref)
    last = (
        Decision.objects.filter(initiative=initiative, outcome=Outcome.STOP.value, carried=True)
        .order_by("-pk")
        .first()
    )
    context = {
        "initiative": initiative, "form": done.form, "back": f"/portfolio/initiatives/{initiative.ref}/", "stop": last,
        "heading": "Reopen", "button": "Reopen it",
        "lede": "A decision of its own: it begins a new stay in the stage you name, and what was learned stays on record.",
    }  # fmt: skip
    return render(request, "governance/gate/act.html", context, status=done.status)
