"""Everything from all measurements: the proof that the store is sound, and the judging anew after a change of policy."""

from bench import kpi_world
from bench.effort import Took, least, timed
from bench.floors import copy_out
from bench.report import Row, cost
from bench.worker import together
from bench.world import sql
from core.models import Outbox
from kpis.models import Arrival, Kpi
from kpis.queries.proof import shares
from kpis.services.evaluate import owe_refold

ROUNDS = 2


def rebuild(scale: float) -> list[Row]:
    """On one worker and on two, beside COPY ... TO of the measurements; and the memory of a worker at two sizes."""
    with kpi_world.of(scale, 10):
        small = max(_prove(1, []), _anew(1, "0.12", []), _anew(1, "0.10", []))
    floors: list[Took] = []
    taken: dict[tuple[str, int], list[Took]] = {}
    big = 0
    with kpi_world.of(scale, 100):
        for _ in range(ROUNDS):
            timed(floors, copy_out)
            for workers, amber in ((1, "0.12"), (2, "0.10")):
                big = max(big, _prove(workers, taken.setdefault(("proof", workers), [])))
                big = max(big, _anew(workers, amber, taken.setdefault(("policy", workers), [])))
        changed = Kpi.objects.filter(status="at_risk").count()
        floor = least(floors)
    rows = []
    for work, words in (("proof", "proof of all answers"), ("policy", "all judged anew, another policy")):
        one, two = least(taken[work, 1]), least(taken[work, 2])
        rows.append(cost(f"{words}, one worker; floor: COPY TO", one, floor, 6))
        rows.append(cost(f"{words}, two workers; floor: COPY TO", two, floor, 3.3))
        rows.append(cost(f"{words}, two workers; floor: one", two, one, 0.7))
    memory = f"memory of a worker, {big} MiB at 100 readings each, {small} MiB at 10 ({changed} at risk)"
    return [*rows, Row(memory, 0, 0, big / small, "<= 1.15x", big <= 1.15 * small)]


def _prove(workers: int, taken: list[Took]) -> int:
    """All stored answers against all measurements. The memory of the largest worker, MiB."""
    took, memory = together([("prove", str(ids.start), str(ids.stop)) for ids in shares(workers)])
    taken.append(took)
    return memory


def _anew(workers: int, amber: str, taken: list[Took]) -> int:
    """Another tolerance for every KPI, and all judged by it. The memory of the largest worker, MiB."""
    sql(f"UPDATE kpis_kpiversion SET amber = {amber}", "VACUUM kpis_kpiversion", "CHECKPOINT")
    owe_refold(Kpi.objects.values_list("pk", flat=True).iterator())
    took, memory = together([("fold",)] * workers)
    if Arrival.objects.exists():
        raise RuntimeError("not everything was folded")
    Outbox.objects.all().delete()
    taken.append(took)
    return memory


BENCHES = {"rebuild": rebuild}
