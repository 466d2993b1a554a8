"""Classifications of a model: where it stands by each rule set, the assistant that asks, and what is owed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from assurance.forms.classifications import ObligationForm, QuestionForm
from assurance.models import Classification, Obligation, ObligationAct
from assurance.models.classifications import RULE_SETS
from assurance.queries.classifications import OBLIGATIONS, OPEN, SETS, given_answers, stood_of, words_of
from assurance.queries.rules import rules
from assurance.services.classifications import label_of, record_classification, say_obligation
from core import clock
from core.access import require, scope
from core.choices import in_tree_order
from core.editing import submit
from core.errors import Problem, conflict, not_found
from core.filtering import FilterForm, chips
from core.http import actor_of, moment_of, page_view, today_only
from core.models import BusinessUnit, User
from core.roles import Action
from core.tables import Column, list_page
from core.values import read_int
from domain.classify import Answer, answers_to_json, asked, classify
from domain.rule_sets import STATUSES, UNKNOWN, Question, RuleSet
from governance.models import AiModel
from governance.views.model_frame import find_model, frame

CELLS = "assurance/cells"


@page_view(Action.VIEW)
def model_classification(request: HttpRequest, ref: str) -> HttpResponse:
    """Where the model stands by each rule set, from when it applies, and what is owed."""
    today_only(request)
    row = find_model(request, ref)
    context = frame(request, row, "model-classification") | {
        "stood": stood_of(row, clock.day_of(moment_of(request))),
        "retired": row.stage == AiModel.Stage.RETIRED,
    }
    return render(request, "assurance/classification.html", context)


@page_view(Action.EDIT_MODEL)
def model_classify(request: HttpRequest, ref: str, rule_set: str) -> HttpResponse:
    """The assistant: one question at a time with its reason, the result as far as it is known beside it.

    What was answered travels in the form, so it works without script and nothing is written before it is recorded.
    """
    today_only(request)
    row, by, at = find_model(request, ref), actor_of(request), moment_of(request)
    require(by, Action.EDIT_MODEL, row)
    if row.stage == AiModel.Stage.RETIRED:
        raise conflict(
            "model_retired", f"{row.ref} was retired on {row.retired_on}. Its record stays as it was."
        )
    if rule_set not in SETS:
        raise not_found("There is no such rule set.")
    found = rules().on(rule_set, clock.day_of(at))
    last = Classification.objects.filter(model=row, rule_set=rule_set, newest=True).first()
    state = _State(request, found, last)
    if state.record:
        try:
            made = record_classification(
                model_id=row.pk, rule_set=rule_set, answers=answers_to_json(state.answers), by=by, at=at,
                follows=state.follows,
            )  # fmt: skip
        except Problem as problem:
            state.problem = problem
        else:
            messages.success(request, f"{found.name}: {made.class_label}. It is on record.")
            return redirect(reverse("model-classification", args=[row.ref]) + f"#r-{rule_set}")
    context = {"row": row, "rules": found, "last": last, **state.context()}
    return render(request, "assurance/classify.html", context, status=state.status)


class _State:
    """Where the assistant is: what was answered so far, which question is asked, and what came of a step."""

    def __init__(self, request: HttpRequest, found: RuleSet, last: Classification | None) -> None:
        self.rules, self.record, self.bad = found, False, False
        self.problem: Problem | None = None
        self.form: QuestionForm | None = None
        posted = request.method == "POST"
        self.answers = _carried(request.POST, found) if posted else given_answers(last, found)
        self.seen = set(request.POST.getlist("seen")) if posted else set()
        raw = request.POST.get("follows", "") if posted else str(last.pk if last else 0)
        self.follows = read_int("follows", raw or "0")
        self.at = found.questions[0].code
        if posted:
            self._step(request)
        if self.at and self.form is None:
            one = self.rules.question(self.at)
            stood = self.answers.get(self.at)
            initial = {} if stood is None else {"answer": _initial(one, stood), "because": stood.because}
            self.form = QuestionForm(question=one, initial=initial)

    @property
    def status(self) -> int:
        return self.problem.status if self.problem else 400 if self.bad else 200

    def _step(self, request: HttpRequest) -> None:
        step, at = request.POST.get("step", "next"), request.POST.get("at", "")
        codes = {one.code for one in self.rules.questions}
        self.at = at if at in codes else ""
        if step == "record":
            self.record, self.at = True, ""
            return
        if step.startswith("to-"):
            self.at = step[3:] if step[3:] in codes else self.at
            return
        if not self.at:
            return
        one = self.rules.question(self.at)
        form = QuestionForm(request.POST, question=one)
        if not form.is_valid():
            self.form, self.bad = form, True
            return
        said = form.cleaned_data["answer"]
        values = tuple(said) if one.many else () if said == UNKNOWN else (said,)
        self.answers[self.at] = Answer(values, form.cleaned_data["because"].strip())
        self.seen.add(self.at)
        path = [one.code for one in asked(self.rules, self.answers)]
        place = path.index(self.at) if self.at in path else len(path) - 1
        self.at = path[place + 1] if place + 1 < len(path) else ""

    def context(self) -> dict[str, Any]:
        path = asked(self.rules, self.answers)
        on_path = {one.code for one in path}
        kept = {code: one for code, one in self.answers.items() if code in on_path}
        result = classify(self.rules, kept)
        determined = result.class_code in {one.code for one in self.rules.classes}
        return {
            "form": self.form if self.at else None, "at": self.at, "follows": self.follows, "problem": self.problem,
            "steps": [(one, words_of(one, list(kept[one.code].values)) if one.code in kept else "", kept.get(one.code), one.code == self.at) for one in path],
            "carried": [(code, value, one.because) for code, one in kept.items() for value in (",".join(one.values),)],
            "seen": sorted(self.seen), "result": result, "label": label_of(self.rules, result),
            "sentence": self.rules.class_of(result.class_code).sentence if determined else "",
            "missing": [self.rules.question(code).text for code in (*result.missing, *result.roles_missing)],
            "place": next((n for n, one in enumerate(path, 1) if one.code == self.at), len(path)), "whole": len(path),
        }  # fmt: skip


def _carried(posted: Any, found: RuleSet) -> dict[str, Answer]:
    """The answers that travelled with the form, as far as the questions take them."""
    out: dict[str, Answer] = {}
    for one in found.questions:
        if f"a-{one.code}" in posted:
            known = {code for code, _ in one.options}
            values = tuple(v for v in posted[f"a-{one.code}"].split(",") if v in known)
            out[one.code] = Answer(
                values if one.many else values[:1], posted.get(f"b-{one.code}", "")[:2_000]
            )
    return out


def _initial(one: Question, stood: Answer) -> Any:
    return list(stood.values) if one.many else stood.value


# What is owed


def _seen(request: HttpRequest, pk: str) -> Obligation:
    """Problem 404 for what the reader may not know."""
    rows = Obligation.objects.filter(scope(actor_of(request), Action.VIEW, Obligation))
    row = rows.select_related("model", "owner", "said_by").filter(pk=read_int("obligation", pk)).first()
    if row is None:
        raise not_found()
    return row


@page_view(Action.VIEW, methods=("GET", "HEAD", "POST"))
def obligation_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One obligation: how it stands, and what was said of it; whoever may edit the model says it anew."""
    today_only(request)
    row, by, at = _seen(request, pk), actor_of(request), moment_of(request)
    model = find_model(request, row.model.ref)
    context = frame(request, model, "model-classification")
    if request.method == "POST":
        require(by, Action.EDIT_MODEL, model)
    initial = {
        "version": row.version, "status": row.status, "evidence": row.evidence, "url": row.url,
        "owner": row.owner_id, "due_on": row.due_on,
    }  # fmt: skip

    def save(form: ObligationForm) -> Obligation:
        return say_obligation(
            pk=row.pk, by=by, at=at, expected_version=form.expected_version, **form.changed()
        )

    done = submit(request, ObligationForm(request.POST or None, initial=initial, row=row), save, row)
    if done.row is not None:
        messages.success(request, f"{row.label}: {STATUSES[done.row.status].lower()}.")
        return redirect(reverse("model-classification", args=[model.ref]) + f"#r-{row.rule_set}")
    acts = ObligationAct.objects.filter(obligation=row).select_related("said_by", "owner")
    context |= {
        "one": row, "form": done.form, "conflict": done.conflict, "acts": list(acts[:100]),
        "may_say": context["may_edit"] and row.owed, "rule_set": dict(RULE_SETS)[row.rule_set],
    }  # fmt: skip
    return render(request, "assurance/obligation.html", context, status=done.status)


