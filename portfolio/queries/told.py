"""Tallies as they are kept, where they hold; and counted from the records, where they do not."""

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef

from portfolio.models import UnitChange, UnitTally
from portfolio.queries.tally import SHAPE, Tally, from_json


def kept(units: Collection[int], day: date) -> dict[int, Tally]:
    """The tallies of these units that hold on a day: of that day, and nothing changed in the unit since. One statement.

    A change and its mark are committed together, so whoever reads this sees both or neither.
    """
    if not units:
        return {}
    changed = UnitChange.objects.filter(unit=OuterRef("unit"))
    rows = UnitTally.objects.filter(~Exists(changed), unit__in=units, day=day, shape=SHAPE).order_by()
    return {unit: from_json(figures) for unit, figures in rows.values_list("unit", "figures")}
