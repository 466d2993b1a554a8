"""The readings of a KPI as a series: those that may speak, in date order, one a day."""

from collections.abc import Iterable
from datetime import date, datetime

from domain.errors import RuleError
from domain.kpi_rows import Reading, hear, history, one_a_day
from domain.series import finite


def usable(
    readings: Iterable[Reading], *, start: date, as_of: date, known_at: datetime | None = None
) -> list[Reading]:
    """The rows that may speak from `start` to `as_of`, as far as known at `known_at`: the series a statistic is of."""
    rows = list(readings)
    heard = hear(history(rows), start=start.toordinal(), today=as_of.toordinal(), known_at=known_at)
    return [rows[place] for place in heard.now]


def in_order(readings: Iterable[Reading], as_of: date) -> list[Reading]:
    """The readings in date order, one a day. RuleError for one without a finite number, or later than `as_of`."""
    given = list(readings)
    for place, one in enumerate(given):
        if one.value is None:
            raise RuleError("not_a_number", "Give readings that hold a number.", f"/readings/{place}/value")
        finite(one.value, f"/readings/{place}/value")
        if one.observed_on > as_of:
            raise RuleError(
                "reading_is_later",
                f"Leave out readings after {as_of.isoformat()}.",
                f"/readings/{place}/observed_on",
            )
    return one_a_day(given)[0]
