"""Data sources: the register, one source with its audit and checks, and an initiative's integrations."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from assurance.forms import data_sources as forms
from assurance.models import DataCheck, DataSource, Integration
from assurance.queries.data_sources import SOURCES, checks_of, gaps_in_words, integrations_of, unassessed
from assurance.services import data_checks, data_sources
from core import clock
from core.access import allows, may, require, scope
from core.acts import WORKS, Act, Asked, acted
from core.choices import in_tree_order
from core.editing import submit
from core.errors import not_found
from core.filtering import FilterForm, chips
from core.http import actor_of, moment_of, page_view, today_only
from core.models import BusinessUnit
from core.roles import Action
from core.tables import Column, list_page
from core.values import read_ref
from domain.data_readiness import CHECKLIST, Answer
from portfolio.models import Initiative
from portfolio.views.frame import find_initiative
from portfolio.views.frame import frame as initiative_frame

CELLS: Final = "assurance/cells"
COLUMNS: Final = (
    Column("name", "Source", f"{CELLS}/source.html", lambda r: f"{r.ref} {r.name}", sort="name"),
    Column("ready", "Readiness", f"{CELLS}/ready.html", lambda r: r.score, sort="score", css="num"),
    Column("gaps", "Gaps", f"{CELLS}/gaps.html", lambda r: "; ".join(gaps_in_words(r)), css="full hide-s"),
    Column("personal", "Personal data", f"{CELLS}/personal.html", lambda r: r.get_personal_display()),
    Column("classification", "Classification", f"{CELLS}/classification.html", lambda r: r.get_classification_display()),
    Column("owner", "Owner", f"{CELLS}/source_owner.html", lambda r: r.owner.name if r.owner else ""),
    Column("unit", "Business unit", f"{CELLS}/source_unit.html", lambda r: r.unit.name),
)  # fmt: skip
CALLED: Final = {"lacks_assessment": "privacy assessment missing", "personal": "personal data"}


class Filters(FilterForm):
    """Above the register."""

    q = django_forms.CharField(
        label="Search", widget=django_forms.TextInput(attrs={"type": "search", "placeholder": "Name, system, owner"})
    )  # fmt: skip
    personal = django_forms.ChoiceField(
        label="Personal data", choices=[("", "Any"), *DataSource.Personal.choices]
    )
    lacks_assessment = django_forms.ChoiceField(
        label="Privacy assessment", choices=[("", "Any"), ("true", "Missing"), ("false", "Not missing")]
    )
    classification = django_forms.ChoiceField(
        choices=[("", "Any classification"), *DataSource.Classification.choices]
    )
    unit = django_forms.ChoiceField(label="Business unit")


@page_view(Action.VIEW)
def source_list(request: HttpRequest) -> HttpResponseBase:
    """Every data source the reader may see; how many hold personal data without a privacy assessment."""
    today_only(request)
    actor = actor_of(request)
    form = Filters(request)
    units = BusinessUnit.objects.filter(scope(actor, Action.VIEW, BusinessUnit))
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    may_create = may(actor, Action.CREATE_MODEL)
    return list_page(
        request, rows=DataSource.objects.visible_to(actor).select_related("unit", "owner"), listing=SOURCES, columns=COLUMNS,
        template="assurance/source_list.html", filename="data-sources",
        context={
            "caption": "Data sources", "filters": form, "filters_set": chips(request, form, SOURCES, CALLED),
            "may_create": may_create, "unassessed": unassessed(actor), "items": len(CHECKLIST),
            "empty": {
                "title": "No data source is registered yet",
                "text": "Register the data that models and initiatives rest on, with who answers for it and how ready it is.",
                "action": "Register a source", "url": reverse("data-source-create") if may_create else "",
            },
        },
    )  # fmt: skip


@page_view(Action.CREATE_MODEL)
def source_create(request: HttpRequest) -> HttpResponse:
    """Register a data source."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    form = forms.SourceForm(request.POST or None, actor=actor)
    done = submit(request, form, lambda f: data_sources.create_source(by=actor, at=at, **f.facts()))
    if done.row is not None:
        messages.success(request, f"{done.row.ref} {done.row.name} is registered.")
        return redirect("data-source-detail", done.row.ref)
    return render(request, "assurance/source_form.html", {"form": done.form}, status=done.status)


