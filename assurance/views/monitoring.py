"""The monitoring tab of a model: what is watched, how it stands in words and numbers, and what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from assurance.charts.monitoring import monitor_chart
from assurance.forms import monitoring as forms
from assurance.models import Monitor, MonitorAlert, MonitorObservation, RetrainingRule
from assurance.queries.data_sources import sources_of_model
from assurance.queries.monitoring import Seen, monitors_of
from assurance.queries.outcomes import export_rows, outcomes_of
from assurance.services import alerts, monitors, observations, retraining
from assurance.views.model_acts import Act, Asked, model_page
from core import clock
from core.access import Actor, require
from core.acts import WORKS
from core.errors import Problem, not_found
from core.export import csv_response
from core.http import actor_of, form_problem, moment_of, page_view, today_only
from core.roles import Action
from core.uploads import require_within_limit
from core.values import read_int
from core.wording import plural
from domain.monitoring import SCALE, Band
from domain.retraining import Direction, Equality, Rule, Unit
from domain.segments import SMALLEST
from governance.models import AiModel
from governance.views.model_frame import find_model, frame

NAME: Final = "model-monitoring"


def _of_model(kind: type[Any], asked: Asked, way: str = "model") -> Any:
    """The row an act names, of this model. Problem 404 for another's."""
    row = kind.objects.filter(pk=asked.row, **{way: asked.subject}).first()
    if row is None:
        raise not_found()
    return row


def _acknowledged(form: Any, asked: Asked) -> Any:
    row = _of_model(MonitorAlert, asked, "monitor__model")
    return alerts.acknowledge(pk=row.pk, note=form.cleaned_data["note"], by=asked.by, at=asked.at)


def _set_up(form: Any, asked: Asked) -> Any:
    said = dict(form.cleaned_data)
    data, source, fixed_on = said.pop("baseline"), said.pop("source"), said.pop("fixed_on")
    said["smallest"] = said["smallest"] or 0
    if data:
        said["baseline"] = {"data": data, "source": source, "fixed_on": fixed_on or clock.day_of(asked.at)}
    return monitors.create_monitor(model_id=asked.subject.pk, by=asked.by, at=asked.at, **said)


def _fixed(form: Any, asked: Asked) -> Any:
    said = dict(form.cleaned_data)
    row = _of_model(Monitor, asked)
    return monitors.fix_baseline(pk=row.pk, data=said.pop("baseline"), by=asked.by, at=asked.at, **said)


def _observed(form: Any, asked: Asked) -> Any:
    row = _of_model(Monitor, asked)
    return observations.record_observations(
        monitor_id=row.pk, rows=[form.row()], by=asked.by, at=asked.at, single=True
    )


def _ruled(form: Any, asked: Asked) -> Any:
    said = dict(form.cleaned_data)
    row, reference = _of_model(Monitor, asked), said.pop("reference")
    rule = Rule(
        direction=Direction(said["direction"]), amount=said["amount"], unit=Unit(said["unit"]),
        equality=Equality(said["equality"]), minimum_sample=said["minimum_sample"],
        cooldown_days=said["cooldown_days"], window_days=said["window_days"],
    )  # fmt: skip
    return retraining.set_rule(monitor_id=row.pk, rule=rule, reference=reference, by=asked.by, at=asked.at)


def _ended(form: Any, asked: Asked) -> Any:
    row = _of_model(RetrainingRule, asked, "monitor__model")
    return retraining.end_rule(pk=row.pk, because=form.cleaned_data["because"], by=asked.by, at=asked.at)


def _retired(form: Any, asked: Asked) -> Any:
    row = _of_model(Monitor, asked)
    return monitors.retire_monitor(pk=row.pk, because=form.cleaned_data["because"], by=asked.by, at=asked.at)


def _today(asked: Asked) -> Mapping[str, Any]:
    today = clock.day_of(asked.at)
    return {"observed_on": today, "fixed_on": today}


