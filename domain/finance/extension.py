"""What a longer pilot costs: what waiting loses, and what running it spends meanwhile. Two figures of one price."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.kpi_figures import EXACT

LENGTHS: Final = (30, 60, 90)
_NOTHING, _MONTHS, _DAYS = Decimal(0), Decimal(12), Decimal(365)


@dataclass(frozen=True, slots=True)
class Extension:
    """`delay`: the cost of delay over the days, None where no case says it. `running`: spent meanwhile, None where nobody
    recorded what it spends."""

    days: int
    delay: Decimal | None
    running: Decimal | None

    @property
    def total(self) -> Decimal | None:
        """Both; None where one is not known, because half a price is not a price."""
        if self.delay is None or self.running is None:
            return None
        return EXACT.add(self.delay, self.running)


def priced(
    delay_a_month: Decimal | None,
    *,
    spent: Decimal | None,
    over_days: int,
    lengths: Sequence[int] = LENGTHS,
) -> tuple[Extension, ...]:
    """The price of each length. `spent` in the last `over_days` days goes on at the same pace; years have 365 days.

    A delay that costs less than nothing, of a case that loses in its last year, counts as 0: it pays for no longer pilot.
    """
    waits = None if delay_a_month is None else EXACT.multiply(max(delay_a_month, _NOTHING), _MONTHS)
    a_day = None if waits is None else EXACT.divide(waits, _DAYS)
    pace = None if spent is None else EXACT.divide(spent, Decimal(over_days))
    return tuple(
        Extension(
            days,
            None if a_day is None else EXACT.multiply(a_day, Decimal(days)),
            None if pace is None else EXACT.multiply(pace, Decimal(days)),
        )
        for days in lengths
    )
