"""What the dashboard counts, kept by business unit; and the marks that say a count is out of date."""

from django.db import models

NO_UNIT = 0
"""Stands for the unit of a flag that belongs to none."""


class UnitTally(models.Model):
    """Counts and sums over the records of one business unit alone, without those below it, on one day.

    Written by portfolio.services.tallies alone. It holds as long as the day lasts and no UnitChange of the unit
    stands; else a reader counts the records themselves.
    """

    # A unit's id, no foreign key: a row of a unit that is gone is asked for by nobody.
    unit = models.BigIntegerField(primary_key=True)
    day = models.DateField()
    shape = models.PositiveSmallIntegerField()
    # JSON, written and read whole, by portfolio.queries.tally.
    figures = models.TextField()

    class Meta:
        verbose_name_plural = "unit tallies"

    def __str__(self) -> str:
        return f"unit {self.unit} on {self.day}"


class UnitChange(models.Model):
    """Something counted changed in a unit. Written with the change, taken away once it is counted.

    A row of its own and not a mark on the tally: writers side by side never wait for each other, and what commits
    while somebody counts is a row that count has not seen, and stays.
    """

    # Read by whoever wants to know whether the tally of a unit holds.
    unit = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"unit {self.unit}"
