"""What publishing hands on: one KPI whose stored answer is not the one of the day."""

from datetime import date
from typing import NamedTuple


class Change(NamedTuple):
    """What the stored answer was (`was_until`: its last day), and what it is."""

    kpi_id: int
    initiative_id: int
    version_id: int
    primary: bool
    was: str
    was_reason: str
    was_until: date | None
    status: str
    reason: str
    since: date
    valid_from: date
    measurement_id: int | None