COLUMNS = (
    Column("label", "What is owed", f"{CELLS}/owed.html", lambda r: r.label),
    Column("model", "Model", f"{CELLS}/owed_model.html", lambda r: f"{r.model.ref} {r.model.name}", sort="model"),
    Column("rule_set", "By", f"{CELLS}/owed_by.html", lambda r: f"{r.get_rule_set_display()} {r.place}"),
    Column("status", "Status", f"{CELLS}/owed_status.html", lambda r: r.get_status_display()),
    Column("applies", "Applies from", f"{CELLS}/owed_applies.html", lambda r: r.applies_from, css="num"),
    Column("due", "Due", f"{CELLS}/owed_due.html", lambda r: r.due_on, sort="due_on", css="num"),
    Column("owner", "Owner", f"{CELLS}/owed_owner.html", lambda r: r.owner.name if r.owner else ""),
)  # fmt: skip
LISTING = replace(OBLIGATIONS, default="due_on")


class Filters(FilterForm):
    """Above the list of what is owed."""

    q = forms.CharField(
        label="Search", widget=forms.TextInput(attrs={"type": "search", "placeholder": "Obligation, model"})
    )
    rule_set = forms.ChoiceField(label="Rules", choices=[("", "All rules"), *RULE_SETS])
    status = forms.ChoiceField(choices=[("", "Not met"), *STATUSES.items()])
    owner = forms.ChoiceField()
    unit = forms.ChoiceField(label="Business unit")


