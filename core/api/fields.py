"""Fields of shapes: exact about numbers, days and moments; related records only among what the caller may see."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.access import Actor, scope
from core.api.json import check_text
from core.roles import Action
from core.values import FIRST_DAY, LAST_DAY, day_of


@extend_schema_field(OpenApiTypes.INT)
class Key(serializers.Field[Any, Any, Any, Any]):
    """The id of a related record, read without a query."""

    def __init__(self, relation: str, **kwargs: Any) -> None:
        super().__init__(source=f"{relation}_id", read_only=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"type": ["string", "null"]})
class Display(serializers.Field[Any, Any, Any, Any]):
    """The words for a code of the same record: `Display(lambda row: ...)`, empty as null."""

    def __init__(self, words: Callable[[Any], str | None], **kwargs: Any) -> None:
        self.words = words
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str | None:
        return self.words(value) or None


@extend_schema_field({"type": ["string", "null"]})
class Label(serializers.Field[Any, Any, Any, Any]):
    """The label of a field of the same record that has choices: `Label("kind", Kpi.Kind.choices)`, empty as null.

    A code without a label is its own.
    """

    def __init__(
        self, source: str, choices: Mapping[Any, str] | Sequence[tuple[Any, str]], **kwargs: Any
    ) -> None:
        self.labels = _Labels(choices)
        super().__init__(source=source, read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str | None:
        return self.labels[value]


class _Labels(dict[Any, str | None]):
    def __missing__(self, code: Any) -> str | None:
        return code or None


@extend_schema_field(OpenApiTypes.STR)
class Same(serializers.Field[Any, Any, Any, Any]):
    """What every record of an answer says alike, asked once for the answer: `Same(lambda: settings.ORG_CURRENCY)`."""

    def __init__(self, value: Callable[[], str], **kwargs: Any) -> None:
        self.value = value
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str:  # noqa: ARG002
        return self.value()


class Text(serializers.CharField):
    """Text without NUL and half surrogates; services refuse other control characters (core.text)."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Send text.", code="invalid")
        check_text(data)
        return super().to_internal_value(data)


class Bool(serializers.BooleanField):
    """true or false, and no word for either."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("Send true or false.", code="invalid")
        return data


class Exact(serializers.DecimalField):
    """A decimal as text, without padding zeros or with so many `places`; never a float."""

    def __init__(self, *, places: int | None = None, **kwargs: Any) -> None:
        self.write = plain if places is None else f"{{:.{places}f}}".format
        kwargs.setdefault("max_digits", 38)
        kwargs.setdefault("decimal_places", 12)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool | float):
            raise serializers.ValidationError("Send a number or a decimal string.", code="invalid")
        return Decimal(super().to_internal_value(data))

    def to_representation(self, value: Any) -> str:
        return self.write(value)


class Money(serializers.DecimalField):
    """An amount with two decimals, as text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=18, decimal_places=2, **kwargs)

    def to_representation(self, value: Any) -> str:
        return two_places(value)


two_places = "{:.2f}".format


class Day(serializers.DateField):
    """A day from 1900 to 2200, `YYYY-MM-DD`."""

    def to_internal_value(self, value: Any) -> date:
        day = day_of(value) if isinstance(value, str) else None
        if day is None:
            raise serializers.ValidationError("No such day. Write YYYY-MM-DD.", code="invalid")
        if not FIRST_DAY <= day <= LAST_DAY:
            raise serializers.ValidationError(
                "Write a day from 1900-01-01 to 2200-12-31.", code="out_of_range"
            )
        return day

    def to_representation(self, value: Any) -> str:
        return str(value.isoformat())


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(serializers.Field[datetime, str, str, Any]):
    """A moment in UTC, RFC 3339 with `Z`. A time without a zone is refused."""

    def to_internal_value(self, data: Any) -> datetime:
        try:
            value = datetime.fromisoformat(data)
        except (TypeError, ValueError) as error:
            raise serializers.ValidationError(
                "Write a time as 2026-11-24T14:20:00Z.", code="invalid"
            ) from error
        if value.tzinfo is None:
            raise serializers.ValidationError(
                "A time needs its zone, as 2026-11-24T14:20:00Z.", code="naive_time"
            )
        if not FIRST_DAY <= value.date() <= LAST_DAY:
            raise serializers.ValidationError("Write a time from 1900 to 2200.", code="out_of_range")
        return value.astimezone(UTC)

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat()[:-6] + "Z"  # in place of +00:00


class Related(serializers.PrimaryKeyRelatedField[Any]):
    """A record by id or human ref, among those the caller may see; a foreign one does not exist for them."""

    def __init__(self, *, prefix: str = "", scoped: bool = True, **kwargs: Any) -> None:
        self.prefix, self.scoped = prefix, scoped
        super().__init__(**kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] | None = super().get_queryset()
        if rows is None:
            raise TypeError("A related field to write through needs a queryset.")
        actor: Actor | None = self.context.get("actor") or getattr(self.context.get("view"), "actor", None)
        if self.scoped and actor is not None:
            rows = rows.filter(scope(actor, Action.VIEW, rows.model))
        return rows

    def to_internal_value(self, data: Any) -> Model:
        if isinstance(data, str) and self.prefix:
            data = data.upper().removeprefix(f"{self.prefix}-").lstrip("0") or "0"
        if (
            isinstance(data, bool)
            or not str(data).isascii()
            or not str(data).isdigit()
            or len(str(data)) > 18
        ):
            self.fail("does_not_exist", pk_value=str(data)[:40])
        found: Model = super().to_internal_value(int(data))
        return found


def plain(value: Decimal) -> str:
    """A decimal as people write it: no exponent, no padding zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
