"""Answers pushed down by the rooms above, so that the dashboard reads its own tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.bulk import update_rows
from portfolio.models import Initiative
from portfolio.services.tallies import touch


@dataclass(frozen=True, slots=True)
class KpiStatus:
    """What an initiative shows of its KPIs together, and the reason's code (empty: none)."""

    initiative: Initiative
    status: str
    reason: str


def set_kpi_status(*, initiative: Initiative, status: str, reason: str, on: date) -> bool:
    """The only writer of an initiative's rolled-up KPI status. True when it changed. The caller holds the lock."""
    return bool(set_kpi_statuses([KpiStatus(initiative, status, reason)], on=on))


def set_kpi_statuses(answers: Sequence[KpiStatus], *, on: date) -> list[tuple[Initiative, str]]:
    """The same for many, in one statement; returns those whose status changed, each with what it was before.

    A reason may change under the same status: it is written, but starts no new since-date and is not returned.
    """
    written: list[Initiative] = []
    changed: list[tuple[Initiative, str]] = []
    for new in answers:
        row, was = new.initiative, new.initiative.kpi_status
        if (was, row.kpi_reason) == (new.status, new.reason):
            continue
        if was != new.status:
            row.kpi_since = on
            changed.append((row, was))
        row.kpi_status, row.kpi_reason = new.status, new.reason
        written.append(row)
    update_rows(
        Initiative,
        ("kpi_status", "kpi_reason", "kpi_since"),
        [(row.pk, row.kpi_status, row.kpi_reason, row.kpi_since) for row in written],
    )
    touch(row.unit_id for row, _ in changed)
    return changed


@dataclass(frozen=True, slots=True)
class PilotLevel:
    """What an initiative shows of its open pilot. Empty level: it has none."""

    initiative: Initiative
    level: str = ""
    remedy: str = ""
    decision_on: date | None = None
    planned_days: int | None = None


def set_pilot_level(answer: PilotLevel) -> bool:
    """The only writer of an initiative's pilot level. True when it changed. The caller holds the lock."""
    return bool(set_pilot_levels([answer]))


def set_pilot_levels(answers: Sequence[PilotLevel]) -> int:
    """The same for many, in one statement; returns how many changed. The caller holds the locks."""
    changed = []
    for new in answers:
        row = new.initiative
        before = (row.pilot_level, row.pilot_remedy, row.decision_on, row.pilot_planned_days)
        if before != (new.level, new.remedy, new.decision_on, new.planned_days):
            row.pilot_level, row.pilot_remedy = new.level, new.remedy
            row.decision_on, row.pilot_planned_days = new.decision_on, new.planned_days
            changed.append(row)
    update_rows(
        Initiative,
        ("pilot_level", "pilot_remedy", "decision_on", "pilot_planned_days"),
        [(r.pk, r.pilot_level, r.pilot_remedy, r.decision_on, r.pilot_planned_days) for r in changed],
    )
    touch(row.unit_id for row in changed)
    return len(changed)
