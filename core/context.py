"""What the frame of every page shows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from core import clock
from core.access import may
from core.http import actor_of, moment_of
from core.models import Role, User
from core.roles import Action

ROOT = "/portfolio/"
NAV = (
    ("Portfolio", "dashboard", ROOT, Action.VIEW),
    ("Initiatives", "initiative-list", "/portfolio/initiatives/", Action.VIEW),
    ("KPIs", "kpi-list", "/kpis/", Action.VIEW),
    ("Pilots", "pilot-list", "/pilots/", Action.VIEW),
    ("Council", "council-home", "/governance/council/", Action.VIEW),
    ("Models", "model-list", "/governance/models/", Action.VIEW),
    ("Decisions", "decision-list", "/governance/decisions/", Action.VIEW),
    ("Flags", "flag-list", "/portfolio/flags/", Action.VIEW),
    ("Import", "import-list", "/exchange/imports/", Action.IMPORT),
)

# Behind one's own name: what is not looked at every day.
MENU = (
    ("Home", "home", Action.VIEW),
    ("Your account", "account", Action.OWN_TOKENS),
    ("For the council", "council-list", Action.DECLARE_BETTER),
    ("Gates asked for", "submission-list", Action.VIEW),
    ("Conditions", "condition-list", Action.VIEW),
    ("Your models", "model-mine", Action.REPORT_MODEL),
    ("Calendar of models", "model-calendar", Action.VIEW),
    ("Incidents", "incident-list", Action.VIEW),
    ("Attestations", "round-list", Action.VIEW),
    ("Interventions", "intervention-list", Action.VIEW),
    ("Business cases", "case-list", Action.VIEW),
    ("What money buys", "funding-money", Action.VIEW),
    ("Benefits realisation", "realisation", Action.VIEW),
    ("Optimism ledger", "optimism", Action.VIEW),
    ("Strategic objectives", "objective-list", Action.VIEW),
    ("Business units", "unit-list", Action.VIEW),
    ("People", "person-list", Action.MANAGE_USERS),
    ("Audit log", "event-list", Action.READ_AUDIT),
)


def page(request: HttpRequest) -> dict[str, Any]:
    """org_name, actor, actor_roles, nav (label, url, current), menu (label, url), now, today.

    A page that can be replayed passes `replayable` and `as_of` itself; on any other the choice is not offered.
    """
    at = moment_of(request)
    out: dict[str, Any] = {
        "org_name": settings.ORG_NAME,
        "currency": settings.ORG_CURRENCY,
        "now": at,
        "today": clock.day_of(at),
        "as_of": None,
        "actor": None,
        "nav": [],
        "menu": [],
    }
    if isinstance(getattr(request, "user", None), User):
        actor = actor_of(request)
        here = [p for _, _, p, _ in NAV if request.path == p or (p != ROOT and request.path.startswith(p))]
        best = max(here, key=len, default="")
        out["actor"] = actor
        out["actor_roles"] = ", ".join(dict.fromkeys(str(Role(grant.role).label) for grant in actor.grants))
        offered = [(label, _address(name), p == best) for label, name, p, right in NAV if may(actor, right)]
        out["nav"] = [entry for entry in offered if entry[1]]
        out["menu"] = [
            (label, url) for label, name, right in MENU if may(actor, right) and (url := _address(name))
        ]
    return out


def _address(name: str) -> str:
    """Where a room is, or nothing where it is not wired."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
