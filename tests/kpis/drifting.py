"""Builders for the tests of drift: monthly readings up to the day of the tests, through the services."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.access import system
from domain.ageing import months_after
from kpis.models import Kpi
from kpis.services.bulk import record_many
from kpis.services.evaluate import fold_arrivals
from portfolio.models import Initiative
from tests.cast import AT, TODAY
from tests.kpis.build import make_kpi

STEADY = (10.0, 10.2, 9.9, 10.1, 9.8, 10.0, 10.2, 9.9)
WORSE = (12.1, 12.4, 12.2, 12.6)
STEPS = (3, -1, 4, 1, -5, 9, -2, 6, 5, -3, 5, 8, -9, 7, -9, 3, 2, -3, 8, 4, -6, 2, -6, 4)
UNLIKE = (6, -2, 5, 1, 3, -4, -1, 4, 2, -5, 3, -2)


def days_of(count: int, last: date = TODAY) -> list[date]:
    """The 20th of each of so many months, the last of them this month's."""
    return [months_after(last.replace(day=20), place + 1 - count) for place in range(count)]


def monthly(kpi: Kpi, values: Sequence[Any], *, last: date = TODAY, at: datetime = AT) -> None:
    """One reading a month, the last this month, recorded at once and folded."""
    rows = [
        {"kpi": kpi.pk, "observed_on": day.isoformat(), "value": str(value), "source_key": f"{kpi.pk} {day}"}
        for day, value in zip(days_of(len(values), last), values, strict=True)
    ]
    done = record_many(rows=rows, atomic=True, by=system(), at=at)
    assert all(one.error is None for one in done)
    fold_arrivals(as_of=at.date(), by=system(), at=at)


def walk(steps: Sequence[int], first: int) -> list[int]:
    """Values whose changes are `steps`."""
    out = [first]
    for step in steps:
        out.append(out[-1] + step)
    return out


def watched(initiative: Initiative, name: str = "Days to decision", **more: Any) -> Kpi:
    """A KPI in force for two years, lower is better, read monthly."""
    early = AT - timedelta(days=800)
    success = {
        "shape": "trajectory", "direction": "lower", "baseline": Decimal(12), "baseline_on": date(2024, 9, 16),
        "target": Decimal(5), "target_on": date(2027, 12, 31), "cadence_days": 30,
    }  # fmt: skip
    return make_kpi(initiative, name, at=early, success={**success, **more.pop("success", {})}, **more)
