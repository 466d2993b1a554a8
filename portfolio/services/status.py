"""Answers pushed down by the rooms above, so that the dashboard reads its own tables."""

from collections.abc import Sequence
from dataclasses import dataclass
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
