"""The remediation of an initiative: four steps as a path, the next one open as a form."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import allows, require, scope
from core.editing import submit
from core.errors import not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.values import read_ref
from domain.remediation import SERIES_FROM, Step
from kpis.forms.actions import RemedyForm, StepForm
from kpis.models import Kpi, Remediation, RemediationStep
from kpis.queries.discipline import DEVELOPED
from kpis.queries.remediation import reached, series_days
from kpis.services.remediation import open_remediation, take_step
from portfolio.models import Initiative
from portfolio.views.frame import find_initiative, frame

ASKS = {
    Step.RETROSPECTIVE: "Find out which outcomes the model affects, looking back.",
    Step.POST_HOC_KPI: "Name a KPI for them. It is labelled post-hoc from then on, for ever.",
    Step.VALIDATION: f"Run the history against the KPI: readings on at least {SERIES_FROM} different days.",
    Step.REALIGNMENT: "Decide what follows for the model: retrain it, update it, or neither.",
}


@dataclass(frozen=True, slots=True)
class Place:
    """One of the four on the path: what it asks, and how it was taken. state: done, now or later."""

    number: int
    label: str
    asks: str
    state: str
    row: RemediationStep | None


@dataclass(frozen=True, slots=True)
class Path:
    """A remediation as its page draws it. `following`: the code of the next step, empty when all are taken."""

    row: Remediation
    places: tuple[Place, ...]
    following: str
    sentence: str


def path_of(row: Remediation) -> Path:
    taken = {step.step: step for step in row.steps.all()}
    state = reached(row)
    following = state.next_step.value if state.next_step else ""
    places = tuple(
        Place(
            number, str(RemediationStep.Step(step.value).label), ASKS[step],
            "done" if step.value in taken else "now" if step.value == following else "later", taken.get(step.value),
        )
        for number, step in enumerate(Step, start=1)
    )  # fmt: skip
    return Path(row, places, following, state.sentence)


def _paths(initiative: Initiative) -> list[Path]:
    rows = (
        Remediation.objects.filter(initiative=initiative).select_related("opened_by")
        .prefetch_related("steps__kpi", "steps__recorded_by").order_by("-pk")
    )  # fmt: skip
    return [path_of(row) for row in rows]


def _page(
    request: HttpRequest, initiative: Initiative, form: forms.Form | None, status: int = 200
) -> HttpResponse:
    """The page with a form that was sent and refused, or with an empty one for who may fill it in."""
    actor, today = actor_of(request), clock.day_of(moment_of(request))
    paths = _paths(initiative)
    current = next((one for one in paths if one.row.closed_at is None), None)
    may = allows(actor, Action.DEFINE_KPI, initiative)
    built = initiative.stage in {stage.value for stage in DEVELOPED}
    if may and form is None:
        if current is not None:
            form = StepForm(step=current.following, initiative_id=initiative.pk)
        elif built:
            form = RemedyForm()
    context = frame(request, initiative, "initiative-kpis") | {
        "current": current, "before": [one for one in paths if one is not current], "form": form, "built": built,
        "may_begin": may and built and current is None,
        "history": _history(current, today) if current else None,
        "post_hoc": list(Kpi.objects.filter(initiative=initiative, remediation__isnull=False).order_by("name")),
    }  # fmt: skip
    return render(request, "kpis/actions/remediation.html", context, status=status)


def _history(path: Path, today: Any) -> dict[str, Any] | None:
    """How much history there is, where that is what the next step asks."""
    if path.following != Step.VALIDATION:
        return None
    named = path.places[1].row
    rows = Kpi.objects.select_related("current")
    kpi = rows.filter(pk=named.kpi_id).first() if named is not None and named.kpi_id is not None else None
    found = 0 if kpi is None else series_days(kpi, as_of=today)
    return {"kpi": kpi, "days": found, "needed": SERIES_FROM, "enough": found >= SERIES_FROM}


@page_view(Action.VIEW)
def remediation(request: HttpRequest, ref: str) -> HttpResponse:
    """How far the KPIs of an initiative were set right after the fact."""
    today_only(request)
    return _page(request, find_initiative(request, ref), None)


@page_view(Action.DEFINE_KPI)
def remediation_open(request: HttpRequest, ref: str) -> HttpResponse:
    """Begin one."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    initiative = find_initiative(request, ref)
    require(actor, Action.DEFINE_KPI, initiative)

    def save(form: RemedyForm) -> Remediation:
        because = form.cleaned_data["because"]
        return open_remediation(initiative_id=initiative.pk, because=because, by=actor, at=at)

    if request.method != "POST":
        return redirect("initiative-remediation", initiative.ref)
    done = submit(request, RemedyForm(request.POST), save)
    if done.row is not None:
        messages.success(request, "The remediation is open. Its first step is to look back.")
        return redirect("initiative-remediation", initiative.ref)
    return _refused(request, initiative, done.form, done.status, asks="")


@page_view(Action.DEFINE_KPI)
def remediation_step(request: HttpRequest, pk: str, step: str) -> HttpResponse:
    """Take a step. Another one than the next is refused, and said so where the next one is open."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    rows = Remediation.objects.filter(scope(actor, Action.VIEW, Remediation), pk=read_ref(pk, ""))
    row = rows.first()
    if row is None or step not in {one.value for one in Step}:
        raise not_found()
    initiative = find_initiative(request, str(row.initiative_id))
    require(actor, Action.DEFINE_KPI, initiative)
    if request.method != "POST":
        return redirect("initiative-remediation", initiative.ref)

    def save(form: StepForm) -> RemediationStep:
        said: Any = form.cleaned_data
        return take_step(pk=row.pk, step=step, by=actor, at=at, **said)

    done = submit(request, StepForm(request.POST, step=step, initiative_id=initiative.pk), save)
    if done.row is not None:
        last = step == Step.REALIGNMENT
        messages.success(
            request, "All four steps are taken." if last else f"{done.row.get_step_display()} is on record."
        )
        return redirect("initiative-remediation", initiative.ref)
    return _refused(request, initiative, done.form, done.status, asks=step)


def _refused(
    request: HttpRequest, initiative: Initiative, form: forms.Form, status: int, *, asks: str
) -> HttpResponse:
    """The page again: with the form that was sent where it still is the one asked for, else with the refusal alone."""
    row = Remediation.objects.filter(initiative=initiative, closed_at=None).prefetch_related("steps").first()
    following = reached(row).next_step if row is not None else None
    if (following.value if following else "") == asks and (row is not None or not asks):
        return _page(request, initiative, form, status)
    for sentence in form.non_field_errors() or ["This was done meanwhile, in another window."]:
        messages.error(request, str(sentence))
    return _page(request, initiative, None, status)
