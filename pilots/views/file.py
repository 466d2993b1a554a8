"""The pages of a pilot's file: charter, rollout, use and people, findings, flags so far."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from core import clock
from core.access import Actor, allows
from core.acts import WORKS
from core.errors import not_found
from core.http import page_view
from core.roles import Action
from domain.feedback import WITHIN
from domain.likeness import ITEMS
from pilots.forms import parts
from pilots.models import Hypothesis, LogEntry, Pilot, TrainingGroup
from pilots.queries import file
from pilots.queries.board import told as open_flags
from pilots.queries.rollout import waves_of
from pilots.services import log, rollout, use
from pilots.services.versions import answer_hypothesis
from pilots.views.acts import Act, Asked, file_page
from portfolio.models import Flag


def _form(form: parts.ActForm) -> dict[str, Any]:
    return dict(form.cleaned_data)


def _today(asked: Asked) -> dict[str, Any]:
    today = clock.day_of(asked.at)
    return {"week": today, "seen_on": today, "on": today}


# Charter


def _answered(form: parts.ActForm, asked: Asked) -> Any:
    said = _form(form)
    kpi = said.pop("kpi")
    return answer_hypothesis(pk=asked.row, by=asked.by, at=asked.at, kpi_id=kpi.pk if kpi else None, **said)


def _hypothesis(asked: Asked) -> Mapping[str, Any]:
    row = Hypothesis.objects.filter(pk=asked.row, version__pilot=asked.subject).first()
    if row is None:
        raise not_found()
    return {"answer": row.answer, "evidence": row.evidence, "kpi": row.kpi_id}


def _charter(pilot: Pilot, by: Actor, at: datetime) -> Mapping[str, Any]:  # noqa: ARG001  what every page is asked
    versions = file.charters_of(pilot)
    return {
        "versions": versions, "newest": versions[0] if versions else None, "earlier": versions[1:],
        "scope": file.scope_score(pilot),
    }  # fmt: skip


@page_view(Action.VIEW, methods=WORKS)
def charter(request: HttpRequest, ref: str) -> HttpResponse:
    """Every version of the charter, what it takes on, and what the pilot showed of each hypothesis."""
    acts = {
        "answer": Act(
            parts.HypothesisForm, _answered, "What the pilot showed", "Keep it", "Kept with its evidence.", begin=_hypothesis
        ),
    }  # fmt: skip
    return file_page(
        request, ref, name="pilot-charter", template="pilots/charter.html", acts=acts, told=_charter
    )


# Rollout


def _plan(form: parts.ActForm) -> rollout.WavePlan:
    said = _form(form)
    said["criteria"] = tuple(said["criteria"].splitlines())
    return rollout.WavePlan(**said)


def _planned(form: parts.ActForm, asked: Asked) -> Any:
    return rollout.plan_wave(pilot_id=asked.subject.pk, plan=_plan(form), by=asked.by, at=asked.at)


def _changed(form: parts.ActForm, asked: Asked) -> Any:
    return rollout.edit_wave(
        pilot_id=asked.subject.pk, number=asked.row, plan=_plan(form), by=asked.by, at=asked.at
    )


def _wave(asked: Asked) -> Mapping[str, Any]:
    found = next((one.row for one in waves_of(asked.subject) if one.row.number == asked.row), None)
    if found is None:
        raise not_found()
    plain = ("name", "unit", "users", "sites", "planned_on", "champion", "tailoring", "tailored")
    criteria = "\n".join(one.text for one in found.criteria.all())
    return {**{name: getattr(found, name) for name in plain}, "criteria": criteria}


def _begun(form: parts.ActForm, asked: Asked) -> Any:
    return rollout.begin_wave(
        pilot_id=asked.subject.pk, number=asked.row, by=asked.by, at=asked.at, **_form(form)
    )


def _judged(form: parts.ActForm, asked: Asked) -> Any:
    """`row` names wave and criterion: 203 is the third of wave 2."""
    wave, criterion = divmod(asked.row, 100)
    return rollout.judge_criterion(
        pilot_id=asked.subject.pk, number=wave, criterion=criterion, by=asked.by, at=asked.at, **_form(form)
    )


def _rollout(pilot: Pilot, by: Actor, at: datetime) -> Mapping[str, Any]:  # noqa: ARG001  what every page is asked
    return {"waves": waves_of(pilot)}


@page_view(Action.VIEW, methods=WORKS)
def rollout_page(request: HttpRequest, ref: str) -> HttpResponse:
    """The waves: which has begun, which may, and what locks the others."""
    acts = {
        "plan": Act(parts.WaveForm, _planned, "Plan the next wave", "Plan it", "The wave is planned."),
        "change": Act(
            parts.WaveForm, _changed, "Change the wave", "Save", "The wave is changed.", begin=_wave
        ),
        "begin": Act(
            parts.BeginForm, _begun, "Begin the wave", "Begin it", "The wave has begun.", begin=_today
        ),
        "judge": Act(
            parts.CriterionForm, _judged, "Is the criterion met?", "Keep it", "Kept with its evidence."
        ),
    }
    return file_page(
        request, ref, name="pilot-rollout", template="pilots/rollout.html", acts=acts, told=_rollout
    )


# Use and people


def _week(form: parts.ActForm, asked: Asked) -> Any:
    said = _form(form)
    week, note = said.pop("week"), said.pop("note")
    return use.record_week(
        pilot_id=asked.subject.pk, week=week, note=note, use=use.Use(**said), by=asked.by, at=asked.at
    )


def _training(form: parts.ActForm, asked: Asked) -> Any:
    return use.plan_training(pilot_id=asked.subject.pk, by=asked.by, at=asked.at, **_form(form))


def _trained(form: parts.ActForm, asked: Asked) -> Any:
    said = _form(form)
    return use.record_training(
        pk=asked.row, by=asked.by, at=asked.at, expected_version=said.pop("version"), **said
    )


def _group(asked: Asked) -> Mapping[str, Any]:
    row = TrainingGroup.objects.filter(pk=asked.row, pilot=asked.subject).first()
    if row is None:
        raise not_found()
    return {"trained": row.trained, "evidence": row.evidence, "version": row.version}


def _change(form: parts.ActForm, asked: Asked) -> Any:
    return use.plan_change(pilot_id=asked.subject.pk, by=asked.by, at=asked.at, **_form(form))


def _feedback(form: parts.ActForm, asked: Asked) -> Any:
    return use.give_feedback(pilot_id=asked.subject.pk, by=asked.by, at=asked.at, **_form(form))


def _answer(form: parts.ActForm, asked: Asked) -> Any:
    return use.answer_feedback(pk=asked.row, by=asked.by, at=asked.at, **_form(form))


def _use(pilot: Pilot, by: Actor, at: datetime) -> Mapping[str, Any]:  # noqa: ARG001  what every page is asked
    return {
        "weeks": file.weeks_of(pilot), "training": file.training_of(pilot), "change": file.change_of(pilot),
        "feedback": file.feedback_of(pilot, at), "answer_within": WITHIN,
    }  # fmt: skip


@page_view(Action.VIEW, methods=WORKS)
def use_page(request: HttpRequest, ref: str) -> HttpResponse:
    """Weeks of use, training, the change plan, and the inbox of feedback."""
    acts = {
        "week": Act(parts.WeekForm, _week, "Record a week of use", "Record it", "Recorded.", begin=_today),
        "training": Act(parts.TrainingForm, _training, "Plan training", "Plan it", "Planned."),
        "trained": Act(parts.TrainedForm, _trained, "How many are trained", "Keep it", "Kept.", begin=_group),
        "change": Act(parts.ChangeForm, _change, "Add to the change plan", "Add it", "Added to the change plan."),
        "done": Act(
            parts.DoneForm, lambda _form, asked: use.finish_change(pk=asked.row, by=asked.by, at=asked.at),
            "Is this line of the change plan done?", "Yes, it is done", "Done.",
        ),
        "feedback": Act(
            parts.FeedbackForm, _feedback, "Say something about this pilot", "Send it", "Thank you. It is answered here.",
            right=Action.VIEW,
        ),
        "answer": Act(parts.AnswerForm, _answer, "Answer", "Answer", "Answered."),
    }  # fmt: skip
    return file_page(request, ref, name="pilot-use", template="pilots/use.html", acts=acts, told=_use)


# Findings


def _found(form: parts.ActForm, asked: Asked) -> Any:
    return log.log_finding(pilot_id=asked.subject.pk, by=asked.by, at=asked.at, **_form(form))


def _roadmap(form: parts.ActForm, asked: Asked) -> Any:
    said = _form(form)
    version = said.pop("version")
    return log.put_on_roadmap(
        pk=asked.row, item=log.Roadmap(**said), by=asked.by, at=asked.at, expected_version=version
    )


def _closed(form: parts.ActForm, asked: Asked) -> Any:
    said = _form(form)
    return log.close_finding(
        pk=asked.row, because=said["because"], by=asked.by, at=asked.at, expected_version=said["version"]
    )


def _entry(asked: Asked) -> Mapping[str, Any]:
    row = LogEntry.objects.filter(pk=asked.row, pilot=asked.subject).first()
    if row is None:
        raise not_found()
    return {"todo": row.todo, "owner": row.owner_id, "due_on": row.due_on, "version": row.version}


def _checked(form: parts.ActForm, asked: Asked) -> Any:
    return log.check_likeness(pilot_id=asked.subject.pk, by=asked.by, at=asked.at, **_form(form))


def _findings(pilot: Pilot, by: Actor, at: datetime) -> Mapping[str, Any]:  # noqa: ARG001  what every page is asked
    score, sides = file.likeness_of(pilot)
    entries = file.log_of(pilot)
    return {
        "entries": entries, "open_entries": [one for one in entries if one.state == LogEntry.State.OPEN],
        "likeness": score, "sides": sides,
    }  # fmt: skip


@page_view(Action.VIEW, methods=WORKS)
def log_page(request: HttpRequest, ref: str) -> HttpResponse:
    """What the pilot found and what is done about it, and how like production it is."""
    acts = {
        "found": Act(parts.FindingForm, _found, "Log a finding", "Log it", "Logged.", begin=_today),
        "roadmap": Act(parts.RoadmapForm, _roadmap, "What is done about it", "Put it on the roadmap", "It is on the roadmap.",
                       begin=_entry),
        "close": Act(parts.CloseForm, _closed, "Close the finding", "Close it", "Closed.", begin=_entry),
        "check": Act(parts.CheckForm, _checked, "How like production is it?", "Keep it", "Kept.",
                     begin=lambda asked: {"item": ITEMS[asked.row - 1].code if 0 < asked.row <= len(ITEMS) else ""}),
    }  # fmt: skip
    return file_page(request, ref, name="pilot-log", template="pilots/log.html", acts=acts, told=_findings)


# Flags


def _snoozed(form: parts.ActForm, asked: Asked) -> Any:
    return log.snooze_flag(flag_id=asked.row, by=asked.by, at=asked.at, **_form(form))


def _flag(asked: Asked) -> Mapping[str, Any]:
    if not Flag.objects.filter(pk=asked.row, subject_type="pilot", subject_id=asked.subject.pk).exists():
        raise not_found()
    return {"until": clock.day_of(asked.at) + parts.MONTH}


def _flags(pilot: Pilot, by: Actor, at: datetime) -> Mapping[str, Any]:
    found, today = open_flags([pilot])[pilot.pk], clock.day_of(at)
    snoozes = file.snoozes_of(found, today)
    return {
        "flags": [(flag, snoozes.get(flag.pk)) for flag in found], "cleared": file.cleared_of(pilot),
        "may_snooze": allows(by, Action.EXTEND_PILOT, pilot),
    }  # fmt: skip


@page_view(Action.VIEW, methods=WORKS)
def flags_page(request: HttpRequest, ref: str) -> HttpResponse:
    """Every flag the pilot raised, open and cleared, and which were put off, by whom and why."""
    acts = {
        "snooze": Act(parts.SnoozeForm, _snoozed, "Put the flag off", "Put it off", "Put off; it stays visible.",
                      right=Action.EXTEND_PILOT, begin=_flag),
        "wake": Act(parts.DoneForm, lambda _form, asked: log.end_snooze(pk=asked.row, by=asked.by, at=asked.at),
                    "Take the snooze back?", "Yes, take it back", "Taken back.", right=Action.EXTEND_PILOT),
    }  # fmt: skip
    return file_page(request, ref, name="pilot-flags", template="pilots/flags.html", acts=acts, told=_flags)
