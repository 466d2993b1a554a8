"""Feedback that waits for its first answer: from when that is late, how late, and until when the answer to that holds."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

WITHIN: Final = 5
"""Days to the first answer; a boundary belongs to the milder side."""
LONG: Final = 15
RULE: Final = "feedback_waits"
CAUSE: Final = "Feedback not answered"
CLEARS: Final = "Answer it: the first answer is what counts."


@dataclass(frozen=True, slots=True)
class Waits:
    """Late since a day; severity 1, and 2 from more than 15 days on."""

    severity: int
    since: date


def waits(oldest: date | None, as_of: date) -> Waits | None:
    """From the day of the oldest feedback without an answer; None where there is none, or it is not late yet."""
    if oldest is None or (as_of - oldest).days <= WITHIN:
        return None
    return Waits(2 if (as_of - oldest).days > LONG else 1, oldest + timedelta(days=WITHIN + 1))


def holds_until(oldest: date | None, as_of: date) -> date | None:
    """The last day on which `waits` answers as on `as_of`; None: for ever, while nobody answers or writes."""
    if oldest is None:
        return None
    ends = (oldest + timedelta(days=WITHIN), oldest + timedelta(days=LONG))
    return next((day for day in ends if day >= as_of), None)
