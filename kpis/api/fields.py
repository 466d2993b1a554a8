"""What this room's bodies are made of: exact numbers, KPI references, and a definition nested in a KPI."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers

from core import clock
from core.api.shape import Day, Exact, Key, Label, Moment, Shape, Text
from core.errors import Problem
from core.values import MAX_ID, read_past_day, wrong
from kpis.models import KpiVersion
from kpis.services import limits
from kpis.services.success import FIELDS

AS_OF = [
    OpenApiParameter(
        "as_of", OpenApiTypes.DATE, description="The day asked about, from the facts; not after today."
    ),
    OpenApiParameter(
        "known_at",
        OpenApiTypes.DATETIME,
        description="Only what had been recorded by this moment, RFC 3339 with a zone.",
    ),
]


class Number(Exact):
    """A finite number that can be kept exactly: 26 digits before and 12 after the point."""

    def to_internal_value(self, data: Any) -> Decimal:
        found = None
        if isinstance(data, int | Decimal) and not isinstance(data, bool):
            found = limits.kept(Decimal(data))
        elif isinstance(data, str) and len(data) < 60 and data.isascii() and "_" not in data:
            try:
                found = limits.kept(Decimal(data))
            except InvalidOperation:
                found = None
        if found is None:
            raise serializers.ValidationError(limits.NOT_A_NUMBER, code="not_a_number")
        return found


class Share(Number):
    """A share from 0 to 1."""


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string", "example": "K-0042"}]})
class KpiRef(serializers.Field[int, Any, Any, Any]):
    """A KPI by id or `K-0042`, as its id. Whether it exists is the service's to say: 404, the same for a hidden one."""

    def to_internal_value(self, data: Any) -> int:
        digits = data.upper().removeprefix("K-") if isinstance(data, str) else data
        if isinstance(digits, str) and digits.isascii() and digits.isdigit() and len(digits) < 19:
            digits = int(digits)
        if isinstance(digits, bool) or not isinstance(digits, int) or not 0 < digits <= MAX_ID:
            raise serializers.ValidationError(
                "There is no such KPI, or you may not see it.", code="does_not_exist"
            )
        return digits


class SuccessShape(Shape):
    """What success is, by the version in force. Shares are 0 to 1; empty = never said.

    `target_change`: the target as a change of the baseline (-0.3 = 30 % less). `seal`: SHA-256 of what four people
    signed, empty while they have not.
    """

    number = serializers.IntegerField()
    shape = serializers.CharField()
    shape_display = Label("shape", KpiVersion.Shape.choices)
    direction = serializers.CharField()
    direction_display = Label("direction", KpiVersion.Direction.choices)
    baseline = Exact(allow_null=True)
    baseline_on = Day(allow_null=True)
    baseline_source = serializers.CharField()
    baseline_method = serializers.CharField()
    baseline_from = Day(allow_null=True)
    baseline_to = Day(allow_null=True)
    baseline_locked_at = Moment(allow_null=True)
    baseline_locked_by = Key("baseline_locked_by", allow_null=True)
    target = Exact(allow_null=True)
    target_change = Exact(allow_null=True)
    target_on = Day(allow_null=True)
    curve = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    lower = Exact(allow_null=True)
    upper = Exact(allow_null=True)
    cadence_days = serializers.IntegerField()
    stale_after_days = serializers.IntegerField(allow_null=True)
    settle_days = serializers.IntegerField()
    amber = Exact()
    red = Exact()
    hysteresis = Exact()
    confirm_worse = serializers.IntegerField()
    warn_margin = Exact(allow_null=True)
    warn_fraction = Exact()
    required_compliance = Exact()
    benchmark = Exact(allow_null=True)
    benchmark_source = serializers.CharField()
    benchmark_on = Day(allow_null=True)
    scale_low = Exact(allow_null=True)
    scale_high = Exact(allow_null=True)
    scale_words = serializers.CharField()
    seal = serializers.CharField()
    sealed_at = Moment(allow_null=True)


class SuccessWrite(Shape):
    shape = serializers.ChoiceField(choices=KpiVersion.Shape.choices, default="trajectory")
    direction = serializers.ChoiceField(choices=KpiVersion.Direction.choices, required=False)
    baseline = Number(required=False, allow_null=True)
    baseline_on = Day(required=False, allow_null=True)
    baseline_source = Text(max_length=200, required=False, allow_blank=True)
    baseline_method = Text(max_length=300, required=False, allow_blank=True)
    baseline_from = Day(required=False, allow_null=True)
    baseline_to = Day(required=False, allow_null=True)
    target = Number(required=False, allow_null=True)
    target_change = Number(
        required=False,
        allow_null=True,
        help_text="In place of a target: -0.3 is 30 % less than the baseline.",
    )
    target_on = Day(required=False, allow_null=True)
    curve = serializers.ListField(
        child=serializers.ListField(child=Share(), min_length=2, max_length=2), required=False, max_length=50
    )
    lower = Number(required=False, allow_null=True)
    upper = Number(required=False, allow_null=True)
    cadence_days = serializers.IntegerField(required=False, min_value=1, max_value=3_650)
    stale_after_days = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=3_650)
    settle_days = serializers.IntegerField(required=False, min_value=0, max_value=3_650)
    amber = Share(required=False)
    red = Share(required=False)
    hysteresis = Share(required=False)
    confirm_worse = serializers.IntegerField(required=False, min_value=1, max_value=3_650)
    warn_margin = Number(required=False, allow_null=True)
    warn_fraction = Share(required=False)
    required_compliance = Share(required=False)
    benchmark = Number(required=False, allow_null=True)
    benchmark_source = Text(max_length=200, required=False, allow_blank=True)
    benchmark_on = Day(required=False, allow_null=True)
    scale_low = Number(required=False, allow_null=True)
    scale_high = Number(required=False, allow_null=True)
    scale_words = Text(max_length=2_000, required=False, allow_blank=True)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            for key in data:
                if key not in self.fields:
                    said = serializers.ErrorDetail(
                        f"Not writable here. Writable: {', '.join(self.fields)}.", "field_not_writable"
                    )
                    raise serializers.ValidationError({str(key)[:80]: [said]})
        return super().to_internal_value(data)


@contextmanager
def at_its_place() -> Iterator[None]:
    """A refusal of what a body says under `success` points there: services know a definition as flat."""
    try:
        yield
    except Problem as problem:
        problem.items = tuple(
            replace(item, pointer=f"/success{item.pointer}") if item.pointer[1:] in FIELDS else item
            for item in problem.items
        )
        raise


class FieldChange(serializers.Serializer[Any]):
    """A sealed field that differs, with both values in words."""

    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    old = serializers.CharField()
    new = serializers.CharField()


def past_day(params: QueryDict, at: datetime) -> tuple[date | None, datetime | None]:
    """The `as_of` and `known_at` of a request; (None, None) asks for the stored answer. A future day is refused."""
    raw, moment = params.get("as_of", ""), params.get("known_at", "")
    today = clock.day_of(at)
    as_of = read_past_day("as_of", raw, today) if raw else None
    known_at = _moment(moment) if moment else None
    if known_at is not None and as_of is None:
        as_of = today
    return as_of, known_at


def _moment(raw: str) -> datetime:
    try:
        return Moment().to_internal_value(raw.replace(" ", "+")).astimezone(UTC)
    except serializers.ValidationError as error:
        detail: Any = error.detail
        raise wrong("known_at", str(detail[0])) from error
