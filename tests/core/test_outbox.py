"""Work owed: leased, counted, retried, dead after five, and done once."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import connection, transaction

from core import clock, outbox
from core.lease import LEASE
from core.models import Outbox, ProcessedEvent
from core.outbox import MAX_ATTEMPTS, claim, drain, once, owe
from tests.cast import AT, Cast

KIND = "test.effect"


@pytest.fixture
def done(monkeypatch: Any) -> list[int]:
    """Rows worked on, in order."""
    worked: list[int] = []
    monkeypatch.setitem(outbox.HANDLERS, KIND, [lambda row: worked.append(row.pk)])
    return worked


def fails(_: Outbox) -> None:
    raise ValueError("the other side is down")


def test_what_is_owed_is_done_once(db: Any, frozen: Any, done: list[int]) -> None:
    owe(kind=KIND, payload={"a": 1}, at=AT)
    assert drain() == 1
    assert drain() == 0
    row = Outbox.objects.get()
    assert (done, row.done_at, row.attempts, row.leased_until) == ([row.pk], AT, 1, None)


def test_an_effect_is_owed_only_if_the_change_is_kept(db: Any, frozen: Any) -> None:
    with transaction.atomic():
        owe(kind=KIND, payload={}, at=AT)
        transaction.set_rollback(True)
    assert not Outbox.objects.exists()


def test_the_same_effect_asked_for_twice_before_anybody_began_is_owed_once(
    db: Any, frozen: Any, done: list[int]
) -> None:
    for _ in range(3):
        owe(kind=KIND, payload={}, at=AT, key="k")
    owe(kind=KIND, payload={}, at=AT, key="other")
    assert drain() == 2
    owe(kind=KIND, payload={}, at=AT, key="k")
    assert drain() == 1


def test_asked_for_while_it_is_at_work_it_is_owed_again(db: Any, frozen: Any, monkeypatch: Any) -> None:
    seen = []

    def handler(row: Outbox) -> None:
        seen.append(row.pk)
        if len(seen) == 1:
            owe(kind=KIND, payload={}, at=AT, key="k")

    monkeypatch.setitem(outbox.HANDLERS, KIND, [handler])
    owe(kind=KIND, payload={}, at=AT, key="k")
    drain()
    drain()
    assert len(seen) == 2, "the worker may have read the facts before the second asker wrote theirs"


def test_a_lease_keeps_others_away_until_it_runs_out(db: Any) -> None:
    owe(kind=KIND, payload={}, at=AT)
    [first] = claim(at=AT)
    assert claim(at=AT + LEASE) == []
    [second] = claim(at=AT + LEASE + timedelta(seconds=1))
    assert (first.pk, first.attempts, second.attempts) == (second.pk, 1, 2)


def test_attempts_are_counted_before_the_work(db: Any, monkeypatch: Any, frozen: Any) -> None:
    counted = []
    monkeypatch.setitem(
        outbox.HANDLERS, KIND, [lambda row: counted.append(Outbox.objects.get(pk=row.pk).attempts)]
    )
    owe(kind=KIND, payload={}, at=AT)
    drain()
    assert counted == [1]


def test_failing_work_is_retried_later_and_later_and_then_dead_and_visible(
    db: Any, frozen: Any, monkeypatch: Any
) -> None:
    monkeypatch.setitem(outbox.HANDLERS, KIND, [fails])
    owe(kind=KIND, payload={}, at=AT)
    owe(kind="test.good", payload={}, at=AT)
    monkeypatch.setitem(outbox.HANDLERS, "test.good", [])
    now = AT
    waits = []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        drain()
        row = Outbox.objects.get(kind=KIND)
        assert (row.attempts, row.error) == (attempt, "ValueError: the other side is down")
        waits.append(row.due_at - now)
        now = row.due_at
        frozen(now)
    assert waits == sorted(waits)
    assert row.dead_at is not None
    assert drain() == 0
    assert Outbox.objects.get(kind="test.good").done_at, "a poison row does not stop the queue"


def test_a_worker_killed_five_times_in_the_middle_leaves_a_dead_row_not_a_loop(
    db: Any, frozen: Any, done: list[int]
) -> None:
    owe(kind=KIND, payload={}, at=AT)
    now = AT
    for _ in range(MAX_ATTEMPTS):
        assert claim(at=now)  # and killed here
        now += LEASE + timedelta(seconds=1)
    frozen(now)
    drain()
    row = Outbox.objects.get()
    assert (done, row.error) == ([], "no attempt came to an end")
    assert row.dead_at == now


def test_work_that_kills_its_worker_spends_nobody_elses_attempts(
    db: Any, frozen: Any, done: list[int]
) -> None:
    owe(kind="poison", payload={}, at=AT)
    for number in range(3):
        owe(kind=KIND, payload={"n": number}, at=AT)
    now = AT
    for _ in range(MAX_ATTEMPTS):
        [poison] = claim(at=now)  # and killed here
        assert poison.kind == "poison"
        now += LEASE + timedelta(seconds=1)
    frozen(now)
    drain()
    assert len(done) == 3


def test_a_failed_effect_leaves_nothing_half_done(db: Any, frozen: Any, monkeypatch: Any) -> None:
    def half(_: Outbox) -> None:
        ProcessedEvent.objects.create(event="half", at=AT)
        raise ValueError

    monkeypatch.setitem(outbox.HANDLERS, KIND, [half])
    owe(kind=KIND, payload={}, at=AT)
    drain()
    assert not ProcessedEvent.objects.exists()


def test_who_lost_the_lease_takes_the_effect_back(db: Any, frozen: Any, monkeypatch: Any) -> None:
    """A worker so slow that another took over must not do the effect a second time."""

    def slow(row: Outbox) -> None:
        ProcessedEvent.objects.create(event="slow", at=AT)
        Outbox.objects.filter(pk=row.pk).update(leased_until=AT + timedelta(hours=1), attempts=2)

    monkeypatch.setitem(outbox.HANDLERS, KIND, [slow])
    owe(kind=KIND, payload={}, at=AT)
    drain()
    assert not ProcessedEvent.objects.exists()


def test_news_may_have_no_listener_and_work_may_not(db: Any, frozen: Any) -> None:
    owe(kind="person.reactivated", payload={"user_id": 0}, at=AT)
    owe(kind="nobody.knows", payload={}, at=AT)
    drain()
    assert Outbox.objects.get(kind="person.reactivated").done_at
    lost = Outbox.objects.get(kind="nobody.knows")
    assert (lost.dead_at, lost.error) == (AT, "no handler for nobody.knows")


def test_every_listener_of_a_kind_hears_it_or_none_does(db: Any, frozen: Any, monkeypatch: Any) -> None:
    heard: list[str] = []
    monkeypatch.setitem(
        outbox.HANDLERS, KIND, [lambda _: heard.append("a"), fails, lambda _: heard.append("b")]
    )
    owe(kind=KIND, payload={}, at=AT)
    drain()
    assert heard == ["a"]
    assert Outbox.objects.get().done_at is None


def test_what_is_due_later_waits(db: Any, frozen: Any, done: list[int]) -> None:
    owe(kind=KIND, payload={}, at=AT, due_at=AT + timedelta(minutes=5))
    assert drain() == 0
    frozen(AT + timedelta(minutes=5))
    assert drain() == 1


def test_without_a_broker_the_request_succeeds_and_the_work_waits(
    cast: Cast, monkeypatch: Any, api: Any, django_capture_on_commit_callbacks: Any
) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(current_app, "send_task", gone)
    monkeypatch.setitem(outbox._quiet, "until", 0.0)
    with django_capture_on_commit_callbacks(execute=True) as nudges:
        answer = api("adam").post(f"/api/v1/users/{cast.vera.pk}/deactivate/")
    assert nudges
    assert answer.status_code == 200
    assert Outbox.objects.filter(done_at=None).count() == 1


def test_an_event_is_taken_once(db: Any) -> None:
    assert [once("webhook-7", AT), once("webhook-7", AT)] == [True, False]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_do_each_row_once(monkeypatch: Any) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer; the lease is tested above")
    counts: dict[int, int] = {}
    lock = threading.Lock()

    def handler(row: Outbox) -> None:
        with lock:
            counts[row.pk] = counts.get(row.pk, 0) + 1

    monkeypatch.setitem(outbox.HANDLERS, KIND, [handler])
    at: datetime = clock.now()
    Outbox.objects.bulk_create(Outbox(kind=KIND, payload={}, created_at=at, due_at=at) for _ in range(200))
    start = threading.Barrier(4)

    def work() -> None:
        start.wait(10)
        drain()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(counts.values()) == [1] * 200
    assert Outbox.objects.filter(done_at=None).count() == 0
    assert set(Outbox.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_askers_side_by_side_owe_an_effect_once() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    start = threading.Barrier(8)
    at = clock.now()

    def ask() -> None:
        start.wait(10)
        with transaction.atomic():
            owe(kind=KIND, payload={}, at=at, key="k")
        connection.close()

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(30)
    assert Outbox.objects.count() == 1
