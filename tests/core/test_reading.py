"""Reading at one moment: what others commit meanwhile is not seen, and nobody waits."""

import threading
from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, connections, transaction

from core.models import Heartbeat
from core.reading import one_moment
from tests.cast import AT

pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(work: Callable[[], object]) -> None:
    """Do it on another connection, and wait until it is committed."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)


def beat(name: str) -> Callable[[], object]:
    return lambda: Heartbeat.objects.create(name=name, at=AT)


def test_what_is_committed_meanwhile_is_seen_afterwards_and_not_before() -> None:
    with one_moment():
        assert Heartbeat.objects.count() == 0
        elsewhere(beat("one"))
        assert Heartbeat.objects.count() == 0
    assert Heartbeat.objects.count() == 1


def test_the_connection_is_as_before_afterwards_even_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), one_moment():
        Heartbeat.objects.get(pk=Heartbeat.objects.count() // 0)
    with transaction.atomic():
        beat("one")()
    assert Heartbeat.objects.count() == 1


def test_nothing_is_written_while_reading() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite would take the write")
    with pytest.raises(DatabaseError), one_moment():
        beat("one")()
    assert Heartbeat.objects.count() == 0


def test_inside_a_transaction_it_changes_nothing() -> None:
    with transaction.atomic():
        beat("one")()
        with one_moment():
            beat("two")()
    assert Heartbeat.objects.count() == 2
