"""Pages about one model on which things are done: what stands there, and one short form for the act that `?act=` names.

It works without script: an act is a link to the same page with its form at the top; what is refused stays in the form.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from assurance.forms.versions import ModelActForm
from assurance.models import ModelVersion
from core import clock
from core.access import Actor, allows, require
from core.editing import submit
from core.errors import not_found
from core.http import actor_of, moment_of, today_only
from core.roles import Action
from core.uploads import require_within_limit
from core.values import read_int
from governance.models import AiModel
from governance.views.model_frame import find_model
from governance.views.model_frame import frame as model_frame


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form was sent about: the row it names, 0 where it names none."""

    model: AiModel
    row: int
    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done on a page. `done`: the words afterwards, of what came of it. `on_version`: `row` is a version."""

    form: type[ModelActForm]
    save: Callable[[Any, Asked], Any]
    heading: str
    button: str
    done: str | Callable[[Any], str]
    right: Action = Action.REPORT_MODEL
    on_version: bool = False
    begin: Callable[[Asked, HttpRequest], Mapping[str, Any]] | None = None


def model_page(
    request: HttpRequest,
    ref: str,
    *,
    name: str,
    template: str,
    acts: Mapping[str, Act],
    told: Callable[[AiModel, Actor, datetime], Mapping[str, Any]],
) -> HttpResponse:
    """The page `name` of a model, with the form of the act that is asked for, or done."""
    today_only(request)
    model, by, at = find_model(request, ref), actor_of(request), moment_of(request)
    context: dict[str, Any] = {
        **model_frame(request, model, name),
        "may": {act.right.name: allows(by, act.right, model) for act in acts.values()},
        "retired": model.stage == AiModel.Stage.RETIRED,
    }  # fmt: skip
    status = 200
    said = request.POST if request.method == "POST" else request.GET
    code = said.get("act", "")
    if request.method == "POST" or code:
        if request.method == "POST":
            require_within_limit(request)
        act = acts.get(code)
        if act is None:
            raise not_found("There is no such act on this page.")
        require(by, act.right, model)
        raw = said.get("row", "")
        asked = Asked(model, read_int("row", raw) if raw else 0, by, at)
        row = _version(asked) if act.on_version else None
        initial = dict(act.begin(asked, request)) if act.begin else {}
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        form = act.form(*sent, model=model, by=by, row=row, initial=initial)
        done = submit(request, form, lambda typed: act.save(typed, asked))
        if done.row is not None:
            messages.success(request, act.done if isinstance(act.done, str) else act.done(done.row))
            return redirect(name, model.ref)
        status = done.status
        context |= {"form": done.form, "act": act, "act_code": code, "act_row": asked.row, "act_version": row}
    context |= told(model, by, at)
    context.setdefault("today", clock.day_of(at))
    return render(request, template, context, status=status)


def _version(asked: Asked) -> ModelVersion:
    row = ModelVersion.objects.filter(pk=asked.row, model=asked.model).first()
    if row is None:
        raise not_found()
    return row
