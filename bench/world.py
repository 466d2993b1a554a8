"""The worlds the benches measure in: databases of their own, filled set by set to scale, dropped at the end."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.models import Model

GIVEN = str(settings.DATABASES["default"]["NAME"])
# By process, so that two runs never meet.
NAME = f"throughline_bench_{os.getpid()}"
EMPTY = f"{NAME}_empty"
_made: list[str] = []


@contextmanager
def own_database() -> Iterator[None]:
    """A fresh database beside the configured one, dropped at the end. SQLite: a file beside the configured one."""
    if connection.vendor != "postgresql":
        with _own_file():
            yield
        return
    try:
        _make(EMPTY, like="template1")
        with _in(EMPTY):
            call_command("migrate", verbosity=0, interactive=False)
        _make(NAME, like=EMPTY)
        with _in(NAME):
            yield
    finally:
        for name in _made:
            _run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def another(key: str, fill: Callable[[], None]) -> Iterator[None]:
    """A world with another filling: made by the first bench that asks for it, kept for the next."""
    name = f"{NAME}_{key}"
    with _in(GIVEN):
        if name not in _made:
            _make(name, like=EMPTY)
    with _in(name):
        fill()
        yield


@contextmanager
def _own_file() -> Iterator[None]:
    file = Path(GIVEN).with_name(f"{NAME}.sqlite3")
    try:
        with _in(str(file)):
            call_command("migrate", verbosity=0, interactive=False)
            yield
    finally:
        for end in ("", "-wal", "-shm"):
            Path(f"{file}{end}").unlink(missing_ok=True)


@contextmanager
def _in(name: str) -> Iterator[None]:
    before = str(connection.settings_dict["NAME"])
    _use(name)
    try:
        yield
    finally:
        _use(before)


def _use(name: str) -> None:
    connections.close_all()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _make(name: str, *, like: str) -> None:
    """A copy of a database nobody is connected to."""
    _made.append(name)
    _run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}" TEMPLATE "{like}"')


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def sql(*statements: str) -> None:
    """Run statements on the bench's database."""
    _run(*statements)


def like(row: Model, said: str, source: str) -> None:
    """More rows like this one, set-based, and the row itself gone again.

    `said` gives the columns that differ as `'name', value` pairs, over what `source` selects. So a column that is added
    to a model later needs no word here: the row has its default.
    """
    table = row._meta.db_table
    sql(
        f"""
        INSERT INTO {table} SELECT made.* FROM {table} r, {source}, LATERAL jsonb_populate_record(r, jsonb_build_object(
            'id', nextval(pg_get_serial_sequence('{table}', 'id')), {said})) made WHERE r.id = {row.pk}
        """,
        "SET session_replication_role = replica",  # what stands may not be deleted; this was only the pattern
        f"DELETE FROM {table} WHERE id = {row.pk}",
        "SET session_replication_role = origin",
    )
