"""Tallies as they are kept, where they hold."""

from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache

from django.db import connection

from portfolio.queries.tally import SHAPE, Tally, from_json, together

Kept = tuple[tuple[int, str], ...]
# Asked by every look at the dashboard, so it is written out: composing it anew takes longer than answering it.
_HOLDING = """
    SELECT t.unit, t.figures FROM portfolio_unittally t WHERE t.unit IN ({units}) AND t.day = %s AND t.shape = %s
    AND NOT EXISTS (SELECT 1 FROM portfolio_unitchange c WHERE c.unit = t.unit) ORDER BY t.unit
"""


def kept(units: Collection[int], day: date) -> Kept:
    """The tallies of these units that hold on a day, as (unit, text): of that day, and nothing changed there since.

    One statement. A change and its mark are committed together, so whoever reads this sees both or neither.
    """
    if not units:
        return ()
    marks = ", ".join(["%s"] * len(units))
    with connection.cursor() as cursor:
        cursor.execute(_HOLDING.format(units=marks), [*units, day, SHAPE])
        return tuple(cursor.fetchall())


@lru_cache(maxsize=16)
def added_up(rows: Kept) -> tuple[Tally, Mapping[int, Tally]]:
    """The tally of them all, and of each by its unit.

    Remembered by what the rows say, not by when they were read: the same rows come to the same, and other rows are
    other words. Whoever is given it leaves it as it is.
    """
    by_unit = {unit: from_json(text) for unit, text in rows}
    return together(by_unit.values()), by_unit
