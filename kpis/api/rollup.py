"""`initiatives/{id}/kpi-rollup`: what an initiative's KPIs say together, today or on another day."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock, vocabulary
from core.api.auth import actor_of
from core.api.fields import plain
from core.errors import not_found
from core.roles import Action
from core.values import read_ref, wrong
from kpis.api.fields import AS_OF, past_day
from kpis.models import Kpi
from kpis.queries import counted_as, kpis_together
from portfolio.models import Initiative

_INITIATIVE = OpenApiParameter(
    "initiative_id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The initiative, by id or as AI-0042.",
)


class RolledKpi(serializers.Serializer[Any]):
    """One KPI's part. `counts_as`: the declared status while a declaration stands, else the computed one."""

    id = serializers.IntegerField()
    ref = serializers.CharField()
    name = serializers.CharField()
    primary = serializers.BooleanField()
    weight = serializers.CharField()
    computed_status = serializers.CharField()
    declared_status = serializers.CharField()
    counts_as = serializers.CharField()
    counts_as_display = serializers.CharField()
    reason = serializers.CharField()
    flags = serializers.ListField(child=serializers.CharField())


class KpiRollup(serializers.Serializer[Any]):
    """`share`: the part of the weight behind the answer, where a share decided. `kpis`: all of them, counted or not."""

    initiative = serializers.IntegerField()
    as_of = serializers.DateField()
    known_at = serializers.DateTimeField(allow_null=True)
    status = serializers.CharField()
    status_display = serializers.CharField()
    reason = serializers.CharField()
    share = serializers.CharField(allow_null=True)
    kpis = RolledKpi(many=True)


class RollupApi(viewsets.ViewSet):
    """The KPIs of one initiative together."""

    area = "kpis"
    rights = {"GET": Action.VIEW}

    @extend_schema(
        parameters=[_INITIATIVE, *AS_OF], responses=KpiRollup, operation_id="v1_initiatives_kpi_rollup"
    )
    def list(self, request: Request, initiative_id: str) -> Response:
        """The roll-up, with every KPI behind it. With `as_of` and `known_at` as the record stood then."""
        for name in request.query_params:
            if name not in {"as_of", "known_at"}:
                raise wrong(name, f"There is no parameter {name[:60]!r} here.")
        at = clock.now()
        as_of, known_at = past_day(request.query_params, at)
        rows = Initiative.objects.visible_to(actor_of(request))
        initiative = rows.filter(pk=read_ref(initiative_id, "AI")).first()
        if initiative is None:
            raise not_found()
        found = kpis_together(initiative, as_of=as_of, known_at=known_at)
        reason = found.rolled.reason or ""
        body = {
            "initiative": initiative.pk, "as_of": as_of or clock.day_of(at), "known_at": known_at,
            "status": found.rolled.status.value, "status_display": vocabulary.word("rollup", found.rolled.status, reason),
            "reason": reason, "share": None if found.rolled.share is None else f"{found.rolled.share:f}",
            "kpis": [_rolled(kpi) for kpi in found.kpis],
        }  # fmt: skip
        return Response(KpiRollup(body).data)


def _rolled(kpi: Kpi) -> dict[str, Any]:
    counted = counted_as(kpi)
    return {
        "id": kpi.pk, "ref": kpi.ref, "name": kpi.name, "primary": kpi.primary, "weight": plain(kpi.weight),
        "computed_status": kpi.status, "declared_status": kpi.declared_status, "counts_as": counted,
        "counts_as_display": vocabulary.word("kpi", counted, "" if kpi.declared_status else kpi.reason),
        "reason": kpi.reason, "flags": kpi.flags,
    }  # fmt: skip
