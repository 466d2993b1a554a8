"""Recording a reading, correcting one, and taking one back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.editing import submit
from core.errors import Problem, conflict
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.wording import day, number
from kpis.charts import small_paths
from kpis.forms import CorrectionForm, ReadingForm, WithdrawalForm, reading_of
from kpis.models import Kpi, Measurement
from kpis.queries import why
from kpis.services.judgement import require_to_record
from kpis.services.measure import Provenance, record_measurement, withdraw_measurement
from kpis.views.find import find_kpi, find_reading, head
from kpis.views.preview import case_of, of_reading, shown

PAGE = "page"
"""The source of a reading written on a page; its key is the form's."""
SENT_BEFORE = "This form was sent before, with another reading. Correct that one, or open the form anew."


@page_view(Action.MEASURE)
def reading_create(request: HttpRequest, ref: str) -> HttpResponse:
    """Record a reading. The button `preview` shows what it would make of the KPI, and records nothing."""
    today_only(request)
    kpi = find_kpi(request, ref)
    require_to_record(actor_of(request), kpi)
    today = clock.day_of(moment_of(request))
    return _reading(request, kpi, ReadingForm(request.POST or None, initial={"observed_on": today}), None)


@page_view(Action.MEASURE)
def reading_correct(request: HttpRequest, pk: str) -> HttpResponse:
    """Put another reading in the place of one, with the reason."""
    today_only(request)
    old = find_reading(request, pk)
    require_to_record(actor_of(request), old.kpi)
    _require_standing(old)
    return _reading(request, old.kpi, CorrectionForm(request.POST or None, initial=reading_of(old)), old)


def _reading(request: HttpRequest, kpi: Kpi, form: ReadingForm, old: Measurement | None) -> HttpResponse:
    actor, at = actor_of(request), moment_of(request)
    today = clock.day_of(at)
    replaces = None if old is None else old.pk
    context = {
        **head(request, kpi),
        "old": old,
        "why": why(kpi),
        **shown(),
        "path": small_paths([kpi], today)[kpi.pk],
    }
    if request.method == "POST" and "preview" in request.POST:
        if form.is_valid():
            said = form.cleaned_data
            context["preview"] = of_reading(kpi, said["value"], said["observed_on"], today, replaces)
        return _shown(request, context, form, kpi, today, replaces, 400 if form.errors else 200)

    def save(filled: ReadingForm) -> Measurement:
        said = filled.cleaned_data
        provenance = Provenance(PAGE if said["key"] else "", said["key"], said["note"], said["evidence"])
        try:
            found = record_measurement(
                kpi_id=kpi.pk, observed_on=said["observed_on"], value=said["value"], by=actor, at=at, supersedes=replaces,
                provenance=provenance,
            )  # fmt: skip
        except Problem as problem:
            raise sent_before(problem) from problem
        return found.measurement

    done = submit(request, form, save)
    if done.row is None:
        return _shown(request, context, done.form, kpi, today, replaces, done.status)
    if done.row.pk == replaces:
        messages.success(request, "Nothing was changed: the reading says the same.")
    else:
        told = f"{number(done.row.value)} {kpi.unit_of_measure}".rstrip()
        word = "Corrected" if old else "On record"
        messages.success(
            request, f"{word}: {told} on {day(done.row.observed_on, today)}. The KPI is judged again."
        )
    return redirect("kpi-detail", kpi.ref)


def sent_before(problem: Problem) -> Problem:
    """The refusal of another reading under a form's key, in words of the page; any other as it is."""
    if problem.code != "source_key_used":
        return problem
    return conflict(problem.code, SENT_BEFORE)


def _shown(
    request: HttpRequest,
    context: dict[str, Any],
    form: Any,
    kpi: Kpi,
    today: Any,
    replaces: int | None,
    status: int,
) -> HttpResponse:
    context |= {"form": form, "case": case_of(kpi, today, replaces)}
    return render(request, "kpis/reading_form.html", context, status=status)


@page_view(Action.MEASURE)
def reading_withdraw(request: HttpRequest, pk: str) -> HttpResponse:
    """Take a reading back, with the reason."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    old = find_reading(request, pk)
    require_to_record(actor, old.kpi)
    _require_standing(old)
    form = WithdrawalForm(request.POST or None)
    done = submit(
        request,
        form,
        lambda f: withdraw_measurement(pk=old.pk, because=f.cleaned_data["note"], by=actor, at=at),
    )
    if done.row is not None:
        messages.success(request, "Withdrawn. The KPI is judged again without it.")
        return redirect("kpi-detail", old.kpi.ref)
    context = {**head(request, old.kpi), "old": old, "form": done.form}
    return render(request, "kpis/withdrawal_form.html", context, status=done.status)


def _require_standing(old: Measurement) -> None:
    """A form about a reading that no longer stands would only refuse at the end."""
    if old.void:
        raise conflict(
            "already_withdrawn", "This row withdraws a reading. Record the right one as a new reading."
        )
    after = Measurement.objects.filter(supersedes=old.pk).first()
    if after is not None:
        word = "withdrawn" if after.void else f"replaced by reading {after.pk}"
        raise conflict(
            "already_replaced", f"This reading was {word}. Open the KPI and choose the one that stands."
        )
