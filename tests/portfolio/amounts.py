"""Amounts in tests."""

from decimal import Decimal


def euro(amount: int | str) -> Decimal:
    return Decimal(str(amount))
