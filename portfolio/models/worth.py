"""What the business case of an initiative says, pushed down from the room that holds cases."""

from typing import ClassVar

from django.db import models

from core.access import Paths
from core.models.record import Record
from portfolio.models.initiatives import Initiative
from portfolio.models.money import PATHS


class CaseWorth(Record):
    """The figures of the case in force, one row for each initiative that has one. Written by portfolio.services.worth alone.

    Money in the organisation's currency, unrounded figures to the cent; None where the case does not say. `value`: the NPV
    after the haircut that was stated for the conservative scenario (`haircut`); without one it is the NPV as written, and
    `haircut` is None: not adjusted for risk. `outlay`: the cost of flow 0. `cost`: over all its years,
    not discounted. `payback_note`: how the outlay came back, or why it never does (domain.finance.payback.PaybackNote);
    years without it say too much, as what came back may be lost again. `breaks_even`: the factor of the benefits at
    which the NPV is 0. `delay_a_month`: the cost of delay. `a_year`: benefits of the last planned year. `lapsed_on`: the day
    the initiative was stopped or retired; from then on the case is in force for nothing, also when it is reopened, until a
    version is published again.
    """

    initiative = models.OneToOneField(
        Initiative, primary_key=True, on_delete=models.CASCADE, related_name="worth"
    )
    case_number = models.PositiveSmallIntegerField()
    case_ref = models.CharField(max_length=20)
    npv = models.DecimalField(max_digits=20, decimal_places=2)
    value = models.DecimalField(max_digits=20, decimal_places=2)
    haircut = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    rate = models.DecimalField(max_digits=9, decimal_places=6)
    years = models.PositiveSmallIntegerField()
    outlay = models.DecimalField(max_digits=20, decimal_places=2)
    cost = models.DecimalField(max_digits=20, decimal_places=2)
    a_year = models.DecimalField(max_digits=20, decimal_places=2)
    payback_years = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    payback_note = models.CharField(max_length=20, default="recovered")
    breaks_even = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    delay_a_month = models.DecimalField(max_digits=20, decimal_places=2)
    measured_share = models.DecimalField(max_digits=7, decimal_places=6, null=True, blank=True)
    people = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    published_at = models.DateTimeField()
    lapsed_on = models.DateField(null=True, blank=True)

    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["initiative_id"]

    def __str__(self) -> str:
        return f"{self.initiative_id} {self.npv}"
