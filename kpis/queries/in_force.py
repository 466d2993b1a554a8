"""What was in force on a day: which version, which state, which declaration. One rule for answers and restatements."""

from collections.abc import Sequence
from datetime import date, datetime

from core import clock
from domain.kpi import State, Status
from domain.override import Authority, Kind, Override
from kpis.models import Kpi, KpiOverride, KpiSpell, KpiVersion


def version_on(versions: Sequence[KpiVersion], day: date) -> KpiVersion | None:
    """Of versions in force, by number: the last that had taken effect, else the first. None where there is none."""
    if not versions:
        return None
    return next((v for v in reversed(versions) if v.effective_on <= day), versions[0])


def state_on(spells: Sequence[KpiSpell], day: date) -> tuple[str, date | None]:
    """Active unless the last of the spells that had begun says otherwise; a pause that came to its end is over."""
    if not spells:
        return State.ACTIVE, None
    last = spells[-1]
    if last.state == Kpi.State.PAUSED and last.until is not None and last.until < day:
        return State.ACTIVE, None
    return last.state, last.until


def override_on(rows: Sequence[KpiOverride], day: date, known_at: datetime | None) -> KpiOverride | None:
    """Of declarations in the order they were made: the last that had begun, unless it had ended by then."""
    last = next((row for row in reversed(rows) if row.begins_on <= day), None)
    if last is None or last.ended_at is None or (known_at is not None and last.ended_at > known_at):
        return last
    return None if clock.day_of(last.ended_at) <= day else last


def as_declared(row: KpiOverride) -> Override:
    """The declaration as the rules read it, while it stands: how it ended is for `override_on` to know."""
    return Override(
        declared=Status(row.declared),
        over=Status(row.computed),
        kind=Kind.BETTER if row.better else Kind.WORSE,
        authority=Authority(row.authority),
        person="" if row.recorded_by is None else row.recorded_by.name,
        because=row.because,
        declared_at=row.recorded_at,
        declared_on=row.begins_on,
        expires_on=row.until,
    )
