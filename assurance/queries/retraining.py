"""Retraining rules as they are asked, and until when each rests."""

from datetime import date

from assurance.models import RetrainingRule
from domain.retraining import Direction, Equality, Rule, Unit, rests_until


def rule_of(row: RetrainingRule) -> Rule:
    """The rule as it is asked."""
    return Rule(
        direction=Direction(row.direction), amount=row.amount, unit=Unit(row.unit), equality=Equality(row.equality),
        minimum_sample=row.minimum_sample, cooldown_days=row.cooldown_days, window_days=row.window_days,
    )  # fmt: skip


def resting_until(row: RetrainingRule) -> date | None:
    """The first day on which a rule may raise again, where it has raised."""
    return rests_until(rule_of(row), row.last_raised_on)
