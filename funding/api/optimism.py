"""`optimism`: what finished cases forecast and what came of it; `initiatives/{id}/reference-haircut`: what that says of one."""

from typing import Any, Final

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.auth import actor_of
from core.errors import not_found
from core.reading import one_moment
from core.roles import Action
from core.values import read_ref, wrong
from domain.finance.case import BenefitType
from domain.finance.optimism import Record
from funding.api.portfolio import MoneyApi, asked, money, money_or_none, share
from funding.queries.optimism import KINDS, Class, optimism_seen, reference_haircut
from funding.queries.portfolio import narrowing
from portfolio.dashboard.selection import NARROWED, select
from portfolio.models import Initiative

_NARROW: Final = [OpenApiParameter(name, str, description=f"Only this {name}.") for name in NARROWED.filters]
_TYPES: Final = tuple(kind.value for kind in BenefitType)


class OptimismClass(serializers.Serializer[Any]):
    """What cases of a class realised of what they forecast. `haircut`: null below five cases."""

    kind = serializers.ChoiceField(choices=KINDS)
    name = serializers.CharField()
    cases = serializers.IntegerField()
    realised_share = serializers.CharField()
    haircut = serializers.CharField(allow_null=True)


class FinishedCase(serializers.Serializer[Any]):
    """A finished case. `years`: compared. `realised`: null where nothing was validated, and then it is in no class."""

    initiative = serializers.IntegerField()
    ref = serializers.CharField()
    name = serializers.CharField()
    case = serializers.CharField()
    years = serializers.IntegerField()
    forecast = serializers.CharField()
    realised = serializers.CharField(allow_null=True)


class OptimismOut(serializers.Serializer[Any]):
    """`left_out`: finished cases with nothing validated on record, so the shares are rather too high."""

    as_of = serializers.DateField()
    currency = serializers.CharField()
    classes = OptimismClass(many=True)
    cases = FinishedCase(many=True)
    left_out = serializers.IntegerField()


class ReferenceOut(serializers.Serializer[Any]):
    """What cases like the next one realised. `of`: the class that was found, null where no case has finished.

    `left_out`: finished cases of that class with nothing validated on record, in no share.
    """

    initiative = serializers.IntegerField()
    sentence = serializers.CharField()
    haircut = serializers.CharField(allow_null=True)
    of = OptimismClass(allow_null=True)
    left_out = serializers.IntegerField()


class OptimismApi(MoneyApi):
    """The ledger of optimism."""

    @extend_schema(parameters=_NARROW, responses=OptimismOut, operation_id="v1_optimism")
    def list(self, request: Request) -> Response:
        """Finished cases the caller may see, and what each class of them realised."""
        params = asked(request, NARROWED.filters)
        today = clock.day_of(clock.now())
        with one_moment():
            ledger = optimism_seen(select(actor_of(request), narrowing(params), today))
        body = {
            "as_of": today, "currency": settings.ORG_CURRENCY, "left_out": ledger.left_out,
            "classes": [_class(*pair) for kind in KINDS for pair in ledger.of_kind(kind)],
            "cases": [
                {"initiative": one.initiative, "ref": one.ref, "name": one.name, "case": f"BC-{one.case:04d}",
                 "years": one.window, "forecast": money(one.forecast), "realised": money_or_none(one.realised)}
                for one in ledger.cases
            ],
        }  # fmt: skip
        return Response(OptimismOut(body).data)


class ReferenceApi(MoneyApi):
    """The haircut that finished cases offer to the next one."""

    rights = {"GET": Action.VIEW}

    @extend_schema(
        parameters=[
            OpenApiParameter("initiative_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="By id or as AI-0042."),
            OpenApiParameter("type", str, enum=_TYPES, description="The type of benefit that weighs most in the case."),
        ],
        responses=ReferenceOut, operation_id="v1_initiatives_reference_haircut",
    )  # fmt: skip
    def list(self, request: Request, initiative_id: str) -> Response:
        """What cases like the one of this initiative realised, over the whole organisation, without its own."""
        params = asked(request, ("type",))
        kind = params.get("type", "")
        if kind and kind not in _TYPES:
            raise wrong("type", f"{kind[:40]!r} is no type of benefit. Known: {', '.join(_TYPES)}.")
        rows = Initiative.objects.visible_to(actor_of(request)).select_related("unit", "sponsor")
        initiative = rows.filter(pk=read_ref(initiative_id, "AI")).first()
        if initiative is None:
            raise not_found()
        found = reference_haircut(initiative, today=clock.day_of(clock.now()), type=kind)
        of = None if found.of is None or found.record is None else _class(found.of, found.record)
        body = {
            "initiative": initiative.pk, "sentence": found.sentence, "haircut": share(found.haircut), "of": of,
            "left_out": found.left_out,
        }  # fmt: skip
        return Response(ReferenceOut(body).data)


def _class(of: Class, record: Record) -> dict[str, Any]:
    return {
        "kind": of.kind, "name": of.name, "cases": record.cases, "realised_share": share(record.realised_share),
        "haircut": share(record.haircut),
    }  # fmt: skip
