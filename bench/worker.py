"""`python -m bench.worker`: a worker process of its own. Says it is ready, waits for a line, works, says how much memory it took."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from importlib import import_module
from time import perf_counter
from typing import Any
from urllib.parse import quote

import django
from django.conf import settings

from bench.effort import Took


def together(works: Sequence[Sequence[str]]) -> tuple[Took, int]:
    """What these workers, begun at once, took until the last was done; and the most memory one of them took, MiB."""
    given: dict[str, Any] = dict(settings.DATABASES["default"])
    address = f"{given['HOST']}:{given['PORT'] or 5432}/{quote(str(given['NAME']))}"
    url = f"postgres://{quote(str(given['USER']))}:{quote(str(given['PASSWORD']))}@{address}"
    environment = {**os.environ, "DATABASE_URL": url}
    with ExitStack() as stack:
        workers = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "bench.worker", *work],
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for work in works
        ]
        for worker in workers:
            _heard(worker)
        start = perf_counter()
        for worker in workers:
            print(file=worker.stdin, flush=True)
        told = [_heard(worker) for worker in workers]
        seconds = perf_counter() - start
        cpus = [worker["cpu"] for worker in told]
        cpu = None if None in cpus else sum(cpus)
        return Took(seconds, cpu), max(worker["mib"] for worker in told)


def _heard(worker: "subprocess.Popen[str]") -> dict[str, Any]:
    line = worker.stdout.readline() if worker.stdout else ""
    if not line:
        raise RuntimeError("A worker ended before its work.")
    found: dict[str, Any] = json.loads(line)
    return found


def _fold() -> None:
    """Fold what is owed, beside whoever does the same."""
    clock, access = import_module("core.clock"), import_module("core.access")
    at = clock.now()
    import_module("kpis.services.evaluate").fold_arrivals(as_of=clock.day_of(at), by=access.system(), at=at)


def _prove(start: str, stop: str) -> None:
    """Hold the stored answers of these KPIs against their facts."""
    day = import_module("core.clock").today()
    found = list(import_module("kpis.queries").discrepancies(as_of=day, ids=range(int(start), int(stop))))
    if found:
        raise RuntimeError(f"{len(found)} stored answers are not those of their facts")


def main(work: str, *words: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DJANGO_ENV", "test")
    django.setup()
    import_module("django.db").connection.ensure_connection()
    processor = import_module("bench.effort").processor
    print(json.dumps({"ready": True}), flush=True)
    sys.stdin.readline()
    before = processor()
    {"fold": _fold, "prove": _prove}[work](*words)  # type: ignore[operator]
    after = processor()
    cpu = None if before is None or after is None else after - before
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"mib": mib, "cpu": cpu}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
