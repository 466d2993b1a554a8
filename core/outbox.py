"""Side effects owed as rows, claimed with a lease, done at least once and in effect exactly once.

The Celery message is only a nudge: with the broker gone requests succeed and the work waits in the table.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q

from core import clock
from core.lease import LEASE, Lease
from core.lease import LeaseLostError as LeaseLostError
from core.models import Outbox, ProcessedEvent

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 5
BACKOFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
Handler = Callable[[Outbox], None]
LongHandler = Callable[[Outbox, Lease], None]

HANDLERS: dict[str, list[Handler]] = {}
LONG: dict[str, LongHandler] = {}
_quiet = {"until": 0.0}
_loaded: list[bool] = []


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register a function that does the work of one kind; all of a kind run in one transaction."""

    def register(function: Handler) -> Handler:
        HANDLERS.setdefault(kind, []).append(function)
        return function

    return register


def works_long(kind: str) -> Callable[[LongHandler], LongHandler]:
    """Register the one function of a kind that may take minutes.

    It runs outside a transaction, so that nobody waits for it, and its lease is kept fresh. It opens transactions of
    its own and calls `lease.done()` in the last. Killed before that, it is begun again within a minute.
    """

    def register(function: LongHandler) -> LongHandler:
        LONG[kind] = function
        return function

    return register


def announces(kind: str) -> str:
    """Name a kind that is news: rooms above may handle it, and it is done even when none does."""
    HANDLERS.setdefault(kind, [])
    return kind


def owe(
    *, kind: str, payload: dict[str, Any], at: datetime, key: str = "", due_at: datetime | None = None
) -> None:
    """Owe an effect in this transaction; nudge a worker once it is committed.

    With a `key`, the same effect asked for again before anybody began it is owed once. Give a key only where the
    askers hold a lock that the work takes too: otherwise the work may be done between the second asker's look and
    its commit, and would not see what that one wrote.
    """
    row = Outbox(kind=kind, key=key, payload=payload, created_at=at, due_at=due_at or at)
    if key:
        Outbox.objects.bulk_create([row], ignore_conflicts=True)
    else:
        row.save()
    if due_at is None or due_at <= at:
        _nudge_on_commit()


def _nudge_on_commit() -> None:
    """Once a transaction, however much it owes: a seed or an import owes hundreds."""
    if not any(waiting[1] is nudge for waiting in connection.run_on_commit):
        transaction.on_commit(nudge, robust=True)


def nudge() -> None:
    """Tell a worker that something is owed. Never fails the request, and after a failure is quiet for 30 seconds."""
    if time.monotonic() < _quiet["until"]:
        return
    try:
        current_app.send_task("core.tasks.drain_outbox", expires=60)
    except Exception as error:  # the row is the job; beat drains what a lost nudge leaves
        _quiet["until"] = time.monotonic() + 30
        log.warning("outbox nudge not sent: %s", type(error).__name__)


def claim(*, at: datetime, limit: int = 1) -> list[Outbox]:
    """Lease up to `limit` due rows for this worker; attempts are counted and committed before the work."""
    free = Q(done_at=None, dead_at=None, due_at__lte=at) & (Q(leased_until=None) | Q(leased_until__lt=at))
    with transaction.atomic():
        rows = Outbox.objects.filter(free).order_by("due_at", "id")
        if connection.vendor == "postgresql":
            rows = rows.select_for_update(skip_locked=True)
        ids = list(rows.values_list("pk", flat=True)[:limit])
        Outbox.objects.filter(free, pk__in=ids).update(leased_until=at + LEASE, attempts=F("attempts") + 1)
    return list(Outbox.objects.filter(pk__in=ids, leased_until=at + LEASE).order_by("id"))


def drain() -> int:
    """Do what is due. Returns how many rows were worked on. Safe to run side by side.

    One row is claimed at a time: work that kills its worker spends its own attempts and nobody else's.
    """
    if not _loaded:  # every room's `tasks` registers what it handles, whichever process drains
        current_app.loader.import_default_modules()
        _loaded.append(True)
    worked = 0
    while rows := claim(at=clock.now()):
        _work(rows[0])
        worked += 1
    return worked


def _work(row: Outbox) -> None:
    # Claiming counts an attempt, so the count tells whose the row is.
    mine = Outbox.objects.filter(pk=row.pk, attempts=row.attempts, done_at=None, dead_at=None)
    handlers, long = HANDLERS.get(row.kind), LONG.get(row.kind)
    unknown = handlers is None and long is None
    if row.attempts > MAX_ATTEMPTS or unknown:
        why = f"no handler for {row.kind}" if unknown else row.error or "no attempt came to an end"
        mine.update(dead_at=clock.now(), leased_until=None, error=why)
        return
    try:
        if long is not None:
            with Lease(row) as lease:
                long(row, lease)
            mine.update(done_at=clock.now(), leased_until=None, error="")  # where there was nothing to do
            return
        with transaction.atomic():
            for handler in handlers or ():
                handler(row)
            if not mine.update(done_at=clock.now(), leased_until=None, error=""):
                raise LeaseLostError(row.kind)
    except Exception as error:  # any failure is kept on the row, retried later, and visible
        log.exception("outbox %s %s failed", row.pk, row.kind)
        at = clock.now()
        dead = at if row.attempts >= MAX_ATTEMPTS else None
        wait = BACKOFF[min(row.attempts, len(BACKOFF)) - 1]
        mine.update(
            error=f"{type(error).__name__}: {error}"[:2000], due_at=at + wait, leased_until=None, dead_at=dead
        )


def once(event: str, at: datetime) -> bool:
    """True the first time an event id is seen; call it in the transaction of its effect."""
    try:
        with transaction.atomic():
            ProcessedEvent.objects.create(event=event, at=at)
    except IntegrityError:
        return False
    return True
