"""`measurements`, one by one and in bulk, and `status-changes`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import vocabulary
from core.api.briefs import PersonBrief
from core.api.shape import Bool, Day, Display, Exact, Key, Label, Moment, Shape, Text
from core.errors import Item, Problem
from core.roles import Action
from kpis.api.fields import KpiRef, Number
from kpis.api.kpis import KpiBrief, OfAKpi
from kpis.api.replay import Replayed
from kpis.models import Measurement, StatusChange
from kpis.queries import MEASUREMENTS, STATUS_CHANGES
from kpis.services import limits
from kpis.services.bulk import CREATED, MOST_ROWS, REFUSED, UNCHANGED, Outcome, record_many
from kpis.services.measure import Provenance, Recorded, record_measurement, withdraw_measurement


class MeasurementShape(Shape):
    """A reading. `value` empty: it holds no number, or is void. `superseded_by`: the reading in its place, if any.

    `seal`: that of the version it was taken under; empty where that was never sealed.
    """

    id = serializers.IntegerField(read_only=True)
    kpi = Key("kpi")
    kpi_version = Key("kpi_version")
    seal = serializers.SerializerMethodField()
    observed_on = Day()
    value = Exact(allow_null=True)
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]
    source_key = serializers.CharField()
    supersedes = Key("supersedes", allow_null=True)
    superseded_by = serializers.SerializerMethodField()
    void = Bool()
    note = serializers.CharField()
    evidence = serializers.CharField()

    expandable = {"kpi": KpiBrief, "recorded_by": PersonBrief}

    @property
    def known_at(self) -> datetime | None:
        return getattr(self.context.get("view"), "known_at", None)

    def get_seal(self, row: Any) -> str:
        seal: str = row.seal
        return "" if self.known_at is not None and row.sealed_at and row.sealed_at > self.known_at else seal

    def get_superseded_by(self, row: Any) -> int | None:
        after: int | None = row.replaced_by
        late = after is not None and self.known_at is not None and row.replaced_at > self.known_at
        return None if late else after


class MeasurementWrite(Shape):
    kpi = KpiRef()
    observed_on = Day()
    value = Number()
    source = Text(max_length=limits.SOURCE, required=False, allow_blank=True)  # type: ignore[assignment]
    source_key = Text(max_length=limits.SOURCE_KEY, required=False, allow_blank=True)
    supersedes = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=2**63 - 1,
        help_text="The reading this one corrects.",
    )
    note = Text(max_length=limits.NOTE, required=False, allow_blank=True)
    evidence = Text(max_length=limits.EVIDENCE, required=False, allow_blank=True)


class WithdrawalWrite(Shape):
    because = Text(max_length=limits.NOTE)


class BulkRow(serializers.Serializer[Any]):
    kpi = KpiRef()
    observed_on = Day()
    value = Number()
    source = Text(max_length=limits.SOURCE, required=False)  # type: ignore[assignment]
    source_key = Text(max_length=limits.SOURCE_KEY, required=False)
    note = Text(max_length=limits.NOTE, required=False)
    evidence = Text(max_length=limits.EVIDENCE, required=False)


class BulkWrite(serializers.Serializer[Any]):
    """Up to 5,000 readings. `atomic`: all or none."""

    rows = BulkRow(many=True)
    atomic = Bool(required=False)


class BulkError(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class BulkResult(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=[CREATED, UNCHANGED, REFUSED])
    id = serializers.IntegerField(allow_null=True)
    error = BulkError(allow_null=True)


class BulkAnswer(serializers.Serializer[Any]):
    """What became of each row, in order. `unchanged`: recorded before, under the same source key."""

    created = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = BulkResult(many=True)


class MeasurementEndpoint(Replayed, OfAKpi):
    """Readings of KPIs the caller may see. Append-only: a correction supersedes, a withdrawal voids."""

    model = Measurement
    listing = MEASUREMENTS
    shape = MeasurementShape
    write_shape = MeasurementWrite
    said_on, learnt_at = "observed_on", "recorded_at"
    beside = {
        "replaced_by": F("superseded_by"),
        "replaced_at": F("superseded_by__recorded_at"),
        "seal": F("kpi_version__seal"),
        "sealed_at": F("kpi_version__sealed_at"),
    }
    rights = {"create": Action.MEASURE, "bulk": Action.MEASURE, "withdraw": Action.MEASURE}

    @extend_schema(request=MeasurementWrite, responses={200: MeasurementShape, 201: MeasurementShape})
    def create(self, request: Request) -> HttpResponse:
        """Record a reading, or correct one (`supersedes`). 200 when its source key brought the same reading before."""

        def work() -> Response:
            said = self.read(request)
            names = ("source", "source_key", "note", "evidence")
            found = record_measurement(
                kpi_id=said["kpi"], observed_on=said["observed_on"], value=said["value"],
                provenance=Provenance(**{name: said.get(name, "") for name in names}),
                supersedes=said.get("supersedes"), by=self.actor, at=self.at,
            )  # fmt: skip
            return self._recorded(found)

        return self.once(work)

    @extend_schema(request=WithdrawalWrite, responses={200: MeasurementShape, 201: MeasurementShape})
    @action(detail=True, methods=["post"], url_path="withdrawal")
    def withdraw(self, request: Request, pk: str) -> HttpResponse:
        """Take a reading back. Gives the void row that stands in its place."""
        row = self.find(pk)

        def work() -> Response:
            because = self.read(request, shape=WithdrawalWrite)["because"]
            found = withdraw_measurement(pk=row.pk, because=because, by=self.actor, at=self.at)
            return self._recorded(found)

        return self.once(work)

    def _recorded(self, found: Recorded) -> Response:
        reading: Any = found.measurement
        if found.created:  # nothing can stand in its place yet
            reading.replaced_by = reading.replaced_at = None
            reading.seal, reading.sealed_at = reading.kpi_version.seal, reading.kpi_version.sealed_at
        return self.answer(reading, status=201 if found.created else 200)

    @extend_schema(request=BulkWrite, responses={200: BulkAnswer})
    @action(detail=False, methods=["post"], url_path="bulk")
    def bulk(self, request: Request) -> HttpResponse:
        """Record up to 5,000 readings: one outcome for each; with `atomic`, all or none. Judged within the second."""

        def work() -> Response:
            rows, atomic = _bulk_body(request.data)
            found = record_many(rows=rows, atomic=atomic, by=self.actor, at=self.at)
            return Response(_bulk_answer(found))

        return self.once(work)


def _bulk_body(data: Any) -> tuple[list[object], bool]:
    """`rows` and `atomic`, read by hand; the rows themselves are the service's to read."""
    if not isinstance(data, Mapping):
        raise Problem(400, "invalid", "Send one JSON object with rows.")
    unknown = [key for key in data if key not in {"rows", "atomic"}]
    if unknown:
        item = Item(f"/{unknown[0][:80]}", "field_not_writable", "Not writable here. Writable: rows, atomic.")
        raise Problem(400, "field_not_writable", f"{unknown[0][:80]} cannot be written here.", (item,))
    rows, atomic = data.get("rows"), data.get("atomic", False)
    if not isinstance(rows, list) or not rows:
        said = f"Send 1 to {MOST_ROWS:,} rows as a list."
        raise Problem(400, "invalid", said, (Item("/rows", "required" if rows is None else "invalid", said),))
    if not isinstance(atomic, bool):
        raise Problem(
            400, "invalid", "Send true or false.", (Item("/atomic", "invalid", "Send true or false."),)
        )
    return rows, atomic


