"""Worker and beat as threads of the web process, on Celery's memory broker: the default with nothing configured.

The broker lives in this process only, so commands in other processes leave their work in the outbox and the beat
here picks it up.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celery import current_app
from celery.beat import Scheduler, Service

log = logging.getLogger(__name__)


@dataclass
class Embedded:
    """The running threads; `stop()` ends them within a few seconds."""

    worker: Any
    beat: Any
    threads: list[threading.Thread]

    def stop(self) -> None:
        self.beat.stop()
        self.worker.stop()
        for thread in self.threads:
            thread.join(timeout=5)


def start(*, concurrency: int = 2) -> Embedded:
    """Start both and return at once. Signals are skipped off the main thread, which is what is wanted here."""
    app = current_app._get_current_object()
    app.conf.update(
        worker_redirect_stdouts=False, worker_hijack_root_logger=False, worker_enable_remote_control=False,
        worker_max_tasks_per_child=None, worker_max_memory_per_child=None,
        task_time_limit=None, task_soft_time_limit=None,
    )  # fmt: skip
    worker = app.Worker(
        pool="threads", concurrency=concurrency, loglevel="WARNING", without_gossip=True, without_mingle=True,
        without_heartbeat=True, quiet=True,
    )  # fmt: skip
    beat = Service(app, scheduler_cls=Scheduler, max_interval=5)
    threads = [_thread("worker", worker.start), _thread("beat", lambda: beat.start(embedded_process=False))]
    return Embedded(worker, beat, threads)


def _thread(name: str, run: Callable[[], object]) -> threading.Thread:
    def guarded() -> None:
        try:
            run()
        except Exception:  # a thread that dies in silence would leave work waiting unseen
            log.exception("the embedded %s stopped", name)

    thread = threading.Thread(target=guarded, name=f"throughline-{name}", daemon=True)
    thread.start()
    return thread
