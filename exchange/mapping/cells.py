"""One cell to one value, with what is to be warned of. A cell that cannot be read is left empty, its text is kept."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from exchange.mapping.dates import FREE_TEXT, IMPLAUSIBLE, NO_SUCH_DAY, Dated, DateRules, read_date
from exchange.mapping.lists import ListError, read_list
from exchange.mapping.numbers import NumberRules
from exchange.mapping.results import Value
from exchange.mapping.schema import FieldRule, Separators
from exchange.mapping.vocabulary import Fact, FactWords, Vocabulary
from exchange.reading.table import collapse

Note = tuple[str, str]
"""The code and the sentence of a warning."""

Reader = Callable[[str], tuple[Value, Note | None]]

CACHED_CHARACTERS: Final = 200
MOST_CACHED: Final = 20_000
LONGEST_ADDRESS: Final = 500
FUTURE_DATE: Final = "future_date"
KEPT: Final = "The cell is left empty, its text is kept."
_EMAIL: Final = re.compile(
    r"[^\s@<>()\[\],;:\"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\.[A-Za-z]{2,24}"
)
_ADDRESSED: Final = re.compile(r"(?:[^<>@]*<)?\s*(?:mailto:)?([^<>\s]+)\s*>?", re.IGNORECASE)
_SHEET_ERRORS: Final = frozenset(
    {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)


def reader_for(rule: FieldRule, *, column: str, as_of: date, from_cell: bool) -> Reader:
    """The reader of one field's cells from one column; equal cells are read once."""
    read = _reader(rule, column=column, as_of=as_of, from_cell=from_cell)
    if rule.target.kind in ("text", "email", "list"):
        return read
    known: dict[str, tuple[Value, Note | None]] = {}

    def remembered(raw: str) -> tuple[Value, Note | None]:
        found = known.get(raw)
        if found is None:
            found = read(raw)
            if len(raw) <= CACHED_CHARACTERS and len(known) < MOST_CACHED:
                known[raw] = found
        return found

    return remembered


def _reader(rule: FieldRule, *, column: str, as_of: date, from_cell: bool) -> Reader:
    match rule.how:
        case Vocabulary() as words:
            return lambda raw: read_word(raw, rule, words)
        case FactWords() as facts:
            return lambda raw: read_fact(raw, rule, facts)
        case DateRules() as dates:
            return lambda raw: read_day(raw, rule, dates, column=column, as_of=as_of, from_cell=from_cell)
        case NumberRules() as numbers:
            return lambda raw: read_number(raw, rule, numbers)
        case Separators() as separators:
            return lambda raw: read_items(raw, rule, separators)
        case None if rule.target.kind == "email":
            return lambda raw: read_email(raw, rule)
        case None:
            return lambda raw: read_text(raw, rule)


def read_text(raw: str, rule: FieldRule) -> tuple[str, Note | None]:
    """Trimmed text; one line where the field has one line."""
    if rule.absent.has(raw):
        return "", None
    text = collapse(raw) if rule.target.one_line else _paragraphs(raw)
    if text.upper() in _SHEET_ERRORS:
        return "", ("spreadsheet_error", f"An error of the spreadsheet, not a text. {KEPT}")
    if len(text) > rule.target.max_length:
        return "", ("too_long", f"Longer than {rule.target.max_length:,} characters. {KEPT}")
    return text, None


def _paragraphs(raw: str) -> str:
    return raw.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").strip()


def read_word(raw: str, rule: FieldRule, words: Vocabulary) -> tuple[str, Note | None]:
    """The vocabulary's value for a word."""
    value, known = words.read(raw, rule.absent)
    label = rule.target.label.lower()
    return value, None if known else (
        "unknown_word",
        f"No {label} for this word: {label} is taken as {value}.",
    )


def read_fact(raw: str, rule: FieldRule, words: FactWords) -> tuple[Fact, Note | None]:
    """Yes, no, not required or not reported."""
    value, known = words.read(raw, rule.absent)
    return value, None if known else (
        "unknown_word",
        f"Neither yes nor no: taken as {value.replace('_', ' ')}.",
    )


def read_day(
    raw: str, rule: FieldRule, dates: DateRules, *, column: str, as_of: date, from_cell: bool
) -> tuple[Dated, Note | None]:
    """A date with its precision, or why it is none."""
    if rule.absent.has(raw):
        return Dated(None, "unknown", raw, "absent", column=column), None
    dated = replace(read_date(raw, dates, from_cell=from_cell), column=column)
    if dated.status == "refused":
        return dated, _why_not(dated.reason, dates)
    if dated.value is not None and dated.value > as_of and not rule.target.may_be_future:
        return dated, (
            "future_date",
            f"{dated.value.isoformat()} is after {as_of.isoformat()}. It is kept as it is.",
        )
    return dated, None


def _why_not(reason: str | None, rules: DateRules) -> Note:
    count = len(rules.layouts)
    codes: dict[str | None, Note] = {
        NO_SUCH_DAY: ("no_such_day", f"No such day. {KEPT}"),
        IMPLAUSIBLE: (
            "implausible_date",
            f"Outside {rules.earliest.isoformat()} to {rules.latest.isoformat()}. {KEPT}",
        ),
        FREE_TEXT: (
            "unreadable_date",
            f"Not a date in {'the mapping’s layout' if count == 1 else f'any of the mapping’s {count} layouts'}. {KEPT}",
        ),
    }
    return codes[reason]


def read_number(raw: str, rule: FieldRule, numbers: NumberRules) -> tuple[Decimal | None, Note | None]:
    """An exact number; None where nothing was said or it cannot be read: never zero."""
    if rule.absent.has(raw):
        return None, None
    number = numbers.read(raw)
    return number, None if number is not None else ("unreadable_number", f"Not a number. {KEPT}")


def read_items(raw: str, rule: FieldRule, separators: Separators) -> tuple[list[str], Note | None]:
    """The items of a list; absent words among them are left out."""
    if rule.absent.has(raw):
        return [], None
    try:
        items = read_list(raw, separators=separators.texts)
    except ListError as error:
        return [], ("unreadable_list", f"{error} {KEPT}")
    return [item for item in items if not rule.absent.has(item)], None


def read_email(raw: str, rule: FieldRule) -> tuple[str, Note | None]:
    """An address, also out of `Name <address>`, in lower case."""
    if rule.absent.has(raw):
        return "", None
    match = _ADDRESSED.fullmatch(collapse(raw)) if len(raw) <= LONGEST_ADDRESS else None
    if match and len(match[1]) <= rule.target.max_length and _EMAIL.fullmatch(match[1]):
        return match[1].lower(), None
    return "", ("not_an_email", f"Not an e-mail address. {KEPT}")
