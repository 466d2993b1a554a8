"""The stages an initiative lives through, and who may move what.

Idea to scale_up are pre-production; `stopped` stands beside the line and `unknown` is for imports only. A person moves
a stage through a gate decision alone; an import may record any movement, because real portfolios move backwards.
"""

from collections.abc import Iterable
from enum import StrEnum

from domain.errors import RuleError
from domain.gates import (
    GATES,
    Criterion,
    Gate,
    body_of_tier,
    deciding_body,
    effective_tier,
    extending_body,
    next_gate,
)
from domain.stage_words import APPROVALS, DEFERRALS, ORDER, PRE_PRODUCTION, RESETS, Body, Outcome, Stage

__all__ = [
    "APPROVALS",
    "DEFERRALS",
    "GATES",
    "ORDER",
    "PRE_PRODUCTION",
    "RESETS",
    "Body",
    "Criterion",
    "Gate",
    "Mover",
    "Outcome",
    "Stage",
    "body_of_tier",
    "deciding_body",
    "effective_tier",
    "extending_body",
    "gate_passed",
    "next_gate",
    "reachable",
    "require_move",
    "stage_after",
    "stage_after_reopening",
]


def stage_after(
    gate: Gate,
    outcome: Outcome,
    *,
    current: Stage,
    named: Stage | None = None,
    carried: bool = True,
) -> Stage:
    """The stage an initiative is in once `outcome` is recorded at `gate`.

    `named` is the earlier stage a recycle leads to, and belongs to no other outcome. A motion that was not `carried`
    leaves the stage unchanged. Raises RuleError `wrong_gate`, `outcome_not_offered`, `stage_not_named`,
    `stage_not_asked` or `not_an_earlier_stage`.
    """
    if gate.from_stage is not current:
        raise RuleError("wrong_gate", f"{gate.code} leads out of {gate.from_stage}, the stage is {current}.")
    if outcome not in gate.outcomes:
        raise RuleError("outcome_not_offered", f"{outcome} cannot be recorded at {gate.code}.")
    if outcome is Outcome.RECYCLE:
        named = _earlier_stage(current, named)
    elif named is not None:
        raise RuleError("stage_not_asked", f"{outcome} does not name a stage; leave {named} out.")
    if not carried:
        return current
    if outcome in APPROVALS:
        return gate.to_stage
    if outcome is Outcome.STOP:
        return Stage.STOPPED
    return named if named is not None else current


def _earlier_stage(current: Stage, named: Stage | None) -> Stage:
    if named is None:
        raise RuleError("stage_not_named", "A recycle names the earlier stage it leads to.")
    if named not in ORDER or ORDER.index(named) >= ORDER.index(current):
        raise RuleError(
            "not_an_earlier_stage", f"A recycle leads back: {named} does not lie before {current}."
        )
    return named


def stage_after_reopening(current: Stage, named: Stage) -> Stage:
    """The stage a stopped initiative returns to; reopening opens a new spell and is a decision of its own."""
    if current is not Stage.STOPPED:
        raise RuleError("not_stopped", f"Only a stopped initiative is reopened; this one is in {current}.")
    if named not in ORDER or named is Stage.RETIRED:
        raise RuleError(
            "not_a_stage_to_reopen", f"Name a stage from idea to production, {named} is none of them."
        )
    return named


def gate_passed(code: str, current: Stage, gates: Iterable[Gate] = GATES) -> bool:
    """Whether an initiative in this stage has gone through a gate: it stands at the stage behind it, or further on.

    An empty code is no gate and waits for nothing. Stages move by decisions and imports alone, so the stage is the proof,
    also of what was decided before the log began; a recycle takes it back.
    """
    if not code:
        return True
    to = next((gate.to_stage for gate in gates if gate.code == code), None)
    return to is not None and current in ORDER and ORDER.index(current) >= ORDER.index(to)


class Mover(StrEnum):
    """What stands behind a movement: a recorded decision, a person by hand, or an import."""

    DECISION = "decision"
    PERSON = "person"
    IMPORT = "import"


def reachable(current: Stage, gates: Iterable[Gate] = GATES) -> frozenset[Stage]:
    """The stages one decision can lead to from here; retired and unknown lead nowhere."""
    if current is Stage.STOPPED:
        return frozenset(ORDER[:-1])
    gate = next_gate(current, gates)
    if gate is None:
        return frozenset()
    back = ORDER[: ORDER.index(current)] if Outcome.RECYCLE in gate.outcomes else ()
    return frozenset((gate.to_stage, Stage.STOPPED, *back))


def require_move(*, mover: Mover, current: Stage | None, to: Stage, gates: Iterable[Gate] = GATES) -> None:
    """Refuse a movement that may not be recorded. `current` None is the first spell of a new initiative.

    An import may record any movement. A person opens an initiative as an idea and then moves it by decisions only,
    else a new record would be a way around every gate. Raises RuleError `unknown_is_for_imports`, `starts_as_idea`,
    `only_by_decision`, `already_there` or `not_reachable`.
    """
    if mover is Mover.IMPORT:
        return
    if to is Stage.UNKNOWN:
        raise RuleError("unknown_is_for_imports", "Only an import records the stage unknown; choose a stage.")
    if current is None:
        if to is not Stage.IDEA:
            raise RuleError("starts_as_idea", f"A new initiative starts as an idea, not in {to}.")
        return
    if mover is Mover.PERSON:
        raise RuleError("only_by_decision", "A stage moves by a gate decision. Submit the next gate.")
    if to is current:
        raise RuleError("already_there", f"The initiative is in {current} already.")
    if to not in reachable(current, gates):
        raise RuleError("not_reachable", f"No decision leads from {current} to {to}.")
