"""Many ids in one query: those a many-to-many relation leads to, read with the rows; and those to look among."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

from core.access import Actor, scope
from core.roles import Action


class _Ids(models.Field):  # type: ignore[type-arg]  # generic in the type stubs alone
    """A list of ids as each database gives it: an array, or JSON."""

    def from_db_value(self, value: Any, *_ignored: Any) -> list[int]:
        return json.loads(value) if isinstance(value, str) else value or []


class LinkedIds(models.Expression):
    """`annotate(objective_ids=LinkedIds(Initiative.objectives))`: the ids on the far side, lowest first.

    For rows of the model that declares the relation. A prefetch would read the far rows whole, in a statement of its
    own, to say no more. `among`: rows of the far side, where only those of them are told.
    """

    def __init__(self, relation: Any, among: models.QuerySet[Any] | None = None) -> None:
        super().__init__(output_field=_Ids())
        self.relation, self.among = relation, among

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        field, name = self.relation.field, connection.ops.quote_name
        through, near, far = (name(text) for text in _columns(field))
        outer = f"{name(str(compiler.query.get_initial_alias()))}.{name(str(field.model._meta.pk.column))}"
        told, params = "", ()
        if self.among is not None:
            ids = self.among.order_by().values("pk").query
            inner, params = ids.get_compiler(connection=connection).as_sql()
            told = f" AND {far} IN ({inner})"
        found = f"SELECT {far} AS id FROM {through} WHERE {near} = {outer}{told} ORDER BY {far}"  # noqa: S608  names of our own models
        if connection.vendor == "postgresql":
            return f"ARRAY({found})", params
        return f"(SELECT json_group_array(id) FROM ({found}))", params  # noqa: S608  names of our own models, values are parameters


def seen_ids(relation: Any, by: Actor) -> LinkedIds:
    """The ids on the far side that the actor may see: nobody is told what lies out of their sight."""
    far = relation.field.related_model
    seen = scope(by, Action.VIEW, far)
    return LinkedIds(relation, among=far._default_manager.filter(seen) if seen else None)


def with_unseen(row: models.Model, name: str, given: Sequence[Any], by: Actor) -> list[Any]:
    """What is linked now, and what was linked out of the actor's sight: nobody unlinks what they do not see."""
    far: Any = row._meta.get_field(name).related_model
    seen = far._default_manager.filter(scope(by, Action.VIEW, far)).order_by()
    return [*given, *getattr(row, name).exclude(pk__in=seen.values("pk"))]


def _columns(field: Any) -> tuple[str, str, str]:
    return field.m2m_db_table(), field.m2m_column_name(), field.m2m_reverse_name()


@models.IntegerField.register_lookup
class Among(models.Lookup):
    """`filter(subject_id__among=[1, 2, 3])`: as `in`, but the ids are one value, so that the text is always the same."""

    lookup_name = "among"

    def get_prep_lookup(self) -> Any:
        return [int(one) for one in self.rhs]

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        left, params = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{left} = ANY(%s)", (*params, self.rhs)
        return f"{left} IN (SELECT value FROM json_each(%s))", (*params, json.dumps(self.rhs))  # noqa: S608  names of our own models, values are parameters
