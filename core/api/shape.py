"""Shapes: serializers that only describe. Strict about keys; the fields are in core.api.fields."""

from collections.abc import Callable, Container, Iterable, Mapping
from operator import attrgetter
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request

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
    serializers.DictField,
    Key,
)


def _step(name: str, field: Any) -> Step:
    """How to read and write one field of a record: a plain attribute is read as such, anything else by the field.

    DRF asks each field of each row how to find its value; a list of fifty spends half its time on that.
    """
    source = str(field.source)
    plain_attribute = source != "*" and "." not in source
    read = attrgetter(source) if plain_attribute else field.get_attribute
    return name, read, None if type(field) in _AS_IT_STANDS and plain_attribute else field.to_representation


class Shape(serializers.Serializer[Any]):
    """A flat description. `?fields=a,b` keeps only those; `?expand=owner` nests what `expandable` names.

    A foreign key is written `owner = Key("owner")`: its id, without a query; expanded, the nested shape.
    """

    expandable: ClassVar[dict[str, type["Shape"]]] = {}

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
            plan = [
                (name, attrgetter(name), self.expandable[name]().to_representation)
                if name in opened
                else _step(name, f)
                for name, f in ((str(f.field_name), f) for f in self._readable_fields)
                if wanted is None or name in wanted
            ]
            self._planned = plan
        return plan

    def _asked(self) -> tuple[frozenset[str] | None, frozenset[str]]:
        request = self.context.get("request")
        if request is None:
            return None, frozenset()
        wanted = named(request, "fields", self.fields)
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
