"""`initiatives/{id}/pilot-plan`: the pilot ahead, its charter and its transition plan, before the pilot stage."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.auth import actor_of
from core.api.rows import version_in
from core.api.shape import Day, Money, Related, Shape, Text, check_keys
from core.api.views import Endpoint
from core.errors import Problem, not_found
from core.models import User
from core.roles import Action
from core.values import read_ref
from pilots.api.pilots import counted
from pilots.models import PilotPlan
from pilots.queries.plan import charter_lacks, plan_ahead, transition_lacks
from pilots.services.charter import TEXTS
from pilots.services.plan import save_plan
from portfolio.models import Initiative

_INITIATIVE = OpenApiParameter(
    "initiative_id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The initiative, by id or as AI-0042.",
)


class PlanShape(serializers.Serializer[Any]):
    """The pilot ahead. Null and empty: nobody has said. `lacks`: the fields the pilot gate still needs. `version` 0: nothing is
    written."""

    scope_units = serializers.CharField()
    scope_sites = serializers.CharField()
    scope_users = serializers.CharField()
    scope_systems = serializers.CharField()
    units_count = serializers.IntegerField(allow_null=True)
    sites_count = serializers.IntegerField(allow_null=True)
    users_count = serializers.IntegerField(allow_null=True)
    systems_count = serializers.IntegerField(allow_null=True)
    hypotheses = serializers.CharField()
    sample = serializers.CharField()
    stop_threshold = serializers.CharField()
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    decision_on = serializers.DateField(allow_null=True)
    production_owner = serializers.IntegerField(allow_null=True, source="production_owner_id")
    transition_run_cost = serializers.DecimalField(18, 2, allow_null=True)
    transition_integration = serializers.CharField()
    transition_support = serializers.CharField()
    transition_on = serializers.DateField(allow_null=True)
    updated_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    lacks = serializers.SerializerMethodField()

    def get_lacks(self, _row: PilotPlan) -> list[str]:
        return list(self.context["lacks"])


class PlanWrite(Shape):
    """What is said of the pilot ahead. Fields that are not named keep what they say."""

    scope_units = Text(max_length=TEXTS["scope_units"], required=False, allow_blank=True)
    scope_sites = Text(max_length=TEXTS["scope_sites"], required=False, allow_blank=True)
    scope_users = Text(max_length=TEXTS["scope_users"], required=False, allow_blank=True)
    scope_systems = Text(max_length=TEXTS["scope_systems"], required=False, allow_blank=True)
    units_count = counted("units_count")
    sites_count = counted("sites_count")
    users_count = counted("users_count")
    systems_count = counted("systems_count")
    hypotheses = Text(max_length=TEXTS["hypotheses"], required=False, allow_blank=True)
    sample = Text(max_length=TEXTS["sample"], required=False, allow_blank=True)
    stop_threshold = Text(max_length=TEXTS["stop_threshold"], required=False, allow_blank=True)
    starts_on = Day(required=False, allow_null=True)
    ends_on = Day(required=False, allow_null=True)
    decision_on = Day(required=False, allow_null=True)
    production_owner = Related(queryset=User.objects.all(), required=False, allow_null=True)
    transition_run_cost = Money(required=False, allow_null=True, min_value=0)
    transition_integration = Text(
        max_length=TEXTS["transition_integration"], required=False, allow_blank=True
    )
    transition_support = Text(max_length=TEXTS["transition_support"], required=False, allow_blank=True)
    transition_on = Day(required=False, allow_null=True)


class PilotPlanApi(viewsets.ViewSet):
    """The plan of one initiative's pilot: read it, change what the body names under If-Match."""

    area = "pilots"
    rights = {"retrieve": Action.VIEW, "partial_update": Action.EDIT_PILOT}

    @extend_schema(operation_id="pilot_plan_retrieve", parameters=[_INITIATIVE], responses=PlanShape)
    def retrieve(self, request: Request, initiative_id: str) -> Response:
        """What is planned and what is missing. The ETag is that of the plan, `"v0"` where there is none."""
        Endpoint.only_params(request)
        return self._answer(self._initiative(request, initiative_id))

    @extend_schema(
        operation_id="pilot_plan_update", parameters=[_INITIATIVE], request=PlanWrite, responses=PlanShape
    )
    def partial_update(self, request: Request, initiative_id: str) -> Response:
        """Write what the body names. 409 `not_before_pilot` once the pilot runs; 412 where somebody saved in between."""
        Endpoint.only_params(request)
        row, version = self._initiative(request, initiative_id), version_in(request)
        if not isinstance(request.data, Mapping):
            raise Problem(400, "invalid", "Send one JSON object.")
        form = PlanWrite(data=request.data, partial=True, context={"actor": actor_of(request)})
        check_keys(form, request.data)
        form.is_valid(raise_exception=True)
        save_plan(
            initiative_id=row.pk, by=actor_of(request), at=clock.now(), expected_version=version,
            **form.validated_data,
        )  # fmt: skip
        return self._answer(row)

    @staticmethod
    def _initiative(request: Request, initiative_id: str) -> Initiative:
        rows = Initiative.objects.visible_to(actor_of(request))
        row = rows.filter(pk=read_ref(initiative_id, "AI")).first()
        if row is None:
            raise not_found()
        return row

    @staticmethod
    def _answer(row: Initiative) -> Response:
        plan = plan_ahead(row)
        lacks = [*charter_lacks(plan), *transition_lacks(plan)]
        shown = plan or PilotPlan(initiative=row, version=0)
        body = PlanShape(shown, context={"lacks": lacks}).data
        return Response(body, headers={"ETag": f'"v{shown.version}"'})
