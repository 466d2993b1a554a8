"""Shapes: serializers that only describe. Strict about keys; the fields are in core.api.fields."""

from collections.abc import Callable, Container, Iterable, Mapping
from copy import deepcopy
from operator import attrgetter
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request

from core.api.fields import Bool as Bool
from core.api.fields import Day as Day
from core.api.fields import Display as Display
from core.api.fields import Exact as Exact
from core.api.fields import Key as Key
from core.api.fields import Moment as Moment
from core.api.fields import Money as Money
from core.api.fields import Related as Related
from core.api.fields import Text as Text
from core.api.fields import plain as plain
from core.errors import Item, Problem
from core.values import wrong

Step = tuple[str, Callable[[Any], Any], Callable[[Any], Any] | None]
# Their values are JSON as they stand in a record.
_AS_IT_STANDS = (
    serializers.IntegerField,
    serializers.CharField,
    serializers.BooleanField,
    Bool,
    serializers.DictField,
    Key,
)
# Written by a function of the value alone.
_BY_VALUE = (Money, Exact, Day, Moment)


def _shared(name: str, field: Any) -> Step | None:
    """The step of a field that needs neither the caller nor DRF's copy of it, the same for every list; else None."""
    if type(field) is Display:
        return name, lambda row: field.words(row) or None, None
    source = name if field.source is None else str(field.source)
    if "." in source or source == "*":
        return None
    if type(field) in _AS_IT_STANDS:
        return name, attrgetter(source), None
    return (name, attrgetter(source), field.to_representation) if type(field) in _BY_VALUE else None


class Shape(serializers.Serializer[Any]):
    """A flat description. `?fields=a,b` keeps only those; `?expand=owner` nests what `expandable` names.

    A foreign key is written `owner = Key("owner")`: its id, without a query; expanded, the nested shape.

    DRF copies every field for every answer and asks it for every row where its value is; a list of fifty spends most of
    its time on that. Here the way to read and write a field is worked out once for the class, where it can be.
    """

    expandable: ClassVar[dict[str, type["Shape"]]] = {}
    _steps: ClassVar[dict[str, Step | None]]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for name, read, write in self.plan():
            value = read(instance)
            out[name] = value if value is None or write is None else write(value)
        return out

    def plan(self) -> list[Step]:
        """How to write each field, worked out once per list; here a wrong `?fields=` or `?expand=` is refused."""
        plan: list[Step] | None = getattr(self, "_planned", None)
        if plan is None:
            top = self.parent is None or isinstance(self.parent, serializers.ListSerializer)
            wanted, opened = self._asked() if top else (None, frozenset())
            names = (
                self._readable() if wanted is None else [name for name in self._readable() if name in wanted]
            )
            plan = [self._opened(name) if name in opened else self._step(name) for name in names]
            self._planned = plan
        return plan

    def _readable(self) -> list[str]:
        return [name for name, field in self._declared_fields.items() if not field.write_only]

    def _opened(self, name: str) -> Step:
        return name, attrgetter(name), self.expandable[name]().to_representation

    def _step(self, name: str) -> Step:
        kind = type(self)
        if "_steps" not in kind.__dict__:
            kind._steps = {each: _shared(each, field) for each, field in kind._declared_fields.items()}
        shared = kind._steps[name]
        if shared is not None:
            return shared
        field = deepcopy(self._declared_fields[name])
        field.bind(name, self)
        return name, field.get_attribute, field.to_representation

    def _asked(self) -> tuple[frozenset[str] | None, frozenset[str]]:
        request = self.context.get("request")
        if request is None:
            return None, frozenset()
        wanted = named(request, "fields", self._declared_fields)
        return wanted or None, named(request, "expand", self.expandable)


def named(request: Request, param: str, known: Container[str]) -> frozenset[str]:
    """The names in `?fields=` or `?expand=`. One that is not known is a Problem 400."""
    found = frozenset(part.strip() for part in request.query_params.get(param, "").split(",") if part.strip())
    for name in sorted(found):
        if name not in known:
            words = ", ".join(known) if isinstance(known, Iterable) else ""
            raise wrong(param, f"{name[:40]!r} cannot be given here. Known: {words or 'none'}.")
    return found


def check_keys(form: serializers.BaseSerializer[Any], data: Mapping[str, Any]) -> None:
    """Refuse keys the shape does not take: unknown and read-only ones are errors, never ignored."""
    fields = form.fields  # type: ignore[attr-defined]
    bad = [key for key in data if key not in fields or fields[key].read_only]
    if bad:
        known = ", ".join(n for n, f in fields.items() if not f.read_only)
        items = tuple(
            Item(f"/{key[:80]}", "field_not_writable", f"Not writable here. Writable: {known}.")
            for key in bad
        )
        raise Problem(400, "field_not_writable", f"{bad[0][:80]} cannot be written here.", items)
