"""The fast lane of a pilot, running or planned; and the days to the first user across the portfolio."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers

from core import clock
from core.access import Actor, require
from core.acts import WORKS
from core.editing import submit
from core.errors import Problem
from core.http import PAGE_ROWS, actor_of, moment_of, page_view, today_only
from core.reading import one_moment
from core.roles import Action
from core.values import read_int, wrong
from domain.fast_lane import BASES
from pilots.forms.fast_lane import IterationForm, PromiseFields, PromiseForm
from pilots.models import FastLane, Pilot
from pilots.queries.fast_lane import first_user_of, first_users, lane_of, policy_on, summary_of
from pilots.services.fast_lane import enter_fast_lane, record_iteration
from pilots.views.acts import Act, Asked, file_page
from portfolio.dashboard.selection import NARROWED, select
from portfolio.views.frame import find_initiative, frame


def _entered(form: PromiseForm, asked: Asked) -> FastLane:
    initiative = asked.subject.initiative_id
    return enter_fast_lane(initiative_id=initiative, promise=form.promise(), by=asked.by, at=asked.at)


def _released(form: IterationForm, asked: Asked) -> Any:
    return record_iteration(pilot_id=asked.subject.pk, by=asked.by, at=asked.at, **form.cleaned_data)


def _told(pilot: Pilot, by: Actor, at: datetime) -> Mapping[str, Any]:  # noqa: ARG001  what every page is asked
    today = clock.day_of(at)
    first = first_user_of(pilot.initiative, today)
    basis = BASES[first.basis] if first is not None and first.basis else ""
    return {
        "lane": lane_of(pilot.initiative, pilot, today),
        "first": first,
        "basis": basis,
        "most_days": policy_on(today)[0].most_days,
    }


@page_view(Action.VIEW, methods=WORKS)
def fast_lane_page(request: HttpRequest, ref: str) -> HttpResponse:
    """The time box of a pilot, what it keeps simple, and its iterations."""
    acts = {
        "enter": Act(PromiseForm, _entered, "Enter the fast lane", "Promise it", "In the fast lane. The promise stands."),
        "release": Act(
            IterationForm, _released, "Record a release", "Record it", "Recorded. It stands as it was written.",
            begin=lambda asked: {"released_on": clock.day_of(asked.at)},
        ),
    }  # fmt: skip
    return file_page(
        request, ref, name="pilot-fast-lane", template="pilots/fast_lane.html", acts=acts, told=_told
    )


@page_view(Action.EDIT_PILOT)
def fast_lane_plan(request: HttpRequest, ref: str) -> HttpResponse:
    """Enter the fast lane with a pilot that is planned: its time box begins with the pilot."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    initiative = find_initiative(request, ref)
    require(actor, Action.EDIT_PILOT, initiative)

    def save(form: PromiseFields) -> FastLane:
        return enter_fast_lane(initiative_id=initiative.pk, promise=form.promise(), by=actor, at=at)

    done = submit(request, PromiseFields(request.POST or None), save)
    if done.row is not None:
        messages.success(request, "In the fast lane. Its time box begins with the pilot.")
        return redirect("initiative-pilot", initiative.ref)
    context = {
        **frame(request, initiative, "initiative-pilot"), "form": done.form,
        "most_days": policy_on(clock.day_of(at))[0].most_days,
    }  # fmt: skip
    return render(request, "pilots/fast_lane_form.html", context, status=done.status)


@page_view(Action.VIEW)
def first_users_page(request: HttpRequest) -> HttpResponse:
    """Days to the first user: the figure, which the dashboard fetches after itself, and the rows behind it."""
    today_only(request)
    params = request.GET.dict()
    for name in params:
        if name not in (*NARROWED.filters, "known", "page"):
            raise wrong(name, f"There is no parameter {name[:60]!r} here.")
    if params.get("known", "") not in {"", "true", "false"}:
        raise wrong("known", "Write true or false.")
    with one_moment():
        chosen = select(actor_of(request), params, clock.day_of(moment_of(request)))
        rows = first_users(chosen)
    known = params.get("known", "")
    shown = [row for row in rows if not known or (row.first.days is not None) == (known == "true")]
    number, pages = read_int("page", params.get("page", "1") or "1"), Paginator(shown, PAGE_ROWS)
    if not 1 <= number <= pages.num_pages:
        raise Problem(404, "not_found", f"There is no page {number}. The last is {pages.num_pages}.")
    part = bool(request.headers.get("HX-Request"))
    page = pages.page(number)
    context = {
        "seen": summary_of(rows), "page": page, "rows": [(row, BASES.get(row.first.basis) if row.first.basis else "") for row in page],
        "known": known, "narrowed": chosen.narrowed,
        "urls": {
            "all": chosen.link(request.path), "known": chosen.link(request.path, known="true"),
            "unknown": chosen.link(request.path, known="false"),
        },
    }  # fmt: skip
    response = render(request, "pilots/_first_users.html" if part else "pilots/first_users.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response
