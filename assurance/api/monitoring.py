"""`monitors`: what is watched of a model, its baselines, and what arrives."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from assurance.api.plain import MONITOR, NUMBER, RECORD, Unread
from assurance.models import ModelVersion, Monitor, MonitorBaseline, MonitorObservation
from assurance.models.monitoring import KINDS, METHODS
from assurance.queries.monitoring import BASELINES, MONITORS, OBSERVATIONS
from assurance.services.monitors import (
    BECAUSE,
    SOURCE,
    TEXTS,
    create_monitor,
    edit_monitor,
    fix_baseline,
    retire_monitor,
)
from assurance.services.observation_rows import MOST_ROWS
from assurance.services.observations import Recorded, record_observations
from core import vocabulary
from core.api.shape import Day, Exact, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import Item, Problem, not_found
from core.roles import Action
from core.values import read_ref
from domain.monitoring import SCALE, Method
from domain.predicted_actual import Metric
from governance.api.inventory import ModelBrief
from governance.models import AiModel

METRICS = [
    (one.value, "MAE" if one is Metric.MAE else one.value.replace("_", " ").capitalize()) for one in Metric
]


class MonitorShape(Shape):
    """What is watched, and how it stands. `band` null: nothing was ever sent against the baseline in force, which is
    unknown, not stable. `convention`: how the bands are cut."""

    id = serializers.IntegerField(read_only=True)
    model = Key("model")
    model_version = Key("model_version", allow_null=True)
    kind = serializers.CharField()
    kind_display = Label("kind", KINDS)
    name = serializers.CharField()
    subject = serializers.CharField()
    method = serializers.CharField()
    method_display = Label("method", METHODS)
    parameters = Unread(read_only=True)
    smallest = serializers.IntegerField()
    metric = serializers.CharField()
    positive = serializers.CharField()
    cadence_days = serializers.IntegerField(allow_null=True)
    band = serializers.SerializerMethodField()
    band_display = Label("band", vocabulary.words("drift"))
    band_since = Day(allow_null=True)
    observed_on = Day(allow_null=True)
    value = Exact(allow_null=True)
    cases = serializers.IntegerField(allow_null=True)
    sentence = serializers.CharField()
    convention = serializers.SerializerMethodField()
    baseline_number = serializers.IntegerField()
    retired_at = Moment(allow_null=True)
    recorded_at = Moment()
    updated_at = Moment()
    version = serializers.IntegerField()

    expandable = {"model": ModelBrief}

    def get_band(self, row: Monitor) -> str | None:
        return row.band or None

    def get_convention(self, row: Monitor) -> str:
        return f"{SCALE}." if row.method == Method.PSI else ""


class BaselineWrite(Shape):
    """`data`: of PSI one of values (with bins), counts, shares; else target and sigma."""

    data = Unread()  # type: ignore[assignment]  # DRF has an attribute of this name
    fixed_on = Day(required=False)
    source = Text(max_length=SOURCE)  # type: ignore[assignment]  # DRF has an attribute of this name
    because = Text(max_length=BECAUSE, required=False, allow_blank=True)


class MonitorEdit(Shape):
    name = Text(max_length=TEXTS["name"], required=False)
    smallest = serializers.IntegerField(min_value=0, max_value=10**9, required=False)
    cadence_days = serializers.IntegerField(min_value=1, max_value=3_650, required=False, allow_null=True)


class MonitorWrite(MonitorEdit):
    """What decides (kind, method, parameters) stands once it is set up."""

    model = Related(queryset=AiModel.objects.all(), prefix="M")
    model_version = Related(queryset=ModelVersion.objects.all(), required=False, allow_null=True)
    name = Text(max_length=TEXTS["name"])
    kind = serializers.ChoiceField(choices=KINDS)
    subject = Text(max_length=TEXTS["subject"], help_text="The feature or metric.")
    method = serializers.ChoiceField(choices=METHODS)
    parameters = Unread(required=False)
    metric = serializers.ChoiceField(choices=METRICS, required=False, allow_blank=True)
    positive = Text(max_length=TEXTS["positive"], required=False, allow_blank=True)
    baseline = BaselineWrite(required=False)


class MonitorRetireWrite(Shape):
    because = Text(max_length=BECAUSE)


class MonitorEndpoint(Endpoint):
    """Monitors of models the caller may see."""

    area = "governance"
    model = Monitor
    listing = MONITORS
    shape = MonitorShape
    write_shape = MonitorWrite
    rights = {"create": Action.EDIT_MODEL, "partial_update": Action.EDIT_MODEL, "retire": Action.EDIT_MODEL}

    @extend_schema(request=MonitorWrite, responses={201: MonitorShape})
    def create(self, request: Request) -> HttpResponse:
        """Watch something of a model; with a baseline it can judge from the first observation."""

        def work() -> Response:
            said = self.read(request)
            model = said.pop("model")
            row = create_monitor(model_id=model.pk, by=self.actor, at=self.at, **said)
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=MonitorEdit, responses=MonitorShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change its name, smallest sample or cadence."""
        row = self.find(pk)
        version = self.expected_version(request)
        said = self.read(request, partial=True, shape=MonitorEdit)
        edit_monitor(pk=row.pk, by=self.actor, at=self.at, expected_version=version, **said)
        return self.answer(self.find(pk))

    @extend_schema(request=MonitorRetireWrite, responses=MonitorShape)
    @action(detail=True, methods=["post"], url_path="retire")
    def retire(self, request: Request, pk: str) -> HttpResponse:
        """Watch it no more, with the reason. What it recorded stays."""
        row = self.find(pk)

        def work() -> Response:
            because = self.read(request, shape=MonitorRetireWrite)["because"]
            return self.answer(retire_monitor(pk=row.pk, because=because, by=self.actor, at=self.at))

        return self.once(work)


