"""Fields whose values the rules read themselves: exact numbers as they were sent, lists and objects unread."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers

from core.api.shape import Exact

NUMBER = {"oneOf": [{"type": "number"}, {"type": "string"}]}
RECORD = OpenApiParameter("id", int, OpenApiParameter.PATH, description="Its id.")
MONITOR = OpenApiParameter("monitor_id", int, OpenApiParameter.PATH, description="The id of the monitor.")


@extend_schema_field({"type": "object", "additionalProperties": True})
class Unread(serializers.Field[Any, Any, Any, Any]):
    """An object as it was sent; the service reads it and names what is wrong in it."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError("Give an object.", code="invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class Figure(Exact):
    """A finite number, sent as a number or as text, kept exactly to 12 decimals."""

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, Decimal):
            data = str(data)
        return super().to_internal_value(data)
