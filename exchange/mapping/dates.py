"""Dates as people write them, read by ordered layouts of tokens: nothing is guessed, every repair is counted.

A layout is written with the tokens YYYY YY M D MON MONTH HMS SERIAL Q and anything else as it stands; letters that are
no token go in single quotes (`'FY'YYYY Q`). M and D take one or two digits, except where a digit follows at once
(`YYYYMMDD` is written `YYYYMD`). MON is Jan, MONTH January, any case; a blank is any run of whitespace. HMS is a time
of day with or without seconds, AM or PM, and offset; the day is taken as written. SERIAL is a spreadsheet's day
number. Q is 1 to 4, with or without the letter Q before it.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal

from exchange.reading.table import collapse

Status = Literal["parsed", "absent", "refused"]
PRECISIONS: Final = ("day", "month", "quarter", "year")
FREE_TEXT: Final = "free text"
NO_SUCH_DAY: Final = "no such day"
IMPLAUSIBLE: Final = "implausible"
LONGEST: Final = 80
EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2200, 12, 31)
"""The bounds of a mapping that says none: what the product takes as a date at all."""

TOKENS: Final = ("MONTH", "MON", "SERIAL", "YYYY", "HMS", "YY", "M", "D", "Q")
ENGLISH_MONTHS: Final = (
    ("january", "jan"),
    ("february", "feb"),
    ("march", "mar"),
    ("april", "apr"),
    ("may",),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sep", "sept"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
)
EPOCHS: Final = {1900: date(1899, 12, 30), 1904: date(1904, 1, 1)}
"""Day 0 of a spreadsheet's day numbers. Right from 1 March 1900 on: Excel counts a 29 February 1900 that never was."""

_TIME: Final = (
    r"(?P<H>[0-9]{1,2}):(?P<I>[0-9]{2})(?::(?P<S>[0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r"(?:\s?[ap]\.?m\.?)?(?:\s?(?:z|utc|[+-][0-9]{2}:?[0-9]{2}))?"
)
_DIGITS: Final = frozenset({"YYYY", "YY", "M", "D", "SERIAL"})


