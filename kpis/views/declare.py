"""Declaring a status beside the computed one, and taking the declaration back."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock, vocabulary
from core.access import require
from core.editing import submit
from core.errors import Problem, not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.inputs import DayInput
from core.roles import Action
from core.values import read_ref
from domain.override import MOST_DAYS
from kpis.models import Kpi, KpiOverride
from kpis.queries import why
from kpis.services.override import BECAUSE, DECLARABLE, declare_status, end_declaration
from kpis.views.find import find_kpi, head


class DeclareForm(forms.Form):
    """What is declared, why, and until when."""

    declared = forms.ChoiceField(label="It stands at")
    because = forms.CharField(
        label="Why", max_length=BECAUSE, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What you know that the readings do not show. It stands beside the status.",
    )  # fmt: skip
    until = forms.DateField(
        required=False, widget=DayInput(),
        help_text=f"Its last day. Better than computed needs one, at most {MOST_DAYS} days ahead.",
    )  # fmt: skip

    def __init__(self, *args: Any, computed: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["declared"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        offered = [status.value for status in DECLARABLE if status.value != computed]
        field.choices = [("", "Choose"), *((code, vocabulary.word("kpi", code)) for code in offered)]


class TakeBackForm(forms.Form):
    """Why a declaration is taken back."""

    because = forms.CharField(label="Why", max_length=200)


@page_view(Action.DECLARE_WORSE)
def kpi_declare(request: HttpRequest, ref: str) -> HttpResponse:
    """Declare how a KPI stands. The computed status stays beside it."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    kpi = find_kpi(request, ref)
    require(actor, Action.DECLARE_WORSE, kpi)
    form = DeclareForm(request.POST or None, computed=kpi.status)

    def save(filled: DeclareForm) -> KpiOverride:
        said = filled.cleaned_data
        return declare_status(
            kpi_id=kpi.pk, declared_as=said["declared"], because=said["because"], until=said["until"], by=actor, at=at
        )  # fmt: skip

    done = submit(request, form, save)
    if done.row is not None:
        word = vocabulary.word("kpi", done.row.declared).lower()
        messages.success(request, f"Declared {word}. The computed status stays beside it.")
        return redirect("kpi-detail", kpi.ref)
    context = {
        **head(request, kpi), "form": done.form, "why": why(kpi),
        "latest": clock.day_of(at) + timedelta(days=MOST_DAYS), "standing": _standing(kpi),
    }  # fmt: skip
    return render(request, "kpis/declare_form.html", context, status=done.status)


@page_view(Action.DECLARE_WORSE)
def declaration_end(request: HttpRequest, pk: str) -> HttpResponse:
    """Take a declaration back, with the reason."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    row = KpiOverride.objects.select_related("recorded_by").filter(pk=read_ref(pk, "")).first()
    if row is None:
        raise not_found()
    kpi = find_kpi(request, str(row.kpi_id))
    require(actor, Action.DECLARE_WORSE, kpi)
    if row.ended_at is not None:
        raise Problem(409, "ended", "This declaration has ended already.")
    form = TakeBackForm(request.POST or None)
    done = submit(
        request, form, lambda f: end_declaration(pk=row.pk, because=f.cleaned_data["because"], by=actor, at=at)
    )  # fmt: skip
    if done.row is not None:
        messages.success(request, "Taken back. The computed status counts again.")
        return redirect("kpi-detail", kpi.ref)
    context = {**head(request, kpi), "form": done.form, "row": row}
    return render(request, "kpis/declaration_end.html", context, status=done.status)


def _standing(kpi: Kpi) -> KpiOverride | None:
    return KpiOverride.objects.select_related("recorded_by").filter(kpi=kpi.pk, ended_at=None).first()
