"""Reading a stored policy row strictly: versioned thresholds as JSON, every refusal with the place it is about."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.errors import RuleError


def row(value: object, names: Iterable[str], at: str = "") -> Mapping[str, Any]:
    """An object with no other keys than `names`."""
    if not isinstance(value, Mapping):
        raise RuleError("not_an_object", "Give an object.", at)
    known = tuple(names)
    for key in value:
        if key not in known:
            raise RuleError("member_unknown", f"Remove {key}. Known here: {', '.join(known)}.", f"{at}/{key}")
    return value


def full_row(value: object, names: Iterable[str], at: str = "") -> Mapping[str, Any]:
    """An object with exactly the keys `names`."""
    known = tuple(names)
    found = row(value, known, at)
    for name in known:
        if name not in found:
            raise RuleError("member_missing", f"Add {name}.", f"{at}/{name}")
    return found


def items(value: object, at: str, count: int | None = None) -> list[Any]:
    """A list, of `count` elements where that is given."""
    if not isinstance(value, list | tuple) or (count is not None and len(value) != count):
        raise RuleError("not_a_list", "Give a list." if count is None else f"Give a list of {count}.", at)
    return list(value)


def whole(value: object, at: str) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise RuleError("not_a_whole_number", "Give a whole number.", at)
    return value


def number(value: object, at: str) -> Decimal:
    """A finite decimal number, written as a string so that no reader rounds it."""
    if not isinstance(value, bool) and isinstance(value, str | int | Decimal):
        try:
            found = Decimal(value)
        except InvalidOperation:
            found = Decimal("NaN")
        if found.is_finite():
            return found
    raise RuleError("not_a_number", 'Give a number as a string, like "0.25".', at)


def text(value: object, at: str) -> str:
    """A text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise RuleError("not_a_text", "Give a text.", at)
    return value


def within(value: int | Decimal, least: int, most: int, at: str) -> None:
    """Refuse a number outside least..most."""
    if not least <= value <= most:
        raise RuleError("out_of_range", f"Give a number between {least} and {most}.", at)
