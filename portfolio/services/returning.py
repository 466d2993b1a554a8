"""Stopping gives back what was approved and not released: money that waits behind a gate nobody will reach is no budget."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from core import audit
from core.access import Actor
from core.bulk import insert_objects, update_rows
from domain.finance.release import Act
from portfolio.models import FundingDecision, FundingTranche
from portfolio.services.totals import refresh_totals

BECAUSE: Final = 500


@dataclass(frozen=True, slots=True)
class Stop:
    """When an initiative was stopped, and why."""

    on: date
    because: str


def return_unreleased(stops: Mapping[int, Stop], *, by: Actor, at: datetime) -> int:
    """Return what these initiatives, by id and held by the caller, have approved and not released; how many tranches.

    The stop is the decision; who took it is asked elsewhere. One statement where nothing waits, else a number that does not
    grow with the initiatives.
    """
    waiting = FundingTranche.objects.filter(initiative__in=list(stops), released_on=None, returned_on=None)
    rows = list(waiting.select_related("initiative__unit").order_by("pk"))
    if not rows:
        return 0
    days = {row.pk: max(stops[row.initiative_id].on, row.approved_on) for row in rows}
    insert_objects(
        [
            FundingDecision(
                initiative_id=row.initiative_id, tranche_id=row.pk, act=Act.RETURN.value, amount=row.amount,
                decided_on=days[row.pk], decided_by=by.user, recorded_at=at, facts={},
                because=f"Stopped. {stops[row.initiative_id].because}".strip()[:BECAUSE],
            )
            for row in rows
        ]
    )  # fmt: skip
    update_rows(
        FundingTranche,
        ("returned_on", "version"),
        [(row.pk, days[row.pk], row.version + 1) for row in rows],
    )
    refresh_totals({row.initiative_id for row in rows}, of=FundingTranche)
    audit.record_many(
        audit.event(
            by=by, at=at, action="tranche.returned", obj=row, initiative_id=row.initiative_id,
            unit_path=row.initiative.unit.path, reason=stops[row.initiative_id].because, before={"returned_on": None},
            after={"number": row.number, "amount": row.amount, "returned_on": days[row.pk]},
        )
        for row in rows
    )  # fmt: skip
    return len(rows)
