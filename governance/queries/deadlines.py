"""By when a submission is to be decided: in working days of the organisation, by who decides it."""

from datetime import date
from typing import Final

from core.policies import in_force
from domain.gates import WORKING_DAYS_TO_DECIDE, Gate, deciding_body
from domain.stage_words import Body
from domain.working_days import KIND, USUAL, Calendar, calendar_from_json, working_days_after

_DAYS: Final = {
    Body.PORTFOLIO_MANAGER: WORKING_DAYS_TO_DECIDE[3],
    Body.PORTFOLIO_MANAGER_WITH_SPECIALIST: WORKING_DAYS_TO_DECIDE[2],
    Body.COUNCIL: WORKING_DAYS_TO_DECIDE[1],
}


def calendar_on(day: date) -> Calendar:
    """The organisation's calendar in force on a day. One statement."""
    row = in_force(KIND, day)
    return USUAL if row is None else calendar_from_json(row.data)


def due_by(submitted_on: date, gate: Gate, tier: int | None) -> date:
    """The last day on which it is decided in time: as many working days as the body that decides has."""
    return working_days_after(submitted_on, _DAYS[deciding_body(gate, tier)], calendar_on(submitted_on))
