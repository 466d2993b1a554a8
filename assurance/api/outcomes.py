"""Pairs of predictions and outcomes, drift reports, corrections and review counts: what comes back from use."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from assurance.api.monitoring import AnyNumber, ObservationShape, OfOneMonitor, rows_of
from assurance.api.plain import MONITOR, Unread
from assurance.models import MonitorObservation, OutcomeCorrection, Prediction, ReviewCount
from assurance.queries.monitoring import OBSERVATIONS, PREDICTIONS
from assurance.queries.outcomes import CORRECTIONS, REVIEW_COUNTS
from assurance.services.drift_reports import Taken, record_report
from assurance.services.outcomes import LIMITS, Correction, Count, record_corrections, record_review_count
from assurance.services.pairs import Paired, record_pairs
from core.api.shape import Day, Key, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.errors import Item, Problem
from core.roles import Action
from governance.models import AiModel

MOST = 2**53


class PredictionShape(Shape):
    """A case the model judged; `actual` null: its truth is not known yet."""

    id = serializers.IntegerField(read_only=True)
    monitor = Key("monitor")
    key = serializers.CharField()
    predicted = serializers.CharField()
    predicted_on = Day()
    segment = serializers.CharField()
    actual = serializers.SerializerMethodField()
    actual_on = serializers.SerializerMethodField()
    recorded_at = Moment()

    def get_actual(self, row: Any) -> str | None:
        return getattr(getattr(row, "actual", None), "actual", None)

    def get_actual_on(self, row: Any) -> str | None:
        found = getattr(row, "actual", None)
        return None if found is None else found.actual_on.isoformat()


class PairWrite(serializers.Serializer[Any]):
    """A prediction, its outcome, or both, by the key of the case."""

    key = serializers.CharField(max_length=200)
    predicted = AnyNumber(required=False)
    predicted_on = Day(required=False)
    segment = serializers.CharField(max_length=120, required=False)
    actual = AnyNumber(required=False)
    actual_on = Day(required=False)


class PairsWrite(serializers.Serializer[Any]):
    """Up to 5,000 pairs, all or none."""

    rows = PairWrite(many=True)


class PairsAnswer(serializers.Serializer[Any]):
    """`observation`: the reading the completed pairs made, null where none was completed or the metric is a share of nothing."""

    predictions = serializers.IntegerField()
    actuals = serializers.IntegerField()
    waiting = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    observation = ObservationShape(allow_null=True)


class PairEndpoint(OfOneMonitor):
    """Predictions of a monitor and what came true. The truth may be sent later, by the same key."""

    model = Prediction
    listing = PREDICTIONS
    shape = PredictionShape
    rights = {"create": Action.REPORT_MODEL}

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("actual")

    @extend_schema(parameters=[MONITOR], request=PairsWrite, responses={200: PairsAnswer})
    def create(self, request: Request) -> HttpResponse:
        """Record up to 5,000 predictions, outcomes, or both."""
        self.only_params(request)
        row = self.monitor

        def work() -> Response:
            found = record_pairs(monitor_id=row.pk, rows=rows_of(request.data), by=self.actor, at=self.at)
            return Response(_paired(found))

        return self.once(work)


def _paired(found: Paired) -> dict[str, Any]:
    seen = found.observation
    return {
        "predictions": found.predictions, "actuals": found.actuals, "waiting": found.waiting, "unchanged": found.unchanged,
        "observation": None if seen is None else ObservationShape().written()(seen),
    }  # fmt: skip


class ReportWrite(Shape):
    """A report as Evidently writes it to JSON, unchanged."""

    model = Related(queryset=AiModel.objects.all(), prefix="M")
    observed_on = Day(help_text="The day the report is of.")
    source_key = Text(max_length=120, required=False, allow_blank=True)
    report = Unread()


class ReportColumn(serializers.Serializer[Any]):
    column = serializers.CharField()
    test = serializers.CharField()
    monitor = serializers.IntegerField()
    observation = serializers.IntegerField()
    band = serializers.CharField()
    created = serializers.BooleanField()


class ReportUnread(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    name = serializers.CharField()
    why = serializers.CharField()


class ReportAnswer(serializers.Serializer[Any]):
    """What was taken of a report, and what was not, with the reason."""

    taken = ReportColumn(many=True)
    unread = ReportUnread(many=True)


class CorrectionShape(Shape):
    """An answer that somebody corrected."""

    id = serializers.IntegerField(read_only=True)
    model = Key("model")
    case = serializers.CharField()
    predicted = serializers.CharField()
    corrected = serializers.CharField()
    because = serializers.CharField()
    corrected_on = Day()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of this name
    source_key = serializers.CharField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)


class CorrectionFields(Shape):
    case = Text(max_length=LIMITS["case"])
    predicted = Text(max_length=LIMITS["predicted"])
    corrected = Text(max_length=LIMITS["corrected"])
    corrected_on = Day()
    because = Text(max_length=LIMITS["because"], required=False, allow_blank=True)
    source = Text(max_length=LIMITS["source"], required=False, allow_blank=True)  # type: ignore[assignment]  # as above
    source_key = Text(max_length=LIMITS["source_key"], required=False, allow_blank=True)


class CorrectionWrite(CorrectionFields):
    model = Related(queryset=AiModel.objects.all(), prefix="M")


class CorrectionsWrite(Shape):
    """Up to 5,000 corrections of one model, all or none."""

    model = Related(queryset=AiModel.objects.all(), prefix="M")
    rows = CorrectionFields(many=True)


class CorrectionsAnswer(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    unchanged = serializers.IntegerField()


class CorrectionEndpoint(Endpoint):
    """Corrections of models' answers: training material. Append-only; the page exports them as CSV."""

    area = "governance"
    model = OutcomeCorrection
    listing = CORRECTIONS
    shape = CorrectionShape
    write_shape = CorrectionWrite
    rights = {"create": Action.REPORT_MODEL, "bulk": Action.REPORT_MODEL}

    @extend_schema(request=CorrectionWrite, responses={200: CorrectionShape, 201: CorrectionShape})
    def create(self, request: Request) -> HttpResponse:
        """Record a correction. 200 when its source key brought the same before."""

        def work() -> Response:
            said = self.read(request)
            model = said.pop("model")
            try:
                ((row, new),) = record_corrections(
                    model_id=model.pk, corrections=[Correction(**said)], by=self.actor, at=self.at
                )
            except Problem as problem:
                problem.items = tuple(_of_one(item) for item in problem.items)
                raise
            return self.answer(row, status=201 if new else 200)

        return self.once(work)

    @extend_schema(request=CorrectionsWrite, responses={200: CorrectionsAnswer})
    @action(detail=False, methods=["post"], url_path="bulk")
    def bulk(self, request: Request) -> HttpResponse:
        """Record up to 5,000 corrections of one model, all or none."""

        def work() -> Response:
            said = self.read(request, shape=CorrectionsWrite)
            rows = [Correction(**one) for one in said["rows"]]
            found = record_corrections(model_id=said["model"].pk, corrections=rows, by=self.actor, at=self.at)
            created = sum(new for _, new in found)
            return Response({"created": created, "unchanged": len(found) - created})

        return self.once(work)


