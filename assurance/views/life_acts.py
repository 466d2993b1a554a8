"""Acts on pages of a model's life: a link to the same page with a short form at its top, by `?act=` and `?row=`.

It works without script; what is refused stays in the form, with its reason.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from assurance.forms.life import ActForm
from core import clock
from core.access import Actor, require
from core.editing import submit
from core.errors import not_found
from core.http import actor_of, moment_of
from core.roles import Action
from core.values import read_int
from governance.models import AiModel

WORKS = ("GET", "HEAD", "POST")
"""Whoever sees a model sees its life; each act on a page asks its own right."""


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

    form: type[ActForm]
    save: Callable[[dict[str, Any], Asked], Any]
    heading: str
    button: str
    done: str
    right: Action = Action.EDIT_MODEL
    begin: Callable[[Asked], Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of the request: a redirect once something was done, else what the page shows of the form."""

    response: HttpResponse | None
    context: dict[str, Any]
    status: int = 200


def acted(
    request: HttpRequest, model: AiModel, acts: Mapping[str, Act], *, back: str, row: int | None = None
) -> Acted:
    """Hear the act that is asked for, or do it. `back`: where to go once it is done. `row`: what every act of the page is about.

    Raises Problem 404 for an act that is not of this page, 403 for who may not.
    """
    code = (request.POST if request.method == "POST" else request.GET).get("act", "")
    if request.method != "POST" and not code:
        return Acted(None, {})
    act = acts.get(code)
    if act is None:
        raise not_found("There is no such act on this page.")
    by, at = actor_of(request), moment_of(request)
    require(by, act.right, model)
    asked = Asked(model, row_of(request) if row is None else row, by, at)
    initial = dict(act.begin(asked)) if act.begin else {}
    form = act.form(request.POST if request.method == "POST" else None, model=model, initial=initial)
    done = submit(request, form, lambda typed: act.save(typed.facts(), asked) or True)
    if done.row is not None:
        messages.success(request, act.done)
        return Acted(redirect(back), {})
    shown = {"form": done.form, "act": act, "act_code": code, "act_row": asked.row}
    return Acted(None, shown, done.status)


def row_of(request: HttpRequest) -> int:
    """The row an act is about, 0 for none. Problem 400 where it is no number."""
    raw = (request.POST if request.method == "POST" else request.GET).get("row", "")
    return read_int("row", raw) if raw else 0


def today(asked: Asked) -> dict[str, Any]:
    """Day fields filled with today."""
    day = clock.day_of(asked.at)
    return {"started_on": day, "finished_on": day, "tested_on": day, "done_on": day}


def began(asked: Asked) -> dict[str, Any]:
    """Only the day something began: nothing says that it has ended."""
    return {"started_on": clock.day_of(asked.at)}
