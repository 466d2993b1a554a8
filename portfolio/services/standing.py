"""How approvals stand, pushed down by the room that decides: one row for an initiative, written here alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portfolio.models import GateStanding, Initiative


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """See portfolio.models.GateStanding. `why`: what suspends it, none where it holds."""

    before_start: Sequence[str] = ()
    why: Sequence[str] = ()
    limited: bool = False
    valid_until: date | None = None


def set_standing(*, initiative: Initiative, stands: Stands, on: date) -> tuple[GateStanding, bool]:
    """Let the row say this as of `on`; whether it became suspended or is no longer. The caller holds the initiative."""
    row = GateStanding.objects.filter(initiative=initiative).first()
    was = row.suspended_on if row else None
    row = row or GateStanding(initiative=initiative)
    row.before_start = list(stands.before_start)
    row.suspended_on = (was or on) if stands.why else None
    row.suspended_because = "; ".join(stands.why)
    row.limited, row.judged_on, row.valid_until = stands.limited, on, stands.valid_until
    row.save()
    return row, (was is None) != (row.suspended_on is None)