def _of_one(item: Item) -> Item:
    return Item(item.pointer.removeprefix("/rows/0"), item.code, item.detail)


class ReviewCountShape(Shape):
    """How many answers people looked at in a period, and how many they set aside. `answers` null: not counted."""

    id = serializers.IntegerField(read_only=True)
    model = Key("model")
    begins_on = Day()
    ends_on = Day()
    answers = serializers.IntegerField(allow_null=True)
    reviewed = serializers.IntegerField()
    set_aside = serializers.IntegerField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of this name
    source_key = serializers.CharField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)


class ReviewCountWrite(Shape):
    model = Related(queryset=AiModel.objects.all(), prefix="M")
    begins_on = Day()
    ends_on = Day()
    answers = serializers.IntegerField(min_value=0, max_value=MOST, required=False, allow_null=True)
    reviewed = serializers.IntegerField(min_value=0, max_value=MOST)
    set_aside = serializers.IntegerField(min_value=0, max_value=MOST)
    source = Text(max_length=LIMITS["source"], required=False, allow_blank=True)  # type: ignore[assignment]  # as above
    source_key = Text(max_length=LIMITS["source_key"], required=False, allow_blank=True)


class ReviewCountEndpoint(Endpoint):
    """Human review counts of models. Append-only."""

    area = "governance"
    model = ReviewCount
    listing = REVIEW_COUNTS
    shape = ReviewCountShape
    write_shape = ReviewCountWrite
    rights = {"create": Action.REPORT_MODEL}

    @extend_schema(request=ReviewCountWrite, responses={200: ReviewCountShape, 201: ReviewCountShape})
    def create(self, request: Request) -> HttpResponse:
        """Record how much people looked at. 200 when its source key brought the same before."""

        def work() -> Response:
            said = self.read(request)
            model = said.pop("model")
            row, new = record_review_count(model_id=model.pk, count=Count(**said), by=self.actor, at=self.at)
            return self.answer(row, status=201 if new else 200)

        return self.once(work)


class DriftReportApi(Endpoint):
    """`drift-reports`: a report of Evidently, each column to the monitor of that feature. Sent here, read at the monitors."""

    area = "governance"
    model = MonitorObservation
    listing = OBSERVATIONS
    shape = ObservationShape
    rights = {"create": Action.REPORT_MODEL}

    @extend_schema(request=ReportWrite, responses={200: ReportAnswer})
    def create(self, request: Request) -> HttpResponse:
        """Record the scores of a report; what is not taken is told with the reason."""
        self.only_params(request)

        def work() -> Response:
            said = self.read(request, shape=ReportWrite)
            found = record_report(
                model_id=said["model"].pk, report=said["report"], observed_on=said["observed_on"],
                source_key=said.get("source_key", ""), by=self.actor, at=self.at,
            )  # fmt: skip
            return Response(_reported(found))

        return self.once(work)


def _reported(found: Taken) -> dict[str, Any]:
    return {
        "taken": [
            {
                "column": column.name, "test": column.test, "monitor": row.monitor_id, "observation": row.pk,
                "band": row.band, "created": created,
            }
            for column, row, created in found.observations
        ],
        "unread": [{"pointer": one.pointer, "name": one.name, "why": one.why} for one in found.unread],
    }  # fmt: skip
