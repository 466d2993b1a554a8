"""Incidents: their register, and one with its clocks, its course and what can be done now."""

from collections.abc import Mapping
from typing import Any

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from assurance.forms import life as forms
from assurance.models import Incident
from assurance.queries.life import ticking
from assurance.queries.life_lists import INCIDENTS
from assurance.services import incidents
from assurance.views.model_acts import Act, Asked, act_of
from core import clock
from core.access import allows, scope
from core.acts import WORKS, acted
from core.choices import in_tree_order
from core.errors import not_found
from core.filtering import FilterForm, chips
from core.http import actor_of, moment_of, page_view, today_only
from core.models import BusinessUnit
from core.roles import Action
from core.tables import Column, list_page
from core.values import read_ref
from governance.models import AiModel

CELLS = "assurance/cells"
COLUMNS = (
    Column("title", "Incident", f"{CELLS}/incident.html", lambda r: f"{r.ref} {r.title}"),
    Column("severity", "Severity", f"{CELLS}/severity.html", lambda r: r.severity, sort="severity"),
    Column("state", "State", f"{CELLS}/incident_state.html", lambda r: r.state),
    Column("model", "Model", f"{CELLS}/of_model.html", lambda r: f"{r.model.ref} {r.model.name}"),
    Column("consequence", "Led to", f"{CELLS}/consequence.html", lambda r: r.get_consequence_display()),
    Column("lead", "Run by", f"{CELLS}/lead.html", lambda r: r.lead.name),
    Column("detected_at", "Detected", f"{CELLS}/detected.html", lambda r: r.detected_at, sort="detected_at", css="num"),
)  # fmt: skip


class Filters(FilterForm):
    """Above the register."""

    q = django_forms.CharField(
        label="Search",
        widget=django_forms.TextInput(attrs={"type": "search", "placeholder": "Incident, model"}),
    )
    open = django_forms.ChoiceField(
        label="State", choices=[("", "All"), ("true", "Open or contained"), ("false", "Resolved")]
    )
    severity = django_forms.ChoiceField(choices=[("", "All severities"), *forms.INCIDENT])
    unit = django_forms.ChoiceField(label="Business unit")


@page_view(Action.VIEW)
def incident_list(request: HttpRequest) -> HttpResponseBase:
    """Every incident with a model the reader may see, the latest first."""
    today_only(request)
    actor = actor_of(request)
    form = Filters(request)
    units = BusinessUnit.objects.filter(scope(actor, Action.VIEW, BusinessUnit))
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    rows = Incident.objects.visible_to(actor).select_related("model", "lead")
    return list_page(
        request, rows=rows, listing=INCIDENTS, columns=COLUMNS, template="assurance/incident_list.html",
        filename="incidents",
        context={
            "caption": "Incidents", "filters": form, "filters_set": chips(request, form, INCIDENTS, {}),
            "empty": {"title": "No incident is on record", "text": "Report one on the page of the model it came from, under Life."},
        },
    )  # fmt: skip


def find_incident(request: HttpRequest, ref: str) -> Incident:
    """The incident by `IN-0001` or `1`. Problem 404 for what the reader may not know."""
    rows = Incident.objects.visible_to(actor_of(request)).select_related(
        "model__unit", "model__owner", "lead"
    )
    row: Incident | None = rows.filter(pk=read_ref(ref, "IN")).prefetch_related("clocks", "others").first()
    if row is None:
        raise not_found()
    return row


def _move(service: Any) -> Any:
    """An act on the incident that the page is about."""
    return lambda said, asked: service(pk=asked.row, by=asked.by, at=asked.at, **said)


def _now(asked: Asked) -> Mapping[str, Any]:
    return forms.begins_now(asked.at)


def _rated(asked: Asked) -> Mapping[str, Any]:
    row = Incident.objects.filter(pk=asked.row, model=asked.subject).first()
    return {"severity": row.severity, "consequence": row.consequence} if row else {}


_RIGHT = Action.REPORT_MODEL
ACTS: dict[str, Act] = {
    "contain": act_of(forms.MovedForm, _move(incidents.contain), "Is it contained?", "It is contained", "Kept.", begin=_now),
    "resolve": act_of(forms.MovedForm, _move(incidents.resolve), "Is it put right?", "It is resolved", "Kept.", begin=_now),
    "report": act_of(forms.MovedForm, _move(incidents.report_to_authority), "An authority was told", "Keep it", "Kept.", begin=_now),
    "post-mortem": act_of(forms.PostMortemForm, _move(incidents.hold_post_mortem), "The post-mortem was held", "Keep it", "Kept.", begin=_now),
    "rate": act_of(forms.RateForm, _move(incidents.rate), "Rate it anew", "Rate it", "Rated. Its clocks follow.", begin=_rated),
    "note": act_of(forms.MovedForm, _move(incidents.note), "Write down what else happened", "Keep it", "Kept.", begin=_now),
}  # fmt: skip


@page_view(Action.VIEW, methods=WORKS)
def incident_detail(request: HttpRequest, ref: str) -> HttpResponse:
    """One incident: how its clocks stand, what was done, in order."""
    today_only(request)
    row, at, actor = find_incident(request, ref), moment_of(request), actor_of(request)
    done = acted(
        request, row.model, ACTS, right=_RIGHT, back=reverse("incident-detail", args=[row.ref]), row=row.pk
    )
    if done.response is not None:
        return done.response
    others = list(row.others.all())
    seen = set(
        AiModel.objects.visible_to(actor).filter(pk__in=[o.pk for o in others]).values_list("pk", flat=True)
    )
    context = {
        "row": row, "clocks": ticking(row, at), "events": list(row.events.select_related("recorded_by")),
        "others": [one for one in others if one.pk in seen], "unseen": len(others) - len(seen),
        "may_move": allows(actor, _RIGHT, row.model), "today": clock.day_of(at), **done.context,
    }  # fmt: skip
    return render(request, "assurance/incident.html", context, status=done.status)
