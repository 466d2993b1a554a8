"""The frame of every page about one initiative: its head, its facts, its tabs. Rooms above fill tabs of their own."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from core import clock
from core.access import allows
from core.errors import not_found
from core.http import actor_of, moment_of
from core.roles import Action
from core.values import read_ref
from portfolio.models import Initiative
from portfolio.queries.detail import days_in_stage

TABS = (
    ("Overview", "initiative-detail"),
    ("KPIs", "initiative-kpis"),
    ("Pilot", "initiative-pilot"),
    ("Models", "initiative-models"),
    ("Traceability", "initiative-traceability"),
    ("Case", "initiative-case"),
    ("Money", "initiative-money"),
    ("People", "initiative-people"),
    ("Flags", "initiative-flags"),
    ("History", "initiative-history"),
)


def find_initiative(request: HttpRequest, ref: str) -> Initiative:
    """The initiative by `AI-0042` or `42`, with unit and people. Problem 404 for what the reader may not know."""
    rows = Initiative.objects.visible_to(actor_of(request)).select_related("unit", "sponsor", "lead")
    row = rows.filter(pk=read_ref(ref, "AI")).first()
    if row is None:
        raise not_found()
    return row


def frame(request: HttpRequest, initiative: Initiative, current: str) -> dict[str, Any]:
    """What `portfolio/initiative_base.html` needs. `current`: the URL name of the tab shown. Two queries at most."""
    actor, today = actor_of(request), clock.day_of(moment_of(request))
    open_flags = initiative.flags.filter(cleared_at=None).count()
    counts: dict[str, int | None] = {"initiative-flags": open_flags}
    return {
        "initiative": initiative,
        "tabs": [
            (label, url, counts.get(name), name == current)
            for label, name in TABS
            if (url := address(name, initiative.ref))
        ],
        "days_in_stage": days_in_stage(initiative, today),
        "may_edit": allows(actor, Action.EDIT_INITIATIVE, initiative),
        "open_flags": open_flags,
    }


def address(name: str, *args: str) -> str:
    """Where a page of another room is, or nothing where that room is not wired."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
