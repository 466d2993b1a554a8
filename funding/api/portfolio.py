"""`portfolio/triage`, `portfolio/frontier`, `portfolio/gate-value`: what the money of the portfolio buys, as the page says it."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.auth import actor_of
from core.api.paging import MAX_PAGE_SIZE, PAGE_SIZE
from core.errors import Problem
from core.reading import one_moment
from core.roles import Action
from core.values import read_int, wrong
from domain.kpi_figures import FOUR_PLACES, SIX_PLACES, TWO_PLACES, rounded
from funding.queries.gate_value import Gated, gate_values
from funding.queries.portfolio import LIMITS, Picture, narrowing, picture
from funding.queries.triage_list import FILTERS, PARAMS, Line, triage_lines
from portfolio.dashboard.selection import NARROWED, select

TODAY_ONLY: Final = (
    "This answer is of today only: what a case was worth and what was approved is not kept for past days. "
    "Take as_of out of the address."
)
_NARROW: Final = [OpenApiParameter(name, str, description=f"Only this {name}.") for name in NARROWED.filters]
_LIMITS: Final = [
    OpenApiParameter("budget", OpenApiTypes.DECIMAL, description="Money to give; else what is approved and not spent today."),
    OpenApiParameter("people", OpenApiTypes.DECIMAL, description="People to give at most; else not limited."),
]  # fmt: skip
_PAGED: Final = [
    OpenApiParameter("page", OpenApiTypes.INT),
    OpenApiParameter(
        "page_size", OpenApiTypes.INT, description=f"1 to {MAX_PAGE_SIZE}, {PAGE_SIZE} unless given."
    ),
]


class Flip(serializers.Serializer[Any]):
    """One recorded fact, or limit, that by itself leads to another call. `changes`: what was tried, by field."""

    code = serializers.CharField()
    changes = serializers.DictField(child=serializers.CharField())
    leads_to = serializers.CharField()


class TriageCall(serializers.Serializer[Any]):
    """What to do with one initiative, and why. Money is a decimal string, null where nobody recorded it.

    `value`: by the case in force after its haircut. `to_go`: the cost of the case less what was spent. `allotted`: approved
    and not spent; what a stop frees. `regret`: what today's allocation loses, of the kind `loss`. `place`: in the line.
    """

    initiative = serializers.IntegerField()
    ref = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()
    call = serializers.CharField()
    reason = serializers.CharField()
    because = serializers.CharField()
    flips = Flip(many=True)
    flips_display = serializers.ListField(child=serializers.CharField())
    place = serializers.IntegerField(allow_null=True)
    tie = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    haircut = serializers.CharField(allow_null=True)
    measured_share = serializers.CharField(allow_null=True)
    to_go = serializers.CharField(allow_null=True)
    value_for_cost = serializers.CharField(allow_null=True)
    allotted = serializers.CharField(allow_null=True)
    run_cost_a_year = serializers.CharField(allow_null=True)
    people = serializers.CharField(allow_null=True)
    regret = serializers.CharField(allow_null=True)
    loss = serializers.CharField()


class FreedByStops(serializers.Serializer[Any]):
    """`money`, `people`: null where none of the stops says it. `..._unknown`: so many stops do not, and are in no sum."""

    money = serializers.CharField(allow_null=True)
    people = serializers.CharField(allow_null=True)
    money_unknown = serializers.IntegerField()
    people_unknown = serializers.IntegerField()


class TriageOut(serializers.Serializer[Any]):
    """The calls under a budget and a limit of people (null: not limited). `regret`: by kind, never to be added up; null where
    nobody recorded the money of any. `regret_unknown`: by kind, so many that are in no sum. `basis`: what values stand on.
    """

    as_of = serializers.DateField()
    currency = serializers.CharField()
    budget = serializers.CharField()
    budget_today = serializers.CharField()
    people = serializers.CharField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    regret = serializers.DictField(child=serializers.CharField(allow_null=True))
    regret_unknown = serializers.DictField(child=serializers.IntegerField())
    freed_by_stops = FreedByStops()
    basis = serializers.CharField(allow_blank=True)
    count = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = TriageCall(many=True)


class FrontierPoint(serializers.Serializer[Any]):
    """A candidate in its place; cost and value up to and with it. `funded`: within the budget. `call`: of triage."""

    place = serializers.IntegerField()
    ref = serializers.CharField()
    name = serializers.CharField()
    cost = serializers.CharField()
    value = serializers.CharField()
    cumulative_cost = serializers.CharField()
    cumulative_value = serializers.CharField()
    funded = serializers.BooleanField()
    call = serializers.CharField()
    adjusted_for_risk = serializers.BooleanField()
    measured = serializers.BooleanField()


class FrontierOut(serializers.Serializer[Any]):
    """`today`: what the candidates have now, and the value it buys. `same_money_buys`: along the line.

    `years`: the horizon of the cases, null where they differ. `horizons`, `rates`: all there are among the candidates, which
    are added as they stand; `basis` says so. `no_case`, `not_drawn`: references that are no candidates. `held_back`: within
    the budget, and to be fixed or stopped first. `by_value_alone`: `same_money_buys` counts one of that kind.
    """

    as_of = serializers.DateField()
    currency = serializers.CharField()
    budget = serializers.CharField()
    years = serializers.IntegerField(allow_null=True)
    horizons = serializers.ListField(child=serializers.IntegerField())
    rates = serializers.ListField(child=serializers.CharField())
    basis = serializers.CharField(allow_blank=True)
    today = serializers.DictField(child=serializers.CharField())
    same_money_buys = serializers.CharField()
    more = serializers.CharField()
    by_value_alone = serializers.BooleanField()
    points = FrontierPoint(many=True)
    held_back = serializers.ListField(child=serializers.CharField())
    no_case = serializers.ListField(child=serializers.CharField())
    not_drawn = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    unknown_money = serializers.IntegerField()


class GateOut(serializers.Serializer[Any]):
    """One case: expected value with a gate and carried on regardless, and from which probability each is worth it."""

    ref = serializers.CharField()
    name = serializers.CharField()
    case = serializers.CharField()
    years = serializers.IntegerField()
    prices = serializers.CharField()
    works = serializers.CharField()
    if_it_works = serializers.CharField()
    gated = serializers.CharField()
    ungated = serializers.CharField()
    gate_is_worth = serializers.CharField()
    break_even_gated = serializers.CharField(allow_null=True)
    break_even_ungated = serializers.CharField(allow_null=True)


class GateSum(serializers.Serializer[Any]):
    """Cases of one horizon and kind of prices together."""

    years = serializers.IntegerField()
    prices = serializers.CharField()
    cases = serializers.IntegerField()
    gated = serializers.CharField()
    ungated = serializers.CharField()
    gate_is_worth = serializers.CharField()


class GateValueOut(serializers.Serializer[Any]):
    """`silent`: cases in force that do not say it. `unread`: that say it over other years than their own."""

    as_of = serializers.DateField()
    currency = serializers.CharField()
    sums = GateSum(many=True)
    cases = GateOut(many=True)
    silent = serializers.IntegerField()
    unread = serializers.IntegerField()


def money(amount: Decimal) -> str:
    """To the cent, half even."""
    return f"{rounded(amount, TWO_PLACES):f}"


def money_or_none(amount: Decimal | None) -> str | None:
    return None if amount is None else money(amount)


def share(figure: Decimal | None, places: Decimal = SIX_PLACES) -> str | None:
    """To so many places, six unless told."""
    return None if figure is None else f"{rounded(figure, places):f}"


def asked(request: Request, names: Iterable[str]) -> dict[str, str]:
    """The query string. Problem 400 for a parameter that is not known here, and for another day than today."""
    params = request.query_params.dict()
    if "as_of" in params:
        raise Problem(400, "not_replayable", TODAY_ONLY)
    for name in params:
        if name not in names:
            raise wrong(name, f"There is no parameter {name[:60]!r} here.")
    return {name: str(value) for name, value in params.items()}


class MoneyApi(viewsets.ViewSet):
    """Read-only answers about the part of the portfolio the caller may see."""

    area = "portfolio"
    rights = {"GET": Action.VIEW}

    @staticmethod
    def seen(request: Request, params: Mapping[str, str], today: date) -> Picture:
        with one_moment():
            return picture(actor_of(request), params, today)


class TriageApi(MoneyApi):
    """Scale, stop, fix or wait."""

    @extend_schema(
        parameters=[*_NARROW, *_LIMITS, *(OpenApiParameter(name, str) for name in (*FILTERS, "ordering")), *_PAGED],
        responses=TriageOut, operation_id="v1_portfolio_triage",
    )  # fmt: skip
    def list(self, request: Request) -> Response:
        """A call for each initiative that has not ended, with its reason, its flips, and the regret against today."""
        params = asked(request, (*PARAMS, "page", "page_size"))
        today = clock.day_of(clock.now())
        seen = self.seen(request, params, today)
        lines = triage_lines(seen, params)
        size = read_int("page_size", params.get("page_size", str(PAGE_SIZE)))
        if not 1 <= size <= MAX_PAGE_SIZE:
            raise wrong("page_size", f"A page has 1 to {MAX_PAGE_SIZE} rows.")
        number, pages = read_int("page", params.get("page", "1")), max(-(-len(lines) // size), 1)
        if not 1 <= number <= pages:
            raise Problem(404, "not_found", f"There is no page {number}. The last is {pages}.")
        freed = seen.freed
        body = {
            "as_of": today, "currency": settings.ORG_CURRENCY, "budget": money(seen.triage.budget),
            "budget_today": money(seen.usual), "people": share(seen.triage.people_limit, TWO_PLACES),
            "counts": {verdict.value: count for verdict, count in seen.counts.items()},
            "regret": {loss.value: money_or_none(lost.amount) for loss, lost in seen.losses.items()},
            "regret_unknown": {loss.value: lost.unknown for loss, lost in seen.losses.items()},
            "freed_by_stops": {
                "money": money_or_none(freed.money), "people": None if freed.people is None else f"{freed.people:f}",
                "money_unknown": freed.money_unknown, "people_unknown": freed.people_unknown,
            },
            "basis": seen.basis,
            "count": len(lines), "page": number, "pages": pages,
            "results": [_call(line) for line in lines[(number - 1) * size : number * size]],
        }  # fmt: skip
        return Response(TriageOut(body).data)


def _call(line: Line) -> dict[str, Any]:
    facts, call = line.facts, line.call
    flips = line.picture.triage.flips(call)
    return {
        "initiative": line.row.pk, "ref": line.row.ref, "name": line.row.name, "unit": line.row.unit,
        "call": call.verdict.value, "reason": call.reason.value, "because": line.because,
        "flips": [
            {"code": flip.code, "changes": {name: str(value) for name, value in flip.changes.items()}, "leads_to": str(flip.into)}
            for flip in flips
        ],
        "flips_display": line.flips, "place": call.place, "tie": line.tie, "value": money_or_none(facts.value),
        "haircut": share(facts.haircut, FOUR_PLACES), "measured_share": share(facts.measured_share),
        "to_go": money_or_none(facts.to_go), "value_for_cost": share(facts.ratio), "allotted": money_or_none(facts.allotted),
        "run_cost_a_year": money_or_none(facts.run_cost), "people": None if facts.people is None else f"{facts.people:f}",
        "regret": money_or_none(call.regret), "loss": call.loss.value,
    }  # fmt: skip


class FrontierApi(MoneyApi):
    """What a budget buys, best first."""

    @extend_schema(
        parameters=[*_NARROW, *_LIMITS[:1]], responses=FrontierOut, operation_id="v1_portfolio_frontier"
    )
    def list(self, request: Request) -> Response:
        """Every candidate in the order of value for cost, cumulative, beside what the money buys as it is given today."""
        params = asked(request, (*NARROWED.filters, LIMITS[0]))
        today = clock.day_of(clock.now())
        seen = self.seen(request, params, today)
        body = {
            "as_of": today, "currency": settings.ORG_CURRENCY, "budget": money(seen.triage.budget), "years": seen.years,
            "horizons": list(seen.horizons), "rates": [share(rate) for rate in seen.rates], "basis": seen.basis,
            "by_value_alone": seen.by_value_alone, "held_back": [row.ref for row in seen.held_back],
            "today": {"cost": money(seen.today.cost), "value": money(seen.today.value)},
            "same_money_buys": money(seen.same_money), "more": money(seen.more),
            "points": [_point(seen, place) for place in range(len(seen.points))],
            "no_case": [row.ref for row in seen.no_case],
            "not_drawn": {why: [row.ref for row in rows] for why, rows in seen.not_drawn},
            "unknown_money": seen.today.unknown,
        }  # fmt: skip
        return Response(FrontierOut(body).data)


def _point(seen: Picture, place: int) -> dict[str, Any]:
    point = seen.points[place]
    ref = point.candidate.ref
    facts = seen.calls[ref].facts
    return {
        "place": point.place, "ref": ref, "name": seen.rows[ref].name, "cost": money(point.candidate.cost),
        "value": money(point.candidate.value), "cumulative_cost": money(point.cost), "cumulative_value": money(point.value),
        "funded": point.funded, "call": seen.calls[ref].verdict.value,
        "adjusted_for_risk": facts.haircut is not None, "measured": bool(facts.measured_share),
    }  # fmt: skip


class GateValueApi(MoneyApi):
    """What being able to stop is worth."""

    @extend_schema(parameters=_NARROW, responses=GateValueOut, operation_id="v1_portfolio_gate_value")
    def list(self, request: Request) -> Response:
        """Of each case in force that says how probable it is that it works: expected value with a gate and without."""
        params = asked(request, NARROWED.filters)
        today = clock.day_of(clock.now())
        with one_moment():
            found = gate_values(select(actor_of(request), narrowing(params), today))
        body = {
            "as_of": today, "currency": settings.ORG_CURRENCY, "silent": found.silent, "unread": found.unread,
            "cases": [_gate(one) for one in found.cases],
            "sums": [
                {"years": one.convention.years, "prices": one.convention.prices, "cases": one.cases,
                 "gated": money(one.gated), "ungated": money(one.ungated), "gate_is_worth": money(one.worth)}
                for one in found.sums
            ],
        }  # fmt: skip
        return Response(GateValueOut(body).data)


def _gate(one: Gated) -> dict[str, Any]:
    return {
        "ref": one.ref, "name": one.name, "case": one.case_ref, "years": one.convention.years,
        "prices": one.convention.prices, "works": share(one.works, FOUR_PLACES), "if_it_works": money(one.if_it_works),
        "gated": money(one.gate.gated), "ungated": money(one.gate.ungated), "gate_is_worth": money(one.gate.worth),
        "break_even_gated": share(one.gate.break_even_gated), "break_even_ungated": share(one.gate.break_even_ungated),
    }  # fmt: skip
