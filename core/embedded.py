"""Worker and beat as threads of the web process, on Celery's memory broker: the default with nothing configured.

The broker lives in this process only, so commands in other processes leave their work in the outbox and the beat
here picks it up. A worker of the command line would check for root, print a banner and take the signals: none of it
belongs into somebody else's process, so this is the bare worker Celery's own command stands on.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celery import current_app
from celery.beat import Scheduler, Service
from celery.worker import WorkController

log = logging.getLogger(__name__)


@dataclass
class Embedded:
    """The running threads."""

    worker: Any
    beat: Any
    threads: list[threading.Thread]

    def stop(self, *, timeout: float = 8) -> bool:
        """End them: the task at hand is finished. False when it has not been after `timeout` seconds.

        Then the process may be ended all the same: what was begun is leased, and is done again by the next start.
        """
        self.beat.stop()
        ending = _thread("stopping", self.worker.stop)
        for thread in [ending, *self.threads]:
            thread.join(timeout=timeout)
        return not any(thread.is_alive() for thread in [ending, *self.threads])


def start(*, concurrency: int = 2) -> Embedded:
    """Start both and return at once. What beat does every minute or oftener is asked for now, not after its first wait."""
    app = current_app._get_current_object()
    app.conf.update(
        worker_enable_remote_control=False, worker_max_tasks_per_child=None, worker_max_memory_per_child=None,
        task_time_limit=None, task_soft_time_limit=None,
    )  # fmt: skip
    worker = WorkController(
        app=app, pool="threads", concurrency=concurrency, loglevel="WARNING", without_gossip=True,
        without_mingle=True, without_heartbeat=True,
    )  # fmt: skip
    beat = Service(app, scheduler_cls=Scheduler, max_interval=1)
    threads = [_thread("worker", worker.start), _thread("beat", lambda: beat.start(embedded_process=False))]
    for entry in app.conf.beat_schedule.values():
        if isinstance(entry["schedule"], float) and entry["schedule"] <= 60:
            app.send_task(entry["task"], **entry.get("options", {}))
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
