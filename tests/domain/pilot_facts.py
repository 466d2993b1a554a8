"""One healthy pilot that the tests make ill in one place at a time."""

from decimal import Decimal

from domain.purgatory import Facts


def dec(text: str) -> Decimal:
    """An exact number, short enough for a table of cases."""
    return Decimal(text)


HEALTHY = Facts(
    days_in_stage=60,
    planned_days=90,
    decision_due_in_days=30,
    extensions=0,
    same_extension_reason=False,
    deferrals=0,
    success_criteria_agreed=True,
    primary_kpi_status="on_track",
    primary_progress_change_60d=Decimal("0.2"),
    primary_progress=Decimal("0.5"),
    sponsor_silent_days=10,
    production_owner=True,
    transition_plan=True,
    scope_change=Decimal("0"),
    scope_approved=True,
    success_measure_changes=0,
    spend_ratio=Decimal("0.6"),
    worst_condition_overdue_days=0,
    overdue_condition_blocks=False,
    days_since_criteria_met=0,
    users_outside_charter=False,
    adoption=Decimal("0.5"),
)
