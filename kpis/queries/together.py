"""What the KPIs of an initiative say together, today or as the record stood on another day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.kpi_codes import Status
from domain.rollup import Item, Rollup, rollup
from kpis.models import Kpi
from kpis.queries.past import answers_as_of
from kpis.queries.stand import standing
from portfolio.models import Initiative


@dataclass(frozen=True, slots=True)
class Together:
    """The roll-up and the KPIs behind it, each as it stood, with the weight its version said."""

    rolled: Rollup
    kpis: Sequence[Kpi]


def kpis_together(initiative: Initiative, *, as_of: date | None, known_at: datetime | None) -> Together:
    """The roll-up of an initiative's KPIs on `as_of` from what had been recorded by `known_at`; as stored when both are
    None. Nine statements at most."""
    kpis = list(
        Kpi.objects.filter(initiative=initiative, current__isnull=False)
        .select_related("current")
        .order_by("pk")
    )
    if as_of is not None:
        judged = answers_as_of(kpis, as_of=as_of, known_at=known_at)
        kpis = [standing(kpi, found, as_of) for kpi in kpis if (found := judged[kpi.pk]) is not None]
    return Together(rollup([_item(kpi) for kpi in kpis]), kpis)


def counted_as(kpi: Kpi) -> str:
    """The status of a KPI that counts: the declared one while a declaration stands, else the computed one."""
    return kpi.declared_status or kpi.status


def _item(kpi: Kpi) -> Item:
    reason = None if kpi.declared_status else kpi.reason or None
    return Item(Status(counted_as(kpi)), reason, kpi.weight, kpi.primary)
