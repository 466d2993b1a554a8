"""Work that takes long: outside a transaction, under a lease kept fresh, done once."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from core import clock, lease, outbox
from core.lease import Lease, LeaseLostError
from core.models import Outbox
from tests.cast import AT

KIND = "test.long"


def long_work(monkeypatch: Any, work: Any) -> None:
    monkeypatch.setitem(outbox.LONG, KIND, work)


@pytest.mark.django_db(transaction=True)
def test_long_work_runs_outside_a_transaction_and_is_done_with_its_effect(
    frozen: Any, monkeypatch: Any
) -> None:
    seen = []

    def work(row: Outbox, held: Lease) -> None:
        seen.append(connection.in_atomic_block)
        with transaction.atomic():
            held.done()

    long_work(monkeypatch, work)
    outbox.owe(kind=KIND, payload={}, at=AT)
    assert (outbox.drain(), outbox.drain()) == (1, 0)
    row = Outbox.objects.get()
    assert (seen, row.done_at, row.attempts, row.leased_until) == ([False], AT, 1, None)


def test_work_that_found_nothing_to_do_is_done_too(db: Any, frozen: Any, monkeypatch: Any) -> None:
    long_work(monkeypatch, lambda *_: None)
    outbox.owe(kind=KIND, payload={}, at=AT)
    assert (outbox.drain(), outbox.drain()) == (1, 0)
    assert Outbox.objects.get().done_at == AT


def test_a_failure_is_kept_and_tried_again_later(db: Any, frozen: Any, monkeypatch: Any) -> None:
    def work(row: Outbox, held: Lease) -> None:
        raise ValueError("the disk is full")

    long_work(monkeypatch, work)
    outbox.owe(kind=KIND, payload={}, at=AT)
    outbox.drain()
    row = Outbox.objects.get()
    assert (row.error, row.done_at, row.leased_until) == ("ValueError: the disk is full", None, None)
    assert row.due_at > AT
    for again in range(1, 6):
        frozen(AT + timedelta(hours=again))
        outbox.drain()
    assert Outbox.objects.get().dead_at is not None


def test_whoever_comes_late_knows_it_and_what_it_did_is_taken_back(
    db: Any, frozen: Any, monkeypatch: Any
) -> None:
    def work(row: Outbox, held: Lease) -> None:
        # The lease ran out, and another worker claimed the row.
        Outbox.objects.filter(pk=row.pk).update(attempts=2)
        with transaction.atomic():
            Outbox.objects.create(kind="test.effect", created_at=AT, due_at=AT + timedelta(days=1))
            held.done()

    long_work(monkeypatch, work)
    outbox.owe(kind=KIND, payload={}, at=AT)
    outbox.drain()
    row = Outbox.objects.get()
    assert (row.kind, row.done_at, row.attempts, row.error) == (KIND, None, 2, "")


def test_a_lease_that_was_lost_says_so(db: Any) -> None:
    row = Outbox.objects.create(kind=KIND, created_at=AT, due_at=AT, attempts=1)
    held = Lease(row)
    row.done_at = AT
    row.save(update_fields=["done_at"])
    with pytest.raises(LeaseLostError):
        held.done()


@pytest.mark.django_db(transaction=True)
def test_the_lease_is_kept_fresh_while_the_work_goes_on(monkeypatch: Any) -> None:
    monkeypatch.setattr(lease, "PULSE_SECONDS", 0.02)
    monkeypatch.setattr(lease, "FRESHEN_SECONDS", 0.02)
    row = Outbox.objects.create(kind=KIND, created_at=AT, due_at=AT, attempts=1, leased_until=clock.now())
    pulses: list[int] = []
    with Lease(row) as held:
        held.each(lambda: pulses.append(1))
        end = time.monotonic() + 10
        while time.monotonic() < end:
            row.refresh_from_db()
            if row.leased_until and row.leased_until > clock.now() + timedelta(seconds=30):
                break
            time.sleep(0.02)
        held.done()
    row.refresh_from_db()
    assert row.done_at is not None
    # Progress shows where several may write at once.
    assert bool(pulses) == (connection.vendor == "postgresql")
