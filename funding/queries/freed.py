"""What a stop freed: money that waited and went back, what waits still, and what was released and never spent."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portfolio.models import FundingTranche, Initiative


@dataclass(frozen=True, slots=True)
class Freed:
    """`returned`: given back from the day of the stop on. `waiting`: approved, neither released nor returned: nobody may spend it.
    `unspent`: released and not spent, to be claimed back. None: the record does not say; 0 is a recorded nothing.
    """

    returned: Decimal | None
    waiting: Decimal | None
    unspent: Decimal | None

    @property
    def total(self) -> Decimal | None:
        """All three; None where one is not known, because a part of it is not what was freed."""
        if self.returned is None or self.waiting is None or self.unspent is None:
            return None
        return self.returned + self.waiting + self.unspent


def freed_by_stop(initiative: Initiative, stopped_on: date, again_on: date | None = None) -> Freed:
    """Of an initiative that was stopped on a day, as its tranches stand now. `again_on`: the day it was taken up again, after which
    nothing waits or is left over because of that stop. One statement.
    """
    rows = list(
        FundingTranche.objects.filter(initiative=initiative).values_list(
            "amount", "released_on", "returned_on"
        )
    )
    if not rows:
        return Freed(None, None, None)
    zero = Decimal(0)
    until = again_on or date.max
    returned = sum((part for part, _, back in rows if back is not None and stopped_on <= back <= until), zero)
    if again_on is not None:
        return Freed(returned, None, None)
    waiting = sum((part for part, out, back in rows if out is None and back is None), zero)
    released = sum((part for part, out, back in rows if out is not None and back is None), zero)
    unspent = None if initiative.spent is None else max(released - initiative.spent, zero)
    return Freed(returned, waiting, unspent)
