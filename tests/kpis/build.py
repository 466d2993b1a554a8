"""Small builders for the tests of KPIs. They go through the services, as everything does."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from core.access import Actor, system
from core.models import BusinessUnit, User
from kpis.models import Kpi, KpiVersion, SignOff
from kpis.services.amend import Changed, approve_change, change_without_approval, propose_change
from kpis.services.define import create_kpi
from kpis.services.measure import Provenance, Recorded, record_measurement
from kpis.services.sealing import ask_sign_off, sign_off
from kpis.services.success import FIELDS as SUCCESS
from portfolio.models import Initiative, InitiativeMember
from tests.cast import AT, TODAY, Cast


def make_initiative(unit: BusinessUnit, name: str = "Claims triage", lead: User | None = None) -> Initiative:
    return Initiative.objects.create(
        name=name, unit=unit, lead=lead, created_at=AT, updated_at=AT, stage="pilot", entered_on=TODAY
    )


def claims_triage(cast: Cast, name: str = "Claims triage") -> Initiative:
    """Alice's initiative in claims, on which Bob works."""
    row = make_initiative(cast.claims, name, lead=cast.alice)
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
    primary = facts.get("kind") != Kpi.Kind.MODEL_METRIC
    said: dict[str, Any] = {"name": name, "unit_of_measure": "days", "primary": primary, **facts}
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


def series(kpi: Kpi, values: Sequence[Any], last: date = TODAY, every: int = 30, at: datetime = AT) -> None:
    """Readings one after another, the last of them on `last`, recorded `at`."""
    for place, value in enumerate(values):
        read(kpi, value, last - timedelta(days=every * (len(values) - 1 - place)), at=at)


def tamper(statement: str, values: Sequence[Any]) -> None:
    """Write past the guards of the database, as somebody with its password could."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            cursor.execute("DROP TRIGGER IF EXISTS kpis_measurement_no_update")
        cursor.execute(statement, values)
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = origin")


def version_of(kpi: Kpi) -> KpiVersion:
    """The version in force, which every KPI made here has."""
    assert kpi.current is not None
    return kpi.current


SIGNERS = {"product": "alice", "data_science": "bob", "engineering": "max", "executive": "edith"}
"""Who signs in these tests, by role."""


def promise(initiative: Initiative, name: str = "Days to decision", **more: Any) -> Kpi:
    """A KPI that says all that people can stand behind. `success` is added to the trajectory's."""
    success = trajectory(**{"baseline_source": "Claims ledger", **more.pop("success", {})})
    facts = {
        "definition": "Days from notice to first decision.",
        "formula": "median(decided - noticed)",
        "window": "month",
        "population": "All claims",
        "data_source": "Claims ledger",
    }
    return make_kpi(initiative, name, success=success, **{**facts, **more})


def ask(kpi: Kpi, cast: Cast, *, by: str = "alice", at: datetime = AT, **people: str) -> dict[str, SignOff]:
    """Ask the four, or those named, to sign; who was asked, by role."""
    named = {role: cast.people[name] for role, name in (people or SIGNERS).items()}
    return {one.role: one for one in ask_sign_off(pk=kpi.pk, people=named, by=cast.actor(by), at=at)}


def seal(kpi: Kpi, cast: Cast, *, at: datetime = AT) -> Kpi:
    """The KPI once the four have approved it."""
    for one in ask(kpi, cast, at=at).values():
        sign_off(pk=one.pk, verdict="approved", by=cast.actor(SIGNERS[one.role]), at=at)
    return Kpi.objects.select_related("current", "initiative__unit").get(pk=kpi.pk)


def change(
    because: str = "It was wrong.", reason_code: str = "product", effective_on: Any = None, **said: Any
) -> Changed:
    """A change of what success is (`target`, ...) or of what is measured (`formula`, ...)."""
    success: Any = {name: value for name, value in said.items() if name in SUCCESS}
    facts: Any = {name: value for name, value in said.items() if name not in SUCCESS}
    return Changed(
        facts=facts, success=success, because=because, reason_code=reason_code, effective_on=effective_on
    )


def amend(kpi: Kpi, cast: Cast, *, at: datetime = AT, **said: Any) -> Kpi:
    """The KPI once Alice's change is approved by Max."""
    version = propose_change(pk=kpi.pk, change=change(**said), by=cast.actor("alice"), at=at)
    return approve_change(pk=version.pk, by=cast.actor("max"), at=at)


def slip(kpi: Kpi, cast: Cast, *, by: str = "alice", at: datetime = AT, **said: Any) -> Kpi:
    """The KPI once it was changed without approval."""
    return change_without_approval(pk=kpi.pk, change=change(**said), by=cast.actor(by), at=at)
