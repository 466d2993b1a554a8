"""A check-in: readings of several KPIs written in one go, all of them or none, each refusal at its own row."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from core.access import Actor
from core.errors import Item, Problem
from kpis.models import Kpi
from kpis.services.measure import Provenance, record_measurement
from portfolio.services.locks import lock_initiatives


class Said(NamedTuple):
    """One reading of a check-in."""

    kpi_id: int
    observed_on: date
    value: Decimal
    note: str = ""


def record_together(
    *, readings: Sequence[Said], source: str, source_key: str, by: Actor, at: datetime
) -> int:
    """Record them all, or none. The key names the check-in within its source, so that it is heard once.

    Raises Problem with an item for each reading that is refused, at `/<KPI's id>/<field>`; its status is theirs where
    they agree, else 400.
    """
    problems: list[tuple[int, Problem]] = []
    with transaction.atomic():
        work = Kpi.objects.filter(pk__in=[said.kpi_id for said in readings]).order_by()
        lock_initiatives(work.values_list("initiative_id", flat=True))
        for said in readings:
            try:
                with transaction.atomic():
                    record_measurement(
                        kpi_id=said.kpi_id, observed_on=said.observed_on, value=said.value, by=by, at=at,
                        provenance=Provenance(source, source_key, said.note),
                    )  # fmt: skip
            except Problem as problem:
                problems.append((said.kpi_id, problem))
        if problems:
            raise _together(problems)
    return len(readings)


def _together(problems: Sequence[tuple[int, Problem]]) -> Problem:
    items = [
        Item(f"/{kpi_id}{item.pointer}", item.code, item.detail)
        for kpi_id, problem in problems
        for item in problem.items or (Item("/value", problem.code, problem.detail),)
    ]
    statuses = {problem.status for _, problem in problems}
    one = problems[0][1]
    code = one.code if len(problems) == 1 else "rows_refused"
    return Problem(statuses.pop() if len(statuses) == 1 else 400, code, one.detail, tuple(items))
