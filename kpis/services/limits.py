"""What a reading may be: the same for one through a form, one through the API, and five thousand at once."""

from datetime import date
from decimal import Decimal
from typing import Final

from core.errors import field_error
from core.values import FIRST_DAY, LAST_DAY

WHOLE_DIGITS, PLACES = 26, 12
NOT_A_NUMBER: Final = (
    f"Give a finite number with at most {WHOLE_DIGITS} digits before and {PLACES} after the point."
)
NO_SUCH_DAY: Final = "Give a day from 1900-01-01 to 2200-12-31."
SOURCE, SOURCE_KEY, NOTE, EVIDENCE = 80, 200, 500, 500


def kept(value: Decimal) -> Decimal | None:
    """The number as it is kept, without padding zeros, or None when it cannot be kept exactly."""
    if not value.is_finite():
        return None
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101  finite
    if not any(digits):
        return Decimal(0)
    while digits[-1] == 0:
        digits, exponent = digits[:-1], exponent + 1
    if -exponent > PLACES or len(digits) + exponent > WHOLE_DIGITS:
        return None
    # Never with an exponent: 1E+3 is kept, and shown, as 1000.
    return Decimal((sign, digits + (0,) * exponent, 0)) if exponent > 0 else Decimal((sign, digits, exponent))


def require_number(field: str, value: Decimal) -> Decimal:
    """`value` as it is kept. Raises Problem 400 at `field`."""
    found = kept(value)
    if found is None:
        raise field_error(field, NOT_A_NUMBER, code="not_a_number")
    return found


def require_day(field: str, value: date) -> date:
    """Raises Problem 400 at `field` for a day outside what is kept."""
    if not FIRST_DAY <= value <= LAST_DAY:
        raise field_error(field, NO_SUCH_DAY, code="out_of_range")
    return value
