"""Shapes: serializers that only describe. Strict about keys; the fields are in core.api.fields."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request

from core.api.fields import Bool as Bool
from core.api.fields import Day as Day
from core.api.fields import Display as Display
from core.api.fields import Exact as Exact
from core.api.fields import Key as Key
from core.api.fields import Label as Label
from core.api.fields import Moment as Moment
from core.api.fields import Money as Money
from core.api.fields import Related as Related
from core.api.fields import Same as Same
from core.api.fields import Text as Text
from core.api.fields import plain as plain
from core.api.writing import OfRow, Step, step, writer
from core.errors import Item, Problem
from core.values import wrong


class Shape(serializers.Serializer[Any]):
    """A flat description. `?fields=a,b` keeps only those; `?expand=owner` nests what `expandable` names.

    A foreign key is written `owner = Key("owner")`: its id, without a query; expanded, the nested shape.

    DRF copies every field for every answer and asks it for every row where its value is; a list of fifty spends most of
    its time on that. Here the way to read and write a field is worked out once for the class, where it can be.
    """

    expandable: ClassVar[dict[str, type["Shape"]]] = {}
    _steps: ClassVar[dict[str, Step]]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        out: dict[str, Any] = self.written()(instance)
        return out

    def written(self) -> OfRow:
        """The function from a record to its JSON, for one and for many; a wrong `?fields=` or `?expand=` is refused here.

        Methods of the shape (`get_...`) are looked up for each answer, because they may ask who calls.
        """
        made: OfRow | None = getattr(self, "_written", None)
        if made is None:
            made = writer([self._bound(one) for one in self._asked()])
            self._written = made
        return made

    def _bound(self, one: Step) -> Step:
        return replace(one, make=getattr(self, one.method)) if one.method else one

    def _asked(self) -> Iterable[Step]:
        steps = self.steps()
        top = self.parent is None or isinstance(self.parent, serializers.ListSerializer)
        request = self.context.get("request") if top else None
        if request is None:
            return steps.values()
        wanted = named(request, "fields", self._declared_fields)
        opened = named(request, "expand", self.expandable)
        chosen = [one for name, one in steps.items() if not wanted or name in wanted]
        return [self._opened(one) if one.name in opened else one for one in chosen]

    def _opened(self, one: Step) -> Step:
        return Step(one.name, one.name, self.expandable[one.name]().written())

    @classmethod
    def steps(cls) -> dict[str, Step]:
        """How each readable field is written."""
        if "_steps" not in cls.__dict__:
            bound = cls().fields
            cls._steps = {
                name: _nested(name, field) or step(name, field, bound[name])
                for name, field in cls._declared_fields.items()
                if not field.write_only
            }
        return cls._steps


def _nested(name: str, field: Any) -> Step | None:
    """The step of a shape within a shape."""
    if not isinstance(field, Shape):
        return None
    return Step(name, str(field.source or name), type(field)().written())


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
