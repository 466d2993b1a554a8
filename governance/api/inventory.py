"""`models` and `model-reviews`: the inventory of AI models, who answers for each, and whether anyone still looks."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.access import token_scope_lets
from core.api.auth import actor_of
from core.api.briefs import PersonBrief
from core.api.shape import Day, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import Problem, not_found
from core.linked import LinkedIds, seen_ids
from core.roles import Action
from core.values import read_past_day, read_ref
from governance.api.model_shapes import ModelCorrectionWrite, ModelEdit, ModelShape, ModelWrite, RetireWrite
from governance.models import AiModel, ModelReview
from governance.queries.inventory import MODELS, REVIEWS
from governance.queries.replay import as_of
from governance.queries.traceability import Trace, trace_of
from governance.services.corrections import correct_facts
from governance.services.inventory import create_model, edit_model, retire_model
from governance.services.review import record_review
from portfolio.models import Initiative

SEEN_ONLY = {"initiative": "initiatives", "kpi": "kpis", "depends_on": "depends_on"}
"""What the caller may not know of, although the model is theirs to see."""
AS_OF = OpenApiParameter(
    "as_of", OpenApiTypes.DATE, description="Judge the facts recorded now as of this day."
)


class ModelEndpoint(Endpoint):
    """The model inventory, as far as the caller may see it."""

    area = "governance"
    model = AiModel
    prefix = "M"
    listing = MODELS
    shape = ModelShape
    write_shape = ModelWrite
    beside = {"developer_ids": LinkedIds(AiModel.developers)}
    detail_params = ("as_of",)

    def told_beside(self) -> Mapping[str, Any]:
        """Ids of initiatives, KPIs and models the caller may not see are not told."""
        return {
            **self.beside,
            **{
                f"{name}_ids": seen_ids(getattr(AiModel, field), self.actor)
                for name, field in SEEN_ONLY.items()
            },
        }

    rights = {
        "create": Action.CREATE_MODEL,
        "partial_update": Action.EDIT_MODEL,
        "retire": Action.EDIT_MODEL,
        "correct": Action.REVIEW_MODEL,
    }

    @extend_schema(parameters=[AS_OF], responses=ModelShape)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One model; with `?as_of=` the answer of that day."""
        self.only_params(request, "fields", "expand", *self.detail_params)
        row = self.find(pk)
        if raw := request.query_params.get("as_of", ""):
            day = read_past_day("as_of", raw, clock.day_of(self.at))
            if day < clock.day_of(row.created_at):
                raise not_found("This model was not on record on that day.")
            as_of(row, day)
            return self.answer(row, tag=False)
        return self.answer(row)

    @extend_schema(request=ModelWrite, responses={201: ModelShape})
    def create(self, request: Request) -> HttpResponse:
        """Register a model; it is judged at once."""

        def work() -> Response:
            row = create_model(by=self.actor, at=self.at, **self.read(request))
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=ModelEdit, responses=ModelShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what the body names; the model is judged at once."""
        row = self.find(pk)
        version = self.expected_version(request)
        facts = self.read(request, partial=True, shape=ModelEdit)
        edit_model(pk=row.pk, by=self.actor, at=self.at, expected_version=version, **facts)
        return self.answer(self.find(pk))

    @extend_schema(request=RetireWrite, responses=ModelShape)
    @action(detail=True, methods=["post"], url_path="retire")
    def retire(self, request: Request, pk: str) -> HttpResponse:
        """Take it out of service, with the reason."""
        model = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=RetireWrite)
            on = facts.pop("retired_on", None)
            retire_model(pk=model.pk, by=self.actor, at=self.at, on=on, **facts)
            return self.answer(self.find(pk))

        return self.once(work)

    @extend_schema(request=ModelCorrectionWrite, responses=ModelShape)
    @action(detail=True, methods=["post"], url_path="correct")
    def correct(self, request: Request, pk: str) -> HttpResponse:
        """Put right what records write, with the reason. Never its owner nor a developer: 403 `four_eyes`."""
        model = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=ModelCorrectionWrite)
            correct_facts(pk=model.pk, by=self.actor, at=self.at, **facts)
            return self.answer(self.find(pk))

        return self.once(work)


class ModelBrief(Shape):
    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)


class ReviewShape(Shape):
    """A review held: its outcome, and when the next is due."""

    id = serializers.IntegerField(read_only=True)
    model = Key("model")
    reviewed_on = Day()
    reviewer = Key("reviewer")
    outcome = serializers.CharField()
    outcome_display = Label("outcome", ModelReview.Outcome.choices)
    findings = serializers.CharField()
    next_review_on = Day()
    recorded_at = Moment()

    expandable = {"model": ModelBrief, "reviewer": PersonBrief}


class ReviewWrite(Shape):
    model = Related(queryset=AiModel.objects.all(), prefix="M")
    reviewed_on = Day()
    outcome = serializers.ChoiceField(choices=ModelReview.Outcome.choices)
    findings = Text(max_length=20_000, required=False, allow_blank=True)
    next_review_on = Day(required=False, allow_null=True)


class ReviewEndpoint(Endpoint):
    """Reviews of models. Added, never edited."""

    area = "governance"
    model = ModelReview
    listing = REVIEWS
    shape = ReviewShape
    write_shape = ReviewWrite
    rights = {"create": Action.REVIEW_MODEL}

    @extend_schema(request=ReviewWrite, responses={201: ReviewShape})
    def create(self, request: Request) -> HttpResponse:
        """Record a review the caller held. Nobody reviews a model they own or developed: 403 `four_eyes`."""

        def work() -> Response:
            facts = self.read(request)
            model_id = facts.pop("model").pk
            row = record_review(model_id=model_id, by=self.actor, at=self.at, **facts)
            return self.answer(row, status=201)

        return self.once(work)


class MissingShape(serializers.Serializer[Any]):
    gap = serializers.CharField()
    subject = serializers.CharField()
    sentence = serializers.CharField()


class LinkShape(serializers.Serializer[Any]):
    """A KPI and the model metrics that serve it, by id."""

    kpi = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField()
    metrics = serializers.ListField(child=serializers.IntegerField())


class TraceShape(serializers.Serializer[Any]):
    """From objective to model. `unseen_models`: how many of its models the caller may not see."""

    initiative = serializers.IntegerField()
    objectives = serializers.ListField(child=serializers.IntegerField())
    outcome = serializers.CharField()
    kpis = LinkShape(many=True)
    orphan_metrics = serializers.ListField(child=serializers.IntegerField())
    models = serializers.ListField(child=serializers.IntegerField())
    unseen_models = serializers.IntegerField()
    data_needs = serializers.ListField(child=serializers.IntegerField())
    missing = MissingShape(many=True)


class TraceabilityApi(viewsets.ViewSet):
    """`initiatives/{id}/traceability`: the chain of an initiative, and what is missing in it."""

    area = "governance"
    rights = {"GET": Action.VIEW}

    @extend_schema(
        operation_id="initiatives_traceability_retrieve",
        parameters=[
            OpenApiParameter("initiative", str, OpenApiParameter.PATH, description="Its id, or AI-0042.")
        ],
        responses=TraceShape,
    )
    def list(self, request: Request, initiative: str) -> Response:
        """Objective, KPI, model metric, model. A token needs the read scopes of portfolio and kpis too."""
        Endpoint.only_params(request)
        actor = actor_of(request)
        for area in ("portfolio", "kpis"):
            if actor.scopes is not None and not token_scope_lets(actor.scopes, area, "read"):
                raise Problem(
                    403, "token_scope", f"This token lacks the scope {area}:read, which a trace needs."
                )
        row = Initiative.objects.visible_to(actor).filter(pk=read_ref(initiative, "AI")).first()
        if row is None:
            raise not_found()
        return Response(_traced(row, trace_of(row, actor)))


def _traced(row: Initiative, trace: Trace) -> dict[str, Any]:
    return {
        "initiative": row.pk, "objectives": [one.pk for one in trace.objectives], "outcome": row.outcome,
        "kpis": [
            {"kpi": link.kpi.pk, "name": link.kpi.name, "kind": link.kpi.kind, "metrics": [one.pk for one in link.metrics]}
            for link in trace.links
        ],
        "orphan_metrics": [one.pk for one in trace.orphans], "models": [one.pk for one in trace.models],
        "unseen_models": trace.unseen, "data_needs": [one.pk for one in trace.data],
        "missing": [
            {"gap": one.gap.value, "subject": one.subject, "sentence": one.sentence} for one in trace.missing
        ],
    }  # fmt: skip