@page_view(Action.VIEW)
def obligation_list(request: HttpRequest) -> HttpResponseBase:
    """What is owed and not met in the whole portfolio, the soonest due first; any status when asked for."""
    today_only(request)
    actor, today = actor_of(request), clock.day_of(moment_of(request))
    visible = Obligation.objects.filter(scope(actor, Action.VIEW, Obligation), owed=True)
    rows = visible if request.GET.get("status") else visible.filter(status__in=OPEN)
    form = Filters(request)
    units = BusinessUnit.objects.filter(scope(actor, Action.VIEW, BusinessUnit))
    owners = User.objects.filter(pk__in=visible.order_by().values("owner")).only("name")
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    form.offer_people("owner", owners, "All owners")
    whole = request.GET.get("format") != "csv" and not request.headers.get("HX-Request")
    return list_page(
        request, rows=rows.select_related("model", "owner"), listing=LISTING, columns=COLUMNS,
        template="assurance/obligation_list.html", filename="obligations",
        context={
            "caption": "Obligations", "filters": form, "filters_set": chips(request, form, LISTING, {}),
            "seen": _counted(visible, today) if whole else None,
            "empty": {
                "title": "Nothing is owed that is not met",
                "text": "Obligations appear when a model is classified: open a model, then its tab Classification.",
                "action": "Models", "url": reverse("model-list"),
            },
        },
    )  # fmt: skip


def _counted(visible: Any, today: date) -> Mapping[str, Any]:
    """Figures of the whole list, by status, and how many are past their day. Two statements."""
    found: Sequence[tuple[str, int]] = visible.order_by().values_list("status").annotate(n=Count("pk"))
    counts = dict(found)
    return {
        "all": sum(counts.values()), "open": sum(counts.get(code, 0) for code in OPEN),
        "not_reported": counts.get("not_reported", 0),
        "late": visible.filter(status__in=OPEN, due_on__lt=today).count(),
    }  # fmt: skip
