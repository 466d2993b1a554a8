"""How a record is written as JSON: worked out once for a class of shapes, then run for every row.

DRF asks each field of each row where its value is and what becomes of it; a list of fifty spends most of its time
on that. Here the plain values of a row are read in one go, and only those that need it are turned.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter, methodcaller
from typing import Any

from rest_framework import serializers

from core.api.fields import Bool, Day, Display, Exact, Key, Label, Moment, Money, Same, two_places

OfValue = Callable[[Any], Any]
OfRow = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Step:
    """How one field is written: the value at `source` (attributes, dotted), turned by `turn` unless it is None; or what
    `make` makes of the row; or what the shape's own method of that name does; or `same`, alike for all rows."""

    name: str
    source: str = ""
    turn: OfValue | None = None
    make: OfRow | None = None
    method: str = ""
    same: Callable[[], Any] | None = None


# Their values are JSON as they stand in a record.
_AS_IT_STANDS = {
    serializers.IntegerField, serializers.CharField, serializers.EmailField, serializers.BooleanField, Bool, Key,
}  # fmt: skip
# Written by a function of the value alone: where Python has one, that one.
_BY_VALUE: dict[type, Callable[[Any], OfValue]] = {
    Day: lambda _: methodcaller("isoformat"),
    Exact: lambda field: field.write,
    Label: lambda field: field.labels.__getitem__,
    Moment: lambda field: field.to_representation,
    Money: lambda _: two_places,
}


def step(name: str, field: Any, bound: Any) -> Step:
    """The step of a declared field. `bound`: DRF's copy of it on a shape without a caller, for what is not known here."""
    kind = type(field)
    if isinstance(field, Display):
        words = field.words
        return Step(name, make=lambda row: words(row) or None)
    if kind is Same:
        return Step(name, same=field.value)
    if kind is serializers.SerializerMethodField:
        return Step(name, method=field.method_name or f"get_{name}")
    source = field.source or name
    if source != "*" and not ("." in source and field.allow_null):  # a step on the way may be missing
        if stands(field):
            return Step(name, source)
        if kind in _BY_VALUE:
            return Step(name, source, _BY_VALUE[kind](field))
    return Step(name, make=_as_drf_does(bound))


def stands(field: Any) -> bool:
    """Whether the values of a field are JSON as they stand: plain ones, and lists and mappings of such."""
    if type(field) in {serializers.ListField, serializers.DictField}:
        return stands(field.child)
    return type(field) in _AS_IT_STANDS or type(field) is _ANY


_ANY = type(serializers.DictField().child)  # what a mapping of anything says of its values


def _as_drf_does(field: Any) -> OfRow:
    def make(row: Any) -> Any:
        value = field.get_attribute(row)
        return None if value is None else field.to_representation(value)

    return make


def writer(steps: Sequence[Step]) -> OfRow:
    """A function from a row to a dict in the order of `steps`, none of which is a method any more."""
    empty = {one.name: one.same() if one.same else None for one in steps}
    read = [one for one in steps if one.source]
    names = [one.name for one in read]
    values = reader([one.source for one in read])
    turned = [(one.name, one.turn) for one in read if one.turn is not None]
    made = [(one.name, one.make) for one in steps if one.make is not None]

    def write(row: Any) -> dict[str, Any]:
        out = empty.copy()
        out.update(zip(names, values(row), strict=True))
        for name, turn in turned:
            value = out[name]
            if value is not None:
                out[name] = turn(value)
        for name, make in made:
            out[name] = make(row)
        return out

    return write


def reader(sources: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """All of these attributes of a row, in one call."""
    if len(sources) > 1:
        return attrgetter(*sources)
    found = [attrgetter(source) for source in sources]
    return lambda row: tuple(get(row) for get in found)
