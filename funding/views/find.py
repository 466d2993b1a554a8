"""Finding a version of a case for a page, and what every page about a case shows."""

from typing import Any

from django.http import HttpRequest

from core.access import allows
from core.errors import not_found
from core.http import actor_of
from core.roles import Action
from core.values import read_int
from funding.models import BusinessCase
from portfolio.models import Initiative
from portfolio.views.frame import find_initiative, frame

WITH = ("created_by", "published_by")


def versions_of(initiative: Initiative) -> list[BusinessCase]:
    """Every version, the newest first, with its people and what cites it. Two queries."""
    rows = BusinessCase.objects.filter(initiative=initiative).select_related(*WITH)
    return list(rows.prefetch_related("citations__recorded_by").order_by("-number"))


def published(versions: list[BusinessCase]) -> list[BusinessCase]:
    return [row for row in versions if row.state == BusinessCase.State.PUBLISHED]


def draft_of(versions: list[BusinessCase]) -> BusinessCase | None:
    return next((row for row in versions if row.state == BusinessCase.State.DRAFT), None)


def shown(request: HttpRequest, versions: list[BusinessCase], name: str = "version") -> BusinessCase | None:
    """The version asked for by number, else the latest published, else the draft. Problem 404 for one there is not."""
    raw = request.GET.get(name, "")
    if raw:
        number = read_int(name, raw)
        found = next((row for row in versions if row.number == number), None)
        if found is None:
            raise not_found(f"There is no version {number} of this case.")
        return found
    return next(iter(published(versions)), None) or draft_of(versions)


def case_frame(request: HttpRequest, ref: str) -> tuple[Initiative, list[BusinessCase], dict[str, Any]]:
    """The initiative, its versions, and what `funding/case_base.html` needs."""
    initiative = find_initiative(request, ref)
    versions = versions_of(initiative)
    context = frame(request, initiative, "initiative-case")
    context |= {
        "versions": versions,
        "draft": draft_of(versions),
        "in_force": next(iter(published(versions)), None),
        "may_write": allows(actor_of(request), Action.RECORD_MONEY, initiative),
    }
    return initiative, versions, context
