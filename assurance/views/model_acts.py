"""Tabs of a model on which things are done: what stands there, and the form of one act (`core.acts`)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core import acts as core_acts
from core import clock
from core.access import Actor, allows
from core.http import actor_of, moment_of, today_only
from core.roles import Action
from governance.models import AiModel
from governance.views.model_frame import find_model, frame

Asked = core_acts.Asked[AiModel]
Act = core_acts.Act[AiModel]


def act_of(form: type[Any], save: Callable[[dict[str, Any], Asked], Any], *words: str, **more: Any) -> Act:
    """An act whose service takes what its form says, by name. `words`: heading, button, and those afterwards."""
    heading, button, done = words
    return Act(form, lambda typed, asked: save(typed.facts(), asked), heading, button, done, **more)


def today(asked: Asked) -> dict[str, Any]:
    """Day fields filled with today."""
    day = clock.day_of(asked.at)
    return {"started_on": day, "finished_on": day, "tested_on": day, "done_on": day, "reviewed_on": day}


def began(asked: Asked) -> dict[str, Any]:
    """Only the day something began: nothing says that it has ended."""
    return {"started_on": clock.day_of(asked.at)}


def model_page(
    request: HttpRequest,
    ref: str,
    *,
    name: str,
    template: str,
    acts: Mapping[str, Act],
    told: Callable[[AiModel, Actor, datetime], Mapping[str, Any]],
    right: Action = Action.EDIT_MODEL,
) -> HttpResponse:
    """The tab `name` of a model, with the form of the act that is asked for, or done. `right`: of acts that say no other.

    `may`, in the template: right -> whether the reader has it; none, of a retired model.
    """
    today_only(request)
    model, by, at = find_model(request, ref), actor_of(request), moment_of(request)
    done = core_acts.acted(request, model, acts, right=right, back=reverse(name, args=[model.ref]))
    if done.response is not None:
        return done.response
    retired = model.stage == AiModel.Stage.RETIRED
    rights = {act.right or right for act in acts.values()}
    context: dict[str, Any] = {
        **frame(request, model, name), "retired": retired, "today": clock.day_of(at),
        "may": {one.name: not retired and allows(by, one, model) for one in rights},
        **done.context, **told(model, by, at),
    }  # fmt: skip
    return render(request, template, context, status=done.status)
