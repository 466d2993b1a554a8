"""Defining a KPI, changing it, and pausing, resuming or retiring it."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import require
from core.editing import submit
from core.errors import conflict
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.wording import day
from kpis.forms import KpiForm, StateForm, facts_of
from kpis.models import Kpi
from kpis.services.define import create_kpi, edit_kpi
from kpis.services.influence import expect_influence
from kpis.services.states import pause_kpi, resume_kpi, retire_kpi
from kpis.services.success import FIELDS
from kpis.services.versions import development_began, settled
from kpis.views.find import find_kpi, head
from kpis.views.preview import of_definition, shown
from kpis.views.words import tolerance
from portfolio.models import Initiative
from portfolio.views.frame import find_initiative

# Stages before development: what a KPI is expected to do can still be said.
EARLY = ("idea", "framing")
BEGUN = ("name", "unit_of_measure", "direction", "kind", "definition")
PAUSED, ACTIVE, RETIRED = Kpi.State.PAUSED.value, Kpi.State.ACTIVE.value, Kpi.State.RETIRED.value
OFFERED = {
    ACTIVE: [(PAUSED, "Pause it until a day"), (RETIRED, "Retire it for good")],
    PAUSED: [(ACTIVE, "Judge it again now"), (PAUSED, "Pause it until another day"), (RETIRED, "Retire it for good")],
}  # fmt: skip
DONE = {
    PAUSED: "is paused until {until}",
    ACTIVE: "is judged again",
    RETIRED: "is retired: it takes no more readings",
}


@page_view(Action.DEFINE_KPI)
def kpi_create(request: HttpRequest, ref: str) -> HttpResponse:
    """Define a KPI of an initiative. The button `preview` shows how it would be judged, and saves nothing."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    initiative = find_initiative(request, ref)
    require(actor, Action.DEFINE_KPI, initiative)
    today = clock.day_of(at)
    form = KpiForm(
        request.POST or None, initiative_id=initiative.pk, initial={"baseline_on": today, **_begun(request)},
        expects=initiative.stage in EARLY,
    )  # fmt: skip
    if (previewed := _previewed(request, form, initiative, None)) is not None:
        return previewed

    def save(filled: KpiForm) -> Kpi:
        with transaction.atomic():
            row = create_kpi(
                initiative_id=initiative.pk, facts=filled.facts(), success=filled.success(), by=actor, at=at  # type: ignore[arg-type]
            )  # fmt: skip
            expected = filled.expected()
            if expected is not None:
                expect_influence(pk=row.pk, by=actor, at=at, **expected)
        return row

    done = submit(request, form, save)
    if done.row is not None:
        messages.success(request, f"{done.row.ref} {done.row.name} is defined.")
        return redirect("kpi-detail", done.row.ref)
    return _form(request, done.form, initiative, None, status=done.status)


def _begun(request: HttpRequest) -> dict[str, str]:
    """What the address fills in, as the links of the templates do. The form refuses what it would refuse typed."""
    return {name: request.GET[name] for name in BEGUN if name in request.GET}


@page_view(Action.DEFINE_KPI)
def kpi_edit(request: HttpRequest, ref: str) -> HttpResponse:
    """Change a KPI. When somebody saved in between, both versions are shown and nothing typed is lost."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    row = find_kpi(request, ref)
    require(actor, Action.DEFINE_KPI, row)
    because = settled(row.current) if row.current is not None else ""
    began = None if because else development_began(row.initiative_id, clock.day_of(at))
    form = KpiForm(
        request.POST or None, record=row, initiative_id=row.initiative_id, initial=facts_of(row), settled=bool(because),
        locked=row.current is not None and row.current.baseline_locked_at is not None,
    )  # fmt: skip
    if (
        previewed := _previewed(request, form, row.initiative, row, because=because, began=began)
    ) is not None:
        return previewed

    def save(filled: KpiForm) -> Kpi:
        facts, success = filled.changes()
        return edit_kpi(
            pk=row.pk, expected_version=filled.expected_version, by=actor, at=at, facts=facts, success=success  # type: ignore[arg-type]
        )  # fmt: skip

    done = submit(request, form, save, row)
    if done.row is not None:
        messages.success(request, f"{row.ref} is saved{_as_version(row, done.row)}.")
        return redirect("kpi-detail", row.ref)
    return _form(
        request,
        done.form,
        row.initiative,
        row,
        conflict=done.conflict,
        status=done.status,
        because=because,
        began=began,
    )


def _as_version(before: Kpi, after: Kpi) -> str:
    """What to say of the version that an edit made."""
    if after.current is None or before.current_id == after.current_id:
        return ""
    return f" as version {after.current.number}, which nobody approved"


def _previewed(
    request: HttpRequest, form: KpiForm, initiative: Initiative, row: Kpi | None, **more: Any
) -> HttpResponse | None:
    """The form again with the preview, where that was asked for."""
    if request.method != "POST" or "preview" not in request.POST:
        return None
    preview = None
    form.is_valid()
    if not any(name in form.errors for name in (*FIELDS, "try_value", "try_on")):
        today = clock.day_of(moment_of(request))
        unit = str(form.cleaned_data.get("unit_of_measure", ""))
        preview = of_definition(form.success(), form.supposed(today), unit, today)
    return _form(request, form, initiative, row, preview=preview, status=200 if preview else 400, **more)


def _form(
    request: HttpRequest, form: KpiForm, initiative: Initiative, row: Kpi | None, **more: Any
) -> HttpResponse:
    status = more.pop("status", 200)
    context = {
        "form": form, "initiative": initiative, "kpi": row, **shown(), **more,
        **(head(request, row) if row is not None else {"may_open": True}),
        "tolerance": tolerance(row.current) if row is not None and row.current is not None else {},
    }  # fmt: skip
    return render(request, "kpis/kpi_form.html", context, status=status)


@page_view(Action.DEFINE_KPI)
def kpi_state(request: HttpRequest, ref: str) -> HttpResponse:
    """Pause it until a day, judge it again, or end it."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    row = find_kpi(request, ref)
    require(actor, Action.DEFINE_KPI, row)
    if row.state == RETIRED:
        raise conflict("kpi_retired", f"{row.ref} is retired, and stays so. Define a new KPI.")

    def save(form: StateForm) -> Kpi:
        said = form.cleaned_data
        known: dict[str, Any] = {
            "pk": row.pk, "because": said["because"], "by": actor, "at": at, "expected_version": form.expected_version,
        }  # fmt: skip
        if said["state"] == PAUSED:
            return pause_kpi(until=said["until"], **known)
        return resume_kpi(**known) if said["state"] == ACTIVE else retire_kpi(**known)

    initial = {"version": row.version, "until": row.paused_until}
    form = StateForm(request.POST or None, offered=OFFERED[row.state], initial=initial)
    done = submit(request, form, save, row)
    if done.row is not None:
        told = DONE[done.row.state].format(until=day(done.row.paused_until, clock.day_of(at)))
        messages.success(request, f"{row.ref} {told}.")
        return redirect("kpi-detail", row.ref)
    context = {**head(request, row), "form": done.form, "conflict": done.conflict}
    return render(request, "kpis/state_form.html", context, status=done.status)
