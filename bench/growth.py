"""What a larger world costs: a full pass at most in proportion, one write and one sweep nothing."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bench import kpi_world
from bench.effort import Took, timed, undisturbed
from bench.readings import ONE, row
from bench.report import Row, growth
from bench.request import pipeline, post
from bench.world import sql
from core import clock
from core.models import Outbox
from kpis.models import Kpi
from kpis.services.evaluate import evaluate_all, evaluate_due
from kpis.services.evaluate import rebuild as judge_anew

ROUNDS = 5
SINGLES = 40
FULL, WRITE, SWEEP = 2.2, 1.2, 1.2  # twice and once, and what two runs of the same work differ by


def grown(scale: float) -> list[Row]:
    """Half the KPIs with ten readings each; all of them; half of them with twenty each."""
    small, more, longer = _measured(scale / 2, 10), _measured(scale, 10), _measured(scale / 2, 20)
    rows = []
    for name, limit in (
        ("all evaluated", FULL),
        ("all judged anew", FULL),
        ("one write", WRITE),
        ("a sweep", SWEEP),
    ):
        rows.append(growth(f"{name}, twice the KPIs; floor: half of them", small[name], more[name], limit))
        rows.append(
            growth(f"{name}, twice the readings; floor: half of them", small[name], longer[name], limit)
        )
    return rows


def _measured(scale: float, readings: int) -> dict[str, Took]:
    taken: dict[str, list[Took]] = {}

    def measured(name: str, work: Callable[[], Any]) -> None:
        timed(taken.setdefault(name, []), work)

    with kpi_world.of(scale, readings):
        at = clock.now()
        today = clock.day_of(at)
        _, secret = pipeline(at)
        evaluate_due(at=at)
        for _ in range(ROUNDS):
            measured(
                "all evaluated", lambda: evaluate_all(at=at, as_of=today + timedelta(days=kpi_world.STALE_IN))
            )
            evaluate_all(at=at, as_of=today)
        for _ in range(2):
            measured("all judged anew", lambda: judge_anew(at=at))
        for kpi in Kpi.objects.order_by("pk").values_list("pk", flat=True)[:SINGLES]:
            body = json.dumps(row(kpi)).encode()
            measured("one write", lambda body=body: post(ONE, body, secret))  # type: ignore[misc]
        for _ in range(SINGLES):
            measured("a sweep", lambda: evaluate_due(at=at))
        Outbox.objects.all().delete()
        sql("SET session_replication_role = replica", "DELETE FROM kpis_measurement WHERE source = 'bench'")
        sql("SET session_replication_role = origin")
        judge_anew(at=at, kpi_ids=list(Kpi.objects.order_by("pk").values_list("pk", flat=True)[:SINGLES]))
    return {name: undisturbed(found) for name, found in taken.items()}


BENCHES = {"growth": grown}
