"""The proof that stored answers are those of the facts: recomputed from all measurements, and compared."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from kpis.models import Arrival, Kpi
from kpis.queries.past import answers_as_of
from kpis.queries.stand import stored_answer

CHUNK: Final = 5_000  # KPIs whose measurements are read in one sweep over the table
_COMPARED: Final = (
    "status", "reason", "progress", "expected", "shortfall", "forecast", "last_known", "pending", "reading_id",
)  # fmt: skip


def discrepancies(*, as_of: date, ids: range | None = None) -> Iterator[tuple[Kpi, list[str]]]:
    """Each KPI whose stored answer is not the one of its facts on `as_of`, with the names of what differs.

    KPIs with readings that still wait to be folded are left out: they are known to be behind. Reads every measurement;
    `ids` limits it to the KPIs with those ids, so that several workers can share the work (see `shares`).
    """
    waiting = Arrival.objects.values("kpi")
    every = Kpi.objects.filter(current__isnull=False).exclude(pk__in=waiting).order_by("pk")
    last = 0
    if ids is not None:
        every, last = every.filter(pk__lt=ids.stop), ids.start - 1
    while chunk := list(every.filter(pk__gt=last).select_related("current")[:CHUNK]):
        last = chunk[-1].pk
        judged = answers_as_of(chunk, as_of=as_of)
        for kpi in chunk:
            found = judged[kpi.pk]
            if found is None:
                continue
            stored = stored_answer(kpi)
            wrong = [name for name in _COMPARED if getattr(stored, name) != getattr(found.answer, name)]
            if sorted(stored.flags) != sorted(found.flags):
                wrong.append("flags")
            if kpi.declared_status != (found.declared or ""):
                wrong.append("declared_status")
            if wrong:
                yield kpi, wrong


def shares(count: int) -> list[range]:
    """All KPIs' ids in `count` ranges of as many KPIs each."""
    every = Kpi.objects.order_by("pk").values_list("pk", flat=True)
    total = every.count()
    starts = [every[total * part // count] for part in range(count)] if total else []
    return [range(start, stop) for start, stop in zip(starts, [*starts[1:], 2**63 - 1], strict=True)]
