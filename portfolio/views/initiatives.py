"""The list of initiatives, and recording one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from core import vocabulary
from core.access import everywhere, may, require, scope
from core.choices import in_tree_order
from core.editing import submit
from core.filtering import FilterForm, chips
from core.http import actor_of, moment_of, page_view
from core.models import BusinessUnit, User
from core.roles import Action
from core.tables import Column, list_page
from portfolio.forms.records import InitiativeForm, facts_of
from portfolio.models import Initiative, StrategicObjective
from portfolio.models.initiatives import STAGES, TIERS
from portfolio.queries import INITIATIVES
from portfolio.queries.detail import days_in_stage
from portfolio.queries.intake import Idea
from portfolio.services.initiatives import create_initiative, edit_initiative
from portfolio.views.frame import find_initiative, frame
from portfolio.views.slots import COLUMNS, intake_panels
from portfolio.views.ways import ways

# A reader wants the worst first; a program asks for what it wants.
LISTING = replace(INITIATIVES, default="kpi_status")
CELLS = "portfolio/cells"
MOST_TEXT: Final = 4_000
MOST_IDS: Final = 50
"""So much of what is typed is compared with other work."""
# Long texts no column shows: a row of a list is read without them.
UNSHOWN = (
    "problem", "outcome", "value_hypothesis", "facts", "attributes", "unit__path",
    *(f"{person}__{field}" for person in ("sponsor", "lead") for field in ("password", "email", "title")),
)  # fmt: skip


def _person(row: Initiative, field: str) -> str:
    person: User | None = getattr(row, field)
    return person.name if person else ""


def _ages(rows: Sequence[Initiative], today: date) -> None:
    for row in rows:
        row.days_in_stage = days_in_stage(row, today)  # type: ignore[attr-defined]


OWN = (
    Column("name", "Initiative", f"{CELLS}/initiative.html", lambda r: f"{r.ref} {r.name}", sort="name"),
    Column("stage", "Stage", f"{CELLS}/stage.html", lambda r: r.get_stage_display(), sort="stage", load=_ages),
    Column(
        "status", "Status", f"{CELLS}/status.html",
        lambda r: vocabulary.word("rollup", r.kpi_status, r.kpi_reason), sort="kpi_status",
    ),
    Column(
        "level", "Pilot level", f"{CELLS}/level.html",
        lambda r: vocabulary.word("pilot", r.pilot_level) if r.pilot_level else "", sort="pilot_level",
    ),
    Column("tier", "Tier", f"{CELLS}/tier.html", lambda r: r.risk_tier, sort="risk_tier"),
    Column("spent", "Spent", f"{CELLS}/spent.html", lambda r: r.spent, sort="spent", css="num"),
    Column("validated", "Validated", f"{CELLS}/validated.html", lambda r: r.validated, sort="validated", css="num"),
    Column("people", "Sponsor, lead", f"{CELLS}/people.html", lambda r: _person(r, "sponsor"), sort="sponsor"),
    Column("unit", "Business unit", f"{CELLS}/unit.html", lambda r: r.unit.name, sort="unit", shown=False),
    Column("lead", "Lead", f"{CELLS}/lead.html", lambda r: _person(r, "lead"), sort="lead", shown=False),
    Column("entered", "In stage since", f"{CELLS}/entered.html", lambda r: r.entered_on, sort="entered_on", css="num", shown=False),
    Column("decision", "Decision date", f"{CELLS}/decision.html", lambda r: r.decision_on, sort="decision_on", css="num", shown=False),
    Column("planned", "Planned value", f"{CELLS}/planned.html", lambda r: r.planned_value, sort="planned_value", css="num", shown=False),
    Column("released", "Released", f"{CELLS}/released.html", lambda r: r.released, sort="released", css="num", shown=False),
    Column("source", "Source", f"{CELLS}/source.html", lambda r: r.source, css="hide-s", shown=False),
    Column("updated", "Last change", f"{CELLS}/updated.html", lambda r: r.updated_at, sort="updated_at", css="num", shown=False),
)  # fmt: skip
CALLED = {
    "entered_on": "in stage since",
    "decision_on": "decision date",
    "updated_on": "changed",
    "ref": "reference",
}


class Filters(FilterForm):
    """Above the list."""

    q = forms.CharField(
        label="Search", widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name, ref, person"})
    )
    unit = forms.ChoiceField(label="Business unit")
    objective = forms.ChoiceField(label="Objective")
    stage = forms.ChoiceField(choices=[("", "All stages"), *STAGES])
    kpi_status = forms.ChoiceField(
        label="Status", choices=[("", "All statuses"), *vocabulary.choices("rollup")]
    )
    pilot_level = forms.ChoiceField(
        label="Pilot level", choices=[("", "All levels"), *vocabulary.choices("pilot")]
    )
    risk_tier = forms.ChoiceField(label="Tier", choices=[("", "All tiers"), *TIERS])
    sponsor = forms.ChoiceField()


def columns() -> list[Column]:
    """The portfolio's columns with those of rooms above put in at their places."""
    out = list(OWN)
    for place, column in sorted(COLUMNS, key=lambda entry: -entry[0]):
        out.insert(place, column)
    return out


