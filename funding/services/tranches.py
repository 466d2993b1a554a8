"""Money moves by a decision that asked the KPI: the only door to what `portfolio.services.tranches` writes."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from core import clock
from core.access import Actor, require
from core.errors import conflict, field_error, not_found
from core.roles import Action
from domain.finance.release import Awaited
from funding.models import TrancheKpi
from funding.queries.awaited import awaited_by, facts
from kpis.models import Kpi
from portfolio.models import FundingDecision, FundingTranche
from portfolio.services.locks import lock_initiative
from portfolio.services.tranches import (
    Said,
    approve_tranche,
    hold_all,
    hold_tranche,
    release_tranche,
    return_tranche,
)


def approve(
    *, initiative_id: int, amount: Decimal, approved_on: date, because: str, by: Actor, at: datetime, currency: str = "",
    note: str = "", condition: str = "", gate: str = "", ceiling: Decimal | None = None, kpi_id: int | None = None,
) -> FundingTranche:  # fmt: skip
    """Approve money, and say what its release waits for: a condition, a gate, a KPI of the initiative.

    The KPI stays: goalposts are not moved once money waits behind them. Raises Problem 404, 400, 403 (`four_eyes`), 409.
    """
    with transaction.atomic():
        lock_initiative(initiative_id)
        row = approve_tranche(
            initiative_id=initiative_id, amount=amount, approved_on=approved_on, by=by, at=at, currency=currency, note=note,
            said=Said(because=because, facts=facts(initiative_id, None)), condition=condition, gate=gate, ceiling=ceiling,
        )  # fmt: skip
        if kpi_id is not None:
            _wait_for(row, kpi_id)
    return row


def release(
    *, pk: int, released_on: date, because: str, by: Actor, at: datetime, because_unknown: str = "",
    expected_version: int | None = None,
) -> FundingTranche:  # fmt: skip
    """Release a tranche from a day on, if the KPI it waits for lets it. Two at once take one decision.

    because_unknown: why it is released although nobody knows how the KPI stands. Raises Problem 404, 400, 403 (`four_eyes`),
    412, 409: `kpi_off_track`, `kpi_missed`, `kpi_unknown`, `earlier_tranche_held`, `already_released`, `tranche_returned`.
    """
    with transaction.atomic():
        awaited, said = _asked(pk, because, by, at)
        known = awaited is None or awaited.known
        said = replace(said, because_unknown="" if known else because_unknown)
        return release_tranche(
            pk=pk, released_on=released_on, awaited=awaited, said=said, by=by, at=at, expected_version=expected_version
        )  # fmt: skip


def hold(*, pk: int, held_on: date, because: str, by: Actor, at: datetime) -> FundingDecision:
    """Decide not to release a tranche for now. Raises Problem 404, 400, 403, 409."""
    with transaction.atomic():
        _, said = _asked(pk, because, by, at)
        return hold_tranche(pk=pk, held_on=held_on, said=said, by=by, at=at)


def give_back(*, pk: int, returned_on: date, because: str, by: Actor, at: datetime) -> FundingTranche:
    """Return what was approved and not released. Raises Problem 404, 400, 403, 409."""
    with transaction.atomic():
        _, said = _asked(pk, because, by, at)
        return return_tranche(pk=pk, returned_on=returned_on, said=said, by=by, at=at)


def hold_everything(
    *, initiative_id: int, held_on: date, because: str, by: Actor, at: datetime
) -> FundingDecision:
    """Decide to release nothing more for now. Raises Problem 404, 400, 403, 409."""
    said = Said(because=because, facts=facts(initiative_id, None))
    return hold_all(initiative_id=initiative_id, held_on=held_on, said=said, by=by, at=at)


def _asked(pk: int, because: str, by: Actor, at: datetime) -> tuple[Awaited | None, Said]:
    """The KPI as it stands while the initiative is held, so that no reading comes between the answer and the decision."""
    initiative_id = FundingTranche.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    require(by, Action.APPROVE_MONEY, lock_initiative(initiative_id))
    awaited = awaited_by([pk], today=clock.day_of(at)).get(pk)
    return awaited, Said(because=because, facts=facts(initiative_id, awaited))


def _wait_for(row: FundingTranche, kpi_id: int) -> None:
    kpi = Kpi.objects.filter(pk=kpi_id, initiative=row.initiative_id).first()
    if kpi is None:
        raise field_error("kpi", "Choose a KPI of this initiative.", code="not_found")
    if kpi.state == Kpi.State.RETIRED:
        raise conflict("kpi_retired", f"{kpi.ref} is retired. Choose one that is measured.")
    TrancheKpi.objects.create(tranche=row, kpi=kpi)
