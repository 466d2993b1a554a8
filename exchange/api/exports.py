"""`exports`: every record of one kind as CSV, filtered and ordered as its list is."""

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.auth import actor_of
from core.errors import not_found
from core.roles import Action
from core.values import wrong
from exchange.exports import DATASETS, as_csv

_DATASET = OpenApiParameter("id", str, OpenApiParameter.PATH, enum=list(DATASETS))


class DatasetShape(serializers.Serializer[Any]):
    """One dataset: its columns, and what it can be filtered and ordered by."""

    dataset = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    filters = serializers.ListField(child=serializers.CharField())
    orders = serializers.ListField(child=serializers.CharField())


class ExportEndpoint(viewsets.ViewSet):
    """Datasets that can be downloaded whole. A reader gets the rows they may see."""

    area = "exchange"
    rights = {"GET": Action.VIEW}
    lookup_value_regex = "[a-z]+"

    @extend_schema(responses=DatasetShape(many=True))
    def list(self, request: Request) -> Response:
        """What there is to download."""
        for name in request.query_params:
            raise wrong(name, f"There is no parameter {name[:60]!r} here.")
        told = [
            {
                "dataset": name, "columns": one.header, "filters": sorted(one.listing.filters),
                "orders": sorted(one.listing.orders),
            }
            for name, one in DATASETS.items()
        ]  # fmt: skip
        return Response({"results": told, "next": None, "previous": None})

    @extend_schema(parameters=[_DATASET], responses={(200, "text/csv"): OpenApiTypes.STR})
    def retrieve(self, request: Request, pk: str) -> StreamingHttpResponse:
        """The rows as CSV, streamed; formulas are disarmed."""
        dataset = DATASETS.get(pk)
        if dataset is None:
            raise not_found("There is no such dataset.")
        rows = dataset.rows(actor_of(request), request.query_params)
        response = StreamingHttpResponse(as_csv(dataset, rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{pk}.csv"'
        return response