def filters_of(request: HttpRequest, visible: QuerySet[Initiative], without: Sequence[str] = ()) -> Filters:
    """The filters above the list, or above another look at it that needs no field of `without`. Three queries."""
    form = Filters(request)
    for name in without:
        del form.fields[name]
    units = BusinessUnit.objects.filter(scope(actor_of(request), Action.VIEW, BusinessUnit))
    sponsors = User.objects.filter(pk__in=visible.order_by().values("sponsor")).only("name")
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    form.offer("objective", [("", "All objectives"), *StrategicObjective.objects.values_list("pk", "name")])
    form.offer_people("sponsor", sponsors, "All sponsors")
    return form


@page_view(Action.VIEW)
def initiative_list(request: HttpRequest) -> HttpResponseBase:
    """Every initiative the reader may see, the worst first."""
    actor = actor_of(request)
    visible = Initiative.objects.visible_to(actor)
    form = filters_of(request, visible)
    may_create = may(actor, Action.CREATE_INITIATIVE)
    return list_page(
        request, rows=visible.select_related("unit", "sponsor", "lead").defer(*UNSHOWN), listing=LISTING, columns=columns(),
        template="portfolio/initiative_list.html", filename="initiatives",
        context={
            "caption": "Initiatives", "filters": form, "filters_set": chips(request, form, LISTING, CALLED),
            "ways": ways(request, "initiative-list"), "may_create": may_create, "may_import": may(actor, Action.IMPORT),
            "empty": {
                "title": "No initiative yet", "text": "Record the first idea, or import the portfolio you keep today.",
                "action": "New idea", "url": reverse("initiative-create") if may_create else "",
            },
        },
    )  # fmt: skip


@page_view(Action.CREATE_INITIATIVE)
def initiative_create(request: HttpRequest) -> HttpResponse:
    """Record an idea. It starts as an idea, today, in a unit where the person may."""
    actor, at = actor_of(request), moment_of(request)
    own = None if everywhere(actor, Action.CREATE_INITIATIVE) else request.user.pk
    if request.POST.get("act") == "look":  # what was typed stays, nothing is saved and nothing is judged
        form = InitiativeForm(actor=actor, initial=_typed(request))
        context = {"form": form, "panels": intake_panels(_idea(request.POST), actor)}
        return render(request, "portfolio/initiative_form.html", context)
    form = InitiativeForm(request.POST or None, actor=actor, initial={"lead": own})
    done = submit(request, form, lambda f: create_initiative(by=actor, at=at, **f.facts()))
    if done.row is not None:
        messages.success(request, f"{done.row.ref} {done.row.name} is on record.")
        return redirect("initiative-detail", done.row.ref)
    context = {"form": done.form, "panels": intake_panels(_idea(request.POST), actor)}
    return render(request, "portfolio/initiative_form.html", context, status=done.status)


@page_view(Action.CREATE_INITIATIVE, methods=("POST",))
def initiative_intake(request: HttpRequest) -> HttpResponse:
    """What the rooms say of an idea while it is typed: a part of the form's page. Nothing is saved."""
    context = {"panels": intake_panels(_idea(request.POST), actor_of(request))}
    return render(request, "portfolio/_intake.html", context)


def _typed(request: HttpRequest) -> dict[str, Any]:
    """The form as it was typed, to be shown again."""
    sent = request.POST
    return {
        name: sent.getlist(name) if name == "objectives" else sent.get(name) for name in sent if name != "act"
    }


def _idea(sent: QueryDict) -> Idea:
    """What is typed so far, read leniently: it is compared, and never saved."""
    units = _numbers([sent.get("unit", "")])
    text = " ".join(
        sent.get(name, "")[:MOST_TEXT] for name in ("name", "problem", "outcome", "value_hypothesis")
    )
    return Idea(text, units[0] if units else None, frozenset(_numbers(sent.getlist("objectives"))))


def _numbers(raw: Sequence[str]) -> list[int]:
    return [int(one) for one in raw[:MOST_IDS] if one.isascii() and one.isdigit() and len(one) < 18]


@page_view(Action.EDIT_INITIATIVE)
def initiative_edit(request: HttpRequest, ref: str) -> HttpResponse:
    """Change the record. When somebody saved in between, both versions are shown and nothing typed is lost."""
    actor, at = actor_of(request), moment_of(request)
    row = find_initiative(request, ref)
    require(actor, Action.EDIT_INITIATIVE, row)

    def save(form: InitiativeForm) -> Initiative:
        return edit_initiative(
            pk=row.pk, by=actor, at=at, expected_version=form.expected_version, **form.changed()
        )

    form = InitiativeForm(request.POST or None, initial=facts_of(row), actor=actor, record=row)
    done = submit(request, form, save, row)
    if done.row is not None:
        messages.success(request, f"{row.ref} is saved.")
        return redirect("initiative-detail", row.ref)
    context = {**frame(request, row, "initiative-detail"), "form": done.form, "conflict": done.conflict}
    return render(request, "portfolio/initiative_form.html", context, status=done.status)
