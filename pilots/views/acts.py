"""Pages of a pilot's file: what stands there, and what can be done on it (`core.acts`)."""

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
from pilots.models import Pilot
from pilots.views.pages import pages
from pilots.views.pilot import find_pilot
from portfolio.views.frame import frame

Asked = core_acts.Asked[Pilot]
Act = core_acts.Act[Pilot]
RIGHT = Action.EDIT_PILOT
"""Of every act that says no other."""


def file_page(
    request: HttpRequest,
    ref: str,
    *,
    name: str,
    template: str,
    acts: Mapping[str, Act],
    told: Callable[[Pilot, Actor, datetime], Mapping[str, Any]],
) -> HttpResponse:
    """The page `name` of a pilot's file, with the form of the act that is asked for, or done."""
    today_only(request)
    pilot, by, at = find_pilot(request, ref), actor_of(request), moment_of(request)
    done = core_acts.acted(request, pilot, acts, right=RIGHT, back=reverse(name, args=[pilot.ref]))
    if done.response is not None:
        return done.response
    context: dict[str, Any] = {
        **frame(request, pilot.initiative, "initiative-pilot"), "pilot": pilot,
        "pages": pages(name), "today": clock.day_of(at),
        "may": {right.name: allows(by, right, pilot) for right in {act.right or RIGHT for act in acts.values()}},
        "may_edit_pilot": allows(by, Action.EDIT_PILOT, pilot), **done.context, **told(pilot, by, at),
    }  # fmt: skip
    return render(request, template, context, status=done.status)
