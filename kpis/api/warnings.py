"""`initiatives/{id}/warnings`: signs of neglect, early; and `value-not-shown`: what has long been live and unmeasured."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.auth import actor_of
from core.api.briefs import PersonBrief, UnitBrief
from core.api.shape import Day, Key, Money, Shape
from core.api.views import Endpoint
from core.errors import Problem, not_found
from core.roles import Action
from core.values import read_ref, wrong
from domain.kpi_warnings import Policy
from kpis.api.fields import past_day
from kpis.queries.value import NOT_SHOWN, load_value, not_shown
from kpis.queries.warned import UNKNOWN, Told, rule_of, warned_of
from kpis.queries.watch_policy import policy_on
from portfolio.models import Initiative

_INITIATIVE = OpenApiParameter(
    "initiative_id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The initiative, by id or as AI-0042.",
)


class WarningShape(serializers.Serializer[Any]):
    """A sign of neglect: what it is, since when (null = cannot be told), by when to act, and what clears it.

    `severity`: 3 is the gravest. `kpi`: the KPI it is about, where it is about one. `escalates`: the day to act has passed
    and nobody did. `flag`: the open flag; null in the half minute until the worker has raised it.
    """

    code = serializers.CharField()
    rule = serializers.CharField()
    cause = serializers.CharField()
    group = serializers.CharField()
    severity = serializers.IntegerField()
    kpi = serializers.CharField(allow_null=True)
    sentence = serializers.CharField()
    since = serializers.DateField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    escalates = serializers.BooleanField()
    clears_when = serializers.CharField()
    owner = serializers.IntegerField(allow_null=True)
    owner_name = serializers.CharField(allow_null=True)
    flag = serializers.IntegerField(allow_null=True)


class UnknownFact(serializers.Serializer[Any]):
    """A fact nobody recorded, of which nothing can be warned."""

    fact = serializers.CharField()
    words = serializers.CharField()


class Warnings(serializers.Serializer[Any]):
    """`valid_until`: the last day on which the same facts say the same; null = for ever. `policy`: 0 = the product's own."""

    initiative = serializers.IntegerField()
    as_of = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True)
    policy = serializers.IntegerField()
    warnings = WarningShape(many=True)
    unknown = UnknownFact(many=True)


class WarningApi(viewsets.ViewSet):
    """The early warnings of one initiative."""

    area = "kpis"
    rights = {"GET": Action.VIEW}

    @extend_schema(parameters=[_INITIATIVE], responses=Warnings, operation_id="v1_initiatives_warnings")
    def list(self, request: Request, initiative_id: str) -> Response:
        """What the initiative is warned of today, the gravest first, judged from the facts as recorded now."""
        for name in request.query_params:
            if name not in {"as_of", "known_at"}:
                raise wrong(name, f"There is no parameter {name[:60]!r} here.")
        at = clock.now()
        today = clock.day_of(at)
        as_of, known_at = past_day(request.query_params, at)
        if as_of not in {None, today} or known_at is not None:
            raise Problem(
                400, "not_replayable", "This shows today only. Take as_of and known_at out of the address."
            )
        rows = Initiative.objects.visible_to(actor_of(request))
        initiative = rows.filter(pk=read_ref(initiative_id, "AI")).first()
        if initiative is None:
            raise not_found()
        found = warned_of(initiative, as_of=today)
        body = {
            "initiative": initiative.pk, "as_of": today, "valid_until": found.valid_until, "policy": found.policy_number,
            "warnings": [_said(one) for one in found.told],
            "unknown": [{"fact": name, "words": UNKNOWN[name]} for name in found.unknown],
        }  # fmt: skip
        return Response(Warnings(body).data)


def _said(one: Told) -> dict[str, Any]:
    warning = one.warning
    return {
        "code": warning.code.value, "rule": rule_of(warning.code), "cause": one.cause, "group": warning.group.value,
        "severity": warning.severity, "kpi": one.kpi.ref if one.kpi else None, "sentence": one.sentence,
        "since": one.since, "due_on": warning.due_on, "escalates": warning.escalates,
        "clears_when": warning.clears_when, "owner": one.owner.pk if one.owner else None,
        "owner_name": one.owner.name if one.owner else None, "flag": one.flag.pk if one.flag else None,
    }  # fmt: skip


class ValueShape(Shape):
    """An initiative in production whose value nobody has shown: no business KPI was measured within the limit.

    `last_business_reading_on` null: none ever was. `not_shown_since`: the first day past the limit.
    """

    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    name = serializers.CharField()
    unit = Key("unit")
    sponsor = Key("sponsor", allow_null=True)
    lead = Key("lead", allow_null=True)
    production_since = Day(source="entered_on")
    last_business_reading_on = Day(allow_null=True, source="last_business_on")
    not_shown_since = Day()
    planned_value = Money(allow_null=True)
    spent = Money(allow_null=True)
    flag = serializers.SerializerMethodField()

    expandable = {"unit": UnitBrief, "sponsor": PersonBrief, "lead": PersonBrief}

    def get_flag(self, row: Any) -> int | None:
        return row.value_flag.pk if row.value_flag else None


class ValueEndpoint(Endpoint):
    """Value not shown: longer in production than the limit, and no business KPI measured within it. Today only."""

    area = "kpis"
    model = Initiative
    listing = NOT_SHOWN
    shape = ValueShape
    prefix = "AI"

    @cached_property
    def policy(self) -> Policy:
        return policy_on(self.today)[0]

    def get_queryset(self) -> QuerySet[Any]:
        return not_shown(super().get_queryset(), as_of=self.today, policy=self.policy)

    def present(self, row: Any, *, many: bool = False) -> Any:
        load_value(row if many else [row], self.today, self.policy)
        return super().present(row, many=many)
