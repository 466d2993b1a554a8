"""A worker's hold on one row of the outbox that takes long: kept fresh while the work goes on, given up when it dies."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType

from django.db import DatabaseError, connection
from django.db.models import QuerySet

from core import clock
from core.models import Outbox

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=45)
FRESHEN_SECONDS = 15.0
PULSE_SECONDS = 2.0


class LeaseLostError(Exception):
    """Somebody else took the row meanwhile: what was done here is rolled back, so that it is done once."""


class Lease:
    """`with Lease(row) as lease:` freshens the hold from a thread of its own; `lease.done()` ends it for good.

    A row is somebody's by its count of attempts: claiming it counts one more, so whoever is late knows it.
    """

    def __init__(self, row: Outbox) -> None:
        self._pk, self._attempt = row.pk, row.attempts
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._pulse: Callable[[], None] | None = None

    def mine(self) -> QuerySet[Outbox]:
        return Outbox.objects.filter(pk=self._pk, attempts=self._attempt, done_at=None, dead_at=None)

    def each(self, pulse: Callable[[], None]) -> None:
        """Call `pulse` every two seconds from the thread, for progress others can see.

        Only where several connections write side by side: SQLite's one writer may be the work itself.
        """
        if connection.features.has_select_for_update_skip_locked:
            self._pulse = pulse

    def done(self) -> None:
        """Call it in the last transaction of the work, so that effect and mark are one. Raises LeaseLostError."""
        self._stop()
        if not self.mine().update(done_at=clock.now(), leased_until=None, error=""):
            raise LeaseLostError(str(self._pk))

    def __enter__(self) -> "Lease":
        self._thread = threading.Thread(target=self._freshen, name=f"lease-{self._pk}", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _freshen(self) -> None:
        waited = 0.0
        while not self._ended.wait(PULSE_SECONDS):
            waited += PULSE_SECONDS
            try:
                if waited >= FRESHEN_SECONDS:
                    waited = 0.0
                    self.mine().update(leased_until=clock.now() + LEASE)
                if self._pulse is not None:
                    self._pulse()
            except DatabaseError as error:  # the next turn tries again; the lease is long enough for two
                log.warning("lease %s not freshened: %s", self._pk, type(error).__name__)
            finally:
                connection.close()
