"""Small builders for the tests of KPIs. They go through the services, as everything does."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.access import Actor, system
from core.models import BusinessUnit, User
from kpis.models import Kpi, KpiVersion
from kpis.services.define import create_kpi
from kpis.services.measure import Provenance, Recorded, record_measurement
from portfolio.models import Initiative, InitiativeMember
from tests.cast import AT, TODAY, Cast


def make_initiative(unit: BusinessUnit, name: str = "Claims triage", lead: User | None = None) -> Initiative:
    return Initiative.objects.create(
        name=name, unit=unit, lead=lead, created_at=AT, updated_at=AT, stage="pilot", entered_on=TODAY
    )


def claims_triage(cast: Cast) -> Initiative:
    """Alice's initiative in claims, on which Bob works."""
    row = make_initiative(cast.claims, lead=cast.alice)
    InitiativeMember.objects.create(initiative=row, user=cast.bob, added_at=AT)
    return row


def trajectory(**more: Any) -> dict[str, Any]:
    """From 10 days down to 5 over the year 2026, read every 30 days."""
    return {
        "shape": "trajectory",
        "direction": "lower",
        "baseline": Decimal(10),
        "baseline_on": date(2026, 1, 1),
        "target": Decimal(5),
        "target_on": date(2026, 12, 31),
        "cadence_days": 30,
        **more,
    }


def make_kpi(
    initiative: Initiative,
    name: str = "Days to decision",
    *,
    by: Actor | None = None,
    at: datetime = AT,
    success: dict[str, Any] | None = None,
    **facts: Any,
) -> Kpi:
    said: dict[str, Any] = {"name": name, "unit_of_measure": "days", "primary": True, **facts}
    return create_kpi(
        initiative_id=initiative.pk,
        facts=said,  # type: ignore[arg-type]
        success=trajectory() if success is None else success,  # type: ignore[arg-type]
        by=by or system(),
        at=at,
    )


def read(
    kpi: Kpi, value: Any, on: date = TODAY, *, by: Actor | None = None, at: datetime = AT, **more: Any
) -> Recorded:
    """Record one reading; `source_key`, `note` ... go into its provenance."""
    named = {name: more.pop(name) for name in ("source", "source_key", "note", "evidence") if name in more}
    return record_measurement(
        kpi_id=kpi.pk, observed_on=on, value=Decimal(str(value)), by=by or system(), at=at,
        provenance=Provenance(**named), **more,
    )  # fmt: skip


def series(kpi: Kpi, values: Sequence[Any], last: date = TODAY, every: int = 30) -> None:
    """Readings one after another, the last of them on `last`."""
    for place, value in enumerate(values):
        read(kpi, value, last - timedelta(days=every * (len(values) - 1 - place)))


def version_of(kpi: Kpi) -> KpiVersion:
    """The version in force, which every KPI made here has."""
    assert kpi.current is not None
    return kpi.current
