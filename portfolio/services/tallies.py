"""Tallies of what the dashboard counts: marked out of date by every writer, counted again by the sweep.

A writer adds a row that names the unit, in the transaction of the change, and waits for nobody. Whoever counts reads
the marks first and then the records, and takes away the marks that it read and no others. So a change that commits
while somebody counts leaves its mark, and until the mark is gone readers count the records of that unit themselves:
what a tally says is never older than what its rows say.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from core import clock
from core.locks import try_hold
from core.models import BusinessUnit
from core.reading import one_moment
from portfolio.models import Initiative, UnitChange, UnitTally
from portfolio.models.tallies import NO_UNIT
from portfolio.queries import counting
from portfolio.queries.tally import SHAPE, Tally

LOCK = "unit tallies"
PART = 5_000


@dataclass(frozen=True, slots=True)
class Counted:
    """How many units were counted anew."""

    changed: int


def touch(units: Iterable[int | None]) -> None:
    """Say that something counted changes in these units; None stands for flags of no unit.

    Called in the transaction of the change, by whoever writes what `portfolio.queries.counting` reads.
    """
    named = {NO_UNIT if unit is None else unit for unit in units}
    if named:
        UnitChange.objects.bulk_create([UnitChange(unit=unit) for unit in sorted(named)])


def touch_units_of(initiatives: Iterable[int] | None) -> None:
    """The same for the units of these initiatives, or of all. The caller holds the initiatives."""
    rows = Initiative.objects.all() if initiatives is None else Initiative.objects.filter(pk__in=initiatives)
    touch(rows.order_by().values_list("unit_id", flat=True).distinct())


def refresh(*, at: datetime) -> Counted:
    """Count again every unit that changed, or was not counted today. Safe to run twice, late, or beside another.

    One at a time: a second finds nothing left to do, so it does not wait.
    """
    with transaction.atomic():
        if not try_hold(LOCK):
            return Counted(0)
        day = clock.day_of(at)
        marks = list(UnitChange.objects.order_by("pk").values_list("pk", "unit"))
        units = _all_units()
        fresh = UnitTally.objects.filter(day=day, shape=SHAPE).order_by().values_list("unit", flat=True)
        due = (units - set(fresh)) | ({unit for _, unit in marks} & units)
        _store(due, day)
        _forget([pk for pk, _ in marks])
        return Counted(len(due))


def unlike_the_records(*, at: datetime) -> list[int]:
    """Units whose tally is taken for good and is not what the records say; NO_UNIT stands for flags of none.

    For the proof that the store is sound; none, unless somebody wrote past the services.
    """
    day = clock.day_of(at)
    with one_moment():
        marked = set(UnitChange.objects.order_by().values_list("unit", flat=True))
        rows = UnitTally.objects.filter(day=day, shape=SHAPE, unit__in=_all_units()).order_by("unit")
        kept = {unit: figures for unit, figures in rows.values_list("unit", "figures") if unit not in marked}
        found = counting.count(counting.of_units(list(kept)), day)
    return [unit for unit, figures in kept.items() if figures != found.get(unit, Tally()).to_json()]


def _all_units() -> set[int]:
    return {NO_UNIT, *BusinessUnit.objects.order_by().values_list("pk", flat=True)}


def _store(units: set[int], day: date) -> None:
    if not units:
        return
    found = counting.count(counting.of_units(sorted(units)), day)
    UnitTally.objects.bulk_create(
        [
            UnitTally(unit=unit, day=day, shape=SHAPE, figures=found.get(unit, Tally()).to_json())
            for unit in sorted(units)
        ],
        update_conflicts=True, unique_fields=["unit"], update_fields=["day", "shape", "figures"],
    )  # fmt: skip


def _forget(marks: list[int]) -> None:
    """Take away exactly these: one with a smaller id may belong to a change that has not committed yet."""
    for start in range(0, len(marks), PART):
        UnitChange.objects.filter(pk__in=marks[start : start + PART]).delete()
