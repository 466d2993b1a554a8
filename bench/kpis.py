"""A hundred thousand KPIs: evaluating all of them, and what is due."""

from datetime import timedelta

from bench import kpi_world
from bench.effort import Took, timed, undisturbed
from bench.floors import latest_values
from bench.report import Row, cost
from core import clock
from core.models import Outbox
from kpis.models import Kpi
from kpis.services.evaluate import evaluate_all, evaluate_due

ROUNDS = 9


def evaluate(scale: float) -> list[Row]:
    """All KPIs, one in a hundred changed, beside the bare statement that reads each KPI's latest value; and the sweep."""
    with kpi_world.of(scale, 100):
        rows = _evaluate("100 readings each", 0.3)
    with kpi_world.of(scale, 10):
        return rows + _evaluate("10 readings each", 1.0)


def _evaluate(world: str, at_most: float) -> list[Row]:
    """*All*: one in a hundred becomes stale: its answer, the ledger, the roll-up of its initiative and the audit events
    are written, and the sentences of its flag are owed to a worker. *Due*: one in a hundred has come to the end of its
    stretch of days because a planned reading arrives; it is looked up and written, and its status stays. (Were the same
    answers to change in both, the sweep would write what the whole pass writes, and nothing would be compared.)
    """
    at = clock.now()
    today = clock.day_of(at)
    alls: list[Took] = []
    dues: list[Took] = []
    floors: list[Took] = []
    for _ in range(ROUNDS):
        due = timed(dues, lambda: evaluate_due(at=at, as_of=today + timedelta(days=kpi_world.ARRIVES_IN)))
        timed(floors, latest_values)
        every = timed(alls, lambda: evaluate_all(at=at, as_of=today + timedelta(days=kpi_world.STALE_IN)))
        _require_a_hundredth(due.changed, every.changed)
        evaluate_all(at=at, as_of=today)
        Outbox.objects.all().delete()
    whole, sweep, floor = (undisturbed(taken) for taken in (alls, dues, floors))
    return [
        cost(f"evaluate all, 1 % changed, {world}; floor: bare LATERAL", whole, floor, at_most),
        cost(f"evaluate what is due, 1 %, {world}; floor: evaluate all", sweep, whole, 0.05),
    ]


def _require_a_hundredth(*changed: int) -> None:
    """A bench that changes nothing would be quick. In a small world one in a hundred is not to be had to the row."""
    count = Kpi.objects.count()
    if count >= 10_000 and not all(0.8 <= found / count * 100 <= 1.2 for found in changed):
        raise RuntimeError(f"changed {changed} of {count} KPIs, not one in a hundred")


BENCHES = {"evaluate": evaluate}
