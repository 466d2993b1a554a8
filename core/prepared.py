"""Queries whose text need not be written each time: writing one costs the ORM more than running it costs the database.

`Prepared` is for a query in which values alone differ (whose token is this?), `read` for the rows of a list, of which the
columns are the same whatever was filtered.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from json import JSONDecoder
from json.scanner import make_scanner
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection, connections
from django.db.models import JSONField, Model, QuerySet
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=Model)
Turns = list[tuple[int, Sequence[Callable[..., Any]], Any]]
MOST_KEPT = 200
_SCAN: Any = make_scanner(JSONDecoder())  # type: ignore[arg-type]


class Prepared:
    """`rows(...)`, a `values_list` that holds its arguments, in their order, and nothing else that varies; called with
    values, its rows as lists.

    Values go to the database as they are given. own: values that the query holds itself, before the others.
    """

    def __init__(self, rows: Callable[..., QuerySet[Any, Any]], own: tuple[Any, ...] = ()) -> None:
        self._rows = rows
        self._own = own

    def __call__(self, *values: Any) -> list[Any]:
        text, turns = _kept((self, connection.alias, connection.vendor), lambda: self._write(values))
        return _run(text, self._own + values, turns, connection.alias)

    def _write(self, values: tuple[Any, ...]) -> tuple[str, Turns]:
        compiler = self._rows(*values).query.get_compiler(connection.alias)
        text, params = compiler.as_sql()
        if tuple(params) != self._own + values:
            raise ValueError(f"A prepared query holds its values alone, in their order, not {params!r}.")
        return text, _turns(compiler)


@dataclass(frozen=True, slots=True)
class _List:
    """The text of a list with its columns, and how its rows become instances."""

    text: str
    turns: Turns
    model: type[Model]
    names: Sequence[str]
    columns: slice
    populators: Sequence[Any]
    beside: list[tuple[str, int]]

    def made(self, row: Sequence[Any], alias: str) -> Any:
        found = self.model.from_db(alias, self.names, row[self.columns])
        for populator in self.populators:
            populator.populate(row, found)
        for name, place in self.beside:
            found.__dict__[name] = row[place]
        return found


def read(rows: QuerySet[M]) -> list[M]:
    """`list(rows)`, in which only what was filtered and ordered by is written as SQL.

    The query is written with its key as the only column; that text (with its lock, where it asks for one) stands for the
    whole one, which is written once.
    An annotation of a model must mean the same whenever it has the same name.
    """
    if not _is_plain(rows):
        return list(rows)
    alias, query = rows.db, rows.query
    try:
        text, params = rows.values_list("pk").query.get_compiler(alias).as_sql()
    except EmptyResultSet:
        return []
    columns = (*sorted(query.deferred_loading[0]), query.deferred_loading[1], repr(query.select_related))
    key = (rows.model, alias, text, *columns, *query.annotation_select)
    known: _List | None = _kept(key, lambda: _write(rows, params))
    if known is None:
        return list(rows)
    return [known.made(row, alias) for row in _run(known.text, params, known.turns, alias)]


def _is_plain(rows: QuerySet[Any]) -> bool:
    query = rows.query
    return (
        rows._iterable_class is ModelIterable
        and not rows._prefetch_related_lookups  # type: ignore[attr-defined]
        and not rows._known_related_objects  # type: ignore[attr-defined]
        and not (query.combinator or query.distinct or query.extra)
    )


def _write(rows: QuerySet[Any], params: Sequence[Any]) -> _List | None:
    """The list with its columns, or None where these hold values themselves, so that one text is not enough."""
    compiler = rows.query.get_compiler(rows.db)
    text, whole = compiler.as_sql()
    select, info = compiler.select or [], compiler.klass_info or {}
    if tuple(whole) != tuple(params) or any(held for _, (_, held), _ in select):
        return None
    first, last = info["select_fields"][0], info["select_fields"][-1] + 1
    return _List(
        text=text,
        turns=_turns(compiler),
        model=info["model"],
        names=[column.target.attname for column, _, _ in select[first:last]],
        columns=slice(first, last),
        populators=get_related_populators(info, select, rows.db),  # type: ignore[call-arg]  # the stubs are of 6.1
        beside=list((compiler.annotation_col_map or {}).items()),
    )


def _turns(compiler: SQLCompiler) -> Turns:
    """What turns a value of the database into one of Python, by its place in the row."""
    columns = [column for column, _, _ in compiler.select or ()]
    found = compiler.get_converters(columns).items()
    return [(place, [_quicker(turn) for turn in turns], column) for place, (turns, column) in found]


def _quicker(turn: Callable[..., Any]) -> Callable[..., Any]:
    """Django asks of each JSON value whether it is part of another; a column is not."""
    field = getattr(turn, "__self__", None)
    return _from_json if type(field) is JSONField and field.decoder is None else turn


def _from_json(value: str | None, *_ignored: Any) -> Any:
    return None if value is None else _SCAN(value, 0)[0]


def _run(text: str, params: Iterable[Any], turns: Turns, alias: str) -> list[Any]:
    link = connections[alias]
    with link.cursor() as cursor:
        cursor.execute(text, tuple(params))
        found: list[Any] = cursor.fetchall()
    if not turns:
        return found
    out = [list(row) for row in found]
    for row in out:
        for place, functions, column in turns:
            for turn in functions:
                row[place] = turn(row[place], column, link)
    return out


class _Texts(threading.local):
    """What was written, the latest last. For each thread, because it has its own connection, which the turns may ask."""

    def __init__(self) -> None:
        self.kept: OrderedDict[Hashable, Any] = OrderedDict()


_TEXTS = _Texts()


def _kept(key: Hashable, write: Callable[[], Any]) -> Any:
    kept = _TEXTS.kept
    if key in kept:
        kept.move_to_end(key)
        return kept[key]
    made = kept[key] = write()
    if len(kept) > MOST_KEPT:
        kept.popitem(last=False)
    return made
