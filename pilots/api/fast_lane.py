"""`pilots/{id}/fast-lane`, `pilots/{id}/iterations`, `portfolio/first-users`."""

from typing import Any, Final

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.auth import actor_of
from core.api.paging import MAX_PAGE_SIZE, PAGE_SIZE
from core.api.shape import Bool, Day, Exact, Shape, Text
from core.api.views import Endpoint
from core.errors import Problem
from core.reading import one_moment
from core.roles import Action
from core.values import read_int, wrong
from domain.fast_lane import FirstUser
from pilots.models import Pilot
from pilots.queries.fast_lane import Lane, Row, first_user_of, first_users, lane_of, summary_of
from pilots.services import fast_lane
from portfolio.dashboard.selection import NARROWED, select

_NARROW: Final = [OpenApiParameter(name, str, description=f"Only this {name}.") for name in NARROWED.filters]
_MORE: Final = [
    OpenApiParameter("known", bool, description="Only those whose days are known, or only those whose are not."),
    OpenApiParameter("page", OpenApiTypes.INT),
    OpenApiParameter(
        "page_size", OpenApiTypes.INT, description=f"1 to {MAX_PAGE_SIZE}, {PAGE_SIZE} unless given."
    ),
]  # fmt: skip


class IterationShape(serializers.Serializer[Any]):
    """One release. `measured` null: it was not measured. `against`: better, same, worse than the benchmark, or unknown."""

    number = serializers.IntegerField()
    released_on = serializers.DateField()
    changed = serializers.CharField()
    measured = serializers.CharField(allow_null=True)
    against = serializers.CharField()
    learned = serializers.CharField()
    recorded_at = serializers.DateTimeField()


class FastLaneShape(serializers.Serializer[Any]):
    """The fast lane of a pilot; null where it is not in it. `due_on` null: nobody recorded when the pilot began. `late_days` null: the
    box has not passed without a release, or nobody can tell. `first_release`: `within` the box, `after` it, or `before_promise`, which
    keeps none; null: there is none, or nobody can tell."""

    days = serializers.IntegerField()
    starts_on = serializers.DateField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    late_days = serializers.IntegerField(allow_null=True)
    first_released_on = serializers.DateField(allow_null=True)
    first_release = serializers.CharField(allow_null=True)
    simplest = serializers.CharField()
    kept_simple = serializers.CharField()
    proves = serializers.CharField()
    measure = serializers.CharField()
    benchmark = serializers.CharField(allow_null=True)
    higher_is_better = serializers.BooleanField()
    policy = serializers.IntegerField()
    recorded_at = serializers.DateTimeField()
    iterations = IterationShape(many=True)


class FirstUserShape(serializers.Serializer[Any]):
    """`days` null: unknown, `why` says why. `basis`: `use` (first recorded week of use) or `release`."""

    started_on = serializers.DateField(allow_null=True)
    first_user_on = serializers.DateField(allow_null=True)
    basis = serializers.CharField(allow_null=True)
    days = serializers.IntegerField(allow_null=True)
    why = serializers.CharField()


class LaneAnswer(serializers.Serializer[Any]):
    fast_lane = FastLaneShape(allow_null=True)
    first_user = FirstUserShape(allow_null=True)


class PromiseWrite(Shape):
    """What the fast lane promises. It stands once said."""

    days = serializers.IntegerField(min_value=1, max_value=365)
    simplest = Text(max_length=fast_lane.PROMISE)
    kept_simple = Text(max_length=fast_lane.PROMISE)
    proves = Text(max_length=fast_lane.PROMISE)
    measure = Text(max_length=fast_lane.MEASURE)
    benchmark = Exact(max_digits=18, decimal_places=4, required=False, allow_null=True)
    higher_is_better = Bool(required=False)


class IterationWrite(Shape):
    released_on = Day()
    changed = Text(max_length=fast_lane.TEXT)
    learned = Text(max_length=fast_lane.TEXT)
    measured = Exact(max_digits=18, decimal_places=4, required=False, allow_null=True)