def _bulk_answer(found: list[Outcome]) -> dict[str, Any]:
    counts = {CREATED: 0, UNCHANGED: 0, REFUSED: 0}
    results = []
    for index, status, pk, error in found:
        counts[status] += 1
        said = (
            None if error is None else {"pointer": error.pointer, "code": error.code, "detail": error.detail}
        )
        results.append({"index": index, "outcome": status, "id": pk, "error": said})
    return {**counts, "results": results}


class StatusChangeShape(Shape):
    """A change of a KPI's published status: from which day, and through which reading and version."""

    id = serializers.IntegerField(read_only=True)
    kpi = Key("kpi")
    was = serializers.CharField()
    was_display = Label("was", vocabulary.words("kpi"))
    now = serializers.CharField()
    now_display = Display(lambda row: vocabulary.word("kpi", row.now, row.reason))
    reason = serializers.CharField()
    on = Day()
    at = Moment()
    measurement = Key("measurement", allow_null=True)
    kpi_version = Key("kpi_version")

    expandable = {"kpi": KpiBrief}


class StatusChangeEndpoint(Replayed, OfAKpi):
    """The ledger of published KPI statuses."""

    model = StatusChange
    listing = STATUS_CHANGES
    shape = StatusChangeShape
    said_on, learnt_at = "on", "at"
