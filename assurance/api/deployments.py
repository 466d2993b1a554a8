"""`deployments`, the gate a pipeline asks, and looks at clusters."""

import hashlib
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from assurance.api.versions import MODEL
from assurance.models import ClusterLook, Deployment
from assurance.queries.gate import gate_of
from assurance.queries.listings import DEPLOYMENTS, LOOKS
from assurance.services.clusters import CLUSTER, keep_look, preview_look
from assurance.services.deployments import (
    BECAUSE,
    ENVIRONMENT,
    EVENT,
    SOURCE,
    Reported,
    beat,
    end_deployment,
    environment_of,
    report_deployment,
)
from assurance.services.versions import COMMIT, NUMBER
from core import clock
from core.api.auth import actor_of
from core.api.briefs import PersonBrief, UnitBrief
from core.api.shape import Bool, Display, Key, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import not_found
from core.models import BusinessUnit
from core.roles import Action
from core.uploads import require_within_limit
from core.values import read_ref, wrong
from domain.images import Image
from governance.api.inventory import ModelBrief
from governance.models import AiModel


class ObjectionShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    sentence = serializers.CharField()


def _warning(row: Deployment) -> str:
    return (
        Image(row.image.rpartition(":")[0] or row.image, row.image.rpartition(":")[2]).warning
        if row.by_tag_alone
        else ""
    )


class DeploymentShape(Shape):
    """A version put into an environment. `objections`: what stood against it when it was reported; while it runs it runs without
    approval, until the gate has nothing against it any more (`approved_at`).

    `warning`: what is wrong with how its image is named. `version` null: no such version is registered.
    """

    id = serializers.IntegerField(read_only=True)
    model = Key("model")
    version = Key("version", allow_null=True)
    version_number = serializers.CharField()
    environment = serializers.CharField()
    commit = serializers.CharField()
    image = serializers.CharField()
    image_digest = serializers.CharField()
    warning = Display(_warning)
    previous = Key("previous", allow_null=True)
    deployed_at = Moment()
    last_heartbeat_at = Moment(allow_null=True)
    ended_at = Moment(allow_null=True)
    ended_because = serializers.CharField()
    observed = Bool()
    unapproved = Bool()
    approved_at = Moment(allow_null=True)
    objections = serializers.ListField(child=serializers.DictField())
    source = serializers.CharField()  # type: ignore[assignment]  # a field of this name, not DRF's own argument
    source_event = serializers.CharField()
    recorded_by = Key("recorded_by")
    recorded_at = Moment()
    updated_at = Moment()

    expandable = {"model": ModelBrief, "recorded_by": PersonBrief}


class DeploymentWrite(Shape):
    """What a pipeline reports. `source` and `source_event` name the event: sent again, it is not recorded again.

    `observed`: it runs already; it is kept whatever stands against it, and flagged. `beside`: others of the environment go on.
    """

    model = Related(queryset=AiModel.objects.all(), prefix="M")
    version = Text(max_length=NUMBER)
    environment = Text(max_length=ENVIRONMENT)
    deployed_at = Moment(required=False)
    commit = Text(max_length=COMMIT, required=False, allow_blank=True)
    image = Text(max_length=480, required=False, allow_blank=True)
    image_digest = Text(max_length=80, required=False, allow_blank=True)
    previous = Text(max_length=NUMBER, required=False, allow_blank=True)
    source = Text(max_length=SOURCE, required=False, allow_blank=True)  # type: ignore[assignment]  # a field of this name
    source_event = Text(max_length=EVENT, required=False, allow_blank=True)
    observed = Bool(required=False)
    beside = Bool(required=False)


class DeploymentEnd(Shape):
    because = Text(max_length=BECAUSE)
    ended_at = Moment(required=False)


class DeploymentEndpoint(Endpoint):
    """Deployments of models, as pipelines report them."""

    area = "governance"
    model = Deployment
    listing = DEPLOYMENTS
    shape = DeploymentShape
    write_shape = DeploymentWrite
    rights = dict.fromkeys(("create", "heartbeat", "end"), Action.REPORT_MODEL)

    @extend_schema(request=DeploymentWrite, responses={201: DeploymentShape, 200: DeploymentShape})
    def create(self, request: Request) -> HttpResponse:
        """Report a deployment: 201; the same source event again: 200 with the first. What the gate refuses: 409
        `deployment_refused` with every reason, unless it is `observed`."""

        def work() -> Response:
            said = self.read(request)
            model = said.pop("model")
            event = said.pop("source_event", "")
            heard = report_deployment(
                model_id=model.pk, said=Reported(**said, event=event), by=self.actor, at=self.at
            )
            return self.answer(heard.deployment, status=201 if heard.created else 200)

        return self.once(work)

    @extend_schema(request=None, responses=DeploymentShape)
    @action(detail=True, methods=["post"], url_path="heartbeat")
    def heartbeat(self, request: Request, pk: str) -> HttpResponse:
        """It is alive. 409 `ended` after its end."""
        found = self.find(pk)

        def work() -> Response:
            self.read_nothing(request)
            return self.answer(beat(pk=found.pk, by=self.actor, at=self.at))

        return self.once(work)

    @extend_schema(request=DeploymentEnd, responses=DeploymentShape)
    @action(detail=True, methods=["post"], url_path="end")
    def end(self, request: Request, pk: str) -> HttpResponse:
        """It runs no more."""
        found = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=DeploymentEnd)
            return self.answer(end_deployment(pk=found.pk, by=self.actor, at=self.at, **said))

        return self.once(work)


