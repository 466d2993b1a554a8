"""The matrix of risk tiers and the clocks of incidents in force on a day, each with the number that names it."""

from datetime import date

from core.policies import in_force
from domain import incident_clocks, risk_tier

TIER_KIND = "model_risk_tier"
CLOCK_KIND = "incident_clocks"


def tier_policy_on(day: date) -> tuple[risk_tier.Policy, int]:
    """The matrix and its version number; 0 is the product's default."""
    row = in_force(TIER_KIND, day)
    return (risk_tier.DEFAULT, 0) if row is None else (risk_tier.Policy.from_json(row.data), row.number)


def clock_policy_on(day: date) -> tuple[incident_clocks.Policy, int]:
    """The clocks and their version number; 0 are the product's defaults."""
    row = in_force(CLOCK_KIND, day)
    return (
        (incident_clocks.DEFAULT, 0)
        if row is None
        else (incident_clocks.Policy.from_json(row.data), row.number)
    )
