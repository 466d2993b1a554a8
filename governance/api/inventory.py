"""`models` and `model-reviews`: the inventory of AI models, who answers for each, and whether anyone still looks."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock, vocabulary
from core.access import token_scope_lets
from core.api.auth import actor_of
from core.api.briefs import PersonBrief, UnitBrief
from core.api.shape import Bool, Day, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import Problem, not_found
from core.linked import LinkedIds
from core.models import BusinessUnit, User
from core.roles import Action
from core.values import read_past_day, read_ref
from governance.models import AiModel, ModelReview
from governance.models.inventory import DOSSIER
from governance.queries.inventory import CAUSES, MODELS, REVIEWS
from governance.queries.replay import as_of
from governance.queries.traceability import Trace, trace_of
from governance.services.inventory import MOST_DAYS, TEXTS, WORKING, create_model, edit_model, retire_model
from governance.services.review import record_review
from kpis.models import Kpi
from portfolio.models import Initiative
from portfolio.models.initiatives import TIERS

AS_OF = OpenApiParameter(
    "as_of", OpenApiTypes.DATE, description="Judge the facts recorded now as of this day."
)
STAGES = [(code, label) for code, label in AiModel.Stage.choices if code in WORKING]


class CauseShape(Shape):
    """One cause of staleness, true from `since` on (null: since when is not recorded)."""

    code = serializers.CharField()
    code_display = serializers.CharField()
    severity = serializers.IntegerField()
    sentence = serializers.CharField()
    since = serializers.CharField(allow_null=True)
    clears_when = serializers.CharField()
    last = serializers.CharField(allow_null=True)
    subject = serializers.CharField(allow_null=True)


class ModelShape(Shape):
    """An AI system or model. Null is a fact nobody recorded.

    `status` to `valid_until`, `orphan`, `causes` and `unknown` are answers, written by no caller.
    """

    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    name = serializers.CharField()
    purpose = serializers.CharField()
    affected = serializers.CharField()
    contact = serializers.CharField()
    unit = Key("unit")
    initiatives = serializers.ListField(
        child=serializers.IntegerField(), source="initiative_ids", read_only=True
    )
    kpis = serializers.ListField(child=serializers.IntegerField(), source="kpi_ids", read_only=True)
    owner = Key("owner", allow_null=True)
    developer = serializers.CharField()
    validator = Key("validator", allow_null=True)
    vendor = serializers.CharField()
    technique = serializers.CharField()
    technique_display = Label("technique", AiModel.Technique.choices)
    risk_tier = serializers.IntegerField(allow_null=True)
    risk_tier_display = Label("risk_tier", TIERS)
    stage = serializers.CharField()
    stage_display = Label("stage", AiModel.Stage.choices)
    in_production_since = Day(allow_null=True)
    retired_on = Day(allow_null=True)
    retired_because = serializers.CharField()
    status = serializers.CharField()
    status_display = Label("status", vocabulary.words("model"))
    stale_since = Day(allow_null=True)
    orphan = Bool()
    causes = serializers.SerializerMethodField()
    unknown = serializers.ListField(child=serializers.CharField())
    judged_on = Day(allow_null=True)
    valid_until = Day(allow_null=True)
    policy_number = serializers.IntegerField()
    next_review_on = Day(allow_null=True)
    last_review_on = Day(allow_null=True)
    last_validated_on = Day(allow_null=True)
    monitoring_cadence_days = serializers.IntegerField(allow_null=True)
    last_monitored_on = Day(allow_null=True)
    last_heartbeat_on = Day(allow_null=True)
    superseded_by = Key("superseded_by", allow_null=True)
    superseded_on = Day(allow_null=True)
    fallback_plan = serializers.CharField()
    fallback_tested_on = Day(allow_null=True)
    dossier_sections = serializers.DictField(child=serializers.CharField())
    attestation_due_on = Day(allow_null=True)
    attested_on = Day(allow_null=True)
    decommission_criteria = serializers.CharField()
    classes = serializers.DictField(child=serializers.CharField())
    champion = serializers.CharField()
    open_critical = serializers.IntegerField(allow_null=True)
    facts = serializers.DictField()
    source = serializers.CharField()  # type: ignore[assignment]
    external_id = serializers.CharField()
    created_at = Moment()
    updated_at = Moment()
    version = serializers.IntegerField()

    expandable = {"unit": UnitBrief, "owner": PersonBrief, "validator": PersonBrief}

    @extend_schema_field(CauseShape(many=True))
    def get_causes(self, row: AiModel) -> list[dict[str, Any]]:
        return [{**cause, "code_display": CAUSES[cause["code"]]} for cause in row.causes]


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string", "format": "date"}})
class Sections(serializers.DictField):
    """Dossier section -> day of its latest version."""

    child = Day()

    def to_internal_value(self, data: Any) -> dict[str, date]:
        found: dict[str, date] = super().to_internal_value(data)
        unknown = [code for code in found if code not in DOSSIER]
        if unknown:
            raise serializers.ValidationError(
                f"{unknown[0][:40]} is no section. Use: {', '.join(DOSSIER)}.", code="invalid_choice"
            )
        return found


class ModelEdit(Shape):
    """What a caller may change of a model."""

    name = Text(max_length=TEXTS["name"])
    unit = Related(queryset=BusinessUnit.objects.all())
    purpose = Text(max_length=TEXTS["purpose"], required=False, allow_blank=True)
    affected = Text(max_length=TEXTS["affected"], required=False, allow_blank=True)
    contact = Text(max_length=TEXTS["contact"], required=False, allow_blank=True)
    initiatives = Related(queryset=Initiative.objects.all(), prefix="AI", many=True, required=False)
    kpis = Related(queryset=Kpi.objects.all(), prefix="K", many=True, required=False)
    owner = Related(queryset=User.objects.all(), required=False, allow_null=True)
    developer = Text(max_length=TEXTS["developer"], required=False, allow_blank=True)
    validator = Related(queryset=User.objects.all(), required=False, allow_null=True)
    vendor = Text(max_length=TEXTS["vendor"], required=False, allow_blank=True)
    technique = serializers.ChoiceField(choices=AiModel.Technique.choices, required=False, allow_blank=True)
    risk_tier = serializers.ChoiceField(choices=TIERS, required=False, allow_null=True)
    stage = serializers.ChoiceField(choices=STAGES, required=False)
    in_production_since = Day(required=False, allow_null=True)
    next_review_on = Day(required=False, allow_null=True)
    last_validated_on = Day(required=False, allow_null=True)
    monitoring_cadence_days = serializers.IntegerField(
        min_value=1, max_value=MOST_DAYS, required=False, allow_null=True
    )
    last_monitored_on = Day(required=False, allow_null=True)
    last_heartbeat_on = Day(required=False, allow_null=True)
    superseded_by = Related(queryset=AiModel.objects.all(), prefix="M", required=False, allow_null=True)
    superseded_on = Day(required=False, allow_null=True)
    fallback_plan = Text(max_length=TEXTS["fallback_plan"], required=False, allow_blank=True)
    fallback_tested_on = Day(required=False, allow_null=True)
    dossier_sections = Sections(required=False)
    attestation_due_on = Day(required=False, allow_null=True)
    attested_on = Day(required=False, allow_null=True)
    decommission_criteria = Text(max_length=TEXTS["decommission_criteria"], required=False, allow_blank=True)


class ModelWrite(ModelEdit):
    """The same for a new model, with the key of the system it comes from."""

    source = Text(max_length=80, required=False, allow_blank=True)  # type: ignore[assignment]
    external_id = Text(max_length=400, required=False, allow_blank=True)


class RetireWrite(Shape):
    because = Text(max_length=300)
    retired_on = Day(required=False)


class ModelEndpoint(Endpoint):
    """The model inventory, as far as the caller may see it."""

    area = "governance"
    model = AiModel
    prefix = "M"
    listing = MODELS
    shape = ModelShape
    write_shape = ModelWrite
    beside = {"initiative_ids": LinkedIds(AiModel.initiatives), "kpi_ids": LinkedIds(AiModel.kpis)}
    detail_params = ("as_of",)
    rights = {
        "create": Action.CREATE_MODEL,
        "partial_update": Action.EDIT_MODEL,
        "retire": Action.EDIT_MODEL,
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
        """Record a review the caller held. Nobody reviews a model they own: 403 `four_eyes`."""

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
