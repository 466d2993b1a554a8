"""What a piece of work took: by the clock, and of processor time, here and in the database's own process.

On a machine with other work the clock tells little; processor time is then the better witness of a ratio.
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds by the clock, and of processor time; None where the database runs elsewhere."""

    seconds: float
    cpu: float | None = None


def timed(taken: list[Took], work: Callable[[], T], *, link: Any = None) -> T:
    """Do the work, garbage collection apart, and add to `taken` what it took. `link`: the connection it works on."""
    gc.collect()
    start, cpu = time.perf_counter(), processor(link)
    out = work()
    seconds, after = time.perf_counter() - start, processor(link)
    taken.append(Took(seconds, None if cpu is None or after is None else after - cpu))
    return out


def undisturbed(taken: Sequence[Took]) -> Took:
    """The median of the quicker half, floor and product alike: the machine may have other work, and the first turn is cold."""
    cpus = [took.cpu for took in taken if took.cpu is not None]
    return Took(_quicker(took.seconds for took in taken), _quicker(cpus) if cpus else None)


def least(taken: Sequence[Took]) -> Took:
    """The quickest, where there are few."""
    cpus = [took.cpu for took in taken if took.cpu is not None]
    return Took(min(took.seconds for took in taken), min(cpus) if cpus else None)


def processor(link: Any = None) -> float | None:
    """Processor seconds of this process, and of the database's that serves `link` (Django's connection when None)."""
    if connection.vendor != "postgresql":
        return time.process_time()
    served = link or connection.connection
    backend = Path(f"/proc/{served.info.backend_pid}") if served is not None else None
    if backend is None or not backend.exists() or b"postgres" not in (backend / "cmdline").read_bytes():
        return None
    return time.process_time() + int((backend / "schedstat").read_text().split()[0]) / 1e9


def _quicker(found: Iterable[float]) -> float:
    ordered = sorted(found)
    return statistics.median(ordered[: (len(ordered) + 1) // 2])
