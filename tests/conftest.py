"""Fixtures every test may use: the cast, a frozen clock, a signed-in client, an API client."""

import signal
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase
from django.test.utils import setup_databases, teardown_databases
from hypothesis import HealthCheck, settings
from rest_framework.test import APIClient

from core import clock
from tests.cast import AT, Cast, make_cast
from tests.database import keep_for_the_next, laid_out, put_away

# A runner started in the background ignores Ctrl-C, and so would every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No test asserts a time: on a busy machine a property that holds takes longer, and examples are slower to make.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

TEARDOWN = "_fixture_teardown"  # Django's, without a public name
_teardown: Callable[[TransactionTestCase], None] = getattr(TransactionTestCase, TEARDOWN)


def _emptying(self: TransactionTestCase) -> None:
    """SQLite empties tables with DELETE, which some tables refuse: their triggers rest for that moment."""
    if connection.vendor != "sqlite":
        _teardown(self)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%\\_no\\_delete' ESCAPE '\\'"
        )
        resting = cursor.fetchall()
        for name, _ in resting:
            cursor.execute(f"DROP TRIGGER {name}")
    _teardown(self)
    with connection.cursor() as cursor:
        for _, sql in resting:
            cursor.execute(sql)


setattr(TransactionTestCase, TEARDOWN, _emptying)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: Any,
) -> Iterator[None]:
    """The test database, whichever tests run: left to itself it is made only when a test asks for `db` by name, and
    a file's own world would be built in the database somebody works with."""
    with django_db_blocker.unblock():
        begun = laid_out()
        made = setup_databases(verbosity=0, interactive=False, aliases={"default": None}, keepdb=begun)
        if not begun:
            keep_for_the_next()
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)
        put_away()


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Stops the one clock at AT; call it to move the clock."""

    def stop(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    stop(AT)
    return stop


@pytest.fixture
def cast(db: Any) -> Cast:
    return make_cast()


@pytest.fixture
def signed_in(cast: Cast) -> Callable[[str], Client]:
    """`signed_in("alice")`: a browser client with that person's session."""

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(cast.people[name])
        return client

    return sign_in


@pytest.fixture
def api(cast: Cast) -> Callable[[str], APIClient]:
    """`api("alice")`: an API client signed in by session, CSRF not enforced."""

    def client_for(name: str) -> APIClient:
        client = APIClient()
        client.force_login(cast.people[name])
        return client

    return client_for
