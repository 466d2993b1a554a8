"""Money as people read it, to the cent: for sentences that have to be checked, not only believed."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

NBSP: Final = "\u00a0"
MINUS: Final = "\u2212"
NEVER: Final = "never recorded"
_CENT: Final = Decimal("0.01")
_SYMBOLS: Final = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}


def symbol(currency: str) -> str:
    """ "€", or the three letters where there is no usual sign."""
    return _SYMBOLS.get(currency) or f"{currency}{NBSP}"


def money_exact(value: Decimal | int | float | None, currency: str = "EUR") -> str:
    """The amount to the cent where it has cents: "€163,834", "€163,834.44". Half even."""
    if value is None:
        return NEVER
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    cents = exact.quantize(_CENT, ROUND_HALF_EVEN)
    text = f"{abs(cents):,.2f}".removesuffix(".00")
    return signed(cents, symbol(currency) + text)


def signed(value: Decimal, text: str) -> str:
    """`text`, which says the size of `value`, with a minus where it is below 0."""
    return f"{MINUS}{text}" if value < 0 else text
