"""`initiatives/{id}/realisation`: benefits as they come in, by month or quarter, today or as of another day."""

from datetime import date
from decimal import Decimal
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.auth import actor_of
from core.errors import not_found
from core.roles import Action
from core.values import read_ref, wrong
from domain.finance.realisation import Period, Realised, SoFar
from domain.kpi_figures import rounded
from funding.queries.realisation import EVERY, KINDS, Realisation, of_initiative, realised
from kpis.api.fields import AS_OF, past_day
from kpis.queries.known import end_of
from portfolio.models import Initiative

CENT, SIX = Decimal("0.01"), Decimal("0.000001")
_INITIATIVE = OpenApiParameter(
    "initiative_id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The initiative, by id or as AI-0042.",
)
_BY = OpenApiParameter(
    "by", OpenApiTypes.STR, enum=list(EVERY), description="The length of a period; quarter if left out."
)


class Sums(serializers.Serializer[Any]):
    """Money, to the cent. In a period, null where nothing of the kind was recorded."""

    planned = serializers.CharField(allow_null=True)
    claimed = serializers.CharField(allow_null=True)
    validated = serializers.CharField(allow_null=True)
    rejected = serializers.CharField(allow_null=True)
    spent = serializers.CharField(allow_null=True)


class Rates(serializers.Serializer[Any]):
    """`rate`: of what is planned, null where nothing is, which is neither 0 nor 1. `forecast`: at completion, if it goes on
    like this. Six places, the forecast to the cent."""

    rate = serializers.CharField(allow_null=True)
    per_spent = serializers.CharField(allow_null=True)
    forecast = serializers.CharField(allow_null=True)


class RealisedPeriod(serializers.Serializer[Any]):
    """A period by itself, and everything up to its end. `by_finance`: of what is validated, which is what counts as realised;
    `as_claimed`: of what is claimed. The two are never added."""

    period = serializers.CharField()
    starts_on = serializers.DateField()
    in_period = Sums()
    so_far = Sums()
    by_finance = Rates()
    as_claimed = Rates()


class RealisationShape(serializers.Serializer[Any]):
    """`at_completion`: planned in all, null where nothing ever was. `waiting`: claims finance has not answered."""

    initiative = serializers.IntegerField()
    as_of = serializers.DateField()
    by = serializers.CharField()
    at_completion = serializers.CharField(allow_null=True)
    waiting = serializers.IntegerField()
    waiting_amount = serializers.CharField()
    periods = RealisedPeriod(many=True)


class RealisationApi(viewsets.ViewSet):
    """Benefits of one initiative as they come in."""

    area = "portfolio"
    rights = {"GET": Action.VIEW}

    @extend_schema(
        parameters=[_INITIATIVE, _BY, *AS_OF],
        responses=RealisationShape,
        operation_id="v1_initiatives_realisation",
    )
    def list(self, request: Request, initiative_id: str) -> Response:
        """Planned, claimed, validated, rejected and spent by period. With `as_of` as the record stood then."""
        params = request.query_params
        for name in params:
            if name not in {"as_of", "known_at", "by"}:
                raise wrong(name, f"There is no parameter {name[:60]!r} here.")
        by = params.get("by", "quarter")
        if by not in EVERY:
            raise wrong("by", f"Choose one of: {', '.join(EVERY)}.")
        at = clock.now()
        as_of, known_at = past_day(params, at)
        rows = Initiative.objects.visible_to(actor_of(request))
        row = rows.filter(pk=read_ref(initiative_id, "AI")).first()
        if row is None:
            raise not_found()
        day = as_of or clock.day_of(at)
        until = known_at if known_at is not None or as_of is None else end_of(as_of)
        found = realised(of_initiative(row), today=day, by=by, known_at=until)
        return Response(RealisationShape(_body(row, day, by, found)).data)


def _body(row: Initiative, day: date, by: str, found: Realisation) -> dict[str, Any]:
    return {
        "initiative": row.pk, "as_of": day, "by": by, "at_completion": _cents(found.at_completion),
        "waiting": found.waiting, "waiting_amount": _cents(found.waiting_amount),
        "periods": [
            {
                "period": period.label, "starts_on": start, "in_period": _sums(period), "so_far": _sums(sums),
                "by_finance": _rates(sums.by_finance), "as_claimed": _rates(sums.as_claimed),
            }
            for start, period, sums in zip(found.starts, found.periods, found.so_far, strict=True)
        ],
    }  # fmt: skip


def _sums(of: Period | SoFar) -> dict[str, str | None]:
    return {name: _cents(getattr(of, name)) for name in (*KINDS, "spent")}


def _rates(of: Realised) -> dict[str, str | None]:
    six = [None if one is None else f"{rounded(one, SIX):f}" for one in (of.rate, of.per_spent)]
    return {"rate": six[0], "per_spent": six[1], "forecast": _cents(of.forecast)}


def _cents(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{rounded(amount, CENT):f}"
