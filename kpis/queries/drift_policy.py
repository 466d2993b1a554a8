"""The thresholds of drift in force on a day, and the number that names them."""

from datetime import date

from core.policies import in_force
from domain.kpi_drift import DEFAULT, Policy

KIND = "kpi_drift"


def policy_on(day: date) -> tuple[Policy, int]:
    """Thresholds and their version number; 0 are the product's defaults."""
    row = in_force(KIND, day)
    return (DEFAULT, 0) if row is None else (Policy.from_json(row.data), row.number)
