"""The PostgreSQL connection notices a server that went away, asks a silent one nothing, and reads moments exactly."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.backends.postgresql import base

pytestmark = [
    pytest.mark.race,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server"),
]


@pytest.fixture
def other(transactional_db: None) -> Iterator[psycopg.Connection[Any]]:
    """A second connection to the same database."""
    connection.ensure_connection()
    with psycopg.connect(**{**connection.get_connection_params(), "autocommit": True}) as link:
        yield link


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of the server by Django's own check."""
    seen: list[str] = []
    check = base.DatabaseWrapper.is_usable

    def noted(self: base.DatabaseWrapper) -> bool:
        seen.append("asked")
        return bool(check(self))

    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", noted)
    return seen


def test_a_silent_server_is_not_asked(other: Any, asked: list[str]) -> None:
    assert connection.is_usable()
    assert asked == []


def test_a_server_that_hung_up_is_noticed(other: Any, asked: list[str]) -> None:
    pid = connection.connection.info.backend_pid
    other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert not connection.is_usable()
    assert asked == ["asked"]
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    assert connection.is_usable()


def test_a_server_that_only_said_something_is_asked_and_kept(other: Any, asked: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("LISTEN somebody")
    other.execute("NOTIFY somebody")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.05)")
    assert connection.is_usable()


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 24, 14, 20, 0, 1, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC),
        datetime(2200, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
)  # fmt: skip
def test_a_moment_comes_back_as_it_was_stored_and_in_utc(transactional_db: None, moment: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [moment])
        (found,) = cursor.fetchone()
    assert found == moment
    assert found.utcoffset() == timedelta(0)
    assert found.tzinfo is UTC
