"""The seal of a KPI contract: its canonical form and the SHA-256 of it, so that a later reader can prove what was agreed.

Two contracts of the same meaning have the same canonical form: numbers lose their trailing zeros, texts are NFC with
one kind of line end and no blanks around them, and a blank text is null. Keys are sorted, nothing is left out.

The list of sealed fields is versioned and the version is part of the form: a field added later makes a new list, and
seals set under the old one can still be checked.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import fields as fields_in
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final
from unicodedata import normalize

from domain.errors import RuleError
from domain.kpi_contract import Contract
from domain.kpi_words import amount, day
from domain.policy_rows import full_row, items

LATEST: Final = 1
VERSION_KEY: Final = "seal_version"
MOST_PLACES: Final = 60
"""So many digits before the point, and after it, may a sealed number have."""


class Sort(StrEnum):
    """What stands in a field, and so how it is written."""

    TEXT = "text"
    NUMBER = "number"
    COUNT = "count"
    FLAG = "flag"
    DAY = "day"
    TEXTS = "texts"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Field:
    """A sealed field: what sort of value it holds and what people call it."""

    sort: Sort
    label: str


FIELDS: Final[Mapping[int, Mapping[str, Field]]] = MappingProxyType({
    1: MappingProxyType({
        "name": Field(Sort.TEXT, "name"),
        "kind": Field(Sort.TEXT, "kind"),
        "definition": Field(Sort.TEXT, "definition"),
        "formula": Field(Sort.TEXT, "formula"),
        "population": Field(Sort.TEXT, "population"),
        "window": Field(Sort.TEXT, "window"),
        "unit": Field(Sort.TEXT, "unit"),
        "source": Field(Sort.TEXT, "source"),
        "shape": Field(Sort.TEXT, "shape"),
        "direction": Field(Sort.TEXT, "direction"),
        "baseline": Field(Sort.NUMBER, "baseline"),
        "baseline_method": Field(Sort.TEXT, "method of the baseline"),
        "baseline_from": Field(Sort.DAY, "first day of the baseline period"),
        "baseline_to": Field(Sort.DAY, "last day of the baseline period"),
        "baseline_on": Field(Sort.DAY, "baseline day"),
        "baseline_source": Field(Sort.TEXT, "source of the baseline"),
        "target": Field(Sort.NUMBER, "target"),
        "target_percent": Field(Sort.NUMBER, "relative target in percent"),
        "target_on": Field(Sort.DAY, "target date"),
        "lower": Field(Sort.NUMBER, "lower bound"),
        "upper": Field(Sort.NUMBER, "upper bound"),
        "curve": Field(Sort.POINTS, "expected curve"),
        "cadence_days": Field(Sort.COUNT, "days between readings"),
        "stale_after_days": Field(Sort.COUNT, "days until a reading is stale"),
        "settle_days": Field(Sort.COUNT, "days to settle"),
        "amber": Field(Sort.NUMBER, "amber margin"),
        "red": Field(Sort.NUMBER, "red margin"),
        "hysteresis": Field(Sort.NUMBER, "margin for getting better"),
        "confirm_worse": Field(Sort.COUNT, "readings that confirm worse"),
        "warn_margin": Field(Sort.NUMBER, "warn margin"),
        "warn_fraction": Field(Sort.NUMBER, "warn share of the width"),
        "required_compliance": Field(Sort.NUMBER, "required compliance"),
        "judged": Field(Sort.FLAG, "judged by a person"),
        "scale": Field(Sort.TEXTS, "rating scale"),
        "judge": Field(Sort.COUNT, "judge"),
        "primary": Field(Sort.FLAG, "primary"),
        "weight": Field(Sort.NUMBER, "weight"),
        "parent": Field(Sort.TEXT, "parent KPI"),
        "roll_up": Field(Sort.TEXT, "roll-up of its children"),
        "serves": Field(Sort.TEXT, "KPI it serves"),
        "serves_because": Field(Sort.TEXT, "why it serves it"),
    }),
})  # fmt: skip
"""What is sealed, by version of the list. A list in use is never edited: a new one is added."""


def canonical(contract: Contract, version: int = LATEST) -> str:
    """The canonical JSON of a contract, ready for UTF-8.

    RuleError with a pointer to the field: `not_a_number` (NaN, infinite, or a float), `out_of_range` (more than 60
    places), `member_missing` (None where a value must be), `not_a_text` (what UTF-8 cannot hold), `not_a_whole_number`,
    `not_a_date`, `not_true_or_false`; `unknown_seal_version` without one.
    """
    fields = fields_of(version)
    plain: dict[str, Any] = {name: _plain(contract, name, field.sort) for name, field in fields.items()}
    plain[VERSION_KEY] = version
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def seal_of(contract: Contract, version: int = LATEST) -> str:
    """The seal: SHA-256 of the canonical form in UTF-8, 64 lower-case hexadecimal digits. Errors as `canonical`."""
    return digest(canonical(contract, version))


def digest(form: str) -> str:
    """SHA-256 of a canonical form as it was stored."""
    return sha256(form.encode()).hexdigest()


def parse(form: str) -> Contract:
    """The contract that a stored canonical form says; `canonical` of it in the same version gives the form back.

    RuleError with a pointer when the form is not one: `not_an_object`, `member_unknown`, `member_missing`,
    `unknown_seal_version`, `not_canonical`, or what `canonical` refuses.
    """
    try:
        stored = json.loads(form)
    except (ValueError, RecursionError) as refused:
        raise RuleError("not_canonical", "Give the canonical form as it was stored.", "") from refused
    if not isinstance(stored, dict):
        raise RuleError("not_an_object", "Give an object.", "")
    version = stored.pop(VERSION_KEY, None)
    if isinstance(version, bool) or not isinstance(version, int):
        raise _unknown_version(version)
    fields = fields_of(version)
    named = full_row(stored, fields)
    values = {name: _READ[field.sort](named[name], f"/{name}") for name, field in fields.items()}
    try:
        contract = Contract(**values)
    except ValueError as refused:
        raise RuleError("not_a_known_word", "Shape or direction is no word of this version.", "") from refused
    if canonical(contract, version) != form:
        raise RuleError("not_canonical", "The form was altered after it was written.", "")
    return contract


def fields_of(version: int) -> Mapping[str, Field]:
    """The sealed fields of a version of the list, in the order people read them."""
    if version not in FIELDS:
        raise _unknown_version(version)
    return FIELDS[version]


@dataclass(frozen=True, slots=True)
class Change:
    """One sealed field that differs, its old and new value in words."""

    field: str
    label: str
    old: str
    new: str


def changes(old: Contract, new: Contract, version: int = LATEST) -> tuple[Change, ...]:
    """The sealed fields in which two contracts differ in meaning; none exactly when their seals are equal."""
    found = []
    for name, field in fields_of(version).items():
        before, after = (_plain(one, name, field.sort) for one in (old, new))
        if before != after:
            found.append(Change(name, field.label, _said(field.sort, before), _said(field.sort, after)))
    return tuple(found)


def _unknown_version(version: object) -> RuleError:
    known = ", ".join(map(str, FIELDS))
    return RuleError("unknown_seal_version", f"There is no list of sealed fields {version}. Known: {known}.")


def _plain(contract: Contract, name: str, sort: Sort) -> Any:
    value = getattr(contract, name)
    if value is None and name not in _NULLABLE:
        raise RuleError("member_missing", f"Give {name}.", f"/{name}")
    return _WRITE[sort](value, f"/{name}")


_NULLABLE: Final = frozenset(one.name for one in fields_in(Contract) if one.default is None)


# -- writing ---------------------------------------------------------------------------------------------------


def _text(value: object, at: str) -> str | None:
    if not isinstance(value, str):
        raise RuleError("not_a_text", "Give a text.", at)
    clean = normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n").strip())
    try:
        clean.encode()
    except UnicodeEncodeError as refused:
        raise RuleError("not_a_text", "Give a text without broken characters.", at) from refused
    return clean or None


def _number(value: object, at: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise RuleError("not_a_number", "Give an exact decimal number.", at)
    number = Decimal(value)
    if not number.is_finite():
        raise RuleError("not_a_number", "Give a finite number.", at)
    if not number:
        return "0"
    sign, digits, exponent = number.as_tuple()
    kept = len(digits)
    while not digits[kept - 1]:
        kept -= 1
    lowest = int(exponent) + len(digits) - kept
    if number.adjusted() >= MOST_PLACES or lowest < -MOST_PLACES:
        raise RuleError("out_of_range", f"Give at most {MOST_PLACES} digits before and after the point.", at)
    return f"{Decimal((sign, digits[:kept], lowest)):f}"


def _count(value: object, at: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise RuleError("not_a_whole_number", "Give a whole number.", at)
    return value


def _flag(value: object, at: str) -> bool:
    if not isinstance(value, bool):
        raise RuleError("not_true_or_false", "Give true or false.", at)
    return value


def _day(value: object, at: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime) or not isinstance(value, date):
        raise RuleError("not_a_date", "Give a day.", at)
    return value.isoformat()


def _texts(value: object, at: str) -> list[str | None]:
    return [_text(one, f"{at}/{place}") for place, one in enumerate(items(value, at))]


def _points(value: object, at: str) -> list[list[str | None]]:
    return [
        [_number(part, f"{at}/{place}") for part in items(point, f"{at}/{place}", 2)]
        for place, point in enumerate(items(value, at))
    ]


_WRITE: Final[Mapping[Sort, Callable[[object, str], Any]]] = {
    Sort.TEXT: _text,
    Sort.NUMBER: _number,
    Sort.COUNT: _count,
    Sort.FLAG: _flag,
    Sort.DAY: _day,
    Sort.TEXTS: _texts,
    Sort.POINTS: _points,
}


# -- reading back ----------------------------------------------------------------------------------------------


def _read_text(value: object, at: str) -> str:
    return "" if value is None else _text(value, at) or ""


def _read_number(value: object, at: str) -> Decimal | None:
    if value is None:
        return None
    try:
        return Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation as refused:
        raise RuleError("not_a_number", 'Give a number as a string, like "0.25".', at) from refused


def _read_day(value: object, at: str) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError as refused:
        raise RuleError("not_a_date", "Give a day like 2026-03-31.", at) from refused


def _read_texts(value: object, at: str) -> tuple[str, ...]:
    return tuple(_read_text(one, f"{at}/{place}") for place, one in enumerate(items(value, at)))


def _read_points(value: object, at: str) -> tuple[tuple[Decimal | None, ...], ...]:
    return tuple(
        tuple(_read_number(part, f"{at}/{place}") for part in items(point, f"{at}/{place}", 2))
        for place, point in enumerate(items(value, at))
    )


_READ: Final[Mapping[Sort, Callable[[object, str], Any]]] = {
    Sort.TEXT: _read_text,
    Sort.NUMBER: _read_number,
    Sort.COUNT: _count,
    Sort.FLAG: _flag,
    Sort.DAY: _read_day,
    Sort.TEXTS: _read_texts,
    Sort.POINTS: _read_points,
}


# -- saying ----------------------------------------------------------------------------------------------------


def _said(sort: Sort, plain: Any) -> str:
    if plain is None or plain == []:
        return "never recorded"
    if sort is Sort.NUMBER:
        return amount(Decimal(plain))
    if sort is Sort.DAY:
        return day(date.fromisoformat(plain))
    if sort is Sort.FLAG:
        return "yes" if plain else "no"
    if sort is Sort.TEXTS:
        return ", ".join(one or "blank" for one in plain)
    if sort is Sort.POINTS:
        return ", ".join(f"{way} of the way at {time} of the time" for time, way in plain)
    return str(plain)
