"""Reading rows of a bulk request by hand: a thousand serializers would cost more than the database does."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

from core.errors import Item, Problem
from core.text import clean
from core.values import FIRST_DAY, LAST_DAY, MAX_ID, day_of
from kpis.services import limits

KEYS: Final = frozenset({"kpi", "observed_on", "value", "source", "source_key", "note", "evidence"})
# A number that kpis.services.limits keeps as it is written.
_USUAL: Final = re.compile(r"-?([1-9][0-9]{0,11}(\.[0-9]{0,7}[1-9])?|0\.[0-9]{0,7}[1-9])").fullmatch
_NEEDED: Final = ("kpi", "observed_on", "value")
_TEXTS: Final = (
    ("source", limits.SOURCE),
    ("source_key", limits.SOURCE_KEY),
    ("note", limits.NOTE),
    ("evidence", limits.EVIDENCE),
)


class Refused(NamedTuple):
    """A row that cannot be taken, by its place in the request's `rows`, and why."""

    place: int
    error: Item


class Row(NamedTuple):
    """A reading as it is going to be recorded. `version_id` is known once its KPI is."""

    place: int
    kpi_id: int
    observed_on: date
    value: Decimal
    source: str
    source_key: str
    note: str
    evidence: str
    version_id: int = 0

    def under(self, version_id: int) -> "Row":
        """The same row, its version known."""
        return Row(*self[:-1], version_id)

    @property
    def key(self) -> tuple[int, str, str]:
        return (self.kpi_id, self.source, self.source_key)

    def refused(self, field: str, code: str, detail: str) -> Refused:
        return _refused(self.place, field, code, detail)


class _WrongError(Exception):
    """One value that cannot be taken: field, code, sentence."""


def read_rows(rows: Sequence[object]) -> tuple[list[Row], list[Refused]]:
    """Each row as it will be recorded, or the first thing that is wrong with it."""
    read: list[Row] = []
    refused: list[Refused] = []
    for index, item in enumerate(rows):
        try:
            read.append(_row(index, item))
        except _WrongError as wrong:
            refused.append(_refused(index, *wrong.args))
    return read, refused


def _row(index: int, item: object) -> Row:
    if not isinstance(item, dict):
        raise _WrongError("", "invalid", "Send an object with kpi, observed_on and value.")
    if not KEYS.issuperset(item):
        name = next(key for key in item if key not in KEYS)
        raise _WrongError(
            name[:80], "field_not_writable", f"Not writable here. Writable: {', '.join(sorted(KEYS))}."
        )
    for name in _NEEDED:
        if item.get(name) is None:
            raise _WrongError(name, "required", f"Give {name}.")
    source, key, note, evidence = [
        _text(item[name], name, limit) if name in item else "" for name, limit in _TEXTS
    ]
    kpi, day, value = _kpi(item["kpi"]), _day(item["observed_on"]), _value(item["value"])
    return Row(index, kpi, day, value, source, key, note, evidence)


def _kpi(given: object) -> int:
    if type(given) is int:
        if 0 < given <= MAX_ID:
            return given
    elif isinstance(given, str):
        digits = given[2:] if given[:2] in {"K-", "k-"} else given
        if digits.isascii() and digits.isdigit() and len(digits) < 19:
            return int(digits)
    raise _WrongError("kpi", "does_not_exist", "There is no such KPI, or you may not see it.")


def _day(given: object) -> date:
    found = day_of(given) if isinstance(given, str) else None
    if found is not None:
        if FIRST_DAY <= found <= LAST_DAY:
            return found
        raise _WrongError("observed_on", "out_of_range", limits.NO_SUCH_DAY)
    raise _WrongError("observed_on", "invalid", "No such day. Write YYYY-MM-DD.")


def _value(given: object) -> Decimal:
    found = None
    if type(given) is str and _USUAL(given):
        return Decimal(given)  # kept just so
    # A number of JSON is read as int or Decimal, never as a binary float.
    if isinstance(given, int | Decimal) and not isinstance(given, bool):
        found = limits.kept(Decimal(given))
    elif isinstance(given, str) and len(given) < 60 and given.isascii() and "_" not in given:
        try:
            found = limits.kept(Decimal(given))
        except InvalidOperation:
            found = None
    if found is None:
        raise _WrongError("value", "not_a_number", limits.NOT_A_NUMBER)
    return found


def _text(given: object, name: str, limit: int) -> str:
    if given is None:
        return ""
    if not isinstance(given, str):
        raise _WrongError(name, "invalid", "Send text.")
    if given.isascii() and given.isprintable() and len(given) <= limit:
        return given.strip()
    try:
        return clean(name, given, limit=limit)
    except Problem as problem:
        item = problem.items[0]
        raise _WrongError(name, item.code, item.detail) from problem


def _refused(index: int, field: str, code: str, detail: str) -> Refused:
    place = f"/rows/{index}/{field}" if field else f"/rows/{index}"
    return Refused(index, Item(place, code, detail))
