"""The KPI a tranche waits for. Said when the money is approved, and never exchanged afterwards."""

from typing import ClassVar

from django.db import models

from core.access import Paths
from core.models.record import Record
from kpis.models import Kpi
from portfolio.models import FundingTranche


class TrancheKpi(Record):
    """A tranche is not released while this KPI is off track or missed, nor, without a reason, while it is blind."""

    tranche = models.OneToOneField(
        FundingTranche, primary_key=True, on_delete=models.CASCADE, related_name="awaits"
    )
    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="tranches")

    ACCESS: ClassVar[Paths] = Paths(
        unit="tranche__initiative__unit__path",
        people=(
            "tranche__initiative__lead", "tranche__initiative__sponsor", "tranche__initiative__members__user",
        ),
        runs=("tranche__initiative__lead", "tranche__initiative__sponsor"),
    )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.tranche_id} waits for {self.kpi_id}"