@page_view(Action.EDIT_MODEL)
def source_edit(request: HttpRequest, ref: str) -> HttpResponse:
    """Change a source and its audit. When somebody saved in between, both versions are shown."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    row = _find(request, ref)
    require(actor, Action.EDIT_MODEL, row)

    def save(form: forms.SourceForm) -> DataSource:
        return data_sources.edit_source(
            pk=row.pk,
            by=actor,
            at=at,
            expected_version=form.expected_version,
            **form.facts(set(form.changed())),
        )

    form = forms.SourceForm(request.POST or None, initial=forms.facts_of(row), actor=actor, record=row)
    done = submit(request, form, save, row)
    if done.row is not None:
        messages.success(request, f"{row.ref} is saved.")
        return redirect("data-source-detail", row.ref)
    context = {"form": done.form, "row": row, "conflict": done.conflict}
    return render(request, "assurance/source_form.html", context, status=done.status)


SourceAct = Act[DataSource]
SourceAsked = Asked[DataSource]


def _check_of(asked: SourceAsked) -> int:
    if not DataCheck.objects.filter(pk=asked.row, data_source=asked.subject).exists():
        raise not_found()
    return asked.row


def _expected(form: forms.CheckForm, asked: SourceAsked) -> DataCheck:
    return data_checks.add_check(source_id=asked.subject.pk, by=asked.by, at=asked.at, **form.cleaned_data)


def _result(form: forms.ResultForm, asked: SourceAsked) -> Any:
    result = data_checks.Result(**form.cleaned_data)
    return data_checks.record_result(check_id=_check_of(asked), result=result, by=asked.by, at=asked.at)


def _ended(form: forms.EndForm, asked: SourceAsked) -> Any:
    because = form.cleaned_data["because"]
    return data_checks.end_check(pk=_check_of(asked), because=because, by=asked.by, at=asked.at)


SOURCE_ACTS: Mapping[str, SourceAct] = {
    "check": Act(forms.CheckForm, _expected, "Expect a check", "Expect it", "Its first result is expected from now on."),
    "result": Act(forms.ResultForm, _result, "Record a result", "Record it", "The result is on record.",
                  right=Action.REPORT_MODEL, begin=lambda asked: {"ran_on": clock.day_of(asked.at)}),
    "end": Act(forms.EndForm, _ended, "Expect no more results", "End the check", "The check has ended."),
}  # fmt: skip


@page_view(Action.VIEW, methods=WORKS)
def source_detail(request: HttpRequest, ref: str) -> HttpResponse:
    """One source: how ready it is and what is missing, its checks and their silence, and what rests on it."""
    today_only(request)
    actor, row = actor_of(request), _find(request, ref)
    done = acted(
        request, row, SOURCE_ACTS, right=Action.EDIT_MODEL, back=reverse("data-source-detail", args=[row.ref])
    )
    if done.response is not None:
        return done.response
    context = {
        "row": row, "may_edit": allows(actor, Action.EDIT_MODEL, row), "may_report": allows(actor, Action.REPORT_MODEL, row),
        "checks": checks_of(row), "gaps": gaps_in_words(row),
        "items": [(words, Answer(row.checklist.get(code, Answer.UNKNOWN))) for code, words in CHECKLIST.items()],
        "ai_models": list(row.ai_models.model.objects.visible_to(actor).filter(data_sources=row).order_by("name")),
        "initiatives": list(row.initiatives.visible_to(actor).order_by("name")), **done.context,
    }  # fmt: skip
    return render(request, "assurance/source_detail.html", context, status=done.status)


JoinAsked = Asked[Initiative]


def _stood(asked: JoinAsked) -> Integration:
    row = Integration.objects.filter(pk=asked.row, initiative=asked.subject).first()
    if row is None:
        raise not_found()
    return row


def _filled(asked: JoinAsked) -> Mapping[str, Any]:
    row = _stood(asked)
    return {
        "system": row.system, "kind": row.kind, "owner": row.owner_id, "status": row.status, "note": row.note,
    }  # fmt: skip


def _added(form: forms.IntegrationForm, asked: JoinAsked) -> Integration:
    said = form.cleaned_data
    return data_sources.record_integration(initiative_id=asked.subject.pk, by=asked.by, at=asked.at, **said)


def _changed(form: forms.IntegrationForm, asked: JoinAsked) -> Integration:
    return data_sources.edit_integration(pk=_stood(asked).pk, by=asked.by, at=asked.at, **form.cleaned_data)


JOIN_ACTS: Mapping[str, Act[Initiative]] = {
    "add": Act(forms.IntegrationForm, _added, "Add an integration", "Add it", "On record."),
    "change": Act(
        forms.IntegrationForm, _changed, "Change the integration", "Save", "On record.", begin=_filled
    ),
}


@page_view(Action.VIEW, methods=WORKS)
def initiative_integrations(request: HttpRequest, ref: str) -> HttpResponse:
    """The systems an initiative is joined with, and which of them nobody answers for."""
    today_only(request)
    initiative = find_initiative(request, ref)
    back = reverse("initiative-integrations", args=[initiative.ref])
    done = acted(request, initiative, JOIN_ACTS, right=Action.EDIT_INITIATIVE, back=back)
    if done.response is not None:
        return done.response
    rows = integrations_of(initiative)
    open_ = [one for one in rows if one.status != Integration.Status.ENDED]
    context = initiative_frame(request, initiative, "initiative-models") | {
        "rows": rows, "unowned": [one for one in open_ if one.owner_id is None], **done.context,
    }  # fmt: skip
    return render(request, "assurance/integrations.html", context, status=done.status)


def _find(request: HttpRequest, ref: str) -> DataSource:
    rows = DataSource.objects.visible_to(actor_of(request)).select_related("unit", "owner")
    row = rows.filter(pk=read_ref(ref, "DS")).first()
    if row is None:
        raise not_found()
    return row
