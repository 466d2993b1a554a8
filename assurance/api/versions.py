"""`model-versions`, `version-promotions` and the way back: what a model's versions are, and who gave them their role."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from assurance.models import ModelVersion, VersionMetric, VersionPromotion
from assurance.queries.listings import HISTORY, PROMOTIONS, VERSIONS
from assurance.services.promotions import (
    APPROVE,
    BECAUSE,
    DECLINE,
    EVIDENCE,
    Evidence,
    answer_promotion,
    propose_promotion,
    propose_rollback,
    withdraw_promotion,
)
from assurance.services.version_corrections import BECAUSE as CORRECTED_BECAUSE
from assurance.services.version_corrections import correct_version
from assurance.services.versions import COMMIT, NOTES, NUMBER, RUN, register_version
from assurance.services.wandb import ALIAS, hear_wandb
from core.api.briefs import PersonBrief
from core.api.shape import Bool, Day, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import not_found
from core.roles import Action
from core.values import read_ref
from domain.model_roles import DISPLACED, GIVEN
from domain.wandb_event import LONGEST
from governance.api.inventory import ModelBrief
from governance.models import AiModel
from kpis.models import Comparison

MODEL = OpenApiParameter("model_id", str, OpenApiParameter.PATH, description="Its id, or M-0042.")


class ModelVersionShape(Shape):
    """One version of a model. `metrics`: name -> value as text. `aliases`: what its registry calls it; they give no role."""

    id = serializers.IntegerField(read_only=True)
    model = Key("model")
    number = serializers.CharField()
    role = serializers.CharField()
    role_display = Label("role", ModelVersion.Role.choices)
    role_since = Day(allow_null=True)
    trained_on = Day(allow_null=True)
    source_run = serializers.CharField()
    commit = serializers.CharField()
    image = serializers.CharField()
    image_digest = serializers.CharField()
    metrics = serializers.DictField(child=serializers.CharField())
    notes = serializers.CharField()
    previous = Key("previous", allow_null=True)
    aliases = serializers.ListField(child=serializers.CharField())
    source_stage = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of this name, not DRF's own argument
    external_id = serializers.CharField()
    gone_at = Moment(allow_null=True)
    recorded_by = Key("recorded_by")
    recorded_at = Moment()
    updated_at = Moment()
    version = serializers.IntegerField()

    expandable = {"model": ModelBrief, "recorded_by": PersonBrief}


class MetricsField(serializers.DictField):
    """Name -> a number, or text that is one ("NaN" too)."""

    def to_internal_value(self, data: Any) -> dict[Any, Any]:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError("Send an object of names and numbers.", code="invalid")
        return dict(data)


class ModelVersionWrite(Shape):
    model = Related(queryset=AiModel.objects.all(), prefix="M")
    number = Text(max_length=NUMBER)
    trained_on = Day(required=False, allow_null=True)
    source_run = Text(max_length=RUN, required=False, allow_blank=True)
    commit = Text(max_length=COMMIT, required=False, allow_blank=True)
    image = Text(max_length=480, required=False, allow_blank=True)
    image_digest = Text(max_length=80, required=False, allow_blank=True)
    metrics = MetricsField(required=False)
    notes = Text(max_length=NOTES, required=False, allow_blank=True)


class ModelVersionCorrection(Shape):
    """What was recorded wrongly, and why. What is not sent stays."""

    because = Text(max_length=CORRECTED_BECAUSE)
    number = Text(max_length=NUMBER, required=False)
    trained_on = Day(required=False, allow_null=True)
    source_run = Text(max_length=RUN, required=False, allow_blank=True)
    commit = Text(max_length=COMMIT, required=False, allow_blank=True)
    image = Text(max_length=480, required=False, allow_blank=True)
    image_digest = Text(max_length=80, required=False, allow_blank=True)
    metrics = MetricsField(required=False)
    notes = Text(max_length=NOTES, required=False, allow_blank=True)


class WandbWrite(Shape):
    """The payload of a webhook automation, its variables filled in by Weights & Biases."""

    model = Related(queryset=AiModel.objects.all(), prefix="M")
    artifact_version = Text(max_length=LONGEST, help_text="${artifact_version}")
    artifact_version_string = Text(max_length=LONGEST, help_text="${artifact_version_string}")
    alias = Text(max_length=ALIAS, required=False, allow_blank=True, help_text="${alias}")
    event_type = Text(max_length=LONGEST, required=False, allow_blank=True, help_text="${event_type}")
    event_author = Text(max_length=LONGEST, required=False, allow_blank=True, help_text="${event_author}")
    metrics = MetricsField(required=False, help_text="Name -> ${artifact_metadata.name}")


class ModelVersionEndpoint(Endpoint):
    """Versions of the models the caller may see. Added by who reports on a model; a role is given elsewhere."""

    area = "governance"
    model = ModelVersion
    listing = VERSIONS
    shape = ModelVersionShape
    write_shape = ModelVersionWrite
    rights = dict.fromkeys(("create", "wandb", "correct"), Action.REPORT_MODEL)

    @extend_schema(request=ModelVersionWrite, responses={201: ModelVersionShape})
    def create(self, request: Request) -> HttpResponse:
        """Register a version. A number of a model is used once: 409 `version_taken`."""

        def work() -> Response:
            facts = self.read(request)
            model_id = facts.pop("model").pk
            row = register_version(model_id=model_id, by=self.actor, at=self.at, **facts)
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=ModelVersionCorrection, responses=ModelVersionShape)
    @action(detail=True, methods=["post"], url_path="correct")
    def correct(self, request: Request, pk: str) -> HttpResponse:
        """Put right what was recorded wrongly, with the reason. 409 `version_stands` once people relied on it."""
        found = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=ModelVersionCorrection)
            return self.answer(correct_version(pk=found.pk, by=self.actor, at=self.at, **said))

        return self.once(work)

    @extend_schema(request=WandbWrite, responses={201: ModelVersionShape, 200: ModelVersionShape})
    @action(detail=False, methods=["post"], url_path="wandb")
    def wandb(self, request: Request) -> HttpResponse:
        """For a webhook automation of Weights & Biases: 201 for a version heard of for the first time, 200 afterwards.

        The payload names the model and the automation's own variables; the access token is one of this product. The alias
        stands beside the version and gives it no role.
        """

        def work() -> Response:
            said = self.read(request, shape=WandbWrite)
            model, metrics = said.pop("model"), said.pop("metrics", {})
            heard = hear_wandb(model_id=model.pk, said=said, metrics=metrics, by=self.actor, at=self.at)
            return self.answer(heard.version, status=201 if heard.created else 200)

        return self.once(work)


class VersionMetricShape(Shape):
    """One value in the history of a metric. `at`: milliseconds since 1970. `value`: a decimal as text, or NaN."""

    id = serializers.IntegerField(read_only=True)
    version = Key("version")
    name = serializers.CharField()
    step = serializers.IntegerField()
    at = serializers.IntegerField()
    value = serializers.CharField()


class VersionMetricEndpoint(Endpoint):
    """The history of the metrics of versions, as their sources gave it. Read only."""

    area = "governance"
    model = VersionMetric
    listing = HISTORY
    shape = VersionMetricShape


class PromotionShape(Shape):
    """A role asked for a version, and the answer. `going_back`: to the version before the champion."""

    id = serializers.IntegerField(read_only=True)
    version = Key("version")
    from_role = serializers.CharField()
    to_role = serializers.CharField()
    to_role_display = Label("to_role", ModelVersion.Role.choices)
    going_back = Bool()
    champion_then = Key("champion_then", allow_null=True)
    champion_becomes = serializers.CharField()
    evidence = serializers.CharField()
    comparison = Key("comparison", allow_null=True)
    filename = serializers.CharField()
    sha256 = serializers.CharField()
    asked_by = Key("asked_by")
    asked_at = Moment()
    state = serializers.CharField()
    state_display = Label("state", VersionPromotion.State.choices)
    answered_by = Key("answered_by", allow_null=True)
    answered_at = Moment(allow_null=True)
    because = serializers.CharField()

    expandable = {"asked_by": PersonBrief, "answered_by": PersonBrief}


class PromotionWrite(Shape):
    version = Related(queryset=ModelVersion.objects.all())
    to_role = serializers.ChoiceField(choices=[(one.value, one.value) for one in GIVEN])
    evidence = Text(max_length=EVIDENCE)
    comparison = Related(queryset=Comparison.objects.all(), required=False, allow_null=True)
    champion_becomes = serializers.ChoiceField(
        choices=[(one.value, one.value) for one in DISPLACED], required=False
    )


class PromotionAnswer(Shape):
    answer = serializers.ChoiceField(choices=[(APPROVE, "Approve"), (DECLINE, "Decline")])
    because = Text(max_length=BECAUSE, required=False, allow_blank=True)


class PromotionWithdraw(Shape):
    because = Text(max_length=BECAUSE)


class RollbackWrite(Shape):
    because = Text(max_length=EVIDENCE)
    champion_becomes = serializers.ChoiceField(
        choices=[(one.value, one.value) for one in DISPLACED], required=False
    )


class PromotionEndpoint(Endpoint):
    """Roles asked for versions. Whoever asks does not answer, nor does who owns or developed the model."""

    area = "governance"
    model = VersionPromotion
    listing = PROMOTIONS
    shape = PromotionShape
    write_shape = PromotionWrite
    rights = {"create": Action.EDIT_MODEL, "withdraw": Action.EDIT_MODEL, "answer_it": Action.PROMOTE_MODEL}

    def get_queryset(self) -> Any:
        return super().get_queryset().defer("content")

    @extend_schema(request=PromotionWrite, responses={201: PromotionShape})
    def create(self, request: Request) -> HttpResponse:
        """Ask for a role, with evidence. 409 where the version has it, is gone, or waits for an answer already."""

        def work() -> Response:
            said = self.read(request)
            evidence = Evidence(text=said.pop("evidence"), comparison=said.pop("comparison", None))
            row = propose_promotion(
                version_id=said.pop("version").pk, evidence=evidence, by=self.actor, at=self.at, **said
            )
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=PromotionAnswer, responses=PromotionShape)
    @action(detail=True, methods=["post"], url_path="answer")
    def answer_it(self, request: Request, pk: str) -> HttpResponse:
        """Approve or decline. 403 `four_eyes` for one's own, 409 `champion_changed` where the evidence is overtaken."""
        found = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=PromotionAnswer)
            return self.answer(answer_promotion(pk=found.pk, by=self.actor, at=self.at, **said))

        return self.once(work)

    @extend_schema(request=PromotionWithdraw, responses=PromotionShape)
    @action(detail=True, methods=["post"], url_path="withdraw")
    def withdraw(self, request: Request, pk: str) -> HttpResponse:
        """Take back what was asked for."""
        found = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=PromotionWithdraw)
            return self.answer(withdraw_promotion(pk=found.pk, by=self.actor, at=self.at, **said))

        return self.once(work)


class RollbackEndpoint(Endpoint):
    """`models/{id}/rollback`: ask to go back to the version before the champion."""

    area = "governance"
    model = VersionPromotion
    listing = PROMOTIONS
    shape = PromotionShape
    write_shape = RollbackWrite
    rights = {"create": Action.EDIT_MODEL}

    @extend_schema(
        operation_id="models_rollback_create", parameters=[MODEL], request=RollbackWrite, responses={201: PromotionShape}
    )  # fmt: skip
    def create(self, request: Request, model_id: str) -> HttpResponse:
        """One act, answered as a promotion is. 409 `no_champion`, `no_previous`."""
        row = AiModel.objects.visible_to(self.actor).filter(pk=read_ref(model_id, "M")).first()
        if row is None:
            raise not_found()

        def work() -> Response:
            said = self.read(request)
            asked = propose_rollback(model_id=row.pk, by=self.actor, at=self.at, **said)
            return Response(self.present(asked), status=201)

        return self.once(work)
