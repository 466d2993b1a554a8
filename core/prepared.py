"""Queries whose text never changes: the ORM writes each once, afterwards only its value differs.

For what every request asks (whose token is this?): there, writing the query costs more than running it.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection as default
from django.db.models import QuerySet

Converters = dict[int, tuple[Iterable[Callable[..., Any]], Any]]


class Prepared:
    """`rows(value)`, a `values_list` that holds `value` once and nothing else that varies; called, its rows as lists.

    `value` goes to the database as it is given. Written once for each thread, because a thread has its own connection.
    """

    def __init__(self, rows: Callable[[Any], QuerySet[Any, Any]]) -> None:
        self._rows = rows
        self._written = threading.local()

    def __call__(self, value: Any) -> list[list[Any]]:
        text, converters = self._text(value)
        with default.cursor() as cursor:
            cursor.execute(text, (value,))
            found = [list(row) for row in cursor.fetchall()]
        for row in found:
            for place, (turns, expression) in converters.items():
                for turn in turns:
                    row[place] = turn(row[place], expression, default)
        return found

    def _text(self, value: Any) -> tuple[str, Converters]:
        alias, vendor = default.alias, default.vendor
        written: dict[tuple[str, str], tuple[str, Converters]] = self._written.__dict__
        known = written.get((alias, vendor))
        if known is None:
            compiler = self._rows(value).query.get_compiler(alias)
            text, params = compiler.as_sql()
            if tuple(params) != (value,):
                raise ValueError(f"A prepared query holds its value alone, not {params!r}.")
            columns = [column for column, _, _ in compiler.select or ()]
            known = written[alias, vendor] = (text, compiler.get_converters(columns))
        return known
