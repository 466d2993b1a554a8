"""Many ids in one query: those a many-to-many relation leads to, read with the rows; and those to look among."""

import json
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler


class _Ids(models.Field):  # type: ignore[type-arg]  # generic in the type stubs alone
    """A list of ids as each database gives it: an array, or JSON."""

    def from_db_value(self, value: Any, *_ignored: Any) -> list[int]:
        return json.loads(value) if isinstance(value, str) else value or []


class LinkedIds(models.Expression):
    """`annotate(objective_ids=LinkedIds(Initiative.objectives))`: the ids on the far side, lowest first.

    For rows of the model that declares the relation. A prefetch would read the far rows whole, in a statement of its
    own, to say no more.
    """

    def __init__(self, relation: Any) -> None:
        super().__init__(output_field=_Ids())
        self.relation = relation

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[()]]:
        field, name = self.relation.field, connection.ops.quote_name
        through, near, far = (name(text) for text in _columns(field))
        outer = f"{name(str(compiler.query.get_initial_alias()))}.{name(str(field.model._meta.pk.column))}"
        found = f"SELECT {far} AS id FROM {through} WHERE {near} = {outer} ORDER BY {far}"  # noqa: S608  names of our own models
        if connection.vendor == "postgresql":
            return f"ARRAY({found})", ()
        return f"(SELECT json_group_array(id) FROM ({found}))", ()  # noqa: S608  names of our own models, values are parameters


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
