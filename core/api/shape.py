"""Shapes: serializers that only describe. Strict about keys; the fields are in core.api.fields."""

from collections.abc import Container, Iterable, Mapping
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


class Shape(serializers.Serializer[Any]):
    """A flat description. `?fields=a,b` keeps only those; `?expand=owner` nests what `expandable` names.

    A foreign key is written `owner = Key("owner")`: its id, without a query; expanded, the nested shape.
    """

    expandable: ClassVar[dict[str, type["Shape"]]] = {}

    def to_representation(self, instance: Any) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for name, field, nested in self.plan():
            if nested is None:
                value = field.get_attribute(instance)
                out[name] = None if value is None else field.to_representation(value)
            else:
                value = getattr(instance, name)
                out[name] = None if value is None else nested.to_representation(value)
        return out

    def plan(self) -> list[tuple[str, Any, "Shape | None"]]:
        """What to write, worked out once per list; here a wrong `?fields=` or `?expand=` is refused."""
        plan: list[tuple[str, Any, Shape | None]] | None = getattr(self, "_planned", None)
        if plan is None:
            top = self.parent is None or isinstance(self.parent, serializers.ListSerializer)
            wanted, opened = self._asked() if top else (None, frozenset())
            plan = [
                (
                    str(f.field_name),
                    f,
                    self.expandable[str(f.field_name)]() if f.field_name in opened else None,
                )
                for f in self._readable_fields
                if wanted is None or f.field_name in wanted
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
