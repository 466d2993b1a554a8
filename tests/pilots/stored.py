"""Rows for the facts of a pilot, as the reference cases name them, so that the rules are asked through the store."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.models import BusinessUnit, User
from kpis.models import Kpi, KpiVersion, Measurement
from pilots.models import Pilot, PilotExtension
from pilots.services.opening import ensure_pilot
from portfolio.models import Expenditure, FundingTranche, Initiative, StageSpell
from tests.cast import AT, TODAY, Cast
from tests.portfolio.amounts import released_as_it_is

HEALTHY: dict[str, Any] = {
    "days_in_stage": 60, "planned_days": 90, "decision_due_in_days": 30, "extensions": 0,
    "same_extension_reason": False, "deferrals": 0, "success_criteria_agreed": True,
    "primary_kpi_status": "on_track", "primary_progress_change_60d": "0.2", "primary_progress": "0.5",
    "sponsor_silent_days": 10, "production_owner": True, "transition_plan": True, "scope_change": "0.0",
    "scope_approved": True, "success_measure_changes": 0, "spend_ratio": "0.6", "worst_condition_overdue_days": 0,
    "overdue_condition_blocks": False, "days_since_criteria_met": 0, "users_outside_charter": False, "adoption": "0.5",
}  # fmt: skip
CODES = [code for code, _ in PilotExtension.REASONS]


def why_not_stored(facts: dict[str, Any]) -> str:
    """Why these facts cannot stand in the record together; empty when they can."""
    if facts.get("same_extension_reason") is True and facts.get("extensions", 0) < 2:
        return "one extension has one reason"
    return ""


def back(days: int, today: date = TODAY) -> date:
    return today - timedelta(days=days)


def new_initiative(cast: Cast, name: str = "Claims triage", **more: Any) -> Initiative:
    """An initiative in stage pilot with its open spell and pilot, about which nothing else is on record."""
    days, entered = more.pop("days", 60), more.pop("entered_on", None)
    unit: BusinessUnit = more.pop("unit", cast.claims)
    on = entered or (None if days is None else back(days))
    row = Initiative.objects.create(
        name=name, unit=unit, stage="pilot", entered_on=on, created_at=AT, updated_at=AT,
        **{"lead": cast.alice, **more},
    )  # fmt: skip
    StageSpell.objects.create(
        initiative=row, stage="pilot", entered_on=on, precision="day" if on else "unknown", recorded_at=AT
    )
    return row


def bare_pilot(cast: Cast, **more: Any) -> Pilot:
    """A pilot nobody recorded anything about."""
    initiative = new_initiative(cast, **more)
    pilot = ensure_pilot(initiative=initiative, by=cast.actor("max"), at=AT)
    assert pilot is not None
    return pilot


def sponsor(silent: int, today: date = TODAY) -> User:
    """A person who has not been seen for so many days."""
    number = User.objects.count()
    return User.objects.create_user(
        f"sponsor{number}@calder.example",
        name=f"Sponsor {number}",
        created_at=AT,
        last_active_on=back(silent, today),
    )


def store(cast: Cast, facts: dict[str, Any], today: date = TODAY, name: str = "Claims triage") -> Pilot:
    """Rows that say just these facts on `today`; a key that is absent is never recorded."""
    silent = facts.get("sponsor_silent_days", "never")
    people: dict[str, Any] = {}
    if silent is None:
        people = {"sponsor_vacant_since": back(20, today)}
    elif silent != "never":
        people = {"sponsor": sponsor(silent, today)}
    days = facts.get("days_in_stage")
    pilot = bare_pilot(
        cast, name=name, entered_on=None if days is None else back(days, today), days=None, **people
    )
    _plain_facts(pilot, facts, cast, today)
    _rows(pilot, facts, cast, today)
    if facts.get("primary_kpi_status") is not None:
        _kpi(pilot.initiative, facts, today)
    return pilot


def _plain_facts(pilot: Pilot, facts: dict[str, Any], cast: Cast, today: date) -> None:
    due = facts.get("decision_due_in_days", "never")
    if due is None:
        pilot.no_decision_date = True
    elif due != "never":
        pilot.decision_on = today + timedelta(days=due)
    pilot.charter_version = 1 if "extensions" in facts else 0
    for name in (
        "planned_days",
        "deferrals",
        "success_criteria_agreed",
        "success_measure_changes",
        "scope_approved",
    ):
        setattr(pilot, name, facts.get(name))
    if facts.get("scope_change") is not None:
        pilot.scope_change = Decimal(facts["scope_change"])
    if facts.get("production_owner") is True:
        pilot.production_owner = cast.mona
    elif facts.get("production_owner") is False and facts.get("transition_plan") is True:
        pilot.production_owner = sponsor(5)  # the plan names somebody, who has left
        User.objects.filter(pk=pilot.production_owner.pk).update(is_active=False)
    else:
        pilot.no_production_owner = facts.get("production_owner") is False
    if facts.get("transition_plan") is True:
        pilot.transition_run_cost, pilot.transition_on = Decimal(5000), back(-90, today)
        pilot.transition_integration, pilot.transition_support = "Claims desk", "First line"
    pilot.no_transition_plan = facts.get("transition_plan") is False
    overdue = facts.get("worst_condition_overdue_days")
    blocks = facts.get("overdue_condition_blocks")
    if overdue is not None and (overdue or blocks):
        pilot.condition_due_on, pilot.condition_blocks = back(overdue, today), blocks
    elif overdue == 0:
        pilot.no_open_condition = True
    met = facts.get("days_since_criteria_met")
    if met:
        pilot.criteria_met_on = back(met, today)
    elif met == 0 and facts.get("primary_kpi_status") == "achieved":
        pilot.gate_requested_on = today
    if "users_outside_charter" in facts:
        pilot.users_outside_charter = 4 if facts["users_outside_charter"] else 0
    if "adoption" in facts:
        share = facts["adoption"]
        pilot.invited_users = 0 if share is None else 100
        pilot.weekly_active_users = 0 if share is None else int(Decimal(share) * 100)
    pilot.save()


def _rows(pilot: Pilot, facts: dict[str, Any], cast: Cast, today: date) -> None:
    for number in range(1, facts.get("extensions", 0) + 1):
        code = CODES[0] if facts.get("same_extension_reason") else CODES[number]
        PilotExtension.objects.create(
            pilot=pilot, number=number, days=30, new_end_on=today, reason_code=code,
            granted_on=back(40 - number, today), recorded_at=AT, recorded_by=cast.max,
        )  # fmt: skip
    if facts.get("spend_ratio") is not None:
        common = {"initiative": pilot.initiative, "currency": "EUR", "recorded_at": AT}
        waits = FundingTranche.objects.create(**common, number=1, amount=1000, approved_on=back(80, today))
        released_as_it_is(waits, back(70, today))
        spent = Decimal(facts["spend_ratio"]) * 1000
        Expenditure.objects.create(**common, amount=spent, spent_on=back(5, today))


def _kpi(initiative: Initiative, facts: dict[str, Any], today: date) -> Kpi:
    progress = facts.get("primary_progress")
    kpi = add_kpi(
        initiative, status=facts["primary_kpi_status"], today=today, reason=facts.get("primary_kpi_reason") or "",
        progress=None if progress is None else Decimal(progress),
    )  # fmt: skip
    change = facts.get("primary_progress_change_60d")
    if change is not None:
        for days, p in ((61, Decimal("0.3")), (30, Decimal("0.3")), (1, Decimal("0.3") + Decimal(change))):
            read(kpi, days, p * 100, today=today)
    return kpi


def add_kpi(
    initiative: Initiative, *, status: str = "on_track", name: str = "Days to decision", primary: bool = True,
    progress: Decimal | None = None, reason: str = "", today: date = TODAY, **more: Any,
) -> Kpi:  # fmt: skip
    """A KPI as judged elsewhere: from 0 to 100."""
    kpi = Kpi.objects.create(
        initiative=initiative, name=name, kind="business", primary=primary, status=status, reason=reason,
        progress=progress, status_since=back(5, today), created_at=AT, updated_at=AT, **more,
    )  # fmt: skip
    kpi.current = KpiVersion.objects.create(
        kpi=kpi, number=1, effective_on=back(400, today), recorded_at=AT, in_force_at=AT, shape="trajectory", baseline=0,
        baseline_on=back(400, today), target=100, target_on=back(-60, today),
    )  # fmt: skip
    kpi.save()
    return kpi


def read(kpi: Kpi, days: int, value: Decimal | int, *, today: date = TODAY, at: datetime = AT) -> Measurement:
    """A reading observed so many days ago."""
    assert kpi.current is not None
    return Measurement.objects.create(
        kpi=kpi, kpi_version=kpi.current, observed_on=back(days, today), value=value, recorded_at=at
    )
