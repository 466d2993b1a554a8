"""The portfolio page."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from core import clock
from core.http import actor_of, moment_of, page_view
from core.models import Heartbeat, User
from core.plot.bars import Part
from core.reading import one_moment
from core.roles import Action
from core.templatetags.look_plot import Cell
from domain.ageing import MONTHS, months_before
from domain.stages import PRE_PRODUCTION, Stage
from portfolio.dashboard import counts, findings
from portfolio.dashboard.charts.ageing import pilot_ageing
from portfolio.dashboard.charts.value import spend_and_value, value_against_spend
from portfolio.dashboard.figures import four_figures
from portfolio.dashboard.selection import Selection, select
from portfolio.models import Initiative, StrategicObjective
from portfolio.models.initiatives import TIERS
from portfolio.queries.counting import ENDED
from portfolio.views.frame import address


class Filters(forms.Form):
    """Above the dashboard: which part of the portfolio."""

    unit = forms.ChoiceField(required=False, label="Business unit")
    objective = forms.ChoiceField(required=False, label="Strategic objective")
    sponsor = forms.ChoiceField(required=False, label="Sponsor")
    risk_tier = forms.ChoiceField(required=False, label="Risk tier", choices=[("", "All tiers"), *TIERS])

    def __init__(self, chosen: Selection, people: list[User], objectives: list[StrategicObjective]) -> None:
        super().__init__(data=chosen.narrowed or None)
        units = sorted(chosen.units.values(), key=lambda u: u.name)
        tops = [u for u in units if u.parent_id is None]
        below = {str(chosen.narrowed.get("unit", ""))}
        offered = [u for u in units if u.parent_id is None or str(u.pk) in below]
        choices: dict[str, list[tuple[str, str]]] = {
            "unit": [("", f"All {len(tops)} units"), *((str(u.pk), u.name) for u in offered)],
            "objective": [
                ("", f"All {len(objectives)} objectives"),
                *((str(o.pk), o.name) for o in objectives),
            ],
            "sponsor": [("", "All sponsors"), *((str(p.pk), p.name) for p in people)],
        }
        for name, options in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101
            field.choices = options


@page_view(Action.VIEW)
def dashboard(request: HttpRequest) -> HttpResponse:
    """Decisions due, exceptions, four figures, funnel, ageing, statuses by unit; constant in queries."""
    actor, day = actor_of(request), clock.day_of(moment_of(request))
    with one_moment():
        context = _read(select(actor, request.GET.dict(), day))
    return render(request, "portfolio/dashboard.html", context)


def _read(chosen: Selection) -> dict[str, Any]:
    """Everything the page shows, as it stands at one moment."""
    seen = counts.see(chosen)
    funnel, levels, money = counts.funnel(seen), counts.levels(seen), findings.figures(seen)
    return {
        "filters": _filters(chosen),
        "empty": funnel.active == 0 and not any(funnel.ended.values()),
        "chosen": chosen,
        "funnel": funnel,
        "funnel_rows": _funnel_rows(chosen, funnel),
        "ageing_total": _ageing_total(chosen, funnel),
        "months": MONTHS[:4],
        "levels": [
            (level, n, chosen.link(reverse("pilot-list"), level=level)) for level, n in levels.items()
        ],
        "pilots": sum(levels.values()),
        "purgatory": levels["purgatory"],
        "due": findings.decisions_due(seen),
        "due_url": chosen.link(reverse("pilot-list"), due="true"),
        "exceptions": findings.exceptions(seen),
        "heat": _heat(seen),
        "freshness": Heartbeat.objects.filter(name="sweep").first(),
        "value_url": chosen.link(reverse("value")),
        "frontier_url": chosen.link(frontier) if (frontier := address("funding-frontier")) else "",
        "first_users_url": chosen.link(users) if (users := address("first-users")) else "",
        "initiatives_url": chosen.link(reverse("initiative-list"), stage__in=ACTIVE),
        "pilots_url": chosen.link(reverse("pilot-list")),
        "flags_url": chosen.link(reverse("flag-list"), open="true"),
        "figures": four_figures(chosen, money, findings.spent_latest(seen), settings.ORG_CURRENCY),
        "money": money,
        "charts": {
            "ageing": pilot_ageing(seen),
            "bubble": spend_and_value(chosen, settings.ORG_CURRENCY),
        },
    }


@page_view(Action.VIEW)
def value(request: HttpRequest) -> HttpResponse:
    """Spend against realised value. The dashboard fetches it after itself: it adds up every month there is."""
    chosen = select(actor_of(request), request.GET.dict(), clock.day_of(moment_of(request)))
    chart = value_against_spend(chosen, settings.ORG_CURRENCY)
    part = bool(request.headers.get("HX-Request"))
    response = render(request, "portfolio/_value.html" if part else "portfolio/value.html", {"chart": chart})
    patch_vary_headers(response, ["HX-Request"])
    return response


def _filters(chosen: Selection) -> Filters:
    sponsors = Initiative.objects.filter(sponsor__isnull=False).order_by().values("sponsor")
    people = list(User.objects.filter(pk__in=sponsors).only("name"))
    return Filters(chosen, people, list(StrategicObjective.objects.filter(active=True).only("name")))


def _funnel_rows(chosen: Selection, funnel: counts.Funnel) -> list[dict[str, Any]]:
    """Each stage with the links that open the rows behind its numbers."""
    most = max((row.now for row in funnel.rows), default=0)
    rows, spells = reverse("initiative-list"), reverse("spell-list")
    year = {"gte": (funnel.since + timedelta(days=1)).isoformat(), "lte": chosen.today.isoformat()}
    return [
        {
            "row": row,
            "bar": [Part(float(row.now))],
            "most": most,
            "now_url": chosen.link(rows, stage=row.stage),
            "entered_url": chosen.link(
                spells, stage=row.stage, entered_on__gte=year["gte"], entered_on__lte=year["lte"]
            ),
            "left_url": chosen.link(
                spells, stage=row.stage, left_on__gte=year["gte"], left_on__lte=year["lte"]
            ),
            "older": [
                (n, chosen.link(rows, stage=row.stage, entered_on__lte=_before(chosen, months)))
                for n, months in zip(row.older[:4], MONTHS[:4], strict=True)
            ],
            "undated_url": chosen.link(rows, stage=row.stage, entered_on__isnull="true"),
            "pre": row.stage in PRE_PRODUCTION,
        }
        for row in funnel.rows
    ]


def _before(chosen: Selection, months: int) -> str:
    """The last day that is strictly before `today` less so many months."""
    return (months_before(chosen.today, months) - timedelta(days=1)).isoformat()


def _ageing_total(chosen: Selection, funnel: counts.Funnel) -> dict[str, Any]:
    rows, stages = reverse("initiative-list"), ",".join(s.value for s in PRE_PRODUCTION)
    total = funnel.totals()
    older = [
        (n, chosen.link(rows, stage__in=stages, entered_on__lte=_before(chosen, months)))
        for n, months in zip(total["older"][:4], MONTHS[:4], strict=True)
    ]
    return {
        **total,
        "older": older,
        "url": chosen.link(rows, stage__in=stages),
        "undated_url": chosen.link(rows, stage__in=stages, entered_on__isnull="true"),
    }


HEAT_ROWS = 14
ACTIVE = ",".join(stage.value for stage in Stage if stage.value not in ENDED)


def _heat(seen: counts.Seen) -> dict[str, Any]:
    """Unit by status with links; the largest units first, the rest under one line."""
    chosen, found = seen.chosen, counts.unit_by_status(seen)
    rows = reverse("initiative-list")
    most = max((n for row in found for n in row.by_status.values()), default=0)

    def cells(row: counts.HeatRow) -> list[Cell]:
        pk = row.unit.pk
        return [
            *(("rollup", status, row.by_status[status],
               chosen.link(rows, unit=pk, kpi_status=status, stage__in=ACTIVE)) for status in counts.STATUSES),
            ("pilot", "undated", row.undated,
             chosen.link(rows, unit=pk, entered_on__isnull="true", stage__in=ACTIVE)),
        ]  # fmt: skip

    drawn = [
        {"name": row.unit.name, "cells": cells(row), "total": row.total,
         "url": chosen.link(rows, unit=row.unit.pk, stage__in=ACTIVE)}
        for row in found
    ]  # fmt: skip
    totals = [
        (status, sum(row.by_status.get(status, 0) for row in found),
         chosen.link(rows, kpi_status=status, stage__in=ACTIVE))
        for status in counts.STATUSES
    ]  # fmt: skip
    by_status = {status: n for status, n, _ in totals}
    return {
        "rows": drawn[:HEAT_ROWS], "more": drawn[HEAT_ROWS:], "units": len(drawn), "most": most, "totals": totals,
        "undated": sum(row.undated for row in found), "all": sum(row.total for row in found),
        "undated_url": chosen.link(rows, entered_on__isnull="true", stage__in=ACTIVE),
        "all_url": chosen.link(rows, stage__in=ACTIVE),
        "blind": by_status["blind"], "no_kpi": by_status["no_kpi"],
        "blind_url": chosen.link(rows, kpi_status="blind", stage__in=ACTIVE),
        "statuses": counts.STATUSES,
    }  # fmt: skip