ACTS: Final = {
    "acknowledge": Act(forms.AcknowledgeForm, _acknowledged, "Acknowledge the alert", "Acknowledge", "Acknowledged."),
    "monitor": Act(forms.MonitorForm, _set_up, "Watch something else", "Watch it", "It is watched from now on."),
    "baseline": Act(forms.BaselineForm, _fixed, "Fix a baseline", "Fix it", "Fixed. What arrives from now on is compared with it.", begin=_today),
    "observe": Act(
        forms.ObservationForm, _observed, "Record an observation", "Record it", "On record, and judged.",
        right=Action.REPORT_MODEL, begin=_today,
    ),
    "rule": Act(forms.RuleForm, _ruled, "When is retraining asked for?", "Set the rule", "The rule is asked of every reading from now on."),
    "end-rule": Act(forms.BecauseForm, _ended, "End the retraining rule", "End it", "The rule has ended."),
    "retire": Act(forms.BecauseForm, _retired, "Stop watching", "Stop watching it", "It is watched no more. Its record stays."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segments:
    """Segments of the latest observation that tells them."""

    monitor: Monitor
    observation: MonitorObservation

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = [
            {**one, "value": None if one["value"] is None else float(one["value"])}
            for one in self.observation.data["segments"]
        ]
        return found

    @property
    def disparity(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.observation.result.get("disparity", {})
        return found


def _told(model: AiModel, by: Actor, at: datetime) -> Mapping[str, Any]:
    seen = monitors_of(model, clock.day_of(at))
    return {
        "monitors": [(one, monitor_chart(one)) for one in seen],
        "alarming": [one for one in seen if one.row.band in alerts.ALARMING],
        "unknown": [one for one in seen if one.never or one.row.band in {"", Band.TOO_FEW.value}],
        "silent": [one for one in seen if one.silent_since],
        "rules": [(one, rule) for one in seen for rule in one.rules],
        "segments": _segments(seen), "smallest": SMALLEST, "scale": SCALE,
        "paired": [one for one in seen if one.row.metric and one.latest and "errors" in one.latest.result],
        "outcomes": outcomes_of(model), "sources": sources_of_model(model, by), "charted": any(one.observations for one in seen),
    }  # fmt: skip


def _segments(seen: Sequence[Seen]) -> list[Segments]:
    out = []
    for one in seen:
        found = next((row for row in reversed(one.observations) if row.data.get("segments")), None)
        if found is not None:
            out.append(Segments(one.row, found))
    return out


@page_view(Action.VIEW, methods=WORKS)
def monitoring(request: HttpRequest, ref: str) -> HttpResponse:
    """What is watched of a model, three kinds apart, with what is alarming, what is missing and what asks for retraining."""
    return model_page(request, ref, name=NAME, template="assurance/monitoring.html", acts=ACTS, told=_told)


@page_view(Action.REPORT_MODEL)
def monitor_upload(request: HttpRequest, ref: str, pk: str) -> HttpResponse:
    """Observations as CSV, pasted or from a file: shown first, then recorded, all of them or none."""
    today_only(request)
    model, by, at = find_model(request, ref), actor_of(request), moment_of(request)
    row = Monitor.objects.filter(pk=read_int("monitor", pk), model=model).first()
    if row is None:
        raise not_found()
    require(by, Action.REPORT_MODEL, model)
    posted = request.method == "POST"
    form = forms.TableForm(*((request.POST, request.FILES) if posted else ()))
    context: dict[str, Any] = {**frame(request, model, NAME), "monitor": row}
    status = 200
    if posted:
        require_within_limit(request)
        status = 400
        if form.is_valid():
            try:
                if "record" in request.POST:
                    done = observations.record_observations(
                        monitor_id=row.pk, rows=form.cleaned_data["rows"], by=by, at=at
                    )
                    new = sum(one.created for one in done)
                    messages.success(
                        request, f"{plural(new, 'observation')} on record, {len(done) - new} known before."
                    )
                    return redirect(NAME, model.ref)
                context["preview"] = observations.foresee(
                    monitor=row, rows=form.cleaned_data["rows"], today=clock.day_of(at)
                )
                context["table"], status = form.cleaned_data["table"], 200
            except Problem as problem:
                form_problem(form, problem)
                status = problem.status
    context["form"] = form
    return render(request, "assurance/monitor_upload.html", context, status=status)


@page_view(Action.VIEW)
def outcome_export(request: HttpRequest, ref: str, what: str) -> HttpResponseBase:
    """Corrections or review counts of a model as CSV. `X-Row-Count` says how many rows there are below the first line."""
    today_only(request)
    model = find_model(request, ref)
    columns, rows, count = export_rows(model, what)
    response = csv_response(f"{model.ref}-{what}", columns, rows)
    response["X-Row-Count"] = str(count)
    return response
