"""A small portfolio for the dashboard's tests, written row by row so that every number is known."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.models import BusinessUnit
from pilots.models import Pilot
from portfolio.models import BenefitEntry, Expenditure, Flag, FundingTranche, Initiative, StageSpell
from portfolio.services.totals import refresh_totals
from tests.cast import AT, TODAY, Cast
from tests.portfolio.amounts import released_as_it_is


def add(unit: BusinessUnit, name: str, stage: str, days: int | None = 30, **more: Any) -> Initiative:
    """An initiative in a stage since `days` days (None = undated), with its open spell."""
    entered = None if days is None else TODAY - timedelta(days=days)
    row = Initiative.objects.create(
        name=name, unit=unit, stage=stage, entered_on=entered, entered_precision="day" if entered else "unknown",
        created_at=AT, updated_at=AT, **more,
    )  # fmt: skip
    spell = StageSpell.objects.create(initiative=row, stage=stage, entered_on=entered, recorded_at=AT)
    if row.pilot_level:
        Pilot.objects.create(
            initiative=row, spell=spell, level=row.pilot_level, remedy=row.pilot_remedy, decision_on=row.decision_on,
            planned_days=row.pilot_planned_days, created_at=AT, updated_at=AT,
        )  # fmt: skip
    return row


def past(row: Initiative, stage: str, entered: date, left: date, was: str = "") -> StageSpell:
    """A stay that ended before the present one."""
    return StageSpell.objects.create(
        initiative=row,
        from_stage=was,
        stage=stage,
        entered_on=entered,
        left_on=left,
        closed_at=AT,
        recorded_at=AT,
    )


def flag(row: Initiative, rule: str, severity: int, sentence: str = "Something is wrong.") -> Flag:
    return Flag.objects.create(
        subject_type="pilot", subject_id=row.pk, subject_label=row.name, initiative=row, unit=row.unit, rule=rule,
        severity=severity, cause="A cause", sentence=sentence, since=TODAY - timedelta(days=9), raised_at=AT, updated_at=AT,
    )  # fmt: skip


def flag_of_a_model(row: Initiative, unit: BusinessUnit) -> Flag:
    """On a model that serves the initiative and belongs to another business unit, which then is the flag's too."""
    return Flag.objects.create(
        subject_type="model", subject_id=7, subject_label="A ranker", initiative=row, unit=unit, rule="stale",
        severity=2, cause="Stale", sentence="Not reviewed.", since=TODAY, raised_at=AT, updated_at=AT,
    )  # fmt: skip


def money(row: Initiative, spent: str = "", approved: str = "", released: str = "", **benefits: str) -> None:
    base = {"initiative": row, "currency": "EUR", "recorded_at": AT}
    if spent:
        Expenditure.objects.create(amount=Decimal(spent), spent_on=TODAY - timedelta(days=3), **base)
    if approved:
        FundingTranche.objects.create(
            amount=Decimal(approved), number=1, approved_on=TODAY - timedelta(days=90), **base
        )
    if released:
        waits = FundingTranche.objects.create(
            amount=Decimal(released), number=2, approved_on=TODAY - timedelta(days=90), **base
        )
        released_as_it_is(waits, TODAY)
    for kind, amount in benefits.items():
        BenefitEntry.objects.create(amount=Decimal(amount), kind=kind, month=TODAY.replace(day=1), **base)
    refresh_totals([row.pk])


def small_portfolio(cast: Cast) -> dict[str, Initiative]:
    """Seven initiatives in two top-level units, one of them below a child unit, one stopped."""
    late = TODAY - timedelta(days=12)
    rows = {
        "idea": add(cast.retail, "An idea", "idea", 400),
        "dev": add(cast.cards, "In development", "development", None, kpi_status="blind"),
        "pilot": add(cast.claims, "A pilot", "pilot", 300, kpi_status="off_track", pilot_level="purgatory",
                     pilot_remedy="stop", decision_on=late, pilot_planned_days=120, planned_value=Decimal(500000)),
        "undated": add(cast.claims, "An undated pilot", "pilot", None, pilot_level="undated",
                       pilot_remedy="record_the_facts"),
        "fresh": add(cast.retail, "A fresh pilot", "pilot", 10, kpi_status="on_track", pilot_level="healthy",
                     pilot_remedy="continue", decision_on=TODAY + timedelta(days=80), pilot_planned_days=90),
        "prod": add(cast.claims, "In production", "production", 200, kpi_status="achieved", planned_value=Decimal(90000)),
        "stopped": add(cast.claims, "Stopped", "stopped", 50, kpi_status="off_track"),
    }  # fmt: skip
    past(rows["prod"], "pilot", TODAY - timedelta(days=320), TODAY - timedelta(days=200), was="development")
    StageSpell.objects.filter(initiative=rows["prod"], closed_at=None).update(from_stage="pilot")
    flag(rows["pilot"], "R08", 3, "Worse than before.")
    flag(rows["pilot"], "R02", 1)
    money(
        rows["pilot"],
        spent="1000.50",
        approved="200.00",
        released="800.00",
        claimed="50.00",
        planned="400.00",
    )
    money(rows["prod"], validated="75.25")
    return rows
