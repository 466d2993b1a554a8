"""Spend over what was let go: how far, how bad that is, and what would clear it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.finance.release import Room
from domain.kpi_figures import EXACT
from domain.money_words import money_exact

RULE: Final = "over_ceiling"
CAUSE: Final = "Spend over the ceiling"
CLEARS: Final = "A tranche with a higher ceiling is released, or a correction brings spend to the ceiling."
MILD: Final = Decimal("1.10")
HARD: Final = Decimal("1.25")
"""As a pilot's spend against its tranche is judged (R16); a boundary belongs to the milder side."""


@dataclass(frozen=True, slots=True)
class Over:
    """So much `by` is spent over the ceiling. severity 1 to 3; `ratio` of spend to the ceiling, None where that is 0."""

    by: Decimal
    ratio: Decimal | None
    severity: int
    sentence: str


def over(room: Room, currency: str) -> Over | None:
    """None where spend is within the ceiling. What is committed counts where a commitment is asked for, not here."""
    if room.spent <= room.ceiling:
        return None
    gap = EXACT.subtract(room.spent, room.ceiling)
    ratio = EXACT.divide(room.spent, room.ceiling) if room.ceiling else None
    severity = 3 if ratio is None or ratio > HARD else 2 if ratio > MILD else 1
    sentence = (
        f"{money_exact(room.spent, currency)} is spent of a ceiling of {money_exact(room.ceiling, currency)}: "
        f"{money_exact(gap, currency)} more than was let go."
    )
    return Over(gap, ratio, severity, sentence)
