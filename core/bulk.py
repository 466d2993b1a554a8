"""Many rows at once: COPY on PostgreSQL, one prepared statement on SQLite. Ids are allotted before the rows are written.

For tables whose rows arrive by the thousand; a handful of rows is quicker and clearer through the ORM.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from psycopg.types.json import Jsonb

# Django's name of a field's type -> PostgreSQL's, as binary COPY wants it said.
_TYPES = {
    "AutoField": "int4",
    "BigAutoField": "int8",
    "BigIntegerField": "int8",
    "BooleanField": "bool",
    "CharField": "varchar",
    "DateField": "date",
    "DateTimeField": "timestamptz",
    "DecimalField": "numeric",
    "ExactDecimalField": "numeric",
    "IntegerField": "int4",
    "JSONField": "jsonb",
    "PositiveBigIntegerField": "int8",
    "PositiveIntegerField": "int4",
    "PositiveSmallIntegerField": "int2",
    "TextField": "text",
}
# Of them, those whose values no database needs otherwise.
_PLAIN = frozenset(
    name for name, said in _TYPES.items() if said in {"int2", "int4", "int8", "varchar", "text", "bool"}
)


def allot_ids(model: type[models.Model], count: int) -> list[int]:
    """`count` new ids of a model, never given to anyone else. Call it in the transaction that inserts the rows."""
    if not count:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return [row[0] for row in cursor.fetchall()]
        # One writer: nobody else can take a number before this transaction ends.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or (0,))[0]
        return list(range(last + 1, last + 1 + count))


def insert_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert `rows`, each with the values of `fields` in order (a foreign key as its id, JSON as Python values).

    Every column without a database default must be named: defaults of the model are not filled in.
    """
    columns: list[Any] = [model._meta.get_field(name) for name in fields]
    names = ", ".join(f'"{column.column}"' for column in columns)
    table = f'"{model._meta.db_table}"'
    if connection.vendor == "postgresql":
        _copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)", columns, rows)
        return
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608  names of our own models
            _prepared(columns, rows),
        )


def insert_objects(objects: Sequence[models.Model]) -> None:
    """Insert unsaved objects of one model, whole, giving each its id. Two statements, however many there are."""
    if not objects:
        return
    model = type(objects[0])
    columns = model._meta.concrete_fields
    for row, pk in zip(objects, allot_ids(model, len(objects)), strict=True):
        row.pk = pk
        row._state.adding, row._state.db = False, connection.alias
    values = [[getattr(row, column.attname) for column in columns] for row in objects]
    insert_rows(model, [column.name for column in columns], values)


def update_rows(model: type[models.Model], fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set `fields` of the rows named by id: each of `rows` is (id, value of each field ...). One statement."""
    if not rows:
        return
    columns: list[Any] = [model._meta.get_field(name) for name in fields]
    table = f'"{model._meta.db_table}"'
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            types = ["int8", *(_TYPES[_kind(column)] for column in columns)]
            marks = ", ".join(f"%s::{name}[]" for name in types)
            names = ", ".join(["id", *(f'"{column.column}"' for column in columns)])
            sets = ", ".join(f'"{column.column}" = v."{column.column}"' for column in columns)
            arrays = [
                [Jsonb(value, dumps=_dumps) for value in values] if kind == "jsonb" else list(values)
                for kind, values in zip(types, zip(*rows, strict=True), strict=True)
            ]
            cursor.execute(
                f"UPDATE {table} t SET {sets} FROM unnest({marks}) AS v ({names}) WHERE t.id = v.id",  # noqa: S608  names of our own models, values are parameters
                arrays,
            )
            return
        sets = ", ".join(f'"{column.column}" = %s' for column in columns)
        cursor.executemany(
            f"UPDATE {table} SET {sets} WHERE id = %s",  # noqa: S608  names of our own models
            [[*row[1:], row[0]] for row in _prepared([model._meta.pk, *columns], rows)],
        )


def put_rows(model: type[models.Model], fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows whose first field is the primary key, or set the others where it is there already. One statement.

    A row that stands as it should is left alone.
    """
    if not rows:
        return
    columns: list[Any] = [model._meta.get_field(name) for name in fields]
    table = f'"{model._meta.db_table}"'
    key, *others = [f'"{column.column}"' for column in columns]
    names = ", ".join([key, *others])
    conflict = (
        f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in others)}"
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            given = [dict(zip([column.column for column in columns], row, strict=True)) for row in rows]
            same = " AND ".join(f"t.{name} IS NOT DISTINCT FROM v.{name}" for name in others)
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{table}, %s) v "  # noqa: S608  names of our own models, values are parameters
                f"WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE t.{key} = v.{key} AND {same}) {conflict}",
                [_dumps(given)],
            )
            return
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))}) {conflict}",  # noqa: S608  names of our own models, values are parameters
            _prepared(columns, rows),
        )


def _copy(statement: str, columns: Sequence[Any], rows: Iterable[Sequence[Any]]) -> None:
    types = [_TYPES[_kind(column)] for column in columns]
    jsons = [place for place, name in enumerate(types) if name == "jsonb"]
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(_with_json(row, jsons) if jsons else row)


def _kind(column: Any) -> str:
    while column.remote_field is not None:
        column = column.target_field
    return str(column.get_internal_type())


def _prepared(columns: Sequence[Any], rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """The rows as SQLite wants them. Whole numbers and texts go as they are."""
    writers = [
        (place, _writer(column)) for place, column in enumerate(columns) if _kind(column) not in _PLAIN
    ]
    out = [list(row) for row in rows]
    for row in out:
        for place, write in writers:
            row[place] = write(row[place])
    return out


def _writer(column: Any) -> Callable[[Any], Any]:
    """How SQLite wants a value of this column; days and moments often repeat."""
    if _kind(column) == "JSONField":
        return lambda value: column.get_db_prep_save(value, connection)
    return lru_cache(maxsize=1_000)(lambda value: column.get_db_prep_save(value, connection))


def _with_json(row: Sequence[Any], places: Sequence[int]) -> list[Any]:
    out = list(row)
    for place in places:
        out[place] = Jsonb(out[place], dumps=_dumps)
    return out


_dumps = partial(json.dumps, cls=DjangoJSONEncoder)
