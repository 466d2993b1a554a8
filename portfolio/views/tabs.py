"""The portfolio's own tabs of an initiative: overview, flags, history, and the people on it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import require
from core.editing import submit
from core.http import actor_of, moment_of, page_view, paginate, today_only
from core.plot.bars import Spell
from core.roles import Action
from core.values import read_int
from portfolio.forms.records import MemberForm
from portfolio.queries.detail import ages, limits_of, missing, spells_of
from portfolio.queries.history import events_of, tell
from portfolio.services.initiatives import IMPACTS
from portfolio.services.members import add_member, remove_member
from portfolio.views.frame import address, find_initiative, frame
from portfolio.views.slots import gate_panels, panels, put_beside, worths

# Where each missing fact is filled in: the form's field, or another room's page.
FILLED_AT = {"kpi": "initiative-kpis", "decision_on": "initiative-pilot"}
SHOWN_FLAGS = 6


@page_view(Action.VIEW)
def overview(request: HttpRequest, ref: str) -> HttpResponse:
    """What it is for, what is missing, where it stands, and what is flagged."""
    return _overview(request, ref, MemberForm())


def _overview(request: HttpRequest, ref: str, member_form: MemberForm) -> HttpResponse:
    today_only(request)
    row = find_initiative(request, ref)
    today = clock.day_of(moment_of(request))
    context = frame(request, row, "initiative-detail")
    objectives = list(row.objectives.all())
    edit = address("initiative-edit", row.ref)
    lacks = missing(row, has_objective=bool(objectives))
    spells = spells_of(row)
    context |= {
        "objectives": objectives,
        "missing": [
            (one, address(FILLED_AT[one.code], row.ref) if one.code in FILLED_AT else f"{edit}#id_{one.code}") for one in lacks
        ],
        "spells": [Spell(s.get_stage_display(), s.entered_on, s.left_on) for s in spells],
        "spell_rows": spells,
        "undated": row.entered_on is None,
        "impact": IMPACTS.get(row.impact, ""),
        "ages": ages(row),
        "limits": limits_of(row),
        "gates": gate_panels(row, actor_of(request), today),
        "flags": list(row.flags.filter(cleared_at=None).order_by("-severity", "since", "id")[:SHOWN_FLAGS]),
        "members": list(row.members.select_related("user")),
        "member_form": member_form,
        "panels": panels(row, actor_of(request), today),
        "worths": worths(row, actor_of(request), today),
    }  # fmt: skip
    return render(
        request, "portfolio/initiative_overview.html", context, status=400 if member_form.errors else 200
    )


@page_view(Action.VIEW)
def flags(request: HttpRequest, ref: str) -> HttpResponse:
    """Every finding on it, open and cleared, each with its rule, its numbers, since when, and what would clear it."""
    today_only(request)
    row = find_initiative(request, ref)
    context = frame(request, row, "initiative-flags")
    found = row.flags.select_related("owner")
    still = list(found.filter(cleared_at=None).order_by("-severity", "since", "id"))
    put_beside(still, actor_of(request), clock.day_of(moment_of(request)))
    context |= {
        "open": still,
        "page": paginate(request, found.exclude(cleared_at=None).order_by("-cleared_at", "-id")),
    }
    return render(request, "portfolio/initiative_flags.html", context)


@page_view(Action.VIEW)
def history(request: HttpRequest, ref: str) -> HttpResponse:
    """Everything recorded on it, newest first, as a story."""
    today_only(request)
    row = find_initiative(request, ref)
    page = paginate(request, events_of(row))
    context = frame(request, row, "initiative-history")
    context |= {"page": page, "told": tell(list(page.object_list), settings.ORG_CURRENCY)}
    return render(request, "portfolio/initiative_history.html", context)


@page_view(Action.EDIT_INITIATIVE, methods=("POST",))
def member_add(request: HttpRequest, ref: str) -> HttpResponse:
    """Put a person on the initiative."""
    row = find_initiative(request, ref)
    require(actor_of(request), Action.EDIT_INITIATIVE, row)
    by, at = actor_of(request), moment_of(request)
    done = submit(
        request,
        MemberForm(request.POST),
        lambda f: add_member(initiative_id=row.pk, by=by, at=at, **f.cleaned_data),
    )
    if done.row is not None:
        messages.success(request, f"{done.row.user.name} works on it now.")
        return redirect("initiative-detail", row.ref)
    return _overview(request, ref, done.form)


@page_view(Action.EDIT_INITIATIVE, methods=("POST",))
def member_remove(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a person off the initiative."""
    row = find_initiative(request, ref)
    user = read_int("user", request.POST.get("user", ""))
    remove_member(initiative_id=row.pk, user_id=user, by=actor_of(request), at=moment_of(request))
    messages.success(request, "Taken off the initiative.")
    return redirect("initiative-detail", row.ref)
