"""`model-registries`: registries of models that are read, how each stands, and reading one now."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from assurance.models import ModelRegistry
from assurance.queries.listings import REGISTRIES
from assurance.services.registries import FILTER, NAME, URL, ask_sync, connect_registry, edit_registry
from core.api.briefs import PersonBrief, UnitBrief
from core.api.shape import Bool, Key, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.models import BusinessUnit
from core.roles import Action


class RegistryShape(Shape):
    """A registry that is read. `failing_since`: since when it cannot be, and `failure` why: what it says here may be old.

    No token is here: the machine's settings hold it beside the address it is sent to.
    """

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField()
    base_url = serializers.CharField()
    unit = Key("unit")
    name_filter = serializers.CharField()
    active = Bool()
    synced_at = Moment(allow_null=True)
    tried_at = Moment(allow_null=True)
    next_try_at = Moment(allow_null=True)
    failing_since = Moment(allow_null=True)
    failure = serializers.CharField()
    failures = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())
    created_by = Key("created_by")
    created_at = Moment()
    updated_at = Moment()
    version = serializers.IntegerField()

    expandable = {"unit": UnitBrief, "created_by": PersonBrief}


class RegistryEdit(Shape):
    base_url = Text(max_length=URL, required=False)
    name_filter = Text(max_length=FILTER, required=False, allow_blank=True)
    active = Bool(required=False)


class RegistryWrite(Shape):
    name = Text(max_length=NAME)
    base_url = Text(max_length=URL)
    unit = Related(queryset=BusinessUnit.objects.all())
    name_filter = Text(max_length=FILTER, required=False, allow_blank=True)


class RegistryEndpoint(Endpoint):
    """Registries of models (MLflow, or Databricks by the same protocol), as far as the caller sees their business unit."""

    area = "governance"
    model = ModelRegistry
    listing = REGISTRIES
    shape = RegistryShape
    write_shape = RegistryWrite
    rights = dict.fromkeys(("create", "partial_update", "sync"), Action.REPORT_MODEL)

    @extend_schema(request=RegistryWrite, responses={201: RegistryShape})
    def create(self, request: Request) -> HttpResponse:
        """Connect a registry; a worker reads it within a minute."""

        def work() -> Response:
            row = connect_registry(by=self.actor, at=self.at, **self.read(request))
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=RegistryEdit, responses=RegistryShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change its address or filter, or stop reading it."""
        row = self.find(pk)
        version = self.expected_version(request)
        said = self.read(request, partial=True, shape=RegistryEdit)
        edit_registry(pk=row.pk, by=self.actor, at=self.at, expected_version=version, **said)
        return self.answer(self.find(pk))

    @extend_schema(request=None, responses={202: RegistryShape})
    @action(detail=True, methods=["post"], url_path="sync")
    def sync(self, request: Request, pk: str) -> HttpResponse:
        """Have a worker read it now: 202. `synced_at` or `failure` tell what came of it."""
        found = self.find(pk)

        def work() -> Response:
            self.read_nothing(request)
            ask_sync(pk=found.pk, by=self.actor, at=self.at)
            return self.answer(self.find(pk), status=202)

        return self.once(work)
