"""The rows of one initiative of the load portfolio, unsaved."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from django.conf import settings

from core.models import BusinessUnit
from domain.finance.release import Act
from exchange.demo.lives import LASTS, LINE
from exchange.demo.stories import trajectory
from exchange.demo.table import DEV, FRAME, GONE, IDEA, PILOT, PROD, SCALE, STOP
from governance.models import AiModel
from governance.models.inventory import DOSSIER
from kpis.models import Kpi, KpiVersion
from pilots.models import Pilot
from portfolio.models import (
    BenefitEntry,
    Expenditure,
    FundingDecision,
    FundingTranche,
    Initiative,
    StageSpell,
)
from portfolio.models.money import MoneyRow

STAGES = {IDEA: 18, FRAME: 17, DEV: 18, PILOT: 20, SCALE: 6, PROD: 16, STOP: 3, GONE: 2}
STORIES = {
    "track": 30, "steady": 14, "achieved": 10, "risk": 12, "slow": 4, "off": 8, "worse": 3, "stale": 7, "missed": 4,
    "unverified": 2, "flat": 2, "awaiting": 1, "overdue": 1, "no_baseline": 1, "invalid": 1,
}  # fmt: skip
WHAT = ("Claims", "Invoice", "Broker", "Fraud", "Credit", "Complaint", "Branch", "Policy", "Payment", "Renewal",
        "Reserve", "Supplier", "Customer", "Card", "Mortgage", "Pension")  # fmt: skip
DOES = ("triage", "matching", "drafting", "scoring", "forecasting", "routing", "summaries", "screening", "search",
        "alerts", "pricing", "reading", "sampling", "detection")  # fmt: skip
CHARTER = [
    "planned_days", "planned_end_on", "decision_on", "no_decision_date", "success_criteria_agreed",
    "success_measure_changes", "deferrals", "production_owner", "no_production_owner", "no_transition_plan",
    "transition_run_cost", "transition_integration", "transition_support", "transition_on", "scope_change", "scope_approved",
    "users_outside_charter", "invited_users", "weekly_active_users", "no_open_condition", "charter_version", "scope_users",
]  # fmt: skip
READINGS = 10


class Ground(Protocol):
    """What the rows refer to (exchange.demo.load.Ground)."""

    today: date
    at: datetime
    chance: random.Random
    units: list[BusinessUnit]
    leads: list[int]
    sponsors: list[int]

    def moment(self, day: date) -> datetime: ...
    def back(self, days: int) -> date: ...


@dataclass(slots=True)
class Made:
    """An initiative and the stages it went through: (stage, entered on), oldest first."""

    row: Initiative
    stays: list[tuple[str, date]]


def initiative(ground: Ground, number: int) -> Made:
    """The record, in a stage drawn by weight, entered up to two years ago."""
    chance = ground.chance
    stage = chance.choices(list(STAGES), list(STAGES.values()))[0]
    line = [IDEA, FRAME, DEV, PILOT, STOP] if stage == STOP else list(LINE[: LINE.index(stage) + 1])
    entered = ground.back(min(int(chance.expovariate(1 / 170)), 720))
    stays = [(stage, entered)]
    for earlier in reversed(line[:-1]):
        entered -= timedelta(days=chance.randint(*LASTS[earlier]))
        stays.insert(0, (earlier, entered))
    unit = ground.units[number % len(ground.units)]
    planned = Decimal(chance.randint(5, 180) * 10_000) if stage != IDEA else None
    began = ground.moment(entered)
    name = f"{chance.choice(WHAT)} {chance.choice(DOES)} {number + 1:05d}"
    row = Initiative(
        name=name, unit=unit, problem="Made for load.", outcome="Less waiting.", lead_id=ground.leads[number % len(ground.leads)],
        sponsor_id=ground.sponsors[number % len(ground.sponsors)], sponsor_since=entered, risk_tier=chance.choice((1, 2, 2, 3, 3, 3)),
        planned_value=planned, created_at=began, updated_at=began, stage=stage, entered_on=stays[-1][1], entered_precision="day",
    )  # fmt: skip
    return Made(row, stays)


def spells(ground: Ground, made: Made) -> Iterator[StageSpell]:
    """A spell for every stay; all but the last are closed."""
    for place, (stage, entered) in enumerate(made.stays):
        left = made.stays[place + 1][1] if place + 1 < len(made.stays) else None
        yield StageSpell(
            initiative_id=made.row.pk, from_stage=made.stays[place - 1][0] if place else "", stage=stage, entered_on=entered,
            left_on=left, recorded_at=ground.moment(entered), closed_at=ground.moment(left) if left else None,
        )  # fmt: skip


def kpis(ground: Ground, made: Made) -> Iterator[tuple[Kpi, KpiVersion, tuple[tuple[date, Decimal], ...]]]:
    """From development on a primary KPI, and for every third a second one."""
    if made.row.stage in {IDEA, FRAME}:
        return
    chance = ground.chance
    for number in range(1 + (chance.random() < 1 / 3)):
        story = chance.choices(list(STORIES), list(STORIES.values()))[0]
        low = chance.randint(10, 60)
        told = trajectory(story, low, low + chance.choice((-8, 15, 30)), ground.today, chance)
        began = ground.moment(told.success["baseline_on"] or ground.today)
        kpi = Kpi(
            initiative_id=made.row.pk, name="Cases done right first time" if not number else "Days to an answer", kind="business",
            primary=not number, owner_id=made.row.lead_id, unit_of_measure="%", created_at=began, updated_at=began,
            weight=Decimal(1 if not number else "0.5"),
        )  # fmt: skip
        success: Any = told.success
        version = KpiVersion(
            number=1, effective_on=began.date(), recorded_at=began, in_force_at=began, name=kpi.name, kind=kpi.kind,
            unit_of_measure=kpi.unit_of_measure, **success,
        )  # fmt: skip
        yield kpi, version, told.readings[-READINGS:]


def money(ground: Ground, made: Made) -> Iterator[MoneyRow]:
    """A tranche at every gate from G2 on, spend by quarter, value by quarter in production."""
    chance, row, currency = ground.chance, made.row, settings.ORG_CURRENCY
    funded = [entered for stage, entered in made.stays if stage in {DEV, PILOT, SCALE, PROD}]
    for number, day in enumerate(funded, start=1):
        at = ground.moment(day)
        amount = Decimal(chance.randint(4, 40) * 10_000)
        yield FundingTranche(
            initiative_id=row.pk, number=number, amount=amount, currency=currency, approved_on=day, recorded_at=at
        )  # fmt: skip
    day = funded[0] + timedelta(days=60) if funded else ground.today
    while day < ground.today:
        yield Expenditure(
            initiative_id=row.pk, amount=Decimal(chance.randint(20, 900) * 100), currency=currency, spent_on=day,
            category="build", recorded_at=ground.moment(day),
        )  # fmt: skip
        day += timedelta(days=91)
    launched = next((entered for stage, entered in made.stays if stage == PROD), ground.today)
    month = launched.replace(day=1) + timedelta(days=100)
    while month < ground.today:
        for kind, share in (("planned", 100), ("claimed", 80), ("validated", 60)):
            yield BenefitEntry(
                initiative_id=row.pk, kind=kind, month=month.replace(day=1), amount=Decimal(chance.randint(1, 9) * 100 * share),
                currency=currency, recorded_at=ground.moment(month), evidence="" if kind == "planned" else "Ledger",
            )  # fmt: skip
        month += timedelta(days=91)


def decisions(tranche: FundingTranche) -> Iterator[FundingDecision]:
    """Approved, and released the same day."""
    for act in (Act.APPROVE, Act.RELEASE):
        yield FundingDecision(
            initiative_id=tranche.initiative_id, tranche_id=tranche.pk, act=act.value, amount=tranche.amount,
            decided_on=tranche.approved_on, recorded_at=tranche.recorded_at, because="At the gate.",
        )  # fmt: skip


def charter(ground: Ground, pilot: Pilot) -> None:
    """What is on record of a pilot: for one in eight nothing, for most a charter, for some with holes."""
    chance = ground.chance
    entered = pilot.spell.entered_on
    if entered is None or chance.random() < 0.12:
        return
    planned = chance.choice((90, 120, 150, 180))
    pilot.planned_days, pilot.planned_end_on = planned, entered + timedelta(days=planned)
    pilot.charter_version, pilot.scope_users = 1, "Invited by name"
    pilot.no_decision_date = chance.random() < 0.1
    pilot.decision_on = (
        None if pilot.no_decision_date else entered + timedelta(days=planned + chance.randint(-10, 90))
    )
    pilot.success_criteria_agreed = chance.random() < 0.9
    pilot.success_measure_changes = int(chance.random() < 0.08)
    pilot.deferrals = chance.choice((0, 0, 0, 0, 1, 2))
    pilot.scope_change, pilot.scope_approved = Decimal("0.3") if chance.random() < 0.06 else Decimal(0), True
    pilot.users_outside_charter = 20 if chance.random() < 0.03 else 0
    pilot.invited_users = chance.randint(20, 400)
    pilot.weekly_active_users = int(pilot.invited_users * chance.uniform(0.1, 0.9))
    pilot.no_open_condition = True
    if chance.random() < 0.75:
        pilot.production_owner_id = chance.choice(ground.sponsors)
        pilot.transition_run_cost = Decimal(chance.randint(1, 20) * 10_000)
        pilot.transition_integration, pilot.transition_support = "Behind a switch.", "Second line."
        pilot.transition_on = pilot.planned_end_on + timedelta(days=90)
    else:
        pilot.no_production_owner = pilot.no_transition_plan = True


def model(ground: Ground, place: int, linked: tuple[int, int, str, date | None, int | None]) -> AiModel:
    """A model of that initiative: (id, unit, stage, entered on, tier)."""
    _, unit_id, stage, entered, tier = linked
    chance = ground.chance
    serving = stage == PROD and entered is not None
    since = entered or ground.today
    looked = max(since, ground.back(chance.randint(5, 260)))
    made = ground.moment(since - timedelta(days=90))
    row = AiModel(
        name=f"{chance.choice(WHAT)} model {place + 1:05d}", purpose="Made for load.", unit_id=unit_id,
        owner_id=chance.choice(ground.leads), technique=chance.choice(AiModel.Technique.values), risk_tier=tier,
        stage="production" if serving else "pilot", created_at=made, updated_at=made,
        dossier_sections={code: since.isoformat() for code in DOSSIER},
    )  # fmt: skip
    if serving:
        row.in_production_since, row.last_review_on, row.fallback_tested_on = since, looked, looked
        row.ethics_passed_on = looked
        row.next_review_on = looked + timedelta(days=180)
        row.monitoring_cadence_days, row.last_monitored_on = (
            14,
            max(since, ground.back(chance.randint(0, 40))),
        )
        row.last_heartbeat_on = max(since, ground.back(chance.randint(0, 40)))
    return row
