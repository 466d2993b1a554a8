"""Answers pushed down by the rooms above, so that the dashboard reads its own tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.bulk import update_rows
from portfolio.models import Initiative


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
    return changed


@dataclass(frozen=True, slots=True)
class PilotLevel:
    """What an initiative shows of its open pilot. Empty level: it has none."""

    initiative: Initiative
    level: str
    remedy: str
    decision_on: date | None


def set_pilot_level(*, initiative: Initiative, level: str, remedy: str, decision_on: date | None) -> bool:
    """The only writer of an initiative's pilot level. Empty level: it has no open pilot."""
    return bool(set_pilot_levels([PilotLevel(initiative, level, remedy, decision_on)]))


def set_pilot_levels(answers: Sequence[PilotLevel]) -> int:
    """The same for many, in one statement; returns how many changed. The caller holds the locks."""
    changed = []
    for new in answers:
        row = new.initiative
        if (row.pilot_level, row.pilot_remedy, row.decision_on) != (new.level, new.remedy, new.decision_on):
            row.pilot_level, row.pilot_remedy, row.decision_on = new.level, new.remedy, new.decision_on
            changed.append(row)
    Initiative.objects.bulk_update(changed, ["pilot_level", "pilot_remedy", "decision_on"], batch_size=500)
    return len(changed)
