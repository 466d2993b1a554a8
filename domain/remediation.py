"""Setting KPIs after the fact, in four steps that are taken in order. What comes out is labelled post-hoc for ever.

First what the model affects, then a KPI, then history run against it, then the model brought in line or left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from domain.errors import RuleError
from domain.kpi_words import day

LABEL: Final = "post-hoc"
SERIES_FROM: Final = 3
"""So many readings on different days make a historical series."""


class Step(StrEnum):
    RETROSPECTIVE = "retrospective"
    POST_HOC_KPI = "post_hoc_kpi"
    VALIDATION = "validation"
    REALIGNMENT = "realignment"


class Realignment(StrEnum):
    """What follows for the model."""

    RETRAIN = "retrain"
    UPDATE = "update"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One step as taken: on a day, by a person, with what was found.

    kpi: the reference of the KPI a post_hoc_kpi step defined. series_days: on how many different days the history of a
    validation was observed. outcome: what a realignment decided.
    """

    step: Step
    on: date
    by: str
    note: str
    kpi: str = ""
    series_days: int | None = None
    outcome: Realignment | None = None


@dataclass(frozen=True, slots=True)
class Remediation:
    """How far it has come. next_step: the one step that may be taken now, None when all four are."""

    taken: tuple[Taken, ...]
    next_step: Step | None
    label: str
    sentence: str
    clears_when: str


def remediation(taken: Sequence[Taken]) -> Remediation:
    """The state after these steps. RuleError as `take`, for a history that could not have come about."""
    held: tuple[Taken, ...] = ()
    for one in taken:
        held = take(held, one)
    following = _next(held)
    if following is None:
        outcome = held[-1].outcome
        sentence = f"All four steps are taken; the model: {outcome}. The KPI stays labelled {LABEL}."
        return Remediation(held, None, LABEL, sentence, "Nothing: what was set after the fact stays so.")
    place = len(held) + 1
    sentence = f"Step {place} of {len(Step)}: {_WHAT[following]}. The KPI stays labelled {LABEL}."
    return Remediation(held, following, LABEL, sentence, _ASKS[following])


def take(taken: Sequence[Taken], new: Taken) -> tuple[Taken, ...]:
    """The steps with one more.

    RuleError: `all_steps_taken`; `step_out_of_order`; `step_before_the_last` (dated before it); `person_missing`,
    `note_missing`; `kpi_missing` (step 2), `no_historical_series` (step 3), `outcome_missing` (step 4).
    """
    following = _next(taken)
    if following is None:
        raise RuleError("all_steps_taken", "All four steps are taken. Begin another remediation.", "/step")
    if new.step is not following:
        raise RuleError(
            "step_out_of_order", f"The next step is {following}: {_WHAT[following]}. Take it first.", "/step"
        )
    if taken and new.on < taken[-1].on:
        raise RuleError(
            "step_before_the_last",
            f"The step before was taken on {day(taken[-1].on)}: date it then or later.",
            "/on",
        )
    if not new.by.strip():
        raise RuleError("person_missing", "Name who took the step.", "/by")
    if not new.note.strip():
        raise RuleError("note_missing", "Say in the note what was found.", "/note")
    _refuse_unproved(new)
    return (*taken, new)


def _refuse_unproved(new: Taken) -> None:
    if new.step is Step.POST_HOC_KPI and not new.kpi.strip():
        raise RuleError(
            "kpi_missing", "Name the KPI that was defined. A rough one is better than none.", "/kpi"
        )
    if new.step is Step.VALIDATION and (new.series_days or 0) < SERIES_FROM:
        found = "none is on record" if not new.series_days else f"{new.series_days} on record"
        raise RuleError(
            "no_historical_series",
            f"Validation runs history against the KPI and needs readings on at least {SERIES_FROM} different days; "
            f"{found}. Record them first.",
            "/series_days",
        )
    if new.step is Step.REALIGNMENT and new.outcome is None:
        raise RuleError("outcome_missing", f"Say what follows: {', '.join(Realignment)}.", "/outcome")


def _next(taken: Sequence[Taken]) -> Step | None:
    return _IN_ORDER[len(taken)] if len(taken) < len(_IN_ORDER) else None


_IN_ORDER: Final = tuple(Step)
_WHAT: Final = {
    Step.RETROSPECTIVE: "find out which outcomes the model affects",
    Step.POST_HOC_KPI: "define a KPI for them",
    Step.VALIDATION: "run the history against the KPI",
    Step.REALIGNMENT: "decide what follows for the model",
}
_ASKS: Final = {
    Step.RETROSPECTIVE: "A note that says which outcomes the model affects.",
    Step.POST_HOC_KPI: "A KPI, named.",
    Step.VALIDATION: f"A historical series on at least {SERIES_FROM} different days, and what it shows.",
    Step.REALIGNMENT: "A decision: retrain, update or none.",
}
