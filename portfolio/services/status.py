"""Answers pushed down by the rooms above, so that the dashboard reads its own tables."""

from datetime import date

from portfolio.models import Initiative


def set_kpi_status(*, initiative: Initiative, status: str, reason: str, on: date) -> bool:
    """The only writer of an initiative's rolled-up KPI status. True when it changed. The caller holds the lock."""
    if (initiative.kpi_status, initiative.kpi_reason) == (status, reason):
        return False
    since = initiative.kpi_since if initiative.kpi_status == status else on
    initiative.kpi_status, initiative.kpi_reason, initiative.kpi_since = status, reason, since
    initiative.save(update_fields=["kpi_status", "kpi_reason", "kpi_since"])
    return True


def set_pilot_level(
    *, initiative: Initiative, level: str, remedy: str, decision_on: date | None, planned_days: int | None = None
) -> bool:
    """The only writer of an initiative's pilot level, remedy, decision date and approved length.

    An empty level: it has no open pilot. True when something changed.
    """
    new = (level, remedy, decision_on, planned_days)
    old = (initiative.pilot_level, initiative.pilot_remedy, initiative.decision_on, initiative.pilot_planned_days)
    if old == new:
        return False
    initiative.pilot_level, initiative.pilot_remedy, initiative.decision_on, initiative.pilot_planned_days = new
    initiative.save(update_fields=["pilot_level", "pilot_remedy", "decision_on", "pilot_planned_days"])
    return True
