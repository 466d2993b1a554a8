"""The world the benches measure in: a database of its own, filled set-based to scale."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, connections


@contextmanager
def own_database() -> Iterator[None]:
    """A fresh PostgreSQL database beside the configured one, dropped at the end. Refuses SQLite: the goals are its."""
    if connection.vendor != "postgresql":
        raise SystemExit("The goals are stated for PostgreSQL: set DATABASE_URL=postgres://user@host/name.")
    given = str(settings.DATABASES["default"]["NAME"])
    own = f"{given}_bench"  # named after it, so that two may be measured on one server
    _run(f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)', f'CREATE DATABASE "{own}"')
    _use(own)
    try:
        yield
    finally:
        _use(given)
        _run(f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)')


def _use(name: str) -> None:
    connections.close_all()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def sql(*statements: str) -> None:
    """Run statements on the bench's database."""
    _run(*statements)
