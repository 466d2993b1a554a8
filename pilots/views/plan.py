"""The pilot ahead, as its initiative's tab shows it before the pilot stage, and the form that plans it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import allows, require
from core.editing import submit
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from domain.charter import CHARTER, TRANSITION, length_of
from domain.scope import scope_of
from pilots.forms.plan import PlanForm
from pilots.models import PilotPlan
from pilots.queries.fast_lane import lane_of
from pilots.queries.plan import charter_lacks, plan_ahead, transition_lacks
from pilots.services.plan import BEFORE, save_plan
from portfolio.models import Initiative
from portfolio.views.frame import find_initiative, frame


def planned(request: HttpRequest, initiative: Initiative) -> dict[str, Any]:
    """What the tab shows of the pilot ahead: the plan, its gaps by field, and what it takes on."""
    plan = plan_ahead(initiative)
    counts = {} if plan is None else {
        name: getattr(plan, f"{name}_count") for name in ("units", "sites", "users", "systems")
    }  # fmt: skip
    days = length_of(plan.starts_on, plan.ends_on) if plan else None
    return {
        "plan": plan, "days": days, "scope": scope_of({**counts, "kpis": None, "days": days}),
        "gaps": [(name, CHARTER[name]) for name in charter_lacks(plan)]
        + [(name, TRANSITION[name]) for name in transition_lacks(plan)],
        "parts": len(CHARTER) + len(TRANSITION),
        "lane": lane_of(initiative, None, clock.day_of(moment_of(request))),
        "may_plan": initiative.stage in BEFORE and allows(actor_of(request), Action.EDIT_PILOT, initiative),
    }  # fmt: skip


@page_view(Action.EDIT_PILOT)
def plan_edit(request: HttpRequest, ref: str) -> HttpResponse:
    """Plan the pilot before its gate. When somebody saved in between, both versions are shown and nothing typed is lost."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    initiative = find_initiative(request, ref)
    require(actor, Action.EDIT_PILOT, initiative)
    row = plan_ahead(initiative)

    def save(form: PlanForm) -> PilotPlan:
        return save_plan(
            initiative_id=initiative.pk, by=actor, at=at, expected_version=form.expected_version, **form.facts()
        )  # fmt: skip

    done = submit(request, PlanForm(request.POST or None, record=row), save, row)
    if done.row is not None:
        messages.success(request, "The plan is kept. The pilot starts from it once its gate is passed.")
        return redirect("initiative-pilot", initiative.ref)
    context = {**frame(request, initiative, "initiative-pilot"), "form": done.form, "conflict": done.conflict, "plan": row}  # fmt: skip
    return render(request, "pilots/plan_form.html", context, status=done.status)
