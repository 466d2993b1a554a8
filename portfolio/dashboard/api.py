"""The same numbers for BI: `portfolio/summary` and `portfolio/stage-ageing`."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.access import Actor
from core.api.auth import actor_of
from core.errors import Problem
from core.reading import one_moment
from core.roles import Action
from core.values import read_past_day
from domain.ageing import MONTHS
from portfolio.dashboard import counts, findings
from portfolio.dashboard.selection import NARROWED, Selection, select

_NARROW = [OpenApiParameter(name, str, description=f"Only this {name}.") for name in NARROWED.filters]


class PortfolioSummary(serializers.Serializer[Any]):
    """What the dashboard shows, as data. Sums are decimal strings, null where nothing was ever recorded."""

    as_of = serializers.DateField()
    currency = serializers.CharField()
    active = serializers.IntegerField()
    stages = serializers.DictField(child=serializers.DictField())
    pre_production = serializers.DictField()
    kpi_status = serializers.DictField(child=serializers.IntegerField())
    undated = serializers.IntegerField()
    units = serializers.ListField(child=serializers.DictField())
    pilots = serializers.DictField(child=serializers.IntegerField())
    decisions_due = serializers.DictField(child=serializers.IntegerField())
    open_flags = serializers.IntegerField()
    money = serializers.DictField()


class StageAgeingOut(serializers.Serializer[Any]):
    """Initiatives before production by the age of their present stage; undated is its own bucket."""

    pre_production = serializers.IntegerField()
    undated = serializers.IntegerField()
    older_than_months = serializers.DictField(child=serializers.DictField())


class PortfolioApi(viewsets.ViewSet):
    """Read-only answers about the part of the portfolio the caller may see."""

    area = "portfolio"
    rights = {"GET": Action.VIEW}

    @extend_schema(parameters=_NARROW, responses=PortfolioSummary)
    @action(detail=False, methods=["get"], url_path="summary")
    def summary(self, request: Request) -> Response:
        """Counts, statuses, levels and money; every number equals the dashboard's for the same caller."""
        at = clock.now()
        actor = actor_of(request)
        with one_moment():
            seen = counts.see(self._chosen(request, actor, set()))
        funnel = counts.funnel(seen)
        heat = counts.unit_by_status(seen)
        due = findings.decisions_due(seen, limit=0)
        money = findings.figures(seen)
        totals = funnel.totals()
        body = {
            "as_of": clock.day_of(at).isoformat(),
            "currency": settings.ORG_CURRENCY,
            "active": funnel.active,
            "stages": {row.stage: _stage(row) for row in funnel.rows} | {s: {"now": n} for s, n in funnel.ended.items()},
            "pre_production": {
                "count": totals["count"], "undated": totals["undated"],
                "older_than_months": dict(zip(map(str, MONTHS), totals["older"], strict=True)),
            },
            "kpi_status": {s: sum(row.by_status.get(s, 0) for row in heat) for s in counts.STATUSES},
            "undated": sum(row.undated for row in heat),
            "units": [
                {"unit": row.unit.pk, "name": row.unit.name, "total": row.total, "undated": row.undated, **row.by_status}
                for row in heat
            ],
            "pilots": counts.levels(seen),
            "decisions_due": {"total": due.total, "overdue": due.overdue, "undated": due.undated},
            "open_flags": findings.open_flags(seen),
            "money": {
                name: None if value is None else f"{value:.2f}"
                for name, value in (
                    ("invested", money.invested), ("approved", money.approved), ("released", money.released),
                    ("planned", money.planned), ("claimed", money.claimed), ("validated", money.validated),
                    ("past_decision_date", money.past_date),
                )
            },
        }  # fmt: skip
        return Response(body)

    @extend_schema(parameters=[*_NARROW, OpenApiParameter("as_of", str)], responses=StageAgeingOut)
    @action(detail=False, methods=["get"], url_path="stage-ageing")
    def stage_ageing(self, request: Request) -> Response:
        """How long initiatives have been in the stage they were in on `as_of` (today unless given)."""
        chosen = self._chosen(request, actor_of(request), {"as_of"})
        raw = request.query_params.get("as_of")
        as_of = read_past_day("as_of", raw, chosen.today) if raw else chosen.today
        return Response(counts.ageing(chosen, as_of).to_json())

    @staticmethod
    def _chosen(request: Request, actor: Actor, more: set[str]) -> Selection:
        params = request.query_params.dict()
        for name in params:
            if name not in NARROWED.filters and name not in more:
                raise Problem(400, "invalid_parameter", f"There is no parameter {name[:60]!r} here.")
        return select(actor, params, clock.day_of(clock.now()))


def _stage(row: counts.FunnelRow) -> dict[str, Any]:
    return {
        "now": row.now, "entered": row.entered, "left": row.left, "forward": row.forward,
        "conversion": None if row.conversion is None else f"{row.conversion:.4f}",
        "median_days": row.median_days, "undated": row.undated,
        "older_than_months": dict(zip(map(str, MONTHS), row.older, strict=True)),
    }  # fmt: skip