class LaneActions(Endpoint):
    """The fast lane of a pilot, mixed into its endpoint."""

    @extend_schema(operation_id="pilots_fast_lane_retrieve", responses=LaneAnswer, filters=False)
    @action(detail=True, methods=["get"], url_path="fast-lane")
    def fast_lane(self, request: Request, pk: str) -> Response:
        """What was promised, whether its time box has passed, and its iterations, the newest first."""
        self.only_params(request)
        return Response(self._lane(self.find(pk)))

    @extend_schema(request=PromiseWrite, responses={201: LaneAnswer})
    @fast_lane.mapping.post
    def enter_fast_lane(self, request: Request, pk: str) -> HttpResponse:
        """Promise a first release within a time box. 409 `in_fast_lane` where one was promised."""
        pilot = self.find(pk)

        def work() -> Response:
            promise = fast_lane.Promise(**self.read(request, shape=PromiseWrite))
            fast_lane.enter_fast_lane(
                initiative_id=pilot.initiative_id, promise=promise, by=self.actor, at=self.at
            )
            return Response(self._lane(pilot), status=201)

        return self.once(work)

    @extend_schema(request=IterationWrite, responses={201: LaneAnswer})
    @action(detail=True, methods=["post"])
    def iterations(self, request: Request, pk: str) -> HttpResponse:
        """Record a release. It is added and never changed. 409 `not_in_fast_lane`."""
        pilot = self.find(pk)

        def work() -> Response:
            said = self.read(request, shape=IterationWrite)
            fast_lane.record_iteration(pilot_id=pilot.pk, by=self.actor, at=self.at, **said)
            return Response(self._lane(pilot), status=201)

        return self.once(work)

    def _lane(self, pilot: Pilot) -> dict[str, Any]:
        found = lane_of(pilot.initiative, pilot, self.today)
        first = first_user_of(pilot.initiative, self.today)
        said = {
            "fast_lane": None if found is None else _said(found),
            "first_user": None if first is None else _first(first),
        }
        return dict(LaneAnswer(said).data)


class FirstUserRow(FirstUserShape):
    """One initiative, with its days."""

    initiative = serializers.IntegerField()
    ref = serializers.CharField()
    name = serializers.CharField()


class FirstUsersOut(serializers.Serializer[Any]):
    """`median_days`: of those known, by nearest rank; null where none is. The longest first, the unknown last."""

    as_of = serializers.DateField()
    median_days = serializers.IntegerField(allow_null=True)
    known = serializers.IntegerField()
    unknown = serializers.IntegerField()
    count = serializers.IntegerField()
    results = FirstUserRow(many=True)


class FirstUsersApi(viewsets.ViewSet):
    """Days from the start of development to the first user, of the part of the portfolio the caller may see."""

    area = "portfolio"
    rights = {"GET": Action.VIEW}

    @extend_schema(
        parameters=[*_NARROW, *_MORE], responses=FirstUsersOut, operation_id="v1_portfolio_first_users"
    )
    def list(self, request: Request) -> Response:
        """The median with how many are known and unknown, and the initiatives behind it."""
        params = _asked(request)
        today = clock.day_of(clock.now())
        with one_moment():
            rows = first_users(select(actor_of(request), params, today))
        seen, known = summary_of(rows), params.get("known", "")
        shown = [row for row in rows if not known or (row.first.days is not None) == (known == "true")]
        size = read_int("page_size", params.get("page_size", str(PAGE_SIZE)))
        if not 1 <= size <= MAX_PAGE_SIZE:
            raise wrong("page_size", f"A page has 1 to {MAX_PAGE_SIZE} rows.")
        number, pages = read_int("page", params.get("page", "1")), max(-(-len(shown) // size), 1)
        if not 1 <= number <= pages:
            raise Problem(404, "not_found", f"There is no page {number}. The last is {pages}.")
        body = {
            "as_of": today, "median_days": seen.median, "known": seen.known, "unknown": seen.unknown, "count": len(shown),
            "results": [_row(row) for row in shown[(number - 1) * size : number * size]],
        }  # fmt: skip
        return Response(FirstUsersOut(body).data)


def _asked(request: Request) -> dict[str, str]:
    params = request.query_params.dict()
    for name in params:
        if name not in (*NARROWED.filters, "known", "page", "page_size"):
            raise wrong(name, f"There is no parameter {name[:60]!r} here.")
    if params.get("known", "") not in {"", "true", "false"}:
        raise wrong("known", "Write true or false.")
    return {name: str(value) for name, value in params.items()}


def _row(row: Row) -> dict[str, Any]:
    one = row.initiative
    return {"initiative": one.pk, "ref": one.ref, "name": one.name, **_first(row.first)}


def _first(first: FirstUser) -> dict[str, Any]:
    basis = first.basis.value if first.basis else None
    return {
        "started_on": first.started_on, "first_user_on": first.on, "basis": basis, "days": first.days, "why": first.why,
    }  # fmt: skip


def _said(found: Lane) -> dict[str, Any]:
    row = found.row
    plain = ("days", "simplest", "kept_simple", "proves", "measure", "higher_is_better", "recorded_at")
    return {
        **{name: getattr(row, name) for name in plain}, "starts_on": found.starts_on, "due_on": found.due_on,
        "late_days": found.late.days if found.late else None, "first_released_on": found.first_on,
        "first_release": found.kept.value if found.kept else None,
        "benchmark": None if row.benchmark is None else f"{row.benchmark:f}", "policy": row.policy_number,
        "iterations": [
            {
                "number": one.row.number, "released_on": one.row.released_on, "changed": one.row.changed,
                "measured": None if one.row.measured is None else f"{one.row.measured:f}", "against": one.against.value,
                "learned": one.row.learned, "recorded_at": one.row.recorded_at,
            }
            for one in found.log
        ],
    }  # fmt: skip
