"""Checking in: every KPI that is due in one form, of one initiative or of all that a person works on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import require
from core.editing import Submitted, submit
from core.errors import Item, Problem
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.wording import plural
from domain.stages import Stage
from kpis.forms import CheckInForm
from kpis.models import Kpi
from kpis.queries import recordable
from kpis.services.check_in import Said, record_together
from kpis.views.due import by_due
from kpis.views.readings import PAGE, SENT_BEFORE
from portfolio.models import Initiative
from portfolio.views.frame import find_initiative, frame

SOON: Final = timedelta(days=14)
MOST: Final = 100
"""KPIs in one form: what a person fills in at a sitting."""
_ENDED: Final = (Stage.STOPPED.value, Stage.RETIRED.value)


@dataclass(frozen=True, slots=True)
class Line:
    """A KPI in the form, with its fields."""

    kpi: Kpi
    due: date | None
    late: bool
    value: Any
    observed_on: Any
    note: Any


@page_view(Action.MEASURE)
def check_in(request: HttpRequest) -> HttpResponse:
    """What is due, or soon will be, on everything the person works on: one form, all of it recorded or nothing."""
    today_only(request)
    today = clock.day_of(moment_of(request))
    mine = _open_to(request).filter(_works_on(request)).exclude(initiative__stage__in=_ENDED)
    due = [(kpi, on) for kpi, on in by_due(list(mine), today) if on is not None and on <= today + SOON]
    rows = _with_typed(request, due[:MOST], today)
    done = _submitted(request, rows, today)
    if done.row is not None:
        messages.success(request, f"{plural(done.row, 'reading')} on record, and the KPIs are judged again.")
        return redirect("check-in")
    lines = _lines(done.form, rows, today)
    context = {
        "form": done.form, "groups": _by_initiative(lines), "late": sum(line.late for line in lines),
        "count": len(lines), "more": max(len(due) - MOST, 0),
    }  # fmt: skip
    return render(request, "kpis/check_in_all.html", context, status=done.status)


@page_view(Action.MEASURE)
def initiative_check_in(request: HttpRequest, ref: str) -> HttpResponse:
    """A row for each KPI of an initiative that takes readings, due or not."""
    today_only(request)
    today = clock.day_of(moment_of(request))
    initiative = find_initiative(request, ref)
    rows = by_due(list(_open_to(request).filter(initiative=initiative)), today)
    if not rows:
        require(actor_of(request), Action.MEASURE, initiative)
    rows = _with_typed(request, rows, today)
    done = _submitted(request, rows, today)
    if done.row is not None:
        messages.success(request, f"{plural(done.row, 'reading')} on record, and the KPIs are judged again.")
        return redirect("initiative-kpis", initiative.ref)
    context = frame(request, initiative, "initiative-kpis") | {
        "form": done.form,
        "lines": _lines(done.form, rows, today),
    }
    return render(request, "kpis/check_in.html", context, status=done.status)


def _open_to(request: HttpRequest) -> QuerySet[Kpi]:
    """The KPIs the person may record readings of, those that are a judgement only where they judge."""
    rows: QuerySet[Kpi] = Kpi.objects.filter(recordable(actor_of(request))).exclude(state=Kpi.State.RETIRED)
    return rows.select_related("current", "initiative").order_by("pk")


def _works_on(request: HttpRequest) -> Q:
    user = request.user.pk
    members = Initiative.objects.filter(members__user=user).values("pk")
    return (
        Q(owner=user)
        | Q(judge=user)
        | Q(initiative__lead=user)
        | Q(initiative__sponsor=user)
        | Q(initiative__in=members)
    )


def _with_typed(
    request: HttpRequest, rows: Sequence[tuple[Kpi, date | None]], today: date
) -> list[tuple[Kpi, date | None]]:
    """The rows, and those that a value was typed for which are due no more: what was typed is never passed over."""
    shown = {kpi.pk for kpi, _ in rows}
    typed = _typed(request) - shown
    if not typed:
        return list(rows)
    return [*rows, *by_due(list(_open_to(request).filter(pk__in=typed)), today)]


def _typed(request: HttpRequest) -> set[int]:
    """The KPIs that a value was sent for."""
    names = [
        name.removeprefix("value_")
        for name, said in request.POST.items()
        if name.startswith("value_") and said
    ]
    return {int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 19}


def _submitted(
    request: HttpRequest, rows: Sequence[tuple[Kpi, date | None]], today: date
) -> Submitted[CheckInForm, int]:
    kpis = [kpi for kpi, _ in rows]
    form = CheckInForm(request.POST or None, kpis=kpis, today=today)
    closed = _typed(request) - {kpi.pk for kpi in kpis}

    if closed:
        names = ", ".join(f"K-{pk:04d}" for pk in sorted(closed)[:20])
        form.full_clean()
        form.errors.pop("__all__", None)
        form.add_error(None, f"{names} takes no readings from you any more. Nothing was recorded.")
        return Submitted(form, status=409)

    def save(filled: CheckInForm) -> int:
        key = filled.cleaned_data["key"]
        readings = [Said(kpi.pk, on, value, note) for kpi, value, on, note in filled.readings()]
        try:
            return record_together(
                readings=readings, source=PAGE if key else "", source_key=key, by=actor_of(request),
                at=moment_of(request),
            )  # fmt: skip
        except Problem as problem:
            raise _at_its_fields(problem) from problem

    return submit(request, form, save)


def _at_its_fields(problem: Problem) -> Problem:
    """Refusals at the fields of their rows, in words of the page."""
    items = []
    for item in problem.items:
        _, kpi_id, field = item.pointer.split("/", 2)
        detail = SENT_BEFORE if item.code == "source_key_used" else item.detail
        items.append(Item(f"/{field}_{kpi_id}", item.code, detail))
    return Problem(problem.status, problem.code, problem.detail, tuple(items))


def _lines(form: CheckInForm, rows: Iterable[tuple[Kpi, date | None]], today: date) -> list[Line]:
    return [
        Line(
            kpi, due, due is not None and due <= today, form[f"value_{kpi.pk}"], form[f"observed_on_{kpi.pk}"],
            form[f"note_{kpi.pk}"],
        )
        for kpi, due in rows
    ]  # fmt: skip


def _by_initiative(lines: Sequence[Line]) -> list[tuple[Initiative, list[Line]]]:
    """In the order of what is longest due."""
    out: dict[int, tuple[Initiative, list[Line]]] = {}
    for line in lines:
        out.setdefault(line.kpi.initiative_id, (line.kpi.initiative, []))[1].append(line)
    return list(out.values())
