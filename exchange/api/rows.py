"""`imports/{id}/rows`: how every row of an import ends, with what it changes and why it was refused."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import vocabulary
from core.api.shape import Key, Label, Shape
from core.api.views import Endpoint, read_ref
from core.errors import not_found
from core.roles import Action
from exchange.models import ImportRow
from exchange.queries.runs import ROWS, rows, runs

_IMPORT = OpenApiParameter("import_id", OpenApiTypes.INT, OpenApiParameter.PATH, description="The import.")
_NUMBER = OpenApiParameter(
    "id", OpenApiTypes.INT, OpenApiParameter.PATH, description="The row's number, from 1."
)


class ImportRowShape(Shape):
    """One row of the file. `changes`: `of` (field, fact, column), `name`, `was`, `now`; `here` where it was edited here."""

    number = serializers.IntegerField()
    outcome = serializers.CharField()
    outcome_display = Label("outcome", vocabulary.words("import_row"))
    label = serializers.CharField()  # type: ignore[assignment]
    changes = serializers.ListField(child=serializers.DictField())
    warnings = serializers.ListField(child=serializers.DictField())
    refusals = serializers.ListField(child=serializers.DictField())
    initiative = Key("initiative", allow_null=True)


class ImportRowEndpoint(Endpoint):
    """The rows of one import."""

    area = "exchange"
    model = ImportRow
    listing = ROWS
    shape = ImportRowShape
    rights: ClassVar[dict[str, Action]] = {"list": Action.IMPORT, "retrieve": Action.IMPORT}

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.import_id = kwargs.pop("import_id")
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        run = runs(self.actor).filter(pk=read_ref(self.import_id, "")).first()
        if run is None:
            raise not_found()
        return rows(run)

    @extend_schema(parameters=[_IMPORT])
    def list(self, request: Request) -> Response:
        """Rows by outcome, in the order of the file."""
        return super().list(request)

    @extend_schema(parameters=[_IMPORT, _NUMBER])
    def retrieve(self, request: Request, pk: str) -> Response:
        """One row by its number."""
        return super().retrieve(request, pk)

    def find(self, pk: str) -> Any:
        row = self.get_queryset().filter(number=read_ref(pk, "")).first()
        if row is None:
            raise not_found()
        return row
