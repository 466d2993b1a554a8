"""What a lead says of their own work at a gate, held against the data: the answers that do not agree are told.

A contradiction stops nothing. It stands in the submission, for whoever decides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from domain.kpi_figures import ratio

FREQUENCIES: Final[Mapping[str, int]] = {"weekly": 7, "monthly": 31, "quarterly": 92}
"""How often one says that readings come in -> the most days between two."""
YES_NO: Final = ("yes", "no")


@dataclass(frozen=True, slots=True)
class Question:
    """`gates`: where it is asked; `answers`: the words that answer it."""

    code: str
    text: str
    gates: tuple[str, ...]
    answers: tuple[str, ...] = YES_NO


QUESTIONS: Final = (
    Question("reporting", "How often are readings of the primary KPI recorded?", ("G4", "G5"), (*FREQUENCIES, "irregular")),
    Question("criteria_kept", "Are the success criteria still those that were agreed before the start?", ("G4",)),
    Question("users_inside", "Are all users inside the cohort of the charter?", ("G4",)),
    Question("spend_within", "Is what was spent within what was released?", ("G2", "G3", "G4", "G5")),
    Question("sponsor_active", "Has the sponsor been active in the last 60 days?", ("G2", "G3", "G4", "G5")),
    Question("on_time", "Is the pilot within the length first approved?", ("G4",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the record knows on `as_of`; None: nobody recorded it, and an answer to it is not contradicted.

    `last_reading_on`: of the primary KPI that was read longest ago. `criteria_changes`: since the start.
    `users_outside`: of the charter's cohort. `spent`, `released`: money. `sponsor_silent_days`: since the sponsor's last act.
    `days_in_stage`, `planned_days`: of the pilot.
    """

    as_of: date
    last_reading_on: date | None = None
    criteria_changes: int | None = None
    users_outside: int | None = None
    spent: Decimal | None = None
    released: Decimal | None = None
    sponsor_silent_days: int | None = None
    days_in_stage: int | None = None
    planned_days: int | None = None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A question, what was said, and the sentence that does not go with it."""

    question: str
    said: str
    fact: str


def questions_of(gate: str) -> tuple[Question, ...]:
    """What is asked at a gate."""
    return tuple(one for one in QUESTIONS if gate in one.gates)


def contradictions(said: Mapping[str, str], known: Known) -> tuple[Contradiction, ...]:
    """The answers that the record contradicts, in the order they are asked. A question without an answer says nothing."""
    found = []
    for one in QUESTIONS:
        answer = said.get(one.code, "")
        fact = _CHECKS[one.code](answer, known) if answer in one.answers else ""
        if fact:
            found.append(Contradiction(one.code, answer, fact))
    return tuple(found)


def _reporting(said: str, known: Known) -> str:
    if said not in FREQUENCIES or known.last_reading_on is None:
        return ""
    age = (known.as_of - known.last_reading_on).days
    return f"The last reading is {age} days old." if age > FREQUENCIES[said] else ""


def _criteria(said: str, known: Known) -> str:
    if said != "yes" or not known.criteria_changes:
        return ""
    times = "once" if known.criteria_changes == 1 else f"{known.criteria_changes} times"
    return f"A success measure or target was changed {times} since the start."


def _users(said: str, known: Known) -> str:
    if said != "yes" or not known.users_outside:
        return ""
    return f"{known.users_outside} live users are outside the cohort of the charter."


def _spend(said: str, known: Known) -> str:
    if said != "yes" or known.spent is None or not known.spent:
        return ""
    if not known.released:
        return f"{known.spent:,.0f} is spent and nothing was released."
    if known.spent <= known.released:
        return ""
    over = ratio(known.spent, known.released) * 100
    return f"{known.spent:,.0f} is spent of {known.released:,.0f} released, {over:.0f} %."


def _sponsor(said: str, known: Known) -> str:
    if said != "yes" or known.sponsor_silent_days is None or known.sponsor_silent_days <= 60:
        return ""
    return f"The sponsor was last heard {known.sponsor_silent_days} days ago."


def _time(said: str, known: Known) -> str:
    if said != "yes" or not known.planned_days or known.days_in_stage is None:
        return ""
    if known.days_in_stage <= known.planned_days:
        return ""
    return f"It is day {known.days_in_stage} of {known.planned_days} approved."


_CHECKS: Final[Mapping[str, Callable[[str, Known], str]]] = {
    "reporting": _reporting,
    "criteria_kept": _criteria,
    "users_inside": _users,
    "spend_within": _spend,
    "sponsor_active": _sponsor,
    "on_time": _time,
}
