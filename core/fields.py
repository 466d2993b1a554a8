"""Numbers that come back exactly as they were stored, on both databases."""

from decimal import Context, Decimal
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class ExactDecimalField(models.DecimalField):  # type: ignore[type-arg]  # generic in the type stubs alone
    """A decimal that SQLite keeps as text, because its own numbers are binary and end at 15 digits.

    For figures that are read, not summed or sorted by the database.
    """

    def get_internal_type(self) -> str:
        return "ExactDecimalField"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        if connection.vendor == "sqlite":
            return "text"
        return f"numeric({self.max_digits}, {self.decimal_places})"

    def from_db_value(self, value: Any, *_ignored: Any) -> Decimal | None:
        """Without padding zeros, which PostgreSQL adds up to the column's scale and SQLite does not."""
        return None if value is None else unpadded(value if isinstance(value, Decimal) else Decimal(value))


def unpadded(value: Decimal) -> Decimal:
    """The same number without zeros at its end: 12.500 as 12.5, and 500 as 500. Exact up to `_WIDE.prec` digits."""
    return _WIDE.add(_WIDE.normalize(value), _ZERO)  # the sum brings the exponent of 5E+2 back to nothing


_WIDE, _ZERO = Context(prec=200), Decimal(0)
