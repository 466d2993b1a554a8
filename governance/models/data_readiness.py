"""How ready the data of an initiative is, as the register above says it: what the gate to development reads."""

from typing import ClassVar

from django.db import models

from core.access import Paths
from core.models.record import Record
from portfolio.models import Initiative


class DataReadiness(Record):
    """Pushed down by assurance, never typed. `score`: of the least ready source; null: one of them was never audited.

    `gaps`: in words, each with its source. `unassessed`: sources with personal data and no privacy assessment.
    """

    initiative = models.OneToOneField(
        Initiative, primary_key=True, on_delete=models.CASCADE, related_name="data_readiness"
    )
    sources = models.PositiveIntegerField()
    score = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    gaps = models.JSONField(default=list)
    unassessed = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField()

    ACCESS: ClassVar[Paths] = Paths(
        unit="initiative__unit__path",
        people=("initiative__lead", "initiative__sponsor", "initiative__members__user"),
        runs=("initiative__lead", "initiative__sponsor"),
    )

    def __str__(self) -> str:
        return f"data of {self.initiative_id}"
