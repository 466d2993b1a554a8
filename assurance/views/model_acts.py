"""A page of a model with many acts: what stands there, and one short form for the act asked for by `?act=` and `?row=`.

It works without script: an act is a link to the same page with its form at the top; what is refused stays in the form.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import Actor, allows, require
from core.editing import submit
from core.errors import not_found
from core.http import actor_of, moment_of, today_only
from core.roles import Action
from core.values import read_int
from governance.models import AiModel
from governance.views.model_frame import find_model, frame


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form was sent about: the row it names, 0 where it names none."""

    model: AiModel
    row: int
    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done on a page. `heading` and `button` in words; `begin`: what the form is filled with."""

    form: type[Any]
    save: Callable[[Any, Asked], Any]
    heading: str
    button: str
    done: str
    right: Action = Action.EDIT_MODEL
    begin: Callable[[Asked], Mapping[str, Any]] | None = None


def model_page(
    request: HttpRequest,
    ref: str,
    *,
    name: str,
    template: str,
    acts: Mapping[str, Act],
    told: Callable[[AiModel, Actor, datetime], Mapping[str, Any]],
) -> HttpResponse:
    """The tab `name` of a model, with the form of the act that is asked for, or done."""
    today_only(request)
    model, by, at = find_model(request, ref), actor_of(request), moment_of(request)
    retired = model.stage == AiModel.Stage.RETIRED
    context: dict[str, Any] = {
        **frame(request, model, name),
        "may": {
            right.name: not retired and allows(by, right, model)
            for right in {act.right for act in acts.values()}
        },
    }
    status = 200
    code = (request.POST if request.method == "POST" else request.GET).get("act", "")
    if request.method == "POST" or code:
        act = acts.get(code)
        if act is None:
            raise not_found("There is no such act on this page.")
        require(by, act.right, model)
        asked = Asked(model, _row(request), by, at)
        initial = dict(act.begin(asked)) if act.begin else {}
        given = (request.POST, request.FILES) if request.method == "POST" else ()
        form = act.form(*given, model=model, initial=initial)
        done = submit(request, form, lambda typed: act.save(typed, asked))
        if done.row is not None:
            messages.success(request, act.done)
            return redirect(name, model.ref)
        status = done.status
        context |= {"form": done.form, "act": act, "act_code": code, "act_row": asked.row}
    context |= told(model, by, at)
    context.setdefault("today", clock.day_of(at))
    return render(request, template, context, status=status)


def _row(request: HttpRequest) -> int:
    raw = (request.POST if request.method == "POST" else request.GET).get("row", "")
    return read_int("row", raw) if raw else 0
