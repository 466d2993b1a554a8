"""Records of KPIs replayed: those about days up to `as_of`, as far as they had been recorded by `known_at`."""

from datetime import date, datetime
from typing import Any, ClassVar

from django.db.models import DateTimeField, QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from core.errors import not_found
from core.values import read_ref, wrong
from kpis.api.fields import AS_OF, past_day
from kpis.models import Kpi
from kpis.queries.known import end_of

KPI = OpenApiParameter(
    "kpi_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="The KPI, by id or as K-0042."
)
RECORD = OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH)


class Replayed(Endpoint):
    """A resource whose rows each speak of a day (`said_on`) and were learnt at a moment (`learnt_at`).

    `written_later`: filters and orders by what a row is given afterwards. Replayed, they would tell what came later.
    """

    list_params = ("as_of", "known_at")
    detail_params = ("as_of", "known_at")
    said_on: ClassVar[str]
    learnt_at: ClassVar[str]
    written_later: ClassVar[frozenset[str]] = frozenset()
    as_of: date | None = None
    known_at: datetime | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.as_of, self.known_at = past_day(request.query_params, self.at)

    @property
    def asked_day(self) -> date | None:
        """The `as_of` that was sent. `known_at` alone says nothing of days: what is dated ahead was known too."""
        return self.as_of if self.request.query_params.get("as_of") else None

    @property
    def until(self) -> datetime | None:
        """The last moment that counts: of the day that was asked about, and not after `known_at`."""
        day = self.asked_day
        ends = [] if day is None else [end_of(day)]
        return min(ends if self.known_at is None else [*ends, self.known_at], default=None)

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        day = self.asked_day
        if day is not None:
            dated = isinstance(self.model._meta.get_field(self.said_on), DateTimeField)
            rows = rows.filter(**{f"{self.said_on}__lte": end_of(day) if dated else day})
        return rows if self.known_at is None else rows.filter(**{f"{self.learnt_at}__lte": self.known_at})

    @extend_schema(parameters=AS_OF)
    def list(self, request: Request) -> Response:
        """A page at a time; with `as_of` and `known_at` as the record stood then."""
        if self.as_of is not None:
            ordered = request.query_params.get("ordering", "").split(",")
            asked = [name for name in request.query_params if name.partition("__")[0] in self.written_later]
            if asked or {part.strip().removeprefix("-") for part in ordered} & self.written_later:
                said = "With as_of or known_at, filter and order by what a record said from the first."
                raise wrong(next(iter(asked), "ordering"), said)
        return super().list(request)

    @extend_schema(parameters=AS_OF)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One record; with `as_of` and `known_at` only if it was there then."""
        return super().retrieve(request, pk)


class OfOneKpi(Replayed):
    """The same below one KPI, which the caller may see. Put it before the class that scopes the rows."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.kpi_ref = kwargs.pop("kpi_id")
        return super().dispatch(request, *args, **kwargs)

    @property
    def kpi(self) -> Kpi:
        row = Kpi.objects.visible_to(self.actor).filter(pk=read_ref(self.kpi_ref, "K")).first()
        if row is None:
            raise not_found()
        return row

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(kpi=self.kpi.pk)

    @extend_schema(parameters=[KPI, *AS_OF])
    def list(self, request: Request) -> Response:
        """A page at a time, the latest first; with `as_of` and `known_at` as the record stood then."""
        return super().list(request)

    @extend_schema(parameters=[KPI, RECORD, *AS_OF])
    def retrieve(self, request: Request, pk: str) -> Response:
        """One record; with `as_of` and `known_at` only if it was there then."""
        return super().retrieve(request, pk)
