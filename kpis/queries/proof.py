"""The proof that stored answers are those of the facts: recomputed from all measurements, and compared."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from kpis.models import Arrival, Kpi
from kpis.queries.past import answers_as_of
from kpis.queries.stand import stored_answer

CHUNK: Final = 500


def discrepancies(*, as_of: date) -> Iterator[tuple[Kpi, list[str]]]:
    """Each KPI whose stored answer is not the one of its facts on `as_of`, with the names of what differs.

    KPIs with readings that still wait to be folded are left out: they are known to be behind. Reads every measurement.
    """
    waiting = Arrival.objects.values("kpi")
    every = Kpi.objects.filter(current__isnull=False).exclude(pk__in=waiting).order_by("pk")
    last = 0
    while chunk := list(every.filter(pk__gt=last).select_related("current")[:CHUNK]):
        last = chunk[-1].pk
        judged = answers_as_of(chunk, as_of=as_of)
        for kpi in chunk:
            found = judged[kpi.pk]
            if found is None:
                continue
            stored = stored_answer(kpi)
            names = (
                "status",
                "reason",
                "progress",
                "expected",
                "shortfall",
                "forecast",
                "last_known",
                "pending",
            )
            wrong = [
                name
                for name in (*names, "reading_id")
                if getattr(stored, name) != getattr(found.answer, name)
            ]
            if sorted(stored.flags) != sorted(found.flags):
                wrong.append("flags")
            if kpi.declared_status != (found.declared or ""):
                wrong.append("declared_status")
            if wrong:
                yield kpi, wrong
