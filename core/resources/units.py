"""`business-units`: the organisation's tree."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.briefs import UnitBrief
from core.api.shape import Bool, Key, Related, Shape, Text
from core.api.views import Endpoint
from core.models import BusinessUnit
from core.queries import UNITS
from core.roles import Action
from core.units import create_unit, edit_unit


class UnitShape(UnitBrief):
    """A business unit. `path` lists the ids from the top, so that a unit and all below share its beginning."""

    parent = Key("parent", allow_null=True)  # type: ignore[assignment]
    path = serializers.CharField(read_only=True)
    depth = serializers.IntegerField(read_only=True)
    active = Bool()
    version = serializers.IntegerField(read_only=True)

    expandable = {"parent": UnitBrief}


class UnitWrite(Shape):
    name = Text(max_length=200)
    code = Text(max_length=40, required=False, allow_blank=True)
    parent = Related(  # type: ignore[assignment]
        queryset=BusinessUnit.objects.all(), required=False, allow_null=True
    )


class UnitEdit(UnitWrite):
    active = Bool(required=False)


class UnitEndpoint(Endpoint):
    """Business units in which the caller holds a role, and below."""

    area = "portfolio"
    model = BusinessUnit
    listing = UNITS
    shape = UnitShape
    rights = {"create": Action.MANAGE_UNITS, "partial_update": Action.MANAGE_UNITS}

    @extend_schema(request=UnitWrite, responses={201: UnitShape})
    def create(self, request: Request) -> HttpResponse:
        """A new unit, below `parent` or at the top."""

        def work() -> Response:
            row = create_unit(by=self.actor, at=self.at, **self.read(request, shape=UnitWrite))
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=UnitEdit, responses=UnitShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Rename it, close it, or move it with everything below."""
        row = self.find(pk)
        version = self.expected_version(request)
        facts = self.read(request, partial=True, shape=UnitEdit)
        return self.answer(edit_unit(pk=row.pk, by=self.actor, at=self.at, expected_version=version, **facts))
