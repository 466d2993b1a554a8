"""`remediations`: KPIs set right after the fact, step by step."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.briefs import PersonBrief
from core.api.shape import Key, Moment, Related, Shape, Text
from core.roles import Action
from domain.remediation import LABEL
from kpis.api.replay import Replayed
from kpis.models import Kpi, Remediation, RemediationStep
from kpis.queries.remediation import REMEDIATIONS, reached
from kpis.services.remediation import BECAUSE, FINDING, open_remediation, take_step
from portfolio.api.records import InitiativeBrief
from portfolio.models import Initiative

STEPS = RemediationStep.Step
OUTCOMES = RemediationStep.Realignment


class RemediationStepShape(serializers.Serializer[Any]):
    """A step as it was taken. `kpi`: what post_hoc_kpi named. `readings`: on how many days validation found history."""

    step = serializers.CharField()
    step_display = serializers.CharField()
    finding = serializers.CharField()
    kpi = serializers.IntegerField(allow_null=True)
    readings = serializers.IntegerField(allow_null=True)
    realignment = serializers.CharField()
    realignment_display = serializers.CharField(allow_null=True)
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.IntegerField(allow_null=True)


class RemediationShape(Shape):
    """A remediation: the steps taken, the one that is next (null: all are taken), and what it asks.

    `label`: what the KPI it set is called for ever.
    """

    id = serializers.IntegerField(read_only=True)
    initiative = Key("initiative")
    because = serializers.CharField()
    opened_at = Moment()
    opened_by = Key("opened_by", allow_null=True)
    closed_at = Moment(allow_null=True)
    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    next_step = serializers.SerializerMethodField()
    sentence = serializers.SerializerMethodField()
    asks = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()  # type: ignore[assignment]

    expandable = {"initiative": InitiativeBrief, "opened_by": PersonBrief}

    def get_label(self, row: Remediation) -> str:  # noqa: ARG002
        return LABEL

    def get_next_step(self, row: Remediation) -> str | None:
        following = reached(row).next_step
        return None if following is None else following.value

    def get_sentence(self, row: Remediation) -> str:
        return reached(row).sentence

    def get_asks(self, row: Remediation) -> str:
        return reached(row).clears_when

    @extend_schema_field(RemediationStepShape(many=True))
    def get_steps(self, row: Remediation) -> list[dict[str, Any]]:
        return [_told(one) for one in sorted(row.steps.all(), key=lambda one: one.pk)]


class RemediationWrite(Shape):
    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    because = Text(max_length=BECAUSE)


class StepWrite(Shape):
    """`kpi` with post_hoc_kpi only, `realignment` with realignment only."""

    step = serializers.ChoiceField(choices=STEPS.choices)
    finding = Text(max_length=FINDING)
    kpi = Related(
        queryset=Kpi.objects.select_related("promised"), prefix="K", required=False, allow_null=True
    )
    realignment = serializers.ChoiceField(choices=OUTCOMES.choices, required=False)


class RemediationEndpoint(Replayed):
    """Remediations of initiatives the caller may see. Steps are append-only."""

    area = "kpis"
    model = Remediation
    listing = REMEDIATIONS
    shape = RemediationShape
    write_shape = RemediationWrite
    prefetch = ("steps",)
    rights = {"create": Action.DEFINE_KPI, "step": Action.DEFINE_KPI}
    said_on = learnt_at = "opened_at"
    written_later = frozenset({"open", "kpi"})

    def present(self, row: Any, *, many: bool = False) -> Any:
        until = self.until
        for one in (row if many else [row]) if until is not None else ():
            if one.closed_at is not None and one.closed_at > until:
                one.closed_at = None
            taken = [step for step in one.steps.all() if step.recorded_at <= until]
            one._prefetched_objects_cache["steps"] = taken
        return super().present(row, many=many)

    @extend_schema(request=RemediationWrite, responses={201: RemediationShape})
    def create(self, request: Request) -> HttpResponse:
        """Begin to set right that KPIs were not agreed in time. An initiative has one open."""

        def work() -> Response:
            said = self.read(request)
            row = open_remediation(
                initiative_id=said["initiative"].pk, because=said["because"], by=self.actor, at=self.at
            )
            return self.answer(self.find(str(row.pk)), status=201)

        return self.once(work)

    @extend_schema(request=StepWrite, responses={201: RemediationShape})
    @action(detail=True, methods=["post"], url_path="steps")
    def step(self, request: Request, pk: str) -> HttpResponse:
        """Take the next step. 409 for any other, and for a validation without a history of three days."""
        row = self.find(pk)

        def work() -> Response:
            take_step(pk=row.pk, by=self.actor, at=self.at, **self.read(request, shape=StepWrite))
            return Response(self.present(self.find(pk)), status=201)

        return self.once(work)


def _told(one: RemediationStep) -> dict[str, Any]:
    return {
        "step": one.step, "step_display": one.get_step_display(), "finding": one.finding, "kpi": one.kpi_id,
        "readings": one.readings, "realignment": one.realignment,
        "realignment_display": one.get_realignment_display() or None,
        "recorded_at": Moment().to_representation(one.recorded_at), "recorded_by": one.recorded_by_id,
    }  # fmt: skip