class LayoutError(ValueError):
    """A layout that cannot be read, or could not tell a date."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A date cell. `value` is the first day of what was written, `precision` how much was; `raw` the text as it stood.

    `status`: parsed, absent (blank or a word for it) or refused (`reason`: free text, no such day, implausible).
    `repair` names the repair that gave the value; `column` is the header it came from.
    """

    value: date | None
    precision: str
    raw: str
    status: Status
    repair: str | None = None
    reason: str | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """One way of writing a date. `repair` set: reading it this way is itself a counted repair."""

    text: str
    pattern: re.Pattern[str]
    precision: str
    repair: str | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    """A change to a date that is known to be wrong in a known way.

    `serial-year`: a day in `first_year`..`last_year` is really the spreadsheet number of a bare year (7/14/1905 is day
    2022, so the year 2022). `add-years`: a day in those years is `amount` years later. `remove-text`: `texts` are
    taken out of the cell before it is read.
    """

    name: str
    kind: str
    first_year: int = 0
    last_year: int = 0
    amount: int = 0
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DateRules:
    """How date cells are read: layouts in order, the first that gives a real day wins; then repairs; then the bounds."""

    layouts: tuple[Layout, ...]
    century: int = 2000
    pivot: int | None = None
    epoch: date = EPOCHS[1900]
    earliest: date = EARLIEST
    latest: date = LATEST
    fiscal_start: int = 1
    repairs: tuple[Repair, ...] = ()
    months: tuple[tuple[str, ...], ...] = ENGLISH_MONTHS
    _numbers: dict[str, int] = field(init=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        numbers = {
            name.casefold(): number for number, names in enumerate(self.months, start=1) for name in names
        }
        object.__setattr__(self, "_numbers", numbers)

    def month_number(self, name: str) -> int:
        """1 to 12 for the name of a month. Raises ValueError for any other word."""
        number = self._numbers.get(name.casefold())
        if number is None:
            raise ValueError(name)
        return number


def compile_layout(text: str, *, precision: str | None = None, repair: str | None = None) -> Layout:
    """Raises LayoutError for a layout with an unknown letter, a token twice, or no year."""
    pieces = _split(text)
    tokens = [piece for piece, is_token in pieces if is_token]
    if len(set(tokens)) != len(tokens) or {"YYYY", "YY"} <= set(tokens) or {"MON", "MONTH"} <= set(tokens):
        raise LayoutError(f"“{text}” says the same thing twice.")
    if "M" in tokens and {"MON", "MONTH"} & set(tokens):
        raise LayoutError(f"“{text}” says the month twice.")
    if not {"YYYY", "YY", "SERIAL"} & set(tokens) or (
        "SERIAL" in tokens and {"YYYY", "YY", "M", "D"} & set(tokens)
    ):
        raise LayoutError(f"“{text}” needs a year (YYYY or YY) or SERIAL alone.")
    if "D" in tokens and not {"M", "MON", "MONTH"} & set(tokens):
        raise LayoutError(f"“{text}” has a day without a month.")
    if "Q" in tokens and {"M", "MON", "MONTH"} & set(tokens):
        raise LayoutError(f"“{text}” has a quarter beside a month.")
    if precision is not None and precision not in PRECISIONS:
        raise LayoutError(f"“{precision}” is no precision; use one of {', '.join(PRECISIONS)}.")
    expression = "".join(
        _expression(piece, is_token, tight=_is_tight(pieces, index))
        for index, (piece, is_token) in enumerate(pieces)
    )
    return Layout(text, re.compile(expression, re.IGNORECASE), precision or _precision(tokens), repair)


def _split(text: str) -> list[tuple[str, bool]]:
    """The layout as (piece, is a token). Text in single quotes is taken as it stands, '' is a quote."""
    pieces: list[tuple[str, bool]] = []
    position = 0
    while position < len(text):
        if text[position] == "'":
            end = text.find("'", position + 1)
            if end < 0:
                raise LayoutError(f"“{text}” opens a quote and does not close it.")
            pieces.append((text[position + 1 : end] or "'", False))
            position = end + 1
            continue
        token = next((token for token in TOKENS if text.startswith(token, position)), None)
        if token is None and text[position].isalpha():
            raise LayoutError(
                f"“{text[position]}” in “{text}” is no token. Put letters meant as such in single quotes."
            )
        pieces.append((token or text[position], token is not None))
        position += len(token or "x")
    if not pieces:
        raise LayoutError("A layout is empty.")
    return pieces


def _is_tight(pieces: list[tuple[str, bool]], index: int) -> bool:
    """A number with another number right before or after it has a fixed width."""
    neighbours = [pieces[other] for other in (index - 1, index + 1) if 0 <= other < len(pieces)]
    return any(
        (is_token and piece in _DIGITS) or (not is_token and piece.isdigit())
        for piece, is_token in neighbours
    )


def _expression(piece: str, is_token: bool, *, tight: bool) -> str:
    if not is_token:
        return r"\s+" if piece.isspace() else re.escape(piece)
    width = "{2}" if tight else "{1,2}"
    return {
        "YYYY": "(?P<Y>[0-9]{4})",
        "YY": "(?P<y>[0-9]{2})",
        "M": f"(?P<M>[0-9]{width})",
        "D": f"(?P<D>[0-9]{width})",
        "MON": r"(?P<N>[^\W\d_]{3,5})\.?",
        "MONTH": r"(?P<N>[^\W\d_]{3,12})",
        "HMS": _TIME,
        "SERIAL": r"(?P<X>[0-9]{1,7})(?:\.[0-9]{1,15})?",
        "Q": "q?(?P<Q>[1-4])",
    }[piece]


def _precision(tokens: list[str]) -> str:
    if "D" in tokens or "SERIAL" in tokens:
        return "day"
    if {"M", "MON", "MONTH"} & set(tokens):
        return "month"
    return "quarter" if "Q" in tokens else "year"


CELL_LAYOUTS: Final = (compile_layout("YYYY-M-D"), compile_layout("YYYY-M-D HMS"))
"""How this package's own readers write the date cells of a spreadsheet."""


def read_date(raw: str, rules: DateRules, *, from_cell: bool = False) -> Dated:
    """The date in a text that is not blank and no absent word. `from_cell`: date cells of a spreadsheet are also read."""
    text = collapse(raw)
    cleaned, repair = _cleaned(text, rules)
    reason = FREE_TEXT
    layouts = (*CELL_LAYOUTS, *rules.layouts) if from_cell else rules.layouts
    for layout in layouts if len(cleaned) <= LONGEST else ():
        match = layout.pattern.fullmatch(cleaned)
        if not match:
            continue
        try:
            value = _value(match, rules)
        except (ValueError, OverflowError):
            reason = NO_SUCH_DAY
            continue
        return _judged(value, layout, raw, repair or layout.repair, rules)
    return Dated(None, "unknown", raw, "refused", reason=reason)


def _cleaned(text: str, rules: DateRules) -> tuple[str, str | None]:
    used = None
    for repair in rules.repairs:
        if repair.kind != "remove-text":
            continue
        for piece in repair.texts:
            shorter = re.sub(re.escape(piece), " ", text, flags=re.IGNORECASE)
            if shorter != text:
                text, used = collapse(shorter), repair.name
    return text, used


def _value(match: re.Match[str], rules: DateRules) -> date:
    """The day a match means. Raises ValueError for one that is not in the calendar."""
    found = match.groupdict()
    if found.get("H") and (int(found["H"]) > 24 or int(found["I"]) > 59 or int(found["S"] or 0) > 59):
        raise ValueError("no such time")
    if found.get("X"):
        return rules.epoch + timedelta(days=int(found["X"]))
    year = int(found["Y"]) if found.get("Y") else _full_year(int(found["y"]), rules)
    if found.get("Q"):
        return _quarter(year, int(found["Q"]), rules.fiscal_start)
    month = 1
    if found.get("N"):
        month = rules.month_number(found["N"])
    elif found.get("M"):
        month = int(found["M"])
    return date(year, month, int(found.get("D") or 1))


def _full_year(short: int, rules: DateRules) -> int:
    if rules.pivot is None:
        return rules.century + short
    return rules.century + short if short <= rules.pivot else rules.century - 100 + short


def _quarter(year: int, quarter: int, fiscal_start: int) -> date:
    """The first day of a quarter; a fiscal year that begins after January is named after the year it ends in."""
    months = (year - (fiscal_start > 1)) * 12 + fiscal_start - 1 + 3 * (quarter - 1)
    return date(months // 12, months % 12 + 1, 1)


def _judged(value: date, layout: Layout, raw: str, repair: str | None, rules: DateRules) -> Dated:
    """After the repairs the bounds are checked: a date outside them is refused, not bent."""
    precision = layout.precision
    for known in rules.repairs:
        if known.kind == "remove-text" or not known.first_year <= value.year <= known.last_year:
            continue
        if known.kind == "serial-year" and precision == "day":
            year = (value - rules.epoch).days
            if not 1 <= year <= 9999:
                continue
            value, precision, repair = date(year, 1, 1), "year", known.name
            break
        if known.kind == "add-years":
            try:
                value, repair = value.replace(year=value.year + known.amount), known.name
            except ValueError:
                return Dated(None, "unknown", raw, "refused", reason=NO_SUCH_DAY)
            break
    if not rules.earliest <= value <= rules.latest:
        return Dated(None, "unknown", raw, "refused", reason=IMPLAUSIBLE)
    return Dated(value, precision, raw, "parsed", repair=repair)
