"""How facts are written: days, money, numbers, shares, counts. Pure functions; pages and exports share them.

Unknown is never 0 and never empty: each function says in words that it was never recorded. English month names
are written here, so a sentence reads the same on every machine.
"""

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from domain.money_words import MINUS as MINUS
from domain.money_words import NBSP as NBSP
from domain.money_words import NEVER as NEVER
from domain.money_words import money_exact as money_exact
from domain.money_words import symbol as _symbol

NO_DATE = "no date"

Number = Decimal | int | float
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPELLED = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_SCALES = ((Decimal(1_000), "k"), (Decimal(1_000_000), "m"), (Decimal(1_000_000_000), "bn"))


def day(value: date | None, today: date | None = None) -> str:
    """ "24 Nov", with the year when it is not the year of `today` (or no `today` is given)."""
    if value is None:
        return NO_DATE
    text = f"{value.day} {_MONTHS[value.month - 1]}"
    return text if today is not None and value.year == today.year else f"{text} {value.year}"


def moment(value: datetime | None, today: date | None = None) -> str:
    """ "24 Nov 14:20" in the zone the moment carries."""
    if value is None:
        return NEVER
    return f"{day(value.date(), today)} {value:%H:%M}"


def since(value: date | None, today: date | None = None) -> str:
    """ "since 6 Jul"; a judgement always has a start, so a missing one is said."""
    return f"since {day(value, today)}" if value is not None else "start never recorded"


def due(value: date | None, today: date) -> str:
    """How a due day stands: "25 days over", "today", "in 8 days", "no date"."""
    if value is None:
        return NO_DATE
    days = (value - today).days
    if days == 0:
        return "today"
    return f"in {plural(days, 'day')}" if days > 0 else f"{plural(-days, 'day')} over"


def age(value: date | None, today: date) -> str:
    """How long ago a day was: "today", "yesterday", "6 days ago"."""
    if value is None:
        return NEVER
    days = (today - value).days
    if days < 0:
        return f"in {plural(-days, 'day')}"
    return {0: "today", 1: "yesterday"}.get(days) or f"{plural(days, 'day')} ago"


def number(value: Number | None, places: int | None = None) -> str:
    """ "1,204", "5.8", with `places` decimals when given, else as many as the value has (trailing zeros off)."""
    if value is None:
        return NEVER
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if not exact.is_finite():
        return "not a number"
    if places is not None:
        text = f"{exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):,f}"
    else:
        text = f"{exact:,f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return _signed(text)


def tied(sentence: str) -> str:
    """A sentence in which "70.4 %" is never parted by the end of a line."""
    return sentence.replace(" %", f"{NBSP}%")


def percent(value: Number | None, places: int = 0) -> str:
    """A ratio as "54 %". Never "0 %" for something and never "100 %" for less than all."""
    if value is None:
        return NEVER
    exact = (value if isinstance(value, Decimal) else Decimal(str(value))) * 100
    step = Decimal(1).scaleb(-places)
    rounded = exact.quantize(step, ROUND_HALF_EVEN)
    if rounded == 0 and exact > 0:
        return f"under {step}{NBSP}%"
    if rounded == 100 and exact < 100:
        return f"over {100 - step}{NBSP}%"
    return f"{_signed(f'{rounded:,f}')}{NBSP}%"


def money(value: Number | None, currency: str = "EUR") -> str:
    """Three figures are enough to decide by: "€950", "€388k", "€1.42m", "€18.2m". Half even."""
    if value is None:
        return NEVER
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    size = abs(exact)
    text = f"{size.quantize(Decimal(1), ROUND_HALF_EVEN):,f}"
    for unit, letter in _SCALES:
        # From the rounded figure on, so that 999,600 is "€1.00m" and never "€1,000k".
        if size >= unit - unit / 2000:
            text = _three_figures(size / unit, whole=letter == "k") + letter
    return _sign(exact, text) + _symbol(currency) + text


def plural(count: int, one: str, many: str = "") -> str:
    """ "1 pilot", "4 pilots", "0 pilots". `many` for nouns that do not take an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def spelled(count: int) -> str:
    """A count in a sentence: "no", "one" ... "twelve", then figures."""
    return _SPELLED[count] if 0 <= count < len(_SPELLED) else f"{count:,}"


def quick_days(today: date) -> list[tuple[str, date]]:
    """Days a reader asks about: the last quarter end, half-year end and year end before `today`."""
    ends = [date(y, m, d) for y in (today.year, today.year - 1) for m, d in ((9, 30), (6, 30), (3, 31))]
    ends += [date(today.year - 1, 12, 31), date(today.year - 2, 12, 31)]
    past = sorted((end for end in ends if end < today), reverse=True)
    half = next(end for end in past if end.month in (6, 12))
    year = next(end for end in past if end.month == 12)
    named = {past[0]: "Quarter end", half: "Half-year end", year: "Year end"}
    return [(label, end) for end, label in sorted(named.items(), reverse=True)]


def _three_figures(scaled: Decimal, *, whole: bool) -> str:
    places = 0 if whole or scaled >= Decimal("99.95") else 1 if scaled >= Decimal("9.995") else 2
    return f"{scaled.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):,f}"


def _sign(value: Decimal, text: str) -> str:
    return MINUS if value < 0 and text.strip("0.,") else ""


def _signed(text: str) -> str:
    if not text.startswith("-"):
        return text
    return (MINUS if text.strip("-0.,") else "") + text[1:]
