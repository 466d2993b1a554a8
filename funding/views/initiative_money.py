"""The money tab: tranches and what they wait for, decisions, commitments, spend and benefits of an initiative."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core import clock
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from funding.queries.realisation import of_initiative, realised
from funding.queries.standing import decisions_of, tranches_of
from portfolio.models import FundingDecision, Initiative
from portfolio.queries.money import benefits_by_month
from portfolio.queries.room import commitments_of, room_of
from portfolio.services.money import CATEGORIES
from portfolio.views.frame import find_initiative, frame
from portfolio.views.money import acts

SHOWN = 50
MONTHS = 12


@page_view(Action.VIEW)
def money(request: HttpRequest, ref: str) -> HttpResponse:
    """Everything on record of its money."""
    today_only(request)
    row = find_initiative(request, ref)
    today = clock.day_of(moment_of(request))
    context = frame(request, row, "initiative-money") | acts(actor_of(request), row)
    decisions = decisions_of(row)
    tranches = tranches_of(row, decisions, today=today)
    context |= _rows(row) | {
        "decisions": [(one, _npv(one)) for one in decisions[:SHOWN]],
        "tranches": tranches,
        "next_tranche": next((one.row for one in tranches if one.waits), None),
        "so_far": realised(of_initiative(row), today=today).now,
    }
    return render(request, "funding/initiative_money.html", context)


def _npv(decision: FundingDecision) -> Decimal | None:
    said = decision.facts.get("case", {}).get("npv")
    return None if said is None else Decimal(said)


def _rows(row: Initiative) -> dict[str, Any]:
    spend = row.expenditures.select_related("recorded_by", "commitment").order_by("-spent_on", "-id")[:SHOWN]
    promised = commitments_of(row)
    return {
        "spend": [(one, CATEGORIES.get(one.category, "")) for one in spend],
        "commitments": promised,
        "room": room_of(row, promised),
        "months": benefits_by_month(row)[:MONTHS],
        "ratio": row.spent / row.released if row.spent is not None and row.released else None,
    }
