"""Reading a JSON document strictly: every refusal names the place (a JSON pointer) and what to write instead."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

from domain.errors import RuleError

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII
)
_LONGEST_NUMBER: Final = 100
_LARGEST_EXPONENT: Final = 400

Word = TypeVar("Word", bound=StrEnum)


class Place(NamedTuple):
    """A value of the document and where it stands."""

    value: object
    pointer: str

    def refuse(self, code: str, message: str) -> RuleError:
        """The error to raise about this place."""
        return RuleError(code, message, self.pointer)


@contextmanager
def inside(place: Place) -> Iterator[None]:
    """A rule asked about `place` points from there: its refusals are raised with the whole way from the document."""
    try:
        yield
    except RuleError as refused:
        raise RuleError(refused.code, refused.message, f"{place.pointer}{refused.pointer or ''}") from refused


def items(place: Place) -> list[Place]:
    """The elements of a list."""
    if not isinstance(place.value, list):
        raise place.refuse("not_a_list", "Give a list.")
    return [Place(value, f"{place.pointer}/{number}") for number, value in enumerate(place.value)]


def members(place: Place, *, required: frozenset[str], optional: frozenset[str]) -> dict[str, Place]:
    """The members of an object; one that is missing or unknown is refused."""
    if not isinstance(place.value, Mapping):
        raise place.refuse("not_an_object", "Give an object.")
    for name in sorted(required):
        if name not in place.value:
            raise place.refuse("member_missing", f"Add “{name}”.")
    found: dict[str, Place] = {}
    for name, value in place.value.items():
        here = Place(value, f"{place.pointer}/{_escaped(str(name))}")
        if name not in required and name not in optional:
            known = ", ".join(sorted(required | optional))
            raise here.refuse("member_unknown", f"Remove it. Known here: {known}.")
        found[name] = here
    return found


def word(place: Place, words: type[Word]) -> Word:
    """One of a closed set of codes."""
    if isinstance(place.value, str):
        for known in words:
            if known.value == place.value:
                return known
    raise place.refuse("not_a_known_word", f"Give one of: {', '.join(words)}.")


def whole(place: Place, *, at_least: int | None = None) -> int:
    """A whole number."""
    if not isinstance(place.value, int) or isinstance(place.value, bool):
        raise place.refuse("not_a_whole_number", "Give a whole number, without quotes or a decimal point.")
    if at_least is not None and place.value < at_least:
        raise place.refuse("too_small", f"Give {at_least} or more.")
    return place.value


def truth(place: Place) -> bool:
    """true or false."""
    if not isinstance(place.value, bool):
        raise place.refuse("not_true_or_false", "Give true or false.")
    return place.value


def text(place: Place) -> str:
    """A text."""
    if not isinstance(place.value, str):
        raise place.refuse("not_a_text", "Give a text.")
    return place.value


def day(place: Place) -> date:
    """A calendar day, written YYYY-MM-DD."""
    if isinstance(place.value, str) and _DAY.fullmatch(place.value):
        try:
            return date.fromisoformat(place.value)
        except ValueError:
            pass
    raise place.refuse("not_a_date", "Give a date as YYYY-MM-DD.")


def moment(place: Place) -> datetime:
    """A moment, UTC unless it says otherwise."""
    if isinstance(place.value, str) and _MOMENT.fullmatch(place.value):
        try:
            found = datetime.fromisoformat(place.value)
        except ValueError:
            pass
        else:
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found
    raise place.refuse("not_a_moment", "Give a date and time in UTC as YYYY-MM-DD HH:MM:SS.")


def number(place: Place) -> Decimal:
    """A finite number, exactly as written."""
    found = number_or_nan(place)
    if not found.is_finite():
        raise place.refuse("not_a_number", "Give a number, in quotes or not.")
    return found


def numbers(place: Place) -> list[Decimal]:
    """A list of finite numbers."""
    return [number(one) for one in items(place)]


def number_or_nan(place: Place) -> Decimal:
    """A number exactly as written; NaN for a text, an infinity or a NaN that is no finite number.

    A binary float is refused: it is no longer the number that was written.
    """
    value = place.value
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float | str):
        raise place.refuse("not_a_number", "Give a number, in quotes or not.")
    if isinstance(value, float):
        if value - value != 0:  # NaN or an infinity, which JSON readers give as float
            return Decimal("NaN")
        raise place.refuse("binary_float", "Read as a binary float. Give the number in quotes.")
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            return Decimal("NaN")
        if len(value) > _LONGEST_NUMBER:
            raise place.refuse("number_too_long", f"Give at most {_LONGEST_NUMBER} characters.")
    found = Decimal(value)
    if found.is_finite() and (
        abs(found.adjusted()) > _LARGEST_EXPONENT or len(found.as_tuple().digits) > _LONGEST_NUMBER
    ):
        raise place.refuse("number_too_long", f"Give at most {_LONGEST_NUMBER} digits.")
    return found


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