class OfOneMonitor(Endpoint):
    """Records below one monitor, which the caller may see."""

    area = "governance"

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.monitor_ref = kwargs.pop("monitor_id")
        return super().dispatch(request, *args, **kwargs)

    @property
    def monitor(self) -> Monitor:
        row = Monitor.objects.visible_to(self.actor).filter(pk=read_ref(self.monitor_ref, "")).first()
        if row is None:
            raise not_found()
        return row

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(monitor=self.monitor.pk)

    @extend_schema(parameters=[MONITOR])
    def list(self, request: Request) -> Response:
        """A page at a time, the latest first."""
        return super().list(request)

    @extend_schema(parameters=[MONITOR, RECORD])
    def retrieve(self, request: Request, pk: str) -> Response:
        """One record."""
        return super().retrieve(request, pk)


class BaselineShape(Shape):
    """What was compared with from `number` on. Edges are exact fractions."""

    id = serializers.IntegerField(read_only=True)
    monitor = Key("monitor")
    number = serializers.IntegerField()
    fixed_on = Day()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of this name
    because = serializers.CharField()
    data = Unread(read_only=True)  # type: ignore[assignment]  # DRF has an attribute of this name
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)


class BaselineEndpoint(OfOneMonitor):
    """Baselines of a monitor. Another one is another row."""

    model = MonitorBaseline
    listing = BASELINES
    shape = BaselineShape
    write_shape = BaselineWrite
    rights = {"create": Action.EDIT_MODEL}

    @extend_schema(parameters=[MONITOR], request=BaselineWrite, responses={201: BaselineShape})
    def create(self, request: Request) -> HttpResponse:
        """Fix another baseline; a change of one that stood needs a reason."""
        row = self.monitor

        def work() -> Response:
            said: Any = self.read(request)
            return self.answer(fix_baseline(pk=row.pk, by=self.actor, at=self.at, **said), status=201)

        return self.once(work)


class ObservationShape(Shape):
    """What arrived and what it said. `result`: the calculator's answer; of segments below 30 cases no value is kept."""

    id = serializers.IntegerField(read_only=True)
    monitor = Key("monitor")
    baseline = Key("baseline", allow_null=True)
    observed_on = Day()
    band = serializers.CharField()
    band_display = Label("band", vocabulary.words("drift"))
    value = Exact(allow_null=True)
    cases = serializers.IntegerField(allow_null=True)
    data = Unread(read_only=True)  # type: ignore[assignment]  # DRF has an attribute of this name
    result = Unread(read_only=True)
    sentence = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of this name
    source_key = serializers.CharField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)


