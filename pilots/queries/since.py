"""Since when a finding holds: the day the recorded facts tell, where they tell one.

The rules themselves know it where a count of days crossed a limit. For the others the record does: the day a KPI's
status began, a sponsor left, an extension was granted. Where nothing tells it, it holds since the day it was found,
and the flag that stands keeps that day.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from domain.purgatory import Hit, Policy
from domain.purgatory_rules import half_time_day
from pilots.queries.facts import Record

Told = Callable[[Record, Policy, int], date | None]


def since(hit: Hit, record: Record, policy: Policy, as_of: date) -> date:
    """The first day of a finding, never after `as_of` and, as a pilot's finding, never before the pilot."""
    entered = record.pilot.spell.entered_on
    told = (
        hit.since or (_TOLD[hit.rule](record, policy, hit.severity) if hit.rule in _TOLD else None) or as_of
    )
    return min(max(told, entered) if entered is not None else told, as_of)


def _entered(record: Record, _policy: Policy, _severity: int) -> date | None:
    return record.pilot.spell.entered_on


def _recorded(record: Record, _policy: Policy, _severity: int) -> date | None:
    pilot = record.pilot
    return pilot.spell.entered_on or pilot.created_at.date()


def _extended(record: Record, _policy: Policy, _severity: int) -> date | None:
    return record.extensions[-1].granted_on if record.extensions else None


def _status_began(record: Record, _policy: Policy, _severity: int) -> date | None:
    return record.speaker.since if record.speaker else None


def _sponsor_left(record: Record, _policy: Policy, _severity: int) -> date | None:
    return record.pilot.initiative.sponsor_vacant_since


def _half_time(record: Record, policy: Policy, _severity: int) -> date | None:
    pilot = record.pilot
    if pilot.spell.entered_on is None or not pilot.planned_days:
        return None
    return pilot.spell.entered_on + timedelta(days=half_time_day(pilot.planned_days, policy))


def _owner_missed(record: Record, policy: Policy, severity: int) -> date | None:
    """From the start where a person said that there is none; an owner who left was there before."""
    if not record.pilot.no_production_owner:
        return None
    return _half_time(record, policy, severity) if severity > 1 else record.pilot.spell.entered_on


def _moved(record: Record, _policy: Policy, _severity: int) -> date | None:
    return record.goalposts[-1] if record.goalposts else None


_TOLD: Mapping[str, Told] = {
    "R00": _recorded,
    "R01": _entered,
    "R05": _extended,
    "R07": _entered,
    "R08": _status_began,
    "R09": _status_began,
    "R11": _sponsor_left,
    "R12": _owner_missed,
    "R13": _half_time,
    "R15": _moved,
    "R20": _half_time,
}
