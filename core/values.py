"""Values out of a query string, read strictly: wrong ones are a Problem 400 that names the parameter."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from core.errors import Item, Problem, not_found

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
MAX_ID = 2**63 - 1
MAX_SEARCH, MAX_WORDS = 200, 10
_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


def day_of(raw: str) -> date | None:
    """`YYYY-MM-DD` as a day; None for anything else, also for the weeks of ISO 8601 that `fromisoformat` reads."""
    try:
        return date.fromisoformat(raw) if _WRITTEN(raw) else None
    except ValueError:
        return None


def read_int(param: str, raw: str) -> int:
    if not (raw.isascii() and raw.isdigit() and len(raw) < 20 and int(raw) <= MAX_ID):
        raise wrong(param, f"{raw[:40]!r} is not a whole number.")
    return int(raw)


def read_bool(param: str, raw: str) -> bool:
    if raw not in {"true", "false"}:
        raise wrong(param, "Write true or false.")
    return raw == "true"


def read_date(param: str, raw: str) -> date:
    """A day between 1900 and 2200, as YYYY-MM-DD."""
    day = day_of(raw)
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise wrong(param, f"{raw[:40]!r} is no such day. Write YYYY-MM-DD, from 1900 to 2200.")
    return day


def read_past_day(param: str, raw: str, today: date) -> date:
    """A day that has begun: today or an earlier one."""
    day = read_date(param, raw)
    if day > today:
        raise wrong(param, f"{param} lies in the future. Give today or an earlier day.")
    return day


def read_decimal(param: str, raw: str) -> Decimal:
    try:
        value = Decimal(raw) if len(raw) <= 40 else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or abs(value.adjusted()) > 26:
        raise wrong(param, f"{raw[:40]!r} is not a number that can be kept.")
    return value


_AMOUNT = re.compile(
    r"[+-]?(?:[0-9]{1,3}(?:(?P<by>[ ,'])[0-9]{3}(?:(?P=by)[0-9]{3})*)|[0-9]+)(?:\.[0-9]{1,2})?"
).fullmatch
_BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-", "\u2019": "'"})


def amount_of(raw: str) -> Decimal | None:
    """Money as people write and paste it: "500000", "500,000", "500 000", "500'000.50". None for anything else.

    Thousands stand in groups of three, parted by one sign; a dot stands before at most two decimals. "500.000" and
    "1,5" are refused: they mean one thing in one country and another in the next.
    """
    text = raw.translate(_BLANKS).strip()
    if len(text) > 40 or not _AMOUNT(text):
        return None
    return Decimal(text.translate({ord(sign): None for sign in " ,'"}))


def read_words(param: str, raw: str) -> list[str]:
    """The words of a search: at most 10 in at most 200 characters."""
    words = raw.split()
    if len(raw.strip()) > MAX_SEARCH or "\x00" in raw:
        raise wrong(param, f"Search for at most {MAX_SEARCH} characters.")
    if len(words) > MAX_WORDS:
        raise wrong(param, f"Search for at most {MAX_WORDS} words.")
    return words


def read_ref(raw: str, prefix: str) -> int:
    """`AI-0042`, `ai-42` or `42` as 42. Anything else is a 404: there is no such record."""
    digits = raw.upper().removeprefix(f"{prefix}-") if prefix else raw
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20 and int(digits) <= MAX_ID):
        raise not_found()
    return int(digits)


def wrong(param: str, detail: str) -> Problem:
    """400 about one parameter."""
    return Problem(400, "invalid_parameter", detail, (Item(f"?{param[:60]}", "invalid_parameter", detail),))
