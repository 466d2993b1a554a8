"""One question to every room: bring KPIs, pilots and models to today, or say how they stood on a past day.

A past day is answered from the facts and stored nowhere: what the dashboard shows tomorrow must be tomorrow's.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core import clock
from core.access import Actor
from core.errors import field_error
from exchange.queries.figures import Figures, on, stored
from governance.services import evaluate as models
from kpis.services import evaluate as kpis
from kpis.services.drift import drift_due
from pilots.services import evaluate as pilots


@dataclass(frozen=True, slots=True)
class Evaluated:
    """How everything stands, and how many stored answers changed in saying so."""

    as_of: date
    figures: Figures
    changed: int

    def to_json(self) -> dict[str, Any]:
        return {**self.figures.to_json(), "changed": self.changed}


def evaluate(*, at: datetime, by: Actor, as_of: date | None = None, everything: bool = False) -> Evaluated:
    """Judge what is due today (`everything`: all there is), KPIs first because pilots are judged from them.

    Each room works in chunks of its own transactions, so it can be killed and started again. For a past `as_of`
    nothing is written. Raises Problem 400 for a day in the future.
    """
    today = clock.day_of(at)
    day = as_of or today
    if day > today:
        raise field_error("as_of", f"{day.isoformat()} lies in the future. Give today or an earlier day.")
    if day < today:
        return Evaluated(day, on(day), 0)
    if everything:
        changed = kpis.ask_all(at=at, by=by).changed
        changed += pilots.evaluate_all(at=at, by=by).changed
        changed += models.evaluate_all(at=at, by=by).changed
    else:
        changed = kpis.sweep(at=at, by=by).changed
        changed += drift_due(at=at, by=by, chunks=None).changed
        changed += pilots.evaluate_due(at=at, by=by).changed
        changed += models.evaluate_due(at=at, by=by).changed
    return Evaluated(day, stored(), changed)