class DeploymentGateShape(serializers.Serializer[Any]):
    """`allowed` with every reason against it, and what nobody recorded."""

    allowed = serializers.BooleanField()
    model = serializers.IntegerField()
    version = serializers.CharField()
    environment = serializers.CharField()
    reasons = ObjectionShape(many=True)
    unknown = serializers.ListField(child=serializers.CharField())


class DeploymentGateApi(viewsets.ViewSet):
    """`models/{id}/deployment-gate`: may this version be deployed there? For a pipeline's exit code."""

    area = "governance"
    rights = {"GET": Action.VIEW}

    @extend_schema(
        operation_id="models_deployment_gate_retrieve",
        parameters=[
            MODEL,
            OpenApiParameter("version", OpenApiTypes.STR, required=True, description="Its number."),
            OpenApiParameter("environment", OpenApiTypes.STR, description="production unless given"),
        ],
        responses=DeploymentGateShape,
    )
    def list(self, request: Request, model_id: str) -> Response:
        """200 with `allowed` true or false; only what cannot be asked is an error. Every environment counts as production unless the
        policy says that it is not; `unknown` says so of a name no policy knows."""
        Endpoint.only_params(request, "version", "environment")
        row = AiModel.objects.visible_to(actor_of(request)).filter(pk=read_ref(model_id, "M")).first()
        if row is None:
            raise not_found()
        number = request.query_params.get("version", "").strip()
        if not number or len(number) > NUMBER:
            raise wrong("version", "Say which version, by its number.")
        environment = environment_of(request.query_params.get("environment") or "production")
        answer = gate_of(row, number, environment, clock.today())
        return Response(
            {
                "allowed": answer.allowed, "model": row.pk, "version": number, "environment": environment,
                "reasons": [{"code": one.reason.value, "sentence": one.sentence} for one in answer.reasons],
                "unknown": list(answer.unknown),
            }
        )  # fmt: skip


class ClusterLookShape(Shape):
    """A cluster's list beside the record. `kept_at` null: a preview, forgotten after a day."""

    id = serializers.IntegerField(read_only=True)
    unit = Key("unit")
    cluster = serializers.CharField()
    environment = serializers.CharField()
    filename = serializers.CharField()
    sha256 = serializers.CharField()
    containers = serializers.IntegerField()
    matched = serializers.IntegerField()
    running = serializers.IntegerField(help_text="Running, not registered.")
    registered = serializers.IntegerField(help_text="Registered, not running.")
    found = serializers.DictField()
    looked_by = Key("looked_by")
    looked_at = Moment()
    kept_at = Moment(allow_null=True)

    expandable = {"unit": UnitBrief, "looked_by": PersonBrief}


class ClusterLookWrite(Shape):
    """The form of an upload: `kubectl get deploy -A -o json`."""

    file = serializers.FileField(allow_empty_file=True, max_length=200)
    cluster = Text(max_length=CLUSTER)
    environment = Text(max_length=ENVIRONMENT)
    unit = Related(queryset=BusinessUnit.objects.all())


class UploadParser(MultiPartParser):
    """multipart/form-data, for uploads alone."""


class UploadsOf(Endpoint):
    """An endpoint one of whose acts takes a file (multipart/form-data)."""

    uploads = ("create",)

    def get_parsers(self) -> list[BaseParser]:
        method = str(getattr(getattr(self, "request", None), "method", "") or "").lower()
        asked = getattr(self, "action", None) or getattr(self, "action_map", {}).get(method)
        return [UploadParser()] if asked in self.uploads else super().get_parsers()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if self.action not in self.uploads:
            super().initial(request, *args, **kwargs)
            return
        # An upload is bounded while it streams, so it is not read whole first.
        super(Endpoint, self).initial(request, *args, **kwargs)
        self.at = clock.now()

    def uploaded(self, request: Request, shape: type[Shape]) -> tuple[dict[str, Any], bytes]:
        """The fields, the file among them as its content, and what stands for the body of a repeat."""
        said = self.read(request, shape=shape)
        require_within_limit(request._request)
        file = said.pop("file")
        said |= {"filename": file.name, "content": file.read()}
        told = repr(sorted((k, str(v)) for k, v in said.items() if k != "content")).encode()
        return said, told + hashlib.sha256(said["content"]).digest()


class ClusterLookEndpoint(UploadsOf):
    """Looks at clusters: upload a list, read the preview, keep it."""

    area = "governance"
    model = ClusterLook
    listing = LOOKS
    shape = ClusterLookShape
    write_shape = ClusterLookWrite
    rights = dict.fromkeys(("create", "keep"), Action.REPORT_MODEL)

    @extend_schema(request={"multipart/form-data": ClusterLookWrite}, responses={201: ClusterLookShape})
    def create(self, request: Request) -> HttpResponse:
        """Preview a list of `kubectl get deploy -A -o json`. Nothing is kept yet."""
        said, body = self.uploaded(request, ClusterLookWrite)

        def work() -> Response:
            return self.answer(preview_look(by=self.actor, at=self.at, **said), status=201)

        return self.once(work, body=body)

    @extend_schema(request=None, responses=ClusterLookShape)
    @action(detail=True, methods=["post"], url_path="keep")
    def keep(self, request: Request, pk: str) -> HttpResponse:
        """Keep what was previewed. From then on it stands."""
        found = self.find(pk)

        def work() -> Response:
            self.read_nothing(request)
            return self.answer(keep_look(pk=found.pk, by=self.actor, at=self.at))

        return self.once(work)