@extend_schema_field(NUMBER)
class AnyNumber(serializers.Field[Any, Any, Any, Any]):
    """A number as JSON has it, or in quotes."""

    def to_representation(self, value: Any) -> Any:
        return value


class SegmentWrite(serializers.Serializer[Any]):
    segment = serializers.CharField(max_length=120)
    value = AnyNumber(allow_null=True)
    n = serializers.IntegerField(min_value=0)


class ObservationWrite(serializers.Serializer[Any]):
    """One of value (a series), or values, counts, shares (a distribution), or score (an index computed at its source)."""

    observed_on = Day()
    value = AnyNumber(required=False)
    values = serializers.ListField(child=AnyNumber(), required=False)
    counts = serializers.ListField(child=serializers.IntegerField(), required=False)
    shares = serializers.ListField(child=AnyNumber(), required=False)
    score = AnyNumber(required=False)
    cases = serializers.IntegerField(required=False, min_value=0)
    segments = SegmentWrite(many=True, required=False)
    source = serializers.CharField(max_length=80, required=False)  # type: ignore[assignment]  # DRF's own attribute
    source_key = serializers.CharField(max_length=200, required=False)


class ObservationsWrite(serializers.Serializer[Any]):
    """Up to 5,000 observations, all or none."""

    rows = ObservationWrite(many=True)


class ObservationOutcome(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=["created", "unchanged"])
    id = serializers.IntegerField()
    band = serializers.CharField()


class ObservationsAnswer(serializers.Serializer[Any]):
    """What became of each row, in order. `unchanged`: recorded before, under the same source key."""

    created = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    results = ObservationOutcome(many=True)


class ObservationEndpoint(OfOneMonitor):
    """Observations of a monitor. Append-only, once by source key, judged as they arrive."""

    model = MonitorObservation
    listing = OBSERVATIONS
    shape = ObservationShape
    rights = {"create": Action.REPORT_MODEL, "bulk": Action.REPORT_MODEL}

    @extend_schema(
        parameters=[MONITOR],
        request=ObservationWrite,
        responses={200: ObservationShape, 201: ObservationShape},
    )
    def create(self, request: Request) -> HttpResponse:
        """Record one observation. 200 when its source key brought the same before."""
        row = self.monitor

        def work() -> Response:
            if not isinstance(request.data, Mapping):
                raise Problem(400, "invalid", "Send one JSON object.")
            (found,) = record_observations(
                monitor_id=row.pk, rows=[request.data], by=self.actor, at=self.at, single=True
            )
            return self.answer(found.observation, status=201 if found.created else 200)

        return self.once(work)

    @extend_schema(parameters=[MONITOR], request=ObservationsWrite, responses={200: ObservationsAnswer})
    @action(detail=False, methods=["post"], url_path="bulk")
    def bulk(self, request: Request) -> HttpResponse:
        """Record up to 5,000 observations, all or none."""
        row = self.monitor

        def work() -> Response:
            rows = rows_of(request.data)
            found = record_observations(monitor_id=row.pk, rows=rows, by=self.actor, at=self.at)
            return Response(_answered(found))

        return self.once(work)


def rows_of(data: Any) -> list[object]:
    """`rows`, read by hand; the rows themselves are the service's to read."""
    rows = data.get("rows") if isinstance(data, Mapping) else None
    for name in data if isinstance(data, Mapping) else ():
        if name != "rows":
            said = "Not writable here. Writable: rows."
            place = Item(f"/{str(name)[:80]}", "field_not_writable", said)
            raise Problem(400, "field_not_writable", f"{str(name)[:80]} cannot be written here.", (place,))
    if not isinstance(rows, list):
        said = f"Send one JSON object with rows, a list of 1 to {MOST_ROWS:,}."
        raise Problem(400, "invalid", said, (Item("/rows", "invalid", said),))
    return rows


def _answered(found: list[Recorded]) -> dict[str, Any]:
    created = sum(one.created for one in found)
    return {
        "created": created, "unchanged": len(found) - created,
        "results": [
            {
                "index": one.place, "outcome": "created" if one.created else "unchanged", "id": one.observation.pk,
                "band": one.observation.band,
            }
            for one in found
        ],
    }  # fmt: skip
